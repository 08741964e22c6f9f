package read

import (
	"fmt"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// monthProves is how many dates of a column must be dates only when the month comes first, so that it isn't a slip of the hand.
const monthProves = 3

// months is in how many dates of each column of Module.Sent only the month can come first, and in how many only the day.
type months struct{ american, ours []int }

func newMonths(f *File) *months {
	return &months{make([]int, len(f.source)), make([]int, len(f.source))}
}

// see counts the dates of one row.
func (m *months) see(f *File, cells []string) {
	for i, c := range f.Module.Sent() {
		at := f.source[i]
		if at < 0 || at >= len(cells) || c.Type != schemas.Date && c.Type != schemas.PartialDate {
			continue
		}
		cell := clean(cells[at])
		if len(cell) < 10 || cell[2] != '/' || cell[5] != '/' {
			continue
		}
		switch first, second := twoDigits(cell[0:2]), twoDigits(cell[3:5]); {
		case first < 1 || second < 1:
		case first <= 12 && second > 12:
			m.american[i]++
		case first > 12 && second <= 12:
			m.ours[i]++
		}
	}
}

// monthFirst looks for columns of dates in which the month comes first, in all rows of a return. Those of a stack are judged one by one, when they
// are asked for.
func (f *File) monthFirst() {
	switch {
	case f.Module == nil:
	case f.stack == nil:
		m := newMonths(f)
		f.body.each(func(r *raw) error { m.see(f, r.cells); return nil }) // never an error: this function gives none
		f.judge(m)
	case len(f.Returns()) == 0:
		f.judge(f.stack.months[Return{}])
	}
}

// judge refuses columns. 03/25/2019 is refused as it stands, but 03/04/2019 beside it would pass for 3 April, so all of the column is.
func (f *File) judge(m *months) {
	if m == nil { // no row
		return
	}
	for i, c := range f.Module.Sent() {
		if m.american[i] < monthProves || m.american[i] <= m.ours[i] {
			continue
		}
		if f.wrong == nil {
			f.wrong = make([]bool, len(f.source))
		}
		f.wrong[i] = true
		f.Problems = append(f.Problems, finding.Finding{Rule: "month_first", Module: f.Module.ID, File: f.Name, Column: c.Name,
			Message: fmt.Sprintf("the month comes first in %d dates, the day in %d", m.american[i], m.ours[i])})
	}
}

// twoDigits is a number of two digits; -1 for anything else.
func twoDigits(s string) int {
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return -1
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}
