package read

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// aliases are what other forms call columns, in capitals, with the name of the column.
func aliases(d *schemas.Dataset) map[string]string {
	out := map[string]string{}
	for _, m := range d.Modules {
		for _, c := range m.Sent() {
			if c.Alias != "" {
				out[strings.ToUpper(c.Alias)] = strings.ToUpper(c.Name)
			}
		}
	}
	return out
}

// knownNames are all that a header may have, in capitals.
func knownNames(d *schemas.Dataset) map[string]bool {
	out := map[string]bool{}
	for _, m := range d.Modules {
		for _, c := range m.Sent() {
			out[strings.ToUpper(c.Name)] = true
		}
	}
	for a := range aliases(d) {
		out[a] = true
	}
	return out
}

// header decides by a header which module a file is, and where its columns stand.
func (o opening) header(f *File, head []string, line int) {
	alias := aliases(o.d)
	names := map[string]int{} // by the column's own name
	var again []int
	upper := make([]string, len(head))
	for i, h := range head {
		upper[i] = strings.ToUpper(clean(h))
	}
	for i, h := range upper {
		if to := alias[h]; to != "" && !slices.Contains(upper, to) {
			h = to
		}
		if _, twice := names[h]; twice {
			again = append(again, i)
		} else if h != "" {
			names[h] = i
		}
	}
	f.width = len(head)
	m, why, byName := match(o.d, o.y, names, o.labels)
	if m == nil {
		f.problem("unknown_file", why)
		return
	}
	f.Module = m
	note := func(rule, message string) {
		f.Problems = append(f.Problems, finding.Finding{Rule: rule, Module: m.ID, File: f.Name, Line: line, Message: message})
	}
	f.head = line
	for _, c := range m.Sent() {
		i, ok := names[strings.ToUpper(c.Name)]
		if !ok {
			i = -1
		}
		f.source = append(f.source, i)
		delete(names, strings.ToUpper(c.Name))
	}
	f.lacking(o.y)
	if byName {
		note("module_by_name", why)
	}
	o.stacked(f, names)
	for _, i := range again {
		note("column_twice", o.shownColumn(m, upper[i])+": a second column of this name; the first is read")
	}
	for i, h := range head {
		if j, extra := names[upper[i]]; extra && i == j {
			note("extra_column", fmt.Sprintf("column %d, %s: not a column of %s", i+1, o.quote.Quote(clean(h)), m.ID))
		}
	}
	f.collected(o.y)
}

