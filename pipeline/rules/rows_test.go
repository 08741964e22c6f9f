package rules

import (
	"fmt"
	"strings"
	"testing"

	"throughline/pipeline/check"
	"throughline/pipeline/duck"
	"throughline/schemas"
)

// A row is found by its file and number, however many files of its module there are, and one that is added later too.
func TestARowOfEachFileHasItsOwnKey(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := s.Dataset("ssda903").Module("Reviews")
	r := NewReturn(check.New(s), "", 2024)
	add := func(file string, row int, child string) {
		cells := make([]string, len(m.Sent()))
		for i, c := range m.Sent() {
			switch c.Name {
			case "CHILD":
				cells[i] = child
			case "REVIEW":
				cells[i] = "05/07/2023"
			}
		}
		r.Add(m, At{File: file, Row: row, Line: row + 1}, cells, nil)
	}
	for _, file := range []string{"b.csv", "a.csv", "c.csv"} {
		for row := 1; row <= 5; row++ {
			add(file, row, fmt.Sprint(file[:1], row))
		}
	}
	key := func(file string, row int) string { return fmt.Sprint(r.Key(m, file, row)) }
	for _, x := range []struct {
		file string
		row  int
		want string
	}{
		{"a.csv", 3, "[{CHILD A3} {REVIEW 2023-07-05}]"}, {"b.csv", 5, "[{CHILD B5} {REVIEW 2023-07-05}]"}, {"c.csv", 1, "[{CHILD C1} {REVIEW 2023-07-05}]"}, {"d.csv", 1, "[]"}, {"a.csv", 6, "[]"},
	} {
		if got := key(x.file, x.row); got != x.want {
			t.Errorf("%s row %d: %s, want %s", x.file, x.row, got, x.want)
		}
	}
	if add("a.csv", 6, "late"); key("a.csv", 6) != "[{CHILD LATE} {REVIEW 2023-07-05}]" {
		t.Errorf("a row that was added later is %s", key("a.csv", 6))
	}
	if n := testing.AllocsPerRun(10, func() { r.tables[m.ID].find(place{"a.csv", 2}) }); n > 0 {
		t.Errorf("finding a row again allocates %g times: the index isn't kept", n)
	}
}

// Of a column whose dates are written month first no date reaches the rules, and what was sent stays in the key of its row.
func TestDatesWrittenMonthFirstReachNoRule(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := s.Dataset("ssda903")
	for module, in := range map[string]string{
		"Reviews":  "CHILD,DOB,REVIEW,REVIEW_CODE\n" + strings.Repeat("1,04/03/2012,06/13/2019,PN1\n", 3) + "1,04/03/2012,05/06/2019,PN1\n",
		"PrevPerm": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM\n" + strings.Repeat("1,04/03/2012,P1,330,06/13/2019\n", 3) + "1,04/03/2012,P1,330,05/06/2019\n",
	} {
		c := check.New(s)
		r := NewReturn(c, "E08000025", 2020)
		if err := r.AddFiles(c.Open("a.csv", []byte(in), d, 2020)); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.tables[module].cols {
			switch c.of.Name {
			case "REVIEW":
				if c.days[3] != duck.None {
					t.Errorf("%s: 05/06/2019 is day %d", module, c.days[3])
				}
			case "DATE_PERM":
				if _, ok := check.ParsePartial(c.text[3]); ok || c.text[3] == "" {
					t.Errorf("%s: predicates see %q", module, c.text[3])
				}
			case "DOB":
				if c.days[3] == duck.None {
					t.Errorf("%s: a column that is written day first isn't read", module)
				}
			}
		}
		for _, k := range r.Key(d.Module(module), "a.csv", 4) {
			if k.Column == "REVIEW" && k.Value != "05/06/2019" {
				t.Errorf("the key shows %q", k.Value)
			}
		}
	}
}

func TestNoRowOfAnIdentityFileIsKept(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, c := s.Dataset("cin_census"), check.New(s)
	var m *schemas.Module
	for _, x := range d.Modules {
		if x.Identity {
			m = x
		}
	}
	var head, row []string
	for _, col := range m.Sent() {
		head, row = append(head, col.Name), append(row, "1")
	}
	r := NewReturn(c, "E08000025", 2024)
	files := c.Open("identity.csv", []byte(strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n"), d, 2024)
	if len(files) != 1 || files[0].Module != m || files[0].Rows != 1 {
		t.Fatalf("the file isn't read as one of %s with a row: %+v", m.ID, files)
	}
	if err := r.AddFiles(files); err != nil {
		t.Fatal(err)
	}
	if key := r.Key(m, "identity.csv", 1); r.has(m.ID) || key != nil {
		t.Errorf("kept %v", key)
	}
}
