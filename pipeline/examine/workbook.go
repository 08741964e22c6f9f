package examine

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
)

// bookLimits are what a sheet may hold.
type bookLimits struct {
	rows     int // under the header
	comments int // each is a drawing, and thousands make a workbook slow to open
	links    int
}

// sheetLimits are those of spreadsheet programs, and below them what opens in a moment: a sheet may have 65,530 links.
var sheetLimits = bookLimits{rows: excelize.TotalRows - 1, comments: 2000, links: 20000}

// Workbook writes what was found as a workbook (.xlsx): a summary, the findings, and for each module its rows that have a finding, with the
// cells to look at marked. What identifies somebody stands in it only with showIDs. The same result gives the same bytes.
func Workbook(w io.Writer, returns []*Return, showIDs bool) error {
	return writeWorkbook(w, returns, showIDs, sheetLimits)
}

// book is a workbook while it is made.
type book struct {
	f       *excelize.File
	returns []*Return
	showIDs bool
	limits  bookLimits
	styles  map[string]int
	marked  []map[rowAt]*marks  // by return
	at      map[placeAt]string  // of a finding that can be marked: where its first cell is, such as Episodes!E12
	sheets  map[string]string   // by module: its sheet
	first   map[placeOfRule]int // row of the first finding of a rule on the sheet of findings
	cut     []string            // what didn't fit
}

// rowAt is a row as sent.
type rowAt struct {
	module, file string
	row          int
}

// placeAt is what a finding's rule marks in a row: of a row that breaks two rules, each has its own cells.
type placeAt struct {
	ret int
	rowAt
	rule, column string
}

type placeOfRule struct {
	ret  int
	rule string
}

// marks are the findings of a row, in order.
type marks struct{ findings []finding.Finding }

func writeWorkbook(w io.Writer, returns []*Return, showIDs bool, limits bookLimits) error {
	b := &book{f: excelize.NewFile(), returns: returns, showIDs: showIDs, limits: limits, at: map[placeAt]string{}, sheets: map[string]string{}, first: map[placeOfRule]int{}}
	defer b.f.Close()
	b.f.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return &sortedZip{to: w} })
	if err := b.f.SetDocProps(&excelize.DocProperties{Title: "What is wrong with a return", Creator: "throughline", LastModifiedBy: "throughline"}); err != nil {
		return err
	}
	if err := b.addStyles(); err != nil {
		return err
	}
	modules := b.mark()
	if err := b.f.SetSheetName("Sheet1", "Summary"); err != nil {
		return err
	}
	names := []string{"Findings"}
	for _, m := range modules {
		b.sheets[m.ID] = sheetName(m.ID)
		names = append(names, b.sheets[m.ID])
	}
	for _, n := range names {
		if _, err := b.f.NewSheet(n); err != nil {
			return err
		}
	}
	for _, m := range modules {
		if err := b.module(m); err != nil {
			return fmt.Errorf("sheet %s: %w", b.sheets[m.ID], err)
		}
	}
	if err := b.findings(); err != nil {
		return fmt.Errorf("sheet Findings: %w", err)
	}
	if err := b.summary(); err != nil {
		return fmt.Errorf("sheet Summary: %w", err)
	}
	return b.f.Write(w)
}

// sheetName is a module's name as spreadsheet programs take it. It is of letters, digits and underscores.
func sheetName(module string) string {
	if strings.EqualFold(module, "Summary") || strings.EqualFold(module, "Findings") {
		module += " rows"
	}
	return module[:min(len(module), excelize.MaxSheetNameLength)]
}

// mark gathers the findings of each row, and says which modules have any, in the schema's order.
func (b *book) mark() []*schemas.Module {
	has := map[string]bool{}
	for _, r := range b.returns {
		rows := map[rowAt]*marks{}
		for _, f := range r.Findings {
			if f.Module == "" || f.Row == 0 {
				continue
			}
			at := rowAt{f.Module, f.File, f.Row}
			if rows[at] == nil {
				rows[at] = &marks{}
			}
			rows[at].findings = append(rows[at].findings, f)
			has[f.Module] = true
		}
		b.marked = append(b.marked, rows)
	}
	var out []*schemas.Module
	if len(b.returns) > 0 {
		for _, m := range b.returns[0].dataset.Modules {
			if has[m.ID] {
				out = append(out, m)
			}
		}
	}
	return out
}

