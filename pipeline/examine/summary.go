package examine

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// summarySheet is the first sheet, while it is written: words on top, tables below.
type summarySheet struct {
	*excelize.StreamWriter
	b    *book
	wide []float64 // of its columns
	row  int
}

// summary writes the first sheet.
func (b *book) summary() error {
	const name = "Summary"
	if err := b.paper(name); err != nil {
		return err
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	s := &summarySheet{StreamWriter: w, b: b}
	for _, f := range b.whoseFields() {
		s.wide = append(s.wide, f.width)
	}
	s.wide = append(s.wide, 20, 15, 11, 40, 10, 20, 64, 64, 64)
	for i, n := range s.wide {
		if err := w.SetColWidth(i+1, i+1, n); err != nil {
			return err
		}
	}
	for _, step := range []func() error{s.top, s.files, s.failed, s.skipped} {
		if err := step(); err != nil {
			return err
		}
	}
	b.f.SetActiveSheet(0)
	return w.Flush()
}

// add writes a row of a table, as high as its words need: not every program works that out.
func (s *summarySheet) add(cells ...any) error {
	lines := 1
	for i, c := range cells {
		if x, ok := c.(excelize.Cell); ok && x.StyleID == s.b.styles["wrap"] {
			lines = max(lines, linesOf(fmt.Sprint(x.Value), 1.1*s.wide[i]))
		}
	}
	s.row++
	return s.SetRow(fmt.Sprintf("A%d", s.row), cells, excelize.RowOpts{Height: lineHeight * float64(lines)})
}

// lineHeight is that of a line of words, in points.
const lineHeight = 15

// linesOf is how many lines words take in a cell of some width.
func linesOf(words string, width float64) int {
	lines, at := 1, 0
	for _, w := range strings.Fields(words) {
		n := len([]rune(w))
		if at > 0 && at+1+n > int(width) {
			lines, at = lines+1, 0
		}
		at += 1 + n
	}
	return lines
}

// say writes a name and what is to be said under it, over the width of the screen.
func (s *summarySheet) say(label, style, words string) error {
	const to = 7 // the last column that the words run over
	s.row++
	signs := 0.0
	for _, n := range s.wide[1:to] {
		signs += n
	}
	if err := s.SetRow(fmt.Sprintf("A%d", s.row), []any{s.b.text("label", label), s.b.text(style, words)}, excelize.RowOpts{Height: lineHeight * float64(linesOf(words, 0.95*signs))}); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(to, s.row)
	if err != nil {
		return err
	}
	return s.MergeCell(fmt.Sprintf("B%d", s.row), last)
}

// section begins a table.
func (s *summarySheet) section(title string, head ...string) error {
	s.row++
	if err := s.add(s.b.text("section", title)); err != nil {
		return err
	}
	var cells []any
	for _, f := range s.b.whoseFields() {
		cells = append(cells, s.b.text("head", f.head))
	}
	for _, h := range head {
		cells = append(cells, s.b.text("head", h))
	}
	return s.add(cells...)
}

// top says whose return it is, how it stands, and how to read the workbook.
func (s *summarySheet) top() error {
	b := s.b
	title := fmt.Sprintf("Check of %d returns", len(b.returns))
	if !b.stacked() && len(b.returns) == 1 {
		title = "Check: " + b.returns[0].Title()
	}
	s.row++
	if err := s.SetRow("A1", []any{b.text("title", title)}, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	if err := s.say("How it stands", "verdict", Verdict(b.returns)); err != nil {
		return err
	}
	type words struct{ label, style, words string }
	var all []words
	say := func(label, words_ string) { all = append(all, words{label, "wrap", words_}) }
	for _, w := range beforeAll(b.returns) {
		all = append(all, words{"Mend this first", "error", w})
	}
	if !b.stacked() {
		for _, r := range b.returns {
			if r.LA != "" {
				say("Authority", strings.TrimPrefix(r.Authority+" ("+r.LA+")", " "))
			} else {
				say("Authority", "not known; say it with --la")
			}
			y := fmt.Sprintf("%d, ending 31 March %[1]d", int(r.Year))
			if r.YearHow != "" {
				y += "; worked out: " + r.YearHow + "; say another with --year"
			}
			say("Year", y)
			if r.Ruleset != 0 {
				say("Rules of", fmt.Sprint(int(r.Ruleset)))
				say("Last year's return", r.before())
				run, failed, skipped, _, _ := r.Counts()
				say("Rules", fmt.Sprintf("%d run, %d of them failed; %d skipped", run, failed, skipped))
			}
			_, _, _, errors, warnings := r.Counts()
			say("Findings", fmt.Sprintf("%s, %s", count(errors, "error"), count(warnings, "warning")))
			for _, n := range r.Notes {
				say("Note", n)
			}
		}
	}
	if b.showIDs {
		say("Identifiers", "This workbook shows what identifies children: keep it where the return itself is kept.")
	} else {
		say("Identifiers", "What identifies a child or a worker stands as \"hidden\", and a value that can't be read as its shape (A a letter, 9 a digit). To see them, check again with --show-ids, where you may see them.")
	}
	say("How to use it", "Start with the rules below that are errors. Filter the sheet Findings by rule; \"marked at\" leads to the cell. Each module's sheet holds its rows with findings, in the order of the file: line is that of the file, row 1 the first row of data.")
	all = append(all, words{"Marked red", "error", "the cell, or one marked with it, breaks a rule: an error"})
	all = append(all, words{"Marked yellow", "warning", "somebody should look at it: a warning"})
	for _, c := range b.cut {
		say("Not all is here", c)
	}
	for _, w := range all {
		if err := s.say(w.label, w.style, w.words); err != nil {
			return err
		}
	}
	if !b.stacked() {
		return nil
	}
	if err := s.section("Returns", "rules of", "rules run", "failed", "last year's return", "skipped", "findings", "notes"); err != nil {
		return err
	}
	for _, r := range b.returns {
		run, failed, skipped, errors, warnings := r.Counts()
		cells := append(b.whose(r), b.number(int(r.Ruleset)), b.number(run), b.number(failed), b.text("wrap", r.before()), b.number(skipped),
			b.text("wrap", fmt.Sprintf("%s, %s", count(errors, "error"), count(warnings, "warning"))), b.text("wrap", strings.Join(r.Notes, "; ")))
		if err := s.add(cells...); err != nil {
			return err
		}
	}
	return nil
}

// form is how a file was sent.
func form(r *Return, i int) string {
	f := r.Files[i]
	out := string(f.Form)
	if f.Zipped {
		out += " in a zip"
	}
	if f.Encoding != "" {
		out += ", " + f.Encoding
	}
	return out
}

func (s *summarySheet) files() error {
	b := s.b
	if err := s.section("Files", "module", "rows", "", "file", "", "form"); err != nil {
		return err
	}
	for _, r := range b.returns {
		for i, f := range r.Files {
			if b.stacked() && f.Module != nil && f.Rows == 0 { // it has rows of other returns
				continue
			}
			m := b.text("error", "set aside")
			if f.Module != nil {
				m = b.text("text", f.Module.ID)
			}
			cells := append(b.whose(r), m, b.number(int(f.Rows)), nil, b.text("wrap", f.Name), nil, b.text("text", form(r, i)))
			if err := s.add(cells...); err != nil {
				return err
			}
		}
	}
	return nil
}

// failed lists the rules with findings, errors first.
func (s *summarySheet) failed() error {
	b := s.b
	if err := s.section("Rules that fail, errors first", "rule", "kind", "severity", "what it is about", "cases", "modules", "what is an error", "how to put it right", "note"); err != nil {
		return err
	}
	none := true
	for i, r := range b.returns {
		for _, g := range r.Groups() {
			none = false
			style := "text"
			if at := b.first[placeOfRule{i, g.Rule.ID}]; at > 0 && s.row < b.limits.links {
				style = "link"
				where, err := excelize.CoordinatesToCellName(len(b.whoseFields())+1, s.row+1)
				if err != nil {
					return err
				}
				if err := b.goTo("Summary", where, fmt.Sprintf("Findings!A%d", at)); err != nil {
					return err
				}
			}
			what := g.Rule.What
			if what == g.Rule.Title {
				what = ""
			}
			cells := append(b.whose(r), b.text(style, g.Rule.ID), b.text("text", KindWords(g.Rule.Kind)), b.text(g.Rule.Severity, g.Rule.Severity), b.text("wrap", g.Rule.Title),
				b.number(len(g.Findings)), b.text("wrap", strings.Join(g.modules(), ", ")), b.text("wrap", what), b.text("wrap", g.Rule.Hint),
				b.text("wrap", noteOf(g.Rule)))
			if err := s.add(cells...); err != nil {
				return err
			}
		}
	}
	if none {
		return s.add(b.text("text", "none"))
	}
	return nil
}

// modules are those with findings of the rule, in order of appearance.
func (g Group) modules() []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range g.Findings {
		if f.Module != "" && !seen[f.Module] {
			seen[f.Module] = true
			out = append(out, f.Module)
		}
	}
	return out
}

// skipped lists the rules that were not applied, by why.
func (s *summarySheet) skipped() error {
	b := s.b
	for i, k := range skippedFor(b.returns) {
		if i == 0 {
			if err := s.section("Rules that were skipped", "rule", "kind", "severity", "what it is about", "", "modules"); err != nil {
				return err
			}
		}
		why := k.head()
		if x := k.Remedy(); x != "" {
			why += "; " + x
		}
		if b.stacked() {
			why += fmt.Sprintf(" (%d of %s)", k.returns, count(len(b.returns), "return"))
		}
		if err := s.say("", "verdict", why); err != nil {
			return err
		}
		for _, x := range k.Rules {
			cells := append(make([]any, len(b.whoseFields())), b.text("text", x.Code), b.text("text", KindWords(x.Kind)), b.text("text", x.Severity), b.text("wrap", x.Title), nil,
				b.text("wrap", strings.Join(x.Modules, ", ")))
			if err := s.add(cells...); err != nil {
				return err
			}
		}
	}
	return nil
}
