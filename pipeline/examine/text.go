package examine

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
)

// Group is the findings of one rule.
type Group struct {
	Rule     *finding.Rule
	Title    string // a few words
	Findings []finding.Finding
}

// Groups are the findings by rule: errors first, then those with most findings.
func (r *Return) Groups() []Group {
	at := map[string]int{}
	var out []Group
	for _, f := range r.Findings {
		i, ok := at[f.Rule]
		if !ok {
			i = len(out)
			at[f.Rule] = i
			out = append(out, Group{Rule: f.Of(), Title: f.Of().Title})
		}
		out[i].Findings = append(out[i].Findings, f)
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.Rule.Severity != b.Rule.Severity {
			return a.Rule.Severity == "error"
		}
		return len(a.Findings) > len(b.Findings)
	})
	return out
}

// Skipped is the rules that weren't applied, by why, in order of how many they are.
func (r *Return) Skipped() []SkippedFor {
	at := map[string]int{}
	var out []SkippedFor
	for _, a := range r.Rules {
		if a.Skipped == "" {
			continue
		}
		i, ok := at[a.Skipped]
		if !ok {
			i = len(out)
			at[a.Skipped] = i
			out = append(out, SkippedFor{Why: a.Skipped})
		}
		out[i].Rules = append(out[i].Rules, a.Rule)
	}
	slices.SortStableFunc(out, func(a, b SkippedFor) int { return len(b.Rules) - len(a.Rules) })
	return out
}

// SkippedFor is rules that weren't applied for one reason.
type SkippedFor struct {
	Why   string
	Rules []*schemas.Rule
}

// Remedy is what would let the rules be applied; empty when there is nothing to do.
func (s SkippedFor) Remedy() string {
	switch {
	case s.Why == "last year's return isn't there":
		return "give it with --previous"
	case s.Why == "no table of postcodes":
		return "give it with --postcodes"
	case s.Why == "no list of providers":
		return "give it with --providers"
	case s.Why == "the authority isn't known":
		return "say whose return it is with --la"
	}
	return ""
}

// Title is whose return it is and of which year.
func (r *Return) Title() string {
	who := "Return"
	switch {
	case r.Authority != "":
		who = r.Authority + " (" + r.LA + ")"
	case r.LA != "":
		who = r.LA
	}
	return fmt.Sprintf("%s, year ending 31 March %d", who, r.Year)
}

// Text writes what somebody reads on a terminal: for each return its files, each rule that fails with its first cases, and all at a
// glance at the end. limit is how many cases of a rule are shown; 0: all.
func Text(out io.Writer, returns []*Return, limit int, showIDs bool) error {
	w := bufio.NewWriter(out)
	for i, r := range returns {
		if i > 0 {
			fmt.Fprintln(w)
		}
		r.text(w, limit, showIDs)
	}
	return w.Flush()
}

func newTable(w io.Writer, head ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	s := table.StyleLight
	s.Format.Header = 0
	s.Options = table.OptionsNoBordersAndSeparators
	t.SetStyle(s)
	t.AppendHeader(head)
	return t
}

