package schemas

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// docs/extracts.md lists every dataset with all of its modules.
func TestExtractsAreListed(t *testing.T) {
	b, err := os.ReadFile("../docs/extracts.md")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Datasets {
		if d.ID == "ssda903" {
			continue
		}
		var modules []string
		for _, m := range d.Modules {
			modules = append(modules, m.ID)
		}
		row := regexp.MustCompile(`(?m)^\| ` + d.ID + ` \| [^|]+ \| ([^|]+) \|`).FindStringSubmatch(string(b))
		if row == nil || row[1] != strings.Join(modules, ", ") {
			t.Errorf("docs/extracts.md: %s has the modules %s, the list says %q", d.ID, strings.Join(modules, ", "), row)
		}
	}
}

// The lookup of health areas names every authority once a day, and refuses what isn't one.
func TestHealthAreas(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, a := range s.HealthAreas {
		seen[a.Authority]++
	}
	for _, a := range s.Authorities {
		if seen[a.Code] != 1 {
			t.Errorf("%s (%s) is in %d areas", a.Code, a.Name, seen[a.Code])
		}
	}
	head := "sub_icb_code,sub_icb_name,la_code_9,valid_from,valid_to\n"
	for _, c := range []struct{ name, text, want string }{
		{"columns", "code,name\n", "health_areas.csv:1: the columns are sub_icb_code"},
		{"authority", head + "Z1,North,E99999999,,\n", "health_areas.csv:2: authority E99999999 isn't in authorities.csv"},
		{"date", head + "Z1,North,E09000001,1/4/2009,\n", `health_areas.csv:2: column valid_from: "1/4/2009" isn't a date`},
		{"code", head + "# a comment\n,North,E09000001,,\n", "health_areas.csv:3: column sub_icb_code is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"health_areas.csv": {Data: []byte(c.text)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
