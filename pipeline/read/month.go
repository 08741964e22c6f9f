package read

import (
	"errors"
	"fmt"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// How it shows that a column's dates are written month first: in the first rows, so many are dates only that way, and fewer only the other.
const (
	monthRows   = 5000
	monthProves = 3
)

var errEnough = errors.New("enough rows")

// monthFirst looks for columns of dates in which the month comes first. 03/25/2019 is refused as it stands, but 03/04/2019 beside it would
// pass for 3 April, so all of the column is.
func (f *File) monthFirst() {
	if f.Module == nil {
		return
	}
	sent := f.Module.Sent()
	american, ours := make([]int, len(sent)), make([]int, len(sent))
	n := 0
	f.body.each(func(r *raw) error { // the error only ends it
		for i, at := range f.source {
			if at < 0 || at >= len(r.cells) || sent[i].Type != schemas.Date && sent[i].Type != schemas.PartialDate {
				continue
			}
			c := clean(r.cells[at])
			if len(c) < 10 || c[2] != '/' || c[5] != '/' {
				continue
			}
			switch first, second := twoDigits(c[0:2]), twoDigits(c[3:5]); {
			case first < 1 || second < 1:
			case first <= 12 && second > 12:
				american[i]++
			case first > 12 && second <= 12:
				ours[i]++
			}
		}
		if n++; n == monthRows {
			return errEnough
		}
		return nil
	})
	for i, c := range sent {
		if american[i] < monthProves || american[i] <= ours[i] {
			continue
		}
		if f.wrong == nil {
			f.wrong = make([]bool, len(sent))
		}
		f.wrong[i] = true
		f.Problems = append(f.Problems, finding.Finding{Rule: "month_first", Module: f.Module.ID, File: f.Name, Column: c.Name,
			Message: fmt.Sprintf("the month comes first in %d dates of the first %d rows", american[i], n)})
	}
}

// twoDigits is a number of two digits; -1 for anything else.
func twoDigits(s string) int {
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return -1
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}
