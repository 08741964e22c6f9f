package read

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// Return is one authority's return of one year.
type Return struct {
	LA   string // ONS code
	Year schemas.Year
}

// stack is what a stacked file has beside the columns of its module.
type stack struct {
	la, year int                            // place of the two columns among the cells
	child    int                            // place of CHILD in a row's Cells
	codes    map[string][]string            // of each authority: what a child's number may end in
	byName   map[string][]schemas.Authority // names, ONS codes and 3-digit codes, as schemas.PlaceKey writes them
	returns  map[[2]string]Return           // by the two cells as sent; the zero Return where one of them isn't known
	rows     map[Return][]spot
	months   map[Return]*months
	only     *Return
}

// spot is where a row is: in the body, as line and as row of the file.
type spot struct{ at, line, row int32 }

// stacked looks for the columns LA and YEAR, which say that rows are of several returns.
func (o opening) stacked(f *File, names map[string]int) {
	la, hasLA := names["LA"]
	year, hasYear := names["YEAR"]
	if !hasLA || !hasYear || o.d.Supplier != "authority" {
		return
	}
	delete(names, "LA")
	delete(names, "YEAR")
	if f.Form == CSV {
		f.Form = Stacked
	}
	f.stack = &stack{la: la, year: year, codes: map[string][]string{}, byName: map[string][]schemas.Authority{}, returns: map[[2]string]Return{}}
	f.stack.child = slices.IndexFunc(f.Module.Columns, func(c *schemas.Column) bool { return c.Role == schemas.Child })
	for _, a := range o.d.Authorities {
		f.stack.codes[a.Code] = append(f.stack.codes[a.Code], a.Code, a.OldCode)
		for _, k := range []string{a.Code, a.OldCode, a.Name} {
			k = schemas.PlaceKey(k)
			f.stack.byName[k] = append(f.stack.byName[k], a)
		}
	}
}

// yearColumn is the place of the column YEAR; -1 when the file isn't stacked.
func (f *File) yearColumn() int {
	if f.stack == nil {
		return -1
	}
	return f.stack.year
}

// of tells the return of a row.
func (s *stack) of(r *raw) Return {
	var cells [2]string
	for i, at := range []int{s.la, s.year} {
		if at < len(r.cells) {
			cells[i] = r.cells[at]
		}
	}
	if found, ok := s.returns[cells]; ok {
		return found
	}
	var found Return
	if y, ok := span(clean(cells[1])); ok {
		for _, a := range s.byName[schemas.PlaceKey(strings.TrimSuffix(clean(cells[0]), ".0"))] { // one that was in force in the year, else any
			in := !a.From.After(y.Last()) && (a.To.IsZero() || !a.To.Before(y.First()))
			if found.LA == "" || in {
				found = Return{a.Code, y}
			}
		}
	}
	s.returns[[2]string{strings.Clone(cells[0]), strings.Clone(cells[1])}] = found // copies: cells are pieces of the whole file
	return found
}

// fill takes the code of a row's own authority off the child's number.
func (s *stack) fill(f *File, r *raw, row *Row) {
	of := s.of(r)
	if of.LA == "" {
		f.mark(row, "no_return", "")
		return
	}
	if s.child < 0 {
		return
	}
	id := row.Cells[s.child]
	if i := strings.LastIndexByte(id, '_'); i > 0 && slices.Contains(s.codes[of.LA], id[i+1:]) {
		row.Cells[s.child] = id[:i]
	}
}

// countReturns goes through the rows once, so that those of each return, and how they write dates, are known from the start.
func (f *File) countReturns() {
	f.stack.rows, f.stack.months = map[Return][]spot{}, map[Return]*months{}
	n := int32(0)
	f.body.each(func(r *raw) error { // never an error: this function gives none
		n++
		of := f.stack.of(r)
		f.stack.rows[of] = append(f.stack.rows[of], spot{int32(r.at), int32(r.line), n})
		if f.stack.months[of] == nil {
			f.stack.months[of] = newMonths(f)
		}
		f.stack.months[of].see(f, r.cells)
		return nil
	})
}

