package rules

import (
	"fmt"
	"testing"

	"throughline/pipeline/check"
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
		r.Add(m, At{File: file, Row: row, Line: row + 1}, cells)
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
