package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInitMakesAProjectAndItsKeysOnce(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	dir := filepath.Join(t.TempDir(), "My Care")
	p, err := Init(dir, "", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p.Project != "my-care" || p.Demo || p.Sub("inbox") != filepath.Join(dir, "inbox") || !strings.HasPrefix(p.KeyPath, config) {
		t.Errorf("%+v", p)
	}
	first, err := p.Encoder()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Init(dir, "", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Encoder()
	if err != nil {
		t.Fatal(err)
	}
	if first.Fingerprint() != second.Fingerprint() {
		t.Error("the second init made another key")
	}
	other := filepath.Join(t.TempDir(), "my care")
	if _, err := Init(other, "", false, 0); err == nil || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("another folder of the same name took the keys of the first: %v", err)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("what was refused left a folder")
	}
	if _, err := Init(other, "my-care", false, 0); err != nil {
		t.Errorf("to go on with keys by name: %v", err)
	}
}

func TestADemoLeavesNoKeyInAProjectWithRealData(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "real")
	p, err := Init(dir, "", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.KeyPath); err != nil { // the folder has moved to another machine
		t.Fatal(err)
	}
	if p, err = Init(dir, "demo-1", true, 1); err != nil || p.Demo {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := os.Stat(p.KeyPath); err == nil {
		t.Error("a demo key was made for a project with real data")
	}
}

func TestMistakesNameFileAndLine(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":             {"project: a\ncolour: blue\n", `throughline.yaml:2:1: unknown field "colour"`},
		"an unknown key deeper":      {"project: a\nduckdb:\n  colour: blue\n", `throughline.yaml:3:3: unknown field "colour"`},
		"a key twice":                {"project: a\nproject: b\n", "throughline.yaml:2:1: "},
		"a list that is none":        {"project: a\nyears:\n  from: [1]\n", "throughline.yaml:3:9: "},
		"no YAML":                    {"project: [", "throughline.yaml:1:"},
		"an id with a slash":         {"\nproject: ../a\n", `throughline.yaml:2: project: "../a"`},
		"no id":                      {"", "project: is empty"},
		"memory without a unit":      {"project: a\nduckdb:\n  memory: 12\n", "throughline.yaml:3: duckdb.memory: "},
		"years the wrong way round":  {"project: a\nyears:\n  from: 2020\n  to: 2019\n", "throughline.yaml:3: years.from: 2020 is after to, 2019"},
		"an unknown dataset":         {"project: a\ndatasets:\n  - npd\n  - moon\n", `throughline.yaml:4: datasets[1]: no dataset "moon"`},
		"an unknown authority":       {"project: a\nauthorities: [Leeds]\n", `throughline.yaml:2: authorities[0]: "Leeds" is no authority's ONS code`},
		"a reference outside":        {"project: a\nreferences:\n  postcodes: /tmp/postcodes.csv\n", "throughline.yaml:3: references.postcodes: "},
		"a reference that leads out": {"project: a\nreferences:\n  providers: [reference/a.csv, reference/../../a.csv]\n", "throughline.yaml:3: references.providers[1]: "},
		"a reference of no name":     {"project: a\nreferences:\n  providers: ['']\n", "throughline.yaml:3: references.providers[0]: "},
		"keys among the data":        {"project: a\nkeys: keys.json\n", "throughline.yaml:2: keys: lies among the data"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, File), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestPathsGoFromTheSettingsFile(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "care")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte("project: care\ndata: ../data\nkeys: ../safe/care.json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	up := filepath.Dir(dir)
	if p.Data != filepath.Join(up, "data") || p.KeyPath != filepath.Join(up, "safe", "care.json") {
		t.Errorf("data %s, keys %s", p.Data, p.KeyPath)
	}
}

func TestAFolderThatIsNoProjectSaysWhatToDo(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "hint: 'throughline init") {
		t.Errorf("got %v", err)
	}
}

func TestReferencesOfTheProjectAroundAReturn(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	outer := t.TempDir()
	dir := filepath.Join(outer, "care")
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const ret = "inbox/ssda903/2024/E08000025"
	put(ret+"/episodes.csv", "")
	look := func(name string) string {
		t.Helper()
		postcodes, providers, err := References(filepath.Join(dir, name))
		if err != nil {
			return err.Error()
		}
		return strings.ReplaceAll(strings.Join(append([]string{postcodes}, providers...), " "), filepath.Join(dir, "inbox"), "IN")
	}
	if got := look(ret); got != "" {
		t.Errorf("no project: %s", got)
	}
	put("../throughline.yaml", "project: ''\n") // such as the one that comes with the program
	put(File, "project: care\n")
	if got := look(ret); got != "" {
		t.Errorf("no tables: %s", got)
	}
	put("inbox/reference/postcodes.csv", "")
	put("inbox/reference/providers.csv", "")
	if got := look(ret); got != "IN/reference/postcodes.csv IN/reference/providers.csv" {
		t.Errorf("the usual tables: %s", got)
	}
	put("inbox/reference/onspd.zip", "")
	put("inbox/reference/2024/ofsted.xlsx", "")
	put(File, "project: care\nreferences:\n  postcodes: reference/onspd.zip\n  providers: [reference/2024/ofsted.xlsx]\n")
	for _, name := range []string{ret, ret + "/episodes.csv"} {
		if got := look(name); got != "IN/reference/onspd.zip IN/reference/2024/ofsted.xlsx" {
			t.Errorf("%s: %s", name, got)
		}
	}
	put("other/episodes.csv", "")
	if got := look("other/episodes.csv"); got != "" {
		t.Errorf("outside the inbox: %s", got)
	}
	if got := look("../elsewhere"); got != "" {
		t.Errorf("below settings that are nobody's: %s", got)
	}
	if err := os.Remove(filepath.Join(dir, "inbox/reference/2024/ofsted.xlsx")); err != nil {
		t.Fatal(err)
	}
	if got := look(ret); !strings.Contains(got, "references.providers[0]: no file reference/2024/ofsted.xlsx") {
		t.Errorf("a list that isn't there: %s", got)
	}
	put(File, "project: care\nreferences:\n  postcode: x\n")
	if got := look(ret); !strings.Contains(got, "throughline.yaml:3:3: unknown field") {
		t.Errorf("broken settings: %s", got)
	}
}