// lacking notes the columns that a year should have and the file hasn't.
func (f *File) lacking(y schemas.Year) {
	var missing []string
	for i, c := range f.Module.Sent() {
		if f.source[i] < 0 && wanted(f.Module, c, y) {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) == 0 {
		return
	}
	at := finding.Finding{Rule: "missing_column", Module: f.Module.ID, File: f.Name, Line: f.head}
	if len(missing) == 1 {
		at.Column = missing[0]
	} else {
		at.Message = fmt.Sprintf("%d columns of %s aren't there: %s", len(missing), f.Module.ID, strings.Join(missing, ", "))
	}
	f.Problems = append(f.Problems, at)
}

// collected notes a module that the year doesn't have.
func (f *File) collected(y schemas.Year) {
	if m := f.Module; y != 0 && !schemas.HeldIn(m.FirstYear, m.LastYear, y) {
		f.problem("not_collected", fmt.Sprintf("%s isn't collected in %d", m.ID, y))
	}
}

// wanted reports whether a file of a module must have a column.
func wanted(m *schemas.Module, c *schemas.Column, y schemas.Year) bool {
	if slices.Contains(m.OnlyXML, c) {
		return false
	}
	if y == 0 {
		return c.FirstYear == 0 && c.LastYear == 0
	}
	return schemas.HeldIn(c.FirstYear, c.LastYear, y)
}

// shownColumn is a name in a header: as it is when the module has such a column, else as Quote shows it.
func (o opening) shownColumn(m *schemas.Module, upper string) string {
	for _, c := range m.Sent() {
		if strings.ToUpper(c.Name) == upper || strings.ToUpper(c.Alias) == upper {
			return c.Name
		}
	}
	return o.quote.Quote(upper)
}

// fit is how well a header is a module's.
type fit struct {
	m                 *schemas.Module
	lacks, known, own int // columns that it lacks, that it has, and of these such as no other module has
}

// match finds the module of a header, of those that the header has the child's number of. Where all columns of a module are there, it is
// that one; of several the one with most. Else a column that is one module's alone tells, and where several modules have such the one of
// which most columns are there. Else the name decides among modules that have every known column of the header: CHILD, SEX and DOB
// are the beginning of Header and of UASC. why says what the name decided, or why nothing fits.
func match(d *schemas.Dataset, y schemas.Year, names map[string]int, labels []string) (_ *schemas.Module, why string, byName bool) {
	shared := map[string]int{}
	for _, m := range d.Modules {
		for _, c := range m.Sent() {
			shared[strings.ToUpper(c.Name)]++
		}
	}
	known := 0
	for n := range names {
		if shared[n] > 0 {
			known++
		}
	}
	var whole, owners, open []fit
	for _, m := range d.Modules {
		x := fit{m: m}
		for _, c := range m.Sent() {
			name := strings.ToUpper(c.Name)
			if _, ok := names[name]; !ok {
				if wanted(m, c, y) {
					x.lacks++
				}
				continue
			}
			x.known++
			if shared[name] == 1 {
				x.own++
			}
		}
		if !hasChild(m, names) {
			continue
		}
		switch {
		case x.lacks == 0 && (x.own > 0 || x.known == len(m.Columns)):
			whole = append(whole, x)
		case x.own > 0:
			owners = append(owners, x)
		case x.known == known:
			open = append(open, x)
		}
	}
	if len(whole) > 0 {
		return slices.MaxFunc(whole, func(a, b fit) int { return len(a.m.Columns) - len(b.m.Columns) }).m, "", false
	}
	if len(owners) > 0 {
		most := slices.MaxFunc(owners, func(a, b fit) int { return a.known - b.known })
		if n := len(slices.DeleteFunc(slices.Clone(owners), func(x fit) bool { return x.known < most.known })); n == 1 {
			return most.m, "", false
		}
		return nil, fmt.Sprintf("the header (%d columns) has columns of %s, and as many of each", len(names), list(owners)), false
	}
	switch m := called(open, labels); {
	case m != nil:
		return m, fmt.Sprintf("the columns may be those of %s; taken for %s by its name", list(open), m.ID), true
	case len(open) > 1 && known > 0:
		return nil, fmt.Sprintf("the columns may be those of %s, and the name says of none", list(open)), false
	}
	return nil, fmt.Sprintf("the header (%s) is no module's of %s%s", columns(len(names)), d.ID, without(d, names, known)), false
}

// hasChild reports whether a header says whom the rows of a module are about.
func hasChild(m *schemas.Module, names map[string]int) bool {
	for _, r := range []schemas.Role{schemas.Child, schemas.Record} {
		if c := m.WithRole(r); c != nil {
			if _, ok := names[strings.ToUpper(c.Name)]; ok {
				return true
			}
		}
	}
	return false
}

// without says that columns are known but not the one that names the child.
func without(d *schemas.Dataset, names map[string]int, known int) string {
	if known == 0 {
		return ""
	}
	for _, m := range d.Modules {
		if hasChild(m, names) {
			return ""
		}
	}
	for _, r := range []schemas.Role{schemas.Child, schemas.Record} {
		if c := d.Modules[0].WithRole(r); c != nil {
			return ": it has no column " + c.Name
		}
	}
	return ""
}

func list(fits []fit) string {
	var ids []string
	for _, x := range fits {
		ids = append(ids, x.m.ID)
	}
	if n := len(ids) - 1; n > 0 {
		return strings.Join(ids[:n], ", ") + " or " + ids[n]
	}
	return strings.Join(ids, "")
}

var nameParts = regexp.MustCompile(`[a-z]+|[0-9]+`)

// maxLabel is how many bytes of a name are looked at: a member of a zip may be called by 64 KB.
const maxLabel = 200

// called is the module whose name is in a label, the longest name first, so that sw_episodes isn't Episodes. Signs and blanks don't count,
// but a name begins and ends where letters and digits or signs meet: upload1 isn't ad1.
func called(fits []fit, labels []string) *schemas.Module {
	byName, longest := map[string]*schemas.Module{}, 0
	for _, x := range fits {
		for _, name := range append([]string{strings.ToLower(x.m.ID)}, x.m.Names...) {
			if byName[name] == nil {
				byName[name] = x.m
			}
			longest = max(longest, len(name))
		}
	}
	for _, l := range labels {
		l = strings.TrimSuffix(l, path.Ext(l))
		parts := nameParts.FindAllString(strings.ToLower(l[:min(len(l), maxLabel)]), -1)
		var best *schemas.Module
		long := 0
		for i := range parts {
			name := ""
			for _, p := range parts[i:] {
				if name += p; len(name) > longest {
					break
				}
				if m := byName[name]; m != nil && len(name) > long {
					best, long = m, len(name)
				}
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}