// Colours: dark words on a light ground, so that marked cells can be told apart in print and by those who see few colours, whom the
// comments and the column of rules tell the same.
const (
	deep                    = "12436D"
	errorFill, errorInk     = "FFC7CE", "9C0006"
	warningFill, warningInk = "FFEB9C", "7F4F00"
)

func (b *book) addStyles() error {
	top := &excelize.Alignment{Vertical: "top"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	fill := func(c string) excelize.Fill { return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}} }
	font := func(f excelize.Font) *excelize.Font {
		f.Family = "Calibri"
		if f.Size == 0 {
			f.Size = 11
		}
		return &f
	}
	const text = 49 // the number format of text: a cell that is edited stays text, and = begins no formula
	b.styles = map[string]int{}
	for _, s := range []struct {
		name  string
		style excelize.Style
	}{
		{"title", excelize.Style{Font: font(excelize.Font{Bold: true, Size: 16})}},
		{"section", excelize.Style{Font: font(excelize.Font{Bold: true, Size: 13, Color: deep})}},
		{"head", excelize.Style{Font: font(excelize.Font{Bold: true, Color: "FFFFFF"}), Fill: fill(deep), Alignment: wrap}},
		{"label", excelize.Style{Font: font(excelize.Font{Bold: true}), Alignment: top}},
		{"verdict", excelize.Style{Font: font(excelize.Font{Bold: true}), Alignment: wrap, NumFmt: text}},
		{"text", excelize.Style{Alignment: top, NumFmt: text}},
		{"wrap", excelize.Style{Alignment: wrap, NumFmt: text}},
		{"number", excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right", Indent: 1}}},
		{"link", excelize.Style{Font: font(excelize.Font{Underline: "single", Color: "0563C1"}), Alignment: top, NumFmt: text}},
		{"hidden", excelize.Style{Font: font(excelize.Font{Italic: true, Color: "767676"}), Alignment: top, NumFmt: text}},
		{"error", excelize.Style{Font: font(excelize.Font{Color: errorInk}), Fill: fill(errorFill), Alignment: top, NumFmt: text}},
		{"warning", excelize.Style{Font: font(excelize.Font{Color: warningInk}), Fill: fill(warningFill), Alignment: top, NumFmt: text}},
	} {
		id, err := b.f.NewStyle(&s.style)
		if err != nil {
			return err
		}
		b.styles[s.name] = id
	}
	return nil
}

// text is a cell with words: never a formula.
func (b *book) text(style, s string) excelize.Cell {
	return excelize.Cell{StyleID: b.styles[style], Value: s}
}

func (b *book) number(n int) excelize.Cell {
	return excelize.Cell{StyleID: b.styles["number"], Value: n}
}

// place is the number of a line or row, blank when there is none.
func (b *book) place(n int) excelize.Cell {
	if n == 0 {
		return b.text("text", "")
	}
	return b.number(n)
}

// field is a column of a table.
type field struct {
	head  string
	width float64
}

// sheet is a table that fills a sheet of its own.
type sheet struct {
	*excelize.StreamWriter
	b     *book
	name  string
	width int // columns
	row   int // last one written
}

// newSheet begins a table: its header stays in sight, with the first columns, and on every printed page.
func (b *book) newSheet(name string, fields []field, frozen int) (*sheet, error) {
	if err := b.paper(name); err != nil {
		return nil, err
	}
	if err := b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$1", name), Scope: name}); err != nil {
		return nil, err
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{StreamWriter: w, b: b, name: name, width: len(fields)}
	head := make([]any, len(fields))
	for i, f := range fields {
		if err := w.SetColWidth(i+1, i+1, f.width); err != nil {
			return nil, err
		}
		head[i] = b.text("head", f.head)
	}
	corner, err := excelize.CoordinatesToCellName(frozen+1, 2)
	if err != nil {
		return nil, err
	}
	pane := "bottomLeft"
	if frozen > 0 {
		pane = "bottomRight"
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: corner, ActivePane: pane}); err != nil {
		return nil, err
	}
	return s, s.add(head)
}

// paper is how a sheet is printed.
func (b *book) paper(name string) error {
	landscape, a4, one, any, yes := "landscape", 9, 1, 0, true
	if err := b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &one, FitToHeight: &any}); err != nil {
		return err
	}
	return b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes})
}

func (s *sheet) add(cells []any) error {
	s.row++
	return s.SetRow(fmt.Sprintf("A%d", s.row), cells)
}

// end adds the filter and closes the sheet.
func (s *sheet) end() error {
	last, err := excelize.CoordinatesToCellName(s.width, s.row)
	if err != nil {
		return err
	}
	if err := s.b.f.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	return s.Flush()
}

