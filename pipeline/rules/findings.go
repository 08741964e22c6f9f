package rules

import (
	"slices"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// Findings are the rows of one return of the input that break a rule, as people see them, in order of rule, module and row.
func (res *Result) Findings(in Input, i int) []finding.Finding {
	by := map[*schemas.Rule]*finding.Rule{}
	var out []finding.Finding
	for _, b := range res.Broken {
		if b.Return != i {
			continue
		}
		f := by[b.Rule]
		if f == nil {
			_, when := b.Rule.At(res.Ruleset)
			f = &finding.Rule{ID: b.Rule.Code, Title: b.Rule.Title, Severity: b.Rule.Severity, What: when, Hint: b.Rule.Fix, Note: b.Rule.Note, Kind: b.Rule.Kind}
			by[b.Rule] = f
		}
		at := in.Returns[i].tables[b.Module].at[b.Row]
		out = append(out, finding.Finding{Rule: b.Rule.Code, By: f, Fields: b.Rule.Fields, Module: b.Module, File: at.File, Line: at.Line, Row: at.Row})
	}
	return out
}

// Merge joins what was found on reading with what rules found. A finding that a rule of the collection says too, of the same row and
// column, stands once: as the collection's.
func Merge(reading, rules []finding.Finding) []finding.Finding {
	type place struct {
		module, file string
		row          int
		rule         string
	}
	said := map[place][]string{}
	for _, f := range rules {
		said[place{f.Module, f.File, f.Row, f.Rule}] = f.Fields
	}
	out := make([]finding.Finding, 0, len(reading)+len(rules))
	for _, f := range reading {
		again := slices.ContainsFunc(f.Of().SaidBy, func(code string) bool {
			fields, ok := said[place{f.Module, f.File, f.Row, code}]
			return ok && (f.Column == "" || slices.Contains(fields, f.Column))
		})
		if !again {
			out = append(out, f)
		}
	}
	return append(out, rules...)
}
