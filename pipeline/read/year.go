package read

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"throughline/schemas"
)

// How sure the year of a return must be.
const (
	mostEnds   = 0.8  // part of episode ends that lie in the year
	fewEnds    = 3    // fewer ends than these prove nothing
	manyEnds   = 10   // as many that don't agree, or that starts contradict, are no return of one year
	someDates  = 0.1  // part of other dates that lie in the year, when no later year has as many
	laterDates = 0.05 // part of dates that may lie after it, as slips of the hand; with enough ends, of the starts of episodes alone
)

// YearOf works the collection year of a return out from its dates, never from a name, and says how. An episode is in the return of a year
// when it overlaps it, so its end lies in the year; where there are too few ends, the latest year counts in which other dates are common.
// Slips of the hand make no difference. Zero: the dates don't tell, and why.
func YearOf(files []*File) (schemas.Year, string) {
	ends, begins, others := map[schemas.Year]int{}, map[schemas.Year]int{}, map[schemas.Year]int{}
	ended, begun, dates := 0, 0, 0
	for _, f := range files {
		if f.Module == nil || f.dataset.Clock == "academic_year" {
			continue
		}
		isEnd := map[string]bool{}
		var at, end []int
		for i, c := range f.Module.Sent() {
			if c.Ends != "" && f.Module.Holds == schemas.Episodes {
				isEnd[c.Ends] = true
			}
			if f.source[i] < 0 || f.wrong != nil && f.wrong[i] || c.Type != schemas.Date || c.AfterYear || c.Role != "" {
				continue
			}
			if isEnd[c.Name] {
				end = append(end, i)
			} else {
				at = append(at, i)
			}
		}
		episodes := f.Module.Holds == schemas.Episodes
		f.Each(func(r *Row) error { // never an error: this function gives none
			for _, i := range end {
				if y := yearOfDate(r.Cells[i]); y != 0 {
					ends[y]++
					ended++
				}
			}
			for _, i := range at {
				if y := yearOfDate(r.Cells[i]); y != 0 {
					others[y]++
					dates++
					if episodes {
						begins[y]++
						begun++
					}
				}
			}
			return nil
		})
	}
	after := func(of map[schemas.Year]int, y schemas.Year) (n int) {
		for x, k := range of {
			if x > y {
				n += k
			}
		}
		return n
	}
	between := func(y schemas.Year) string {
		return fmt.Sprintf("between %s and %s", y.First().Format("2 January 2006"), y.Last().Format("2 January 2006"))
	}
	if y := most(ends); ended >= fewEnds {
		late := after(begins, y)
		agree, held := float64(ends[y]) >= mostEnds*float64(ended), float64(late) <= laterDates*float64(begun)
		switch {
		case agree && held:
			return y, fmt.Sprintf("%d of %d episode ends lie %s", ends[y], ended, between(y))
		case ended >= manyEnds && agree:
			return 0, fmt.Sprintf("%d of %d episode ends lie %s, but %d of %d episodes start after it", ends[y], ended, between(y), late, begun)
		case ended >= manyEnds:
			return 0, fmt.Sprintf("the ends of episodes don't agree on a year: of %d, %s", ended, spread(ends))
		}
	}
	for y, n := range ends {
		others[y] += n
	}
	dates += ended
	if dates == 0 {
		return 0, "no date in the files tells the year"
	}
	for _, y := range latest(others) {
		late := after(others, y)
		if float64(late) > laterDates*float64(dates) {
			break
		}
		if n := others[y]; float64(n) >= someDates*float64(dates) {
			return y, fmt.Sprintf("%d of %d dates lie %s, and %d after it", n, dates, between(y), late)
		}
	}
	return 0, fmt.Sprintf("the dates don't agree on a year: of %d, %s", dates, spread(others))
}

// latest are the years in which there are dates, the last first.
func latest(n map[schemas.Year]int) []schemas.Year {
	years := slices.Sorted(maps.Keys(n))
	slices.Reverse(years)
	return years
}

// spread says how many dates lie in the last years.
func spread(n map[schemas.Year]int) string {
	var out []string
	for _, y := range latest(n)[:min(len(n), 4)] {
		out = append(out, fmt.Sprintf("%d in %s", n[y], y.First().Format("2006")+y.Last().Format("-06")))
	}
	return strings.Join(out, ", ")
}

// most is the year with the highest number, the latest of several.
func most(n map[schemas.Year]int) (best schemas.Year) {
	for y := range n {
		if n[y] > n[best] || n[y] == n[best] && y > best {
			best = y
		}
	}
	return best
}

// yearOfDate is the collection year of a date written dd/mm/yyyy or yyyy-mm-dd; zero for anything else.
func yearOfDate(s string) schemas.Year {
	if len(s) < 10 || len(s) > 10 && strings.Trim(s[10:], " 0:.") != "" {
		return 0
	}
	part := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	var d, m, y int
	switch {
	case s[2] == '/' && s[5] == '/':
		d, m, y = part(0, 2), part(3, 5), part(6, 10)
	case s[4] == '-' && s[7] == '-':
		d, m, y = part(8, 10), part(5, 7), part(0, 4)
	}
	if d < 1 || d > 31 || m < 1 || m > 12 || y < firstReturn-25 || y > lastReturn {
		return 0
	}
	if m > 3 {
		y++
	}
	return schemas.Year(y)
}
