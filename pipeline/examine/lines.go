package examine

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/pipeline/report"
)

// line is one finding as other programs read it.
type line struct {
	Rule     string            `json:"rule"`
	Kind     string            `json:"kind"`
	Severity string            `json:"severity"`
	LA       string            `json:"la,omitempty"`
	Year     int               `json:"year"`
	Module   string            `json:"module"`
	File     string            `json:"file"`
	Line     int               `json:"line"` // 0 when about a file
	Row      int               `json:"row"`  // 1 for the first data row; 0 when about a file
	Fields   []string          `json:"fields"`
	Message  string            `json:"message"`
	Hint     string            `json:"hint"`
	Child    string            `json:"child,omitempty"`
	Key      map[string]string `json:"key,omitempty"`
}

func (r *Return) line(f finding.Finding, showIDs bool) line {
	l := line{Rule: f.Rule, Kind: f.Of().Kind, Severity: f.Severity(), LA: r.LA, Year: int(r.Year), Module: f.Module, File: f.File, Line: f.Line, Row: f.Row,
		Fields: f.Fields, Message: f.What(), Hint: f.Of().Hint}
	if f.Column != "" {
		l.Fields = []string{f.Column}
	}
	if l.Fields == nil {
		l.Fields = []string{}
	}
	if showIDs {
		for i, c := range r.Who(f) {
			if i == 0 {
				l.Child, l.Key = c.Value, map[string]string{}
			}
			l.Key[c.Column] = c.Value
		}
	}
	return l
}

// summary is the last line of JSON, one a return: what was applied. It has no "rule".
type summary struct {
	Summary struct {
		LA       string        `json:"la,omitempty"`
		Year     int           `json:"year"`
		YearHow  string        `json:"year_how,omitempty"`
		Ruleset  int           `json:"ruleset,omitempty"`
		Notes    []string      `json:"notes,omitempty"`
		Files    []fileLine    `json:"files"`
		Previous []fileLine    `json:"previous,omitempty"` // files of last year's return
		Run      int           `json:"rules_run"`
		Failed   int           `json:"rules_failed"`
		Skipped  int           `json:"rules_skipped"`
		Why      []skippedLine `json:"skipped"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
	} `json:"summary"`
}

type fileLine struct {
	File   string `json:"file"`
	Module string `json:"module"`
	Form   string `json:"form"`
	Rows   int64  `json:"rows"`
}

type skippedLine struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Counts are how many rules were applied, how many of them fail, and how many were skipped; and how many findings are errors and warnings.
func (r *Return) Counts() (run, failed, skipped, errors, warnings int) {
	for _, a := range r.Rules {
		switch {
		case a.Skipped != "":
			skipped++
		case a.Broken > 0:
			failed++
			run++
		default:
			run++
		}
	}
	for _, f := range r.Findings {
		if f.Severity() == "error" {
			errors++
		} else {
			warnings++
		}
	}
	return run, failed, skipped, errors, warnings
}

// JSON writes one object a line: the findings of each return, then its summary.
func JSON(w io.Writer, returns []*Return, showIDs bool) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, r := range returns {
		for _, f := range r.Findings {
			if err := enc.Encode(r.line(f, showIDs)); err != nil {
				return err
			}
		}
		var s summary
		s.Summary.LA, s.Summary.Year, s.Summary.YearHow, s.Summary.Ruleset, s.Summary.Notes = r.LA, int(r.Year), r.YearHow, int(r.Ruleset), r.Notes
		s.Summary.Run, s.Summary.Failed, s.Summary.Skipped, s.Summary.Errors, s.Summary.Warnings = r.Counts()
		s.Summary.Why = []skippedLine{}
		for _, a := range r.Rules {
			if a.Skipped != "" {
				s.Summary.Why = append(s.Summary.Why, skippedLine{a.Rule.Code, a.Skipped})
			}
		}
		s.Summary.Files, s.Summary.Previous = fileLines(r.Files), fileLines(r.Before)
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return b.Flush()
}

func fileLines(files []*read.File) []fileLine {
	var out []fileLine
	for _, f := range files {
		l := fileLine{File: f.Name, Form: string(f.Form), Rows: f.Rows}
		if f.Module != nil {
			l.Module = f.Module.ID
		}
		out = append(out, l)
	}
	return out
}

// CSV writes one row a finding.
func CSV(w io.Writer, returns []*Return, showIDs bool) error {
	head := []string{"rule", "kind", "severity", "la", "year", "module", "file", "line", "row", "fields", "message", "hint"}
	if showIDs {
		head = append(head, "child")
	}
	c := csv.NewWriter(w)
	if err := c.Write(head); err != nil {
		return err
	}
	for _, r := range returns {
		for _, f := range r.Findings {
			l := r.line(f, showIDs)
			row := []string{l.Rule, l.Kind, l.Severity, l.LA, fmt.Sprint(l.Year), l.Module, l.File, fmt.Sprint(l.Line), fmt.Sprint(l.Row), strings.Join(l.Fields, " "), l.Message, l.Hint}
			if showIDs {
				row = append(row, l.Child)
			}
			for i, cell := range row {
				row[i] = report.Plain(cell)
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}