// stacked reports whether there are several returns, so that each row says whose it is.
func (b *book) stacked() bool { return len(b.returns) > 1 }

func (b *book) whose(r *Return) []any {
	if !b.stacked() {
		return nil
	}
	return []any{b.text("text", r.who()), b.number(int(r.Year))}
}

func (b *book) whoseFields() []field {
	if !b.stacked() {
		return nil
	}
	return []field{{"authority", 24}, {"year", 8}}
}

// module writes the rows of a module that have a finding.
func (b *book) module(m *schemas.Module) error {
	columns, files := b.columns(m)
	fields := b.whoseFields()
	if files > 1 {
		fields = append(fields, field{"file", 24})
	}
	fields = append(fields, field{"line", 8}, field{"row", 8}, field{"rules broken", 28})
	lead := len(fields)
	for _, c := range columns {
		wide := 12
		if c.Type == schemas.UPN {
			wide = 17
		}
		fields = append(fields, field{c.Name, float64(max(len(c.Name)+5, wide))}) // room for the arrow of the filter
	}
	name := b.sheets[m.ID]
	s, err := b.newSheet(name, fields, lead)
	if err != nil {
		return err
	}
	comments, rows, over := 0, 0, 0
	for i, r := range b.returns {
		for _, f := range r.Files {
			if f.Module != m {
				continue
			}
			err := f.Each(func(row *read.Row) error {
				at := rowAt{m.ID, f.Name, row.Row}
				marks := b.marked[i][at]
				if marks == nil {
					return nil
				}
				if rows++; rows > b.limits.rows {
					return nil
				}
				cells := b.whose(r)
				if files > 1 {
					cells = append(cells, b.text("text", f.Name))
				}
				cells = append(cells, b.place(row.Line), b.place(row.Row))
				says := make([][]finding.Finding, 1+len(columns)) // by cell: of the row as a whole, then of each column
				for _, x := range marks.findings {
					which := marksOf(x, columns)
					for _, n := range which {
						says[n] = append(says[n], x)
					}
					where, err := excelize.CoordinatesToCellName(lead+which[0], s.row+1)
					if err != nil {
						return err
					}
					b.at[placeAt{i, at, x.Rule, x.Column}] = name + "!" + where
				}
				for n, found := range says {
					style, value := "text", ""
					if n == 0 {
						value = codes(marks.findings)
					} else {
						c := columns[n-1]
						value = row.Cells[slices.Index(m.Sent(), c)]
						if !b.showIDs {
							if value = r.veil.cell(m, f.Name, row.Row, c, value); value == Hidden {
								style = "hidden"
							}
						}
					}
					if len(found) > 0 {
						style = worst(found)
						if comments++; comments <= b.limits.comments {
							where, err := excelize.CoordinatesToCellName(lead+n, s.row+1)
							if err != nil {
								return err
							}
							if err := b.comment(name, where, found); err != nil {
								return err
							}
						} else {
							over++
						}
					}
					cells = append(cells, b.text(style, value))
				}
				return s.add(cells)
			})
			if err != nil {
				return err
			}
		}
	}
	if rows > b.limits.rows {
		b.cut = append(b.cut, fmt.Sprintf("%s: a sheet holds %d rows, so %d more rows with findings are left out. The whole is in -o csv and -o json.", name, b.limits.rows, rows-b.limits.rows))
	}
	if over > 0 {
		b.cut = append(b.cut, fmt.Sprintf("%s: the first %d marked cells have a comment, %d more are coloured only. The column of rules says what they break.", name, b.limits.comments, over))
	}
	return s.end()
}

// columns are those of a module that a file has, or should have; and how many files there are at most in a return.
func (b *book) columns(m *schemas.Module) (out []*schemas.Column, files int) {
	for i, c := range m.Sent() {
		for _, r := range b.returns {
			collected := i < len(m.Columns) && schemas.HeldIn(c.FirstYear, c.LastYear, r.Year)
			if collected || slices.ContainsFunc(r.Files, func(f *read.File) bool { return f.Module == m && f.Has(c.Name) }) {
				out = append(out, c)
				break
			}
		}
	}
	for _, r := range b.returns {
		n := 0
		for _, f := range r.Files {
			if f.Module == m {
				n++
			}
		}
		files = max(files, n)
	}
	return out, files
}

