package examine

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"throughline/pipeline/finding"
	"throughline/pipeline/report"
)

// What a page shows of each rule: so many cases, and open at once when there are few.
const (
	casesShown = 20
	casesOpen  = 5
)

// Page writes what was found as one web page that is complete in itself and holds no script: how the return stands, each rule that fails
// with what is wrong, why it matters, how to put it right and its first cases, what was skipped and why, and the files. What identifies a
// child stands in it only with showIDs.
func Page(w io.Writer, returns []*Return, showIDs bool) error {
	p := &page{returns: returns, showIDs: showIDs}
	return report.WriteFindings(w, p.findings())
}

// page is a page while it is made.
type page struct {
	returns []*Return
	showIDs bool
}

// failing is a rule that returns break.
type failing struct {
	rule    *finding.Rule
	why     string
	modules []string
	fields  []string
	first   []caseOf
	cases   int
}

// caseOf is one finding, with its return.
type caseOf struct {
	r *Return
	f finding.Finding
}

// stacked reports whether there are several returns.
func (p *page) stacked() bool { return len(p.returns) > 1 }

// failing are the rules of some severity that fail, those with most cases first. A rule whose words differ between rulesets stands once
// for each.
func (p *page) failing(severity string) []*failing {
	type words struct{ rule, what string }
	by := map[words]*failing{}
	var out []*failing
	for _, r := range p.returns {
		for _, g := range r.Groups() {
			if g.Rule.Severity != severity {
				continue
			}
			key := words{g.Rule.ID, g.Rule.What}
			x := by[key]
			if x == nil {
				x = &failing{rule: g.Rule}
				if of := r.dataset.Rule(g.Rule.ID); of != nil && g.Rule.Kind != finding.Reading {
					x.why = of.Why
				}
				by[key] = x
				out = append(out, x)
			}
			x.cases += len(g.Findings)
			for _, m := range g.modules() {
				if !slices.Contains(x.modules, m) {
					x.modules = append(x.modules, m)
				}
			}
			for _, f := range g.Findings[:min(len(g.Findings), casesShown-len(x.first))] {
				x.first = append(x.first, caseOf{r, f})
			}
			if len(g.Findings) > 0 {
				x.fields = g.Findings[0].Fields
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *failing) int { return cmp.Compare(b.cases, a.cases) })
	return out
}

func (p *page) findings() *report.Findings {
	errors, warnings := p.failing("error"), p.failing("warning")
	out := &report.Findings{Title: fmt.Sprintf("Check of %d returns", len(p.returns)), Lead: Verdict(p.returns), Stamp: p.stamp(), Foot: "Made by throughline check.", CautionsHead: "Mend this first"}
	if !p.stacked() && len(p.returns) == 1 {
		out.Title = "Check: " + p.returns[0].Title()
		out.Summary = p.returns[0].about()
	}
	if p.showIDs {
		out.Notices = append(out.Notices, report.Notice{Head: "Identifies children.", Text: "This page shows their numbers: keep it where the return itself is kept.", Loud: true})
	}
	said := map[string]bool{}
	for _, r := range p.returns {
		for _, n := range r.Notes {
			if !said[n] {
				said[n] = true
				out.Notices = append(out.Notices, report.Notice{Head: "Note.", Text: n})
			}
		}
	}
	if p.stacked() {
		out.Parts = append(out.Parts, p.returnsPart())
	}
	add := func(part report.Part) {
		if len(part.Blocks) > 0 {
			out.Parts = append(out.Parts, part)
		}
	}
	add(p.rulesPart("errors", "Errors", "Each of these must be put right before the return is sent. Those with most cases come first; one mistake in a file or a system is often behind many.", errors))
	add(p.rulesPart("warnings", "Warnings", "What is sent can be read, yet somebody should look at it: it is unusual, or may be a slip.", warnings))
	skipped := p.skippedPart()
	add(skipped)
	out.Parts = append(out.Parts, p.filesPart())
	for _, w := range beforeAll(p.returns) {
		out.Cautions = append(out.Cautions, report.Caution{Text: w, Label: "See the files", Link: "files"})
	}
	run, failed, passed := 0, 0, 0
	nErrors, nWarnings := 0, 0
	left := map[string]bool{}
	for _, r := range p.returns {
		n, bad, _, e, w := r.Counts()
		run, failed, passed = run+n, failed+bad, passed+n-bad
		nErrors, nWarnings = nErrors+e, nWarnings+w
		for _, k := range r.Skipped() {
			for _, x := range k.Rules {
				left[x.Code] = true
			}
		}
	}
	card := func(label string, n int, note, link string) {
		if !slices.ContainsFunc(out.Parts, func(x report.Part) bool { return x.ID == link }) {
			link = "summary"
		}
		out.Cards = append(out.Cards, report.Card{Label: label, Value: whole(n).String(), Note: note, Link: link})
	}
	card("Errors", nErrors, fmt.Sprintf("of %s", count(len(errors), "rule")), "errors")
	card("Warnings", nWarnings, fmt.Sprintf("of %s", count(len(warnings), "rule")), "warnings")
	if slices.ContainsFunc(p.returns, func(r *Return) bool { return r.Ruleset != 0 }) {
		card("Rules run", run, fmt.Sprintf("%d passed, %d failed", passed, failed), "errors")
		card("Rules skipped", len(left), "what they need isn't there", "skipped")
	}
	return out
}

func whole(n int) report.Cell { return report.Number(report.Shown(float64(n)), report.Format{}) }

// stamp says by which rules returns were checked.
func (p *page) stamp() string {
	var sets []string
	for _, r := range p.returns {
		if s := fmt.Sprint(int(r.Ruleset)); r.Ruleset != 0 && !slices.Contains(sets, s) {
			sets = append(sets, s)
		}
	}
	if len(sets) == 0 {
		return "Files and values were checked; there are no rules for this kind of data"
	}
	return "Rules of " + strings.Join(sets, ", ")
}

// about says how the year is known and what the return was held against.
func (r *Return) about() []string {
	var out []string
	if r.LA == "" {
		out = append(out, "Whose return it is isn't known: say it with --la.")
	}
	if r.YearHow != "" {
		out = append(out, fmt.Sprintf("The year was worked out: %s. Say another with --year.", r.YearHow))
	}
	if r.Ruleset != 0 {
		out = append(out, fmt.Sprintf("The rules of %d were applied. Last year's return was %s.", int(r.Ruleset), r.before()))
	}
	return out
}

// rulesPart shows the rules of a severity that fail.
func (p *page) rulesPart(id, title, intro string, rules []*failing) report.Part {
	part := report.Part{ID: id, Title: title, Intro: intro}
	if len(rules) == 0 {
		return part
	}
	all := report.Table{Caption: title + " at a glance", Head: []string{"rule", "cases", "what it is about"}}
	for _, x := range rules {
		all.Rows = append(all.Rows, []report.Cell{report.Words(x.rule.ID), whole(x.cases), report.Words(x.rule.Title)})
	}
	part.Blocks = append(part.Blocks, report.Block{Table: &report.Folded{Table: all}})
	for _, x := range rules {
		b := report.Block{Heading: x.rule.ID + ": " + x.rule.Title}
		say := func(name, words string) {
			if words != "" {
				b.Facts = append(b.Facts, report.Fact{Name: name, Words: words})
			}
		}
		if x.rule.What != x.rule.Title {
			what := "An error when"
			if x.rule.Severity == "warning" {
				what = "A warning when"
			}
			say(what, x.rule.What)
		}
		say("Why it matters", x.why)
		say("How to put it right", upperFirst(x.rule.Hint))
		say("Note", noteOf(x.rule))
		look := strings.Join(x.fields, ", ")
		if look != "" && len(x.modules) > 0 {
			look += " (rows of " + strings.Join(x.modules, ", ") + ")"
		} else {
			look = strings.Join(x.modules, ", ")
		}
		say("Look at", look)
		say("Kind", KindWords(x.rule.Kind))
		t := &report.Folded{Table: p.cases(x), Excerpt: true}
		if len(x.first) > casesOpen {
			t.Fold = t.Caption
		}
		b.Table = t
		part.Blocks = append(part.Blocks, b)
	}
	return part
}

// cases are the first cases of a rule.
func (p *page) cases(x *failing) report.Table {
	t := report.Table{Caption: count(x.cases, "case")}
	if left := x.cases - len(x.first); left > 0 {
		t.Caption = fmt.Sprintf("The first %d of %d cases; %d more are in -o xlsx, csv or json", len(x.first), x.cases, left)
	}
	says := slices.ContainsFunc(x.first, func(c caseOf) bool { return c.f.Message != "" })
	columns := slices.ContainsFunc(x.first, func(c caseOf) bool { return c.f.Column != "" })
	t.Head = []string{"file:line", "row"}
	add := func(yes bool, head string) {
		if yes {
			t.Head = append(t.Head, head)
		}
	}
	add(len(x.modules) > 1, "module")
	add(columns, "field")
	add(p.showIDs, "CHILD")
	add(says, "what is wrong")
	add(p.stacked(), "return")
	for _, c := range x.first {
		at := c.f.File
		if c.f.Line > 0 {
			at = fmt.Sprintf("%s:%d", c.f.File, c.f.Line)
		}
		row := []report.Cell{report.Words(at), report.Words("")}
		if c.f.Row > 0 {
			row[1] = report.Words(fmt.Sprint(c.f.Row))
		}
		add := func(yes bool, words string) {
			if yes {
				row = append(row, report.Words(words))
			}
		}
		add(len(x.modules) > 1, c.f.Module)
		add(columns, c.f.Column)
		if p.showIDs {
			child := ""
			if who := c.r.Who(c.f); len(who) > 0 {
				child = who[0].Value
			}
			add(true, child)
		}
		add(says, c.f.Message)
		add(p.stacked(), strings.TrimSpace(fmt.Sprintf("%s %d", c.r.who(), c.r.Year)))
		t.Rows = append(t.Rows, row)
	}
	return t
}

// skippedPart says which rules weren't applied, and what would let them be.
func (p *page) skippedPart() report.Part {
	part := report.Part{ID: "skipped", Title: "Rules that were skipped", Intro: "A rule whose needs aren't met is skipped and never passed: it may find more once it can be applied."}
	for _, k := range skippedFor(p.returns) {
		b := report.Block{Heading: k.head()}
		if p.stacked() {
			b.Facts = append(b.Facts, report.Fact{Name: "Of", Words: fmt.Sprintf("%d of %d returns", k.returns, len(p.returns))})
		}
		if x := k.Remedy(); x != "" {
			b.Facts = append(b.Facts, report.Fact{Name: "What to do", Words: upperFirst(x)})
		}
		t := report.Table{Caption: b.Heading, Head: []string{"rule", "severity", "what it is about"}}
		for _, x := range k.Rules {
			t.Rows = append(t.Rows, []report.Cell{report.Words(x.Code), report.Words(x.Severity), report.Words(x.Title)})
		}
		b.Table = &report.Folded{Table: t, Fold: "Which rules", Excerpt: true}
		part.Blocks = append(part.Blocks, b)
	}
	return part
}

// filesPart lists the files as they were read.
func (p *page) filesPart() report.Part {
	t := report.Table{Caption: "Files as they were read", Head: []string{"file", "module", "rows", "form"}}
	if p.stacked() {
		t.Head = append(t.Head, "return")
	}
	aside := 0
	for _, r := range p.returns {
		for i, f := range r.Files {
			if p.stacked() && f.Module != nil && f.Rows == 0 { // it has rows of other returns
				continue
			}
			m := "set aside"
			if f.Module != nil {
				m = f.Module.ID
			} else {
				aside++
			}
			row := []report.Cell{report.Words(f.Name), report.Words(m), whole(int(f.Rows)), report.Words(form(r, i))}
			if p.stacked() {
				row = append(row, report.Words(strings.TrimSpace(fmt.Sprintf("%s %d", r.who(), r.Year))))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	part := report.Part{ID: "files", Title: "Files", Blocks: []report.Block{{Table: &report.Folded{Table: t}}}}
	if aside > 0 {
		part.Intro = "1 file is set aside: nothing of it was checked. The errors say why."
		if aside > 1 {
			part.Intro = fmt.Sprintf("%d files are set aside: nothing of them was checked. The errors say why.", aside)
		}
	}
	return part
}

// returnsPart sets the returns of a stack side by side.
func (p *page) returnsPart() report.Part {
	t := report.Table{Caption: "Returns in the stack", Head: []string{"return", "errors", "warnings", "rules run", "failed", "skipped", "last year's return"}}
	for _, r := range p.returns {
		run, failed, skipped, errors, warnings := r.Counts()
		before := "not there"
		if r.Previous {
			before = "there"
		}
		t.Rows = append(t.Rows, []report.Cell{report.Words(strings.TrimSpace(fmt.Sprintf("%s %d", r.who(), r.Year))), whole(errors), whole(warnings), whole(run), whole(failed),
			whole(skipped), report.Words(before)})
	}
	return report.Part{ID: "returns", Title: "Returns", Blocks: []report.Block{{Table: &report.Folded{Table: t}}}}
}