// Returns are those of which a stacked file has rows, in order of year and authority; none for another file. Rows of which LA is no authority
// or YEAR no year are in none of them: they carry the problem no_return.
func (f *File) Returns() []Return {
	if f.stack == nil {
		return nil
	}
	var out []Return
	for r := range f.stack.rows {
		if r.LA != "" && (f.stack.only == nil || r == *f.stack.only) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Return) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), strings.Compare(a.LA, b.LA))
	})
	return out
}

// IsStack reports whether rows of the file say whose return they are in.
func (f *File) IsStack() bool { return f.stack != nil }

// linesShown is how many lines without a return a finding names.
const linesShown = 5

// Lost is how many rows of a stack are in no return, and the finding that says so.
func (f *File) Lost() (finding.Finding, int64) {
	if f.stack == nil || len(f.stack.rows[Return{}]) == 0 {
		return finding.Finding{}, 0
	}
	lost := f.stack.rows[Return{}]
	var lines []string
	for _, s := range lost[:min(len(lost), linesShown)] {
		lines = append(lines, strconv.Itoa(int(s.line)))
	}
	where := strings.Join(lines, ", ")
	if more := len(lost) - len(lines); more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	return finding.Finding{Rule: "no_return", Module: f.Module.ID, File: f.Name, Line: int(lost[0].line),
		Message: fmt.Sprintf("LA is no authority, or YEAR no year, in %d of %d rows, which are in no return: line %s", len(lost), f.Rows, where)}, int64(len(lost))
}

// Of is the file with the rows of one return alone; they keep their numbers and lines, and what is missing or not collected is that of the
// return's year; how dates are written is that of the return alone. A file that isn't stacked comes back as it is.
func (f *File) Of(r Return) *File {
	if f.stack == nil {
		return f
	}
	g, s := *f, *f.stack
	s.only = &r
	g.stack, g.Rows = &s, int64(len(s.rows[r]))
	g.Problems = slices.DeleteFunc(slices.Clone(f.Problems), func(p finding.Finding) bool { return p.Rule == "missing_column" || p.Rule == "not_collected" })
	g.lacking(r.Year)
	g.collected(r.Year)
	g.judge(s.months[r])
	return &g
}

// Before is the file with the rows of one return alone, or, where a stack has none of it, with those of the authorities whose place its
// authority took, a file each. A file that isn't stacked comes back as it is.
func (f *File) Before(r Return) []*File {
	if f.stack == nil {
		return []*File{f}
	}
	if len(f.stack.rows[r]) > 0 {
		return []*File{f.Of(r)}
	}
	var out []*File
	for _, a := range f.dataset.Authorities {
		if old := (Return{a.Code, r.Year}); slices.Contains(a.Successors, r.LA) && len(f.stack.rows[old]) > 0 {
			out = append(out, f.Of(old))
		}
	}
	return out
}

// The years that a return may be of: the collection began in the 1990s.
const firstReturn, lastReturn = 1992, 2100

var twoYears = regexp.MustCompile(`^((?:19|20)?[0-9]{2})[-/_]?((?:20)?[0-9]{2})$`)

// span reads a collection year as people write it, two years as the one in which they end: 2022, 2021-22, 202122, 2021/22, 2021/2022, 2122,
// 21/22, 21-22. Nothing else is a year.
func span(s string) (schemas.Year, bool) {
	s = strings.TrimSuffix(s, ".0")
	if n, err := strconv.Atoi(s); err == nil && len(s) == 4 && n >= firstReturn && n <= lastReturn {
		return schemas.Year(n), true
	}
	m := twoYears.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	from, _ := strconv.Atoi(m[1])
	to, _ := strconv.Atoi(m[2])
	if from < 100 {
		from += 2000
	}
	if to < 100 {
		to += from / 100 * 100
		if to < from {
			to += 100
		}
	}
	return schemas.Year(to), to == from+1 && to >= firstReturn && to <= lastReturn
}
