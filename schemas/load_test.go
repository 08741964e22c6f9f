package schemas

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestBuiltInFilesLoad(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Dataset("ssda903").Modules); got != 12 {
		t.Errorf("ssda903 has %d modules, want 12", got)
	}
	for _, d := range []string{"npd", "mhsds", "hes", "cin_census", "wellbeing_survey"} {
		if s.Dataset(d) == nil {
			t.Errorf("no dataset %s", d)
		}
	}
	if !s.CodeSet("PLACE").Valid("H5", 2024) || s.CodeSet("PLACE").Valid("H5", 2026) || s.CodeSet("REC").Valid("E99", 2024) {
		t.Error("codes are not held to their years")
	}
	if a, ok := s.Authorities.Find("E10000021"); !ok || len(a.Successors) != 2 {
		t.Errorf("Northamptonshire was split in two: %+v", a)
	}
}

func TestAuthoritiesAreKnownByWhatPeopleCallThem(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{"Birmingham City Council": "E08000025", "e08000025": "E08000025", "330": "E08000025", "ST. HELENS": "E08000013", "City of London": "E09000001",
		"Telford & Wrekin": "E06000020", "": "", "London": "", "council": "", "Atlantis": "", "33": ""} {
		got := ""
		if found := s.Authorities.Named(said); len(found) > 0 {
			got = found[len(found)-1].Code
		}
		if got != want {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
	seen := map[string]Authority{}
	for _, a := range s.Authorities {
		k := PlaceKey(a.Name)
		if o, ok := seen[k]; k == "" || ok && !strings.EqualFold(o.Name, a.Name) {
			t.Errorf("%s and %s can't be told apart", o.Name, a.Name)
		}
		seen[k] = a
	}
}

func TestMistakesNameFileAndLine(t *testing.T) {
	const head = "dataset: own\ntitle: Own\nsupplier: authority\nclock: reporting_year\nmodules:\n  - id: visit\n    grain: one row a visit\n    columns:\n      - {name: record_id, type: id, required: always, role: record}\n"
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":           {head + "    colour: blue\n", "extracts/own.yaml:10:5: unknown field \"colour\""},
		"an unknown type":          {head + "      - {name: A, type: colour, required: never}\n", "extracts/own.yaml:10:25: column A: type \"colour\""},
		"a code set that is not":   {head + "      - {name: A, type: code, codes: NONE, required: never}\n", "extracts/own.yaml:10:38: column A: no code set NONE"},
		"free text":                {head + "      - {name: A, type: string, required: never}\n", "column A: a string needs a pattern"},
		"an identifier unguarded":  {head + "      - {name: A, type: postcode, required: never}\n", "needs a role"},
		"a column twice":           {head + "      - {name: record_id, type: id, required: always, role: record}\n", "column record_id stands twice"},
		"a dataset that is there":  {strings.Replace(head, "dataset: own", "dataset: npd", 1), "dataset npd stands in another file already"},
		"text that may be a name":  {head + "      - {name: A, type: string, pattern: \".*\", required: never}\n", "extracts/own.yaml:10:42: column A: the pattern lets"},
		"text that may be a UPN":   {head + "      - {name: A, type: string, pattern: \"[A-Z0-9]{5,20}\", required: never}\n", "column A: the pattern lets B801200005001 through"},
		"an end that is not there": {head + "      - {name: A, type: date, ends: B, required: never}\n", "extracts/own.yaml:10:37: column A: ends B"},
		"a same day of nothing":    {head + "      - {name: A, type: date, same_day: true, required: never}\n", "column A: same_day goes with ends"},
		"episodes without dates":   {strings.Replace(head, "    grain", "    holds: episodes\n    grain", 1), "episodes need a column DECOM"},
		"rows of an unknown sort":  {strings.Replace(head, "    grain", "    holds: moons\n    grain", 1), "extracts/own.yaml:7:12: module visit: holds"},
		"a number too large":       {head + "      - {name: A, type: int, min: 0, max: 9999999999, required: never}\n", "column A: a whole number lies from"},
		"not YAML":                 {"dataset: [", "extracts/own.yaml:1:"},
		"a key that is no column":  {strings.Replace(head, "    grain", "    key: [B]\n    grain", 1), "extracts/own.yaml:7:11: key column B"},
		"a name with signs":        {strings.Replace(head, "    grain", "    names: [my_visits]\n    grain", 1), "extracts/own.yaml:7:13: name \"my_visits\": lower case"},
		"a name twice":             {strings.Replace(head, "    grain", "    names: [visits, visits]\n    grain", 1), "extracts/own.yaml:7:21: name visits stands twice"},
		"a form not whole":         {strings.Replace(head, "modules:", "xml: {root: A}\nmodules:", 1), "xml needs root, child and header"},
		"columns of no form":       {head + "    only_xml:\n      - {name: A, type: date, required: never}\n", "column A: the dataset has no XML form"},
		"a row in no module":       {strings.Replace(head, "modules:", "xml: {root: A, child: B, header: C}\nmodules:", 1) + "    only_xml:\n      - {name: A, type: flag, required: never, row_in: B}\n", "column A: row_in B is no module of own"},
		"a row in a date":          {head + "      - {name: A, type: date, required: never, row_in: visit}\n", "column A: row_in is of flags"},
		"a supplier from nowhere":  {strings.Replace(head, "authority", "moon", 1), "extracts/own.yaml:3:11: supplier \"moon\""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"extracts/own.yaml": {Data: []byte(c.text)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestOwnExtractNeedsNoGo(t *testing.T) {
	s, err := Load(fstest.MapFS{"extracts/own.yaml": {Data: []byte("dataset: own\ntitle: Own\nsupplier: authority\nclock: reporting_year\nmodules:\n  - id: visit\n    grain: one row a visit\n    columns:\n      - {name: record_id, type: id, required: always, role: record}\n      - {name: seen, type: date, required: always}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range s.Dataset("own").Module("visit").LakeColumns() {
		names = append(names, c.Name+" "+c.Type)
	}
	if got, want := strings.Join(names, ", "), "child_key UUID, la VARCHAR, year SMALLINT, load SMALLINT, row INTEGER, file SMALLINT, seen DATE, problems VARCHAR"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What identifies a child must never be a column of the lake.
func TestNoLakeColumnIdentifies(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Datasets {
		for _, m := range d.Modules {
			for _, c := range m.LakeColumns() {
				switch c.Name {
				case "CHILD", "DOB", "UPN", "NHSNumber", "HOME_POST", "PL_POST", "Postcode", "record_id", "MC_DOB", "FormerUPN":
					t.Errorf("%s/%s keeps %s", d.ID, m.ID, c.Name)
				}
			}
		}
	}
}
