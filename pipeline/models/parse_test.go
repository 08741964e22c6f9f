package models

import (
	"strings"
	"testing"
	"testing/fstest"
)

const plain = `-- model:   m
-- grain:   one row
-- inputs:  other, lake.x
-- columns:
--   a INTEGER a number
-- checks:  unique(a); a > 0
-- source:  nowhere
select 1 as a
`

func TestParseReadsAHeader(t *testing.T) {
	m, err := parse("sql/m.sql", plain)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "m" || len(m.Inputs) != 2 || len(m.Checks) != 2 || m.Columns[0] != (Column{"a", "INTEGER", "a number"}) || m.SQL != "select 1 as a" {
		t.Errorf("%+v", m)
	}
}

func TestParseRefusesMistakesWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a heading is missing":         {"-- checks:  unique(a); a > 0\n", "", "m.sql:6: heading \"source\""},
		"a heading is not known":       {"-- grain:", "-- grane:", "m.sql:2: heading \"grane\""},
		"a column has no description":  {"--   a INTEGER a number", "--   a INTEGER", "m.sql:5: a column"},
		"a column stands twice":        {"--   a INTEGER a number", "--   a INTEGER a number\n--   a INTEGER again", "stands twice"},
		"the model has another's name": {"-- model:   m", "-- model:   n", "m.sql:1: model \"n\""},
		"there is no query":            {"select 1 as a\n", "", "no query"},
		"the header ends early":        {"-- source:  nowhere\n", "", "ends before its source"},
	} {
		_, err := parse("sql/m.sql", strings.Replace(plain, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadRefusesACircleAndAnUnknownInput(t *testing.T) {
	model := func(name, input string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.NewReplacer("model:   m", "model:   "+name, "other, lake.x", input).Replace(plain))}
	}
	if _, err := load(fstest.MapFS{"sql/a.sql": model("a", "b"), "sql/b.sql": model("b", "a")}); err == nil || !strings.Contains(err.Error(), "reads itself") {
		t.Error(err)
	}
	if _, err := load(fstest.MapFS{"sql/a.sql": model("a", "c")}); err == nil || !strings.Contains(err.Error(), `no model "c"`) {
		t.Error(err)
	}
	all, err := load(fstest.MapFS{"sql/a.sql": model("a", "b"), "sql/b.sql": model("b", "lake.x")})
	if err != nil || all[0].Name != "b" {
		t.Error("not in order of what they read", err)
	}
}

func TestReferencesAreOfKeysThatAreThere(t *testing.T) {
	model := func(name, column string) *fstest.MapFile {
		text := strings.NewReplacer("model:   m", "model:   "+name, "other, lake.x", "lake.x", "  a INTEGER", "  "+column+" INTEGER", "unique(a)", "unique("+column+")")
		return &fstest.MapFile{Data: []byte(text.Replace(plain))}
	}
	fsys := fstest.MapFS{"sql/a.sql": model("a", "a_no"), "sql/b.sql": model("b", "a_no"), "sql/c.sql": model("c", "c_no")}
	for text, want := range map[string]string{
		"a: [b]":      "",
		"a: [c]":      "references.yaml: c has no column a_no",
		"a: [d]":      `no model "d"`,
		"d: [a]":      "d is no model with a key",
		"a: b":        "references.yaml",
		"a: [b, b, ]": "b refers to a twice",
	} {
		fsys["sql/references.yaml"] = &fstest.MapFile{Data: []byte(text)}
		all, err := load(fsys)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err != nil || len(all) != 3 || len(all[1].Refers) != 1 || all[1].Refers[0] != "a" || all[0].Refers != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAShapeTakesInItsParts(t *testing.T) {
	shape := strings.NewReplacer("model:   m", "model:   s", "select 1 as a", "with\n@known,\nfinal as (select * from sums)\nselect * from final").Replace(plain)
	fact := strings.NewReplacer("model:   m", "model:   ind_x01", "-- columns:", "-- shape:   s\n-- columns:", "other, lake.x", "lake.x").Replace(plain)
	files := fstest.MapFS{"sql/ind_x01.sql": {Data: []byte(fact)}, "sql/shape/s.sql": {Data: []byte(strings.Replace(shape, "other, lake.x", "lake.x", 1))},
		"sql/shape/part/known.sql": {Data: []byte("-- sums\nsums as (\n    select * from fact\n)\n")}}
	all, err := load(files)
	if err != nil || !strings.Contains(all[0].SQL, "sums as (") || strings.Contains(all[0].SQL, "@") || !strings.Contains(all[0].Text, "sums as (") {
		t.Error(err, all)
	}
	delete(files, "sql/shape/part/known.sql")
	if _, err := load(files); err == nil || !strings.Contains(err.Error(), "sql/shape/s.sql: ") || !strings.Contains(err.Error(), "part/known.sql") {
		t.Error("a part that is not there was taken in:", err)
	}
}