// marksOf is which cells a finding marks: 0 for that of the row's rules, n for the nth column.
func marksOf(f finding.Finding, columns []*schemas.Column) []int {
	names := f.Fields
	if f.Column != "" {
		names = []string{f.Column}
	}
	var out []int
	for i, c := range columns {
		if slices.Contains(names, c.Name) {
			out = append(out, i+1)
		}
	}
	if out == nil {
		out = []int{0}
	}
	return out
}

// codes are the rules of findings, each once.
func codes(found []finding.Finding) string {
	var out []string
	for _, f := range found {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return strings.Join(out, ", ")
}

// worst is error when one of the findings is.
func worst(found []finding.Finding) string {
	if slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Severity() == "error" }) {
		return "error"
	}
	return "warning"
}

// commentRules is how many rules a comment names.
const commentRules = 8

// comment says which rules mark a cell.
func (b *book) comment(sheet, cell string, found []finding.Finding) error {
	var lines []string
	for _, f := range found {
		if l := f.Rule + ": " + f.Of().Title; !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	if n := len(lines) - commentRules; n > 0 {
		lines = append(lines[:commentRules], fmt.Sprintf("and %d more", n))
	}
	height := 24
	for _, l := range lines {
		height += 18 * (1 + len(l)/46)
	}
	return b.f.AddComment(sheet, excelize.Comment{Author: "throughline", Cell: cell, Text: strings.Join(lines, "\n"), Width: 300, Height: uint(height)})
}

// fieldsOf are the columns that a finding asks to look at.
func fieldsOf(f finding.Finding) string {
	if f.Column != "" {
		return f.Column
	}
	return strings.Join(f.Fields, ", ")
}

// findings writes one row a finding, by rule, errors first.
func (b *book) findings() error {
	fields := append(b.whoseFields(), field{"rule", 18}, field{"severity", 11}, field{"what it is about", 38}, field{"module", 16}, field{"file", 22}, field{"line", 8},
		field{"row", 8}, field{"fields", 26}, field{"marked at", 20})
	if b.showIDs {
		fields = append(fields, field{"CHILD", 14})
	}
	fields = append(fields, field{"what is wrong", 70}, field{"how to put it right", 70})
	link := slices.IndexFunc(fields, func(f field) bool { return f.head == "marked at" })
	s, err := b.newSheet("Findings", fields, 0)
	if err != nil {
		return err
	}
	links, left := 0, 0
	for i, r := range b.returns {
		for _, g := range r.Groups() {
			for _, f := range g.Findings {
				if s.row > b.limits.rows {
					left++
					continue
				}
				if b.first[placeOfRule{i, f.Rule}] == 0 {
					b.first[placeOfRule{i, f.Rule}] = s.row + 1
				}
				at := b.at[placeAt{i, rowAt{f.Module, f.File, f.Row}, f.Rule, f.Column}]
				style := "text"
				if at != "" {
					if links++; links <= b.limits.links {
						style = "link"
						where, err := excelize.CoordinatesToCellName(link+1, s.row+1)
						if err != nil {
							return err
						}
						if err := b.goTo("Findings", where, at); err != nil {
							return err
						}
					}
				}
				cells := append(b.whose(r), b.text("text", f.Rule), b.text(f.Severity(), f.Severity()), b.text("text", g.Rule.Title), b.text("text", f.Module), b.text("text", f.File),
					b.place(f.Line), b.place(f.Row), b.text("text", fieldsOf(f)), b.text(style, at))
				if b.showIDs {
					child := ""
					if who := r.Who(f); len(who) > 0 {
						child = who[0].Value
					}
					cells = append(cells, b.text("text", child))
				}
				if err := s.add(append(cells, b.text("text", f.What()), b.text("text", f.Of().Hint))); err != nil {
					return err
				}
			}
		}
	}
	if left > 0 {
		b.cut = append(b.cut, fmt.Sprintf("Findings: a sheet holds %d rows, so %d more findings are left out. The whole is in -o csv and -o json.", b.limits.rows, left))
	}
	if n := links - b.limits.links; n > 0 {
		b.cut = append(b.cut, fmt.Sprintf("Findings: the first %d lead to their cell by a click; of %d more the address stands there as text.", b.limits.links, n))
	}
	return s.end()
}

// goTo makes a cell lead to another: SHEET!CELL.
func (b *book) goTo(sheet, cell, to string) error {
	name, at, _ := strings.Cut(to, "!")
	return b.f.SetCellHyperLink(sheet, cell, fmt.Sprintf("'%s'!%s", name, at), "Location")
}