func (r *Return) text(w io.Writer, limit int, showIDs bool) {
	fmt.Fprintln(w, r.Title())
	if r.YearHow != "" {
		fmt.Fprintf(w, "the year was worked out: %s; say another with --year\n", r.YearHow)
	}
	if r.Ruleset != 0 {
		fmt.Fprintf(w, "rules of %d", r.Ruleset)
		switch {
		case r.Previous:
			fmt.Fprint(w, "; held against last year's return")
		case len(r.Before) > 0:
			fmt.Fprint(w, "; nothing of last year's return could be used")
		}
		fmt.Fprintln(w)
		if len(r.Only) > 0 {
			fmt.Fprintf(w, "only what was asked for: %s\n", strings.Join(r.Only, ", "))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note: "+n)
	}
	fmt.Fprintln(w)
	t := newTable(w, "file", "module", "rows", "form", "text")
	for _, f := range r.Files {
		m := "set aside"
		if f.Module != nil {
			m = f.Module.ID
		}
		form := string(f.Form)
		if f.Zipped {
			form += " in a zip"
		}
		t.AppendRow(table.Row{f.Name, m, f.Rows, form, f.Encoding})
	}
	t.Render()
	inXML := map[string]bool{} // often all on one line
	for _, f := range r.Files {
		inXML[f.Name] = f.Form == read.XML
	}
	groups := r.Groups()
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s (%s, %s): %s\n", g.Rule.ID, g.Rule.Severity, count(len(g.Findings), "case"), g.Title)
		if g.Rule.Kind != finding.Reading {
			fmt.Fprintf(w, "%s when: %s\n", g.Rule.Severity, g.Rule.What)
		}
		fmt.Fprintf(w, "hint: %s\n", g.Rule.Hint)
		if note := noteOf(g.Rule); note != "" {
			fmt.Fprintf(w, "note: %s\n", note)
		}
		for i, f := range g.Findings {
			if limit > 0 && i == limit {
				fmt.Fprintf(w, "  … and %d more; --limit 0 shows all\n", len(g.Findings)-i)
				break
			}
			fmt.Fprint(w, "  ", r.place(f, !inXML[f.File]))
			if f.Message != "" {
				fmt.Fprint(w, ": ", f.Message)
			}
			if showIDs {
				for j, c := range r.Who(f) {
					if j == 0 {
						fmt.Fprintf(w, " (CHILD %s)", c.Value)
					}
				}
			}
			fmt.Fprintln(w)
		}
	}
	if len(groups) > 1 { // all at a glance, where the eye is when the screen has stopped
		fmt.Fprintln(w)
		t := newTable(w, "rule", "severity", "cases", "what")
		for _, g := range groups {
			t.AppendRow(table.Row{g.Rule.ID, g.Rule.Severity, len(g.Findings), g.Title})
		}
		t.Render()
	}
	fmt.Fprintln(w)
	for _, s := range r.Skipped() {
		fmt.Fprintf(w, "skipped, %s: %s", s.Why, count(len(s.Rules), "rule"))
		if x := s.Remedy(); x != "" {
			fmt.Fprintf(w, " (%s)", x)
		}
		var codes []string
		for _, x := range s.Rules {
			codes = append(codes, x.Code)
		}
		if limit > 0 && len(codes) > fewCodes {
			codes = append(codes[:fewCodes], "…")
		}
		fmt.Fprintf(w, ": %s\n", strings.Join(codes, " "))
	}
	if first := beforeAll([]*Return{r}); len(first) > 0 {
		fmt.Fprintln(w, "\nmend this first:")
		for _, m := range first {
			fmt.Fprintln(w, "  "+m)
		}
		fmt.Fprintln(w)
	}
	run, failed, skipped, errors, warnings := r.Counts()
	if r.Ruleset != 0 {
		fmt.Fprintf(w, "rules run: %d, failed: %d, skipped: %d\n", run, failed, skipped)
	}
	fmt.Fprintf(w, "errors: %d, warnings: %d\n", errors, warnings)
}

// fewCodes is how many codes of skipped rules are listed unless all is asked for.
const fewCodes = 12

// place is where a finding is, for a person. lines says whether the file has lines that can be looked up.
func (r *Return) place(f finding.Finding, lines bool) string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Row > 0 && !lines {
		fmt.Fprintf(&b, ": row %d", f.Row)
	}
	switch {
	case f.Column != "":
		b.WriteString(": column " + f.Column)
	case f.By != nil:
		b.WriteString(": " + f.Module)
		if m := r.dataset.Module(f.Module); m != nil {
			var of []string // a rule of several modules names columns of all
			for _, c := range f.Fields {
				if slices.ContainsFunc(m.Sent(), func(x *schemas.Column) bool { return x.Name == c }) {
					of = append(of, c)
				}
			}
			if len(of) > 0 {
				b.WriteString(" " + strings.Join(of, ", "))
			}
		}
	}
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
