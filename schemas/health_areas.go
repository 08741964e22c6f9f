package schemas

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"
)

// healthAreas reads which health area stands for an authority. Lines that begin with # are comments.
func (l *loader) healthAreas(s *Schema, name string) {
	fail := func(line int, format string, args ...any) {
		l.problems = append(l.problems, fmt.Errorf("%s:%d: %s", name, line, fmt.Sprintf(format, args...)))
	}
	r := csv.NewReader(bytes.NewReader(l.files[name]))
	r.Comment = '#'
	head, err := r.Read()
	want := []string{"sub_icb_code", "sub_icb_name", "la_code_9", "valid_from", "valid_to"}
	if err != nil || !slices.Equal(head, want) {
		fail(1, "the columns are %s", strings.Join(want, ","))
		return
	}
	for {
		row, err := r.Read()
		if row == nil {
			return
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			l.problems = append(l.problems, fmt.Errorf("%s: %w", name, err))
			return
		}
		a := HealthArea{Code: row[0], Name: row[1], Authority: row[2]}
		if _, ok := s.Authorities.Find(a.Authority); !ok {
			fail(line, "authority %s isn't in authorities.csv", a.Authority)
		}
		for i, t := range []*time.Time{&a.From, &a.To} {
			if v := row[3+i]; v != "" {
				if *t, err = time.Parse(time.DateOnly, v); err != nil {
					fail(line, "column %s: %q isn't a date like 2009-01-31", want[3+i], v)
				}
			}
		}
		if a.Code == "" {
			fail(line, "column sub_icb_code is empty")
		}
		s.HealthAreas = append(s.HealthAreas, a)
	}
}
