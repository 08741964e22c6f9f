package examine

import (
	"slices"
	"strings"

	"throughline/pipeline/check"
	"throughline/pipeline/finding"
	"throughline/schemas"
)

// Hidden stands for a value that identifies somebody.
const Hidden = "hidden"

// identifying are the columns whose every value tells of somebody.
var identifying = []schemas.Role{schemas.Child, schemas.Record, schemas.ChildRef, schemas.Event, schemas.Worker, schemas.DOB, schemas.Birth, schemas.UPNRole,
	schemas.FormerUPN, schemas.NHSRole, schemas.Home, schemas.Place}

// misread are the rules on reading that name a value which its column can't have, so that it may be a child's name, number or date of
// birth; of those in misplaced, it is.
var (
	misread   = []string{"bad_date", "bad_id", "bad_number", "bad_text", "not_a_code"}
	misplaced = []string{"dob_in_other_column", "id_in_other_column"}
)

type cellOf struct {
	module, file string
	row          int
	column       string
}

// veil says which cells of a return may not be shown as they are.
type veil struct {
	quote   *finding.Quoter
	bad     map[cellOf]bool // cells misread; true: misplaced
	slipped map[rowAt]bool  // rows whose cells may stand in other columns than their own, and those that don't say whose they are
}

// newVeil takes all that was found on reading, before any of it is left out.
func newVeil(s *schemas.Schema, d *schemas.Dataset, reading []finding.Finding) *veil {
	v := &veil{quote: finding.NewQuoter(s), bad: map[cellOf]bool{}, slipped: map[rowAt]bool{}}
	for _, f := range reading {
		if slices.Contains(check.Slips, f.Rule) || nobodys(d, f) {
			v.slipped[rowAt{f.Module, f.File, f.Row}] = true
		}
		at := cellOf{f.Module, f.File, f.Row, f.Column}
		if is := slices.Contains(misplaced, f.Rule); is || slices.Contains(misread, f.Rule) {
			v.bad[at] = v.bad[at] || is
		}
	}
	return v
}

// nobodys reports whether a finding says that a row doesn't tell whose it is.
func nobodys(d *schemas.Dataset, f finding.Finding) bool {
	if f.Rule != "required_blank" && f.Rule != "bad_id" {
		return false
	}
	c := d.Module(f.Module).Column(f.Column)
	return c != nil && (c.Role == schemas.Child || c.Role == schemas.Record)
}

// cell is what is shown of a cell to those who may not see who the row is about: what identifies is hidden, and a value that can't be
// read stands as its shape.
func (v *veil) cell(m *schemas.Module, file string, row int, c *schemas.Column, raw string) string {
	if raw == "" {
		return ""
	}
	misplaced, misread := v.bad[cellOf{m.ID, file, row, c.Name}]
	isCode := c.Type == schemas.Code || c.Type == schemas.Flag
	switch {
	case v.slipped[rowAt{m.ID, file, row}] && !isCode:
		return Hidden
	case slices.Contains(identifying, c.Role), misplaced:
		return Hidden
	case misread, m.Column(c.Name) == nil: // a column of the XML form alone isn't read before the rules
		return strings.Trim(v.quote.Quote(raw), `"`)
	}
	return raw
}
