package examine

import (
	"fmt"
	"slices"
	"strings"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
)

// kinds are the kinds of rules in words.
var kinds = map[string]string{
	"stage1":        "stage 1",
	"stage2":        "stage 2",
	"integrity":     "integrity",
	"unknown_stage": "stage not known",
	"reading":       "on reading",
}

// KindWords is a rule's kind as people read it.
func KindWords(kind string) string {
	if w := kinds[kind]; w != "" {
		return w
	}
	return kind
}

// Verdict says in a sentence or two how a return, or several, stand.
func Verdict(returns []*Return) string {
	var errors, warnings, skipped int
	wrong, odd := map[string]bool{}, map[string]bool{}
	for _, r := range returns {
		_, _, s, e, w := r.Counts()
		errors, warnings, skipped = errors+e, warnings+w, skipped+s
		for _, f := range r.Findings {
			if f.Severity() == "error" {
				wrong[f.Rule] = true
			} else {
				odd[f.Rule] = true
			}
		}
	}
	var b strings.Builder
	look := fmt.Sprintf("%s of %s should be looked at", count(warnings, "warning"), count(len(odd), "rule"))
	switch {
	case errors > 0:
		fmt.Fprintf(&b, "Not ready to be sent: %s of %s must be put right", count(errors, "error"), count(len(wrong), "rule"))
		if warnings > 0 {
			b.WriteString(", and " + look)
		}
	case warnings > 0:
		b.WriteString("No errors were found; " + look + " before it is sent")
	default:
		b.WriteString("Nothing wrong was found")
	}
	b.WriteByte('.')
	if only := returns[0].Only; len(only) > 0 {
		asked := "rule " + only[0] + " was"
		if len(only) > 1 {
			asked = "rules " + strings.Join(only, ", ") + " were"
		}
		fmt.Fprintf(&b, " Only %s asked for, beside what keeps a file from being read: this says nothing of other rules.", asked)
	}
	switch {
	case skipped > 0 && len(returns) > 1:
		b.WriteString(" Some rules could not be applied to some of the returns, and may find more.")
	case skipped == 1:
		b.WriteString(" 1 rule could not be applied, and may find more.")
	case skipped > 1:
		fmt.Fprintf(&b, " %d rules could not be applied, and may find more.", skipped)
	}
	return b.String()
}

// beforeAll is what to mend first: what is wrong with a file as a whole is behind many other findings.
func beforeAll(returns []*Return) []string {
	type said struct {
		file, rule, message string
		row                 int
	}
	var out []string
	given := map[string]bool{} // a file of a stack is in many returns
	for _, r := range returns {
		for _, x := range r.Before {
			for _, p := range x.Problems {
				s := fmt.Sprintf("Last year's %s is set aside and nothing was held against it: %s.", x.Name, p.What())
				if !usable(x) && !given[s] {
					given[s] = true
					out = append(out, s)
				}
			}
		}
		for _, s := range r.most {
			if !given[s] {
				given[s] = true
				out = append(out, s)
			}
		}
		ofFile := map[said]bool{}
		for _, x := range r.Files {
			for _, p := range x.Problems {
				ofFile[said{x.Name, p.Rule, p.Message, p.Row}] = true
			}
		}
		for _, f := range r.Findings {
			cut := f.Rule == "unfinished_line" // found in a row, yet all that should follow it may be lost
			if !cut && (f.Severity() != "error" || !ofFile[said{f.File, f.Rule, f.Message, f.Row}]) {
				continue
			}
			where := f.File
			if f.Module == "" {
				where += " is set aside and none of it checked"
			}
			if f.Column != "" {
				where += ", column " + f.Column
			}
			if s := where + ": " + f.What() + "."; !given[s] {
				given[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// fewRows with one mistake don't tell that there is one behind them all.
const fewRows = 10

// mostRows says what reading found wrong in one way in more than half of a file's rows: one mistake made once, such as dates written
// otherwise, columns that changed places, or a file that was put in twice.
func mostRows(files []*read.File, found []finding.Finding) (out []string) {
	type way struct{ file, column, rule string }
	rows := map[string]int{}
	for _, f := range files {
		rows[f.Name] = int(f.Rows)
	}
	times := map[way]int{}
	for _, f := range found {
		if f.Row > 0 && f.Severity() == "error" {
			times[way{f.File, f.Column, f.Rule}]++
		}
	}
	for _, f := range found { // in order
		w := way{f.File, f.Column, f.Rule}
		n, of := times[w], rows[f.File]
		delete(times, w)
		if n < fewRows || 2*n <= of {
			continue
		}
		where := f.File
		if f.Column != "" {
			where += ", column " + f.Column
		}
		out = append(out, fmt.Sprintf("%s: %d of %d rows are wrong in one way: %s. %s.", where, n, of, f.What(), upperFirst(f.Of().Hint)))
	}
	return out
}

// who is whose return it is, for a column.
func (r *Return) who() string {
	if r.Authority != "" {
		return r.Authority
	}
	return r.LA
}

// before says whether the return was held against last year's.
func (r *Return) before() string {
	switch {
	case r.Previous:
		return "held against it"
	case len(r.Before) > 0:
		return "nothing of it could be used, so that rules that look back were not applied"
	}
	return "not given, so that rules that look back were not applied"
}

// noteOf says why what a rule warns of may be right all the same; empty for a rule of errors.
func noteOf(r *finding.Rule) string {
	if r.Severity != "warning" {
		return ""
	}
	return r.Note
}

// reason is why rules were skipped, and in how many returns.
type reason struct {
	SkippedFor
	returns int
}

// head says it in a few words.
func (r *reason) head() string {
	return fmt.Sprintf("%s: %s", upperFirst(r.Why), count(len(r.Rules), "rule"))
}

// skippedFor is the rules that weren't applied to returns, by why.
func skippedFor(returns []*Return) []*reason {
	var all []*reason
	for _, r := range returns {
		for _, k := range r.Skipped() {
			i := slices.IndexFunc(all, func(x *reason) bool { return x.Why == k.Why })
			if i < 0 {
				i = len(all)
				all = append(all, &reason{SkippedFor: SkippedFor{Why: k.Why}})
			}
			all[i].returns++
			for _, x := range k.Rules {
				if !slices.Contains(all[i].Rules, x) {
					all[i].Rules = append(all[i].Rules, x)
				}
			}
		}
	}
	return all
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
