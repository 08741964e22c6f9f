package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"throughline/linkage/review"
	"throughline/linkage/score"
	"throughline/pipeline/lake"
	"throughline/workflows/reviewpage"
	"throughline/workflows/stage"
)

// ReviewCmd is clerical review: cases that a person should look at, and what people decide.
type ReviewCmd struct {
	List      ReviewListCmd      `cmd:"" default:"withargs" help:"Cases that wait for a person, the most useful to decide first."`
	Show      ReviewShowCmd      `cmd:"" help:"One case: how its records agree, what that weighs, what the rules did."`
	Page      ReviewPageCmd      `cmd:"" help:"Write the queue as a page to read or to print."`
	Decide    ReviewDecideCmd    `cmd:"" help:"Say whether a case is one child or two; the next run obeys."`
	Import    ReviewImportCmd    `cmd:"" help:"Take decisions from a CSV file: all of them, or none when one is wrong."`
	Decisions ReviewDecisionsCmd `cmd:"" help:"All decisions, replaced ones too."`
}

// reviewDir is the project whose cases are reviewed.
type reviewDir struct {
	Dir string `default:"." help:"Project folder." type:"path"`
}

func (c *reviewDir) open() (*stage.Stages, error) {
	p, err := openProject(c.Dir)
	if err != nil {
		return nil, err
	}
	return p.Stages.(*stage.Stages), nil
}

func (c *reviewDir) queue() (*review.Queue, error) {
	s, err := c.open()
	if err != nil {
		return nil, err
	}
	return s.Review()
}

// ReviewListCmd lists cases.
type ReviewListCmd struct {
	reviewDir
	Limit  int    `default:"40" help:"Most cases to list; 0: all."`
	Why    string `placeholder:"REASON" help:"Only cases with this reason: grey, rivals, twins, authorities, reused, lifted, crossed, weak or opposed."`
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv. The csv can be filled in and imported."`
}

// Run implements the command.
func (c *ReviewListCmd) Run(app *App) error {
	if c.Limit < 0 {
		return usage("--limit %d: 0 or more", c.Limit)
	}
	if c.Why != "" && review.Reason(c.Why).Short() == "" {
		return usage("--why %q: one of %s", c.Why, strings.Trim(fmt.Sprint(review.Reasons), "[]"))
	}
	q, err := c.queue()
	if err != nil {
		return err
	}
	pattern := map[string]int{}
	for i, g := range review.Groups(q.Cases, q.Cases) {
		for _, x := range g.Cases {
			pattern[x.ID] = i + 1
		}
	}
	var cases []review.Case
	for _, x := range q.Cases {
		if c.Why == "" || x.Has(review.Reason(c.Why)) {
			cases = append(cases, x)
		}
	}
	all := len(cases)
	if c.Limit > 0 {
		cases = cases[:min(all, c.Limit)]
	}
	form := c.Output != "table"
	r := rows{head: []string{"case", "why", "rules", "chance", "bits", "sent in", "where", "rivals", "twins", "pattern"}}
	if form {
		r.head = []string{"case", "why", "rules", "chance", "bits", "sent_in", "where", "sources", "authorities", "rivals", "twins", "record_years", "pattern", "decision", "reason", "reviewer"}
	}
	for i := range cases {
		x := &cases[i]
		weight, chance := "–", x.Chance()
		if form && chance == "–" { // a value that is missing is empty where a program reads it
			weight, chance = "", ""
		}
		if x.Trusted {
			weight = strconv.FormatFloat(x.Weight, 'f', 1, 64)
		}
		line := []string{x.ID, x.Why(), x.Did(), chance, weight, x.When(), x.Where(), strconv.Itoa(x.Rivals), strconv.Itoa(x.Twins), strconv.Itoa(pattern[x.ID])}
		if form {
			line = []string{x.ID, x.Why(), x.Did(), chance, weight, x.When(), x.Where(), x.From(), strconv.Itoa(x.Authorities), strconv.Itoa(x.Rivals), strconv.Itoa(x.Twins),
				strconv.Itoa(x.RecordYears), strconv.Itoa(pattern[x.ID]), "", "", ""}
		}
		r.cells = append(r.cells, line)
	}
	if all == 0 && !form {
		fmt.Fprintln(app.Out, "no case waits for a person")
	} else if err := r.print(app.Out, c.Output); err != nil {
		return err
	}
	if n := all - len(cases); n > 0 {
		fmt.Fprintf(app.Err, "%d of %d cases; %d are left out: --limit 0 lists all\n", len(cases), all, n)
	}
	if n := q.Waiting(); n > 0 {
		fmt.Fprintf(app.Err, "%d decisions wait for the next 'throughline link' or 'throughline refresh'\n", n)
	}
	return nil
}

// ReviewShowCmd shows one case.
type ReviewShowCmd struct {
	reviewDir
	Case string `arg:"" help:"The case's name."`
}

// Run implements the command.
func (c *ReviewShowCmd) Run(app *App) error {
	id, err := review.ParseID(c.Case)
	if err != nil {
		return usage("%v", err)
	}
	q, err := c.queue()
	if err != nil {
		return err
	}
	x, d := q.Find(id)
	if x == nil && d == nil {
		return fmt.Errorf("no case %s: it is neither in the queue nor decided\nhint: 'throughline link review' lists cases", id)
	}
	fmt.Fprintf(app.Out, "case         %s\n", id)
	if d != nil {
		fmt.Fprintf(app.Out, "decided      %s, by %s: %s (%s)\n", review.Verdict(d.Decision), d.Reviewer, d.Reason, d.State())
	}
	if x == nil {
		return nil
	}
	for i, r := range x.Reasons {
		fmt.Fprintf(app.Out, "%-12s %s\n", map[bool]string{true: "why"}[i == 0], review.Reason(r).Does())
	}
	fmt.Fprintf(app.Out, "rules        %s\n", q.Words.Did(x))
	if x.Override != "" {
		fmt.Fprintf(app.Out, "lifted by    %s (%s)\n", x.Override, q.Words[x.Override])
	}
	where := x.Where()
	if x.SourceA == x.SourceB {
		where += "; sources: " + x.From()
	}
	fmt.Fprintf(app.Out, "sent in      %s\nwhere        %s\n", x.When(), where)
	if !x.One() {
		fmt.Fprintf(app.Out, "around       authorities of the person or persons %d; rivals %d; look-alikes %d\n", x.Authorities, x.Rivals, x.Twins)
	}
	fmt.Fprintf(app.Out, "hangs on it  record-years: %d or more\n", x.RecordYears)
	m := q.Model(x.Kind)
	if x.One() || m == nil {
		return nil
	}
	like := 0
	for _, g := range review.Groups(q.Cases, q.Cases) {
		if g.Kind == x.Kind && g.Pattern == x.Levels() && !g.Cases[0].One() {
			like = g.Of
		}
	}
	fmt.Fprintf(app.Out, "cases like this in the queue: %d\n\n", like)
	return printWeight(app.Out, x, m)
}

// printWeight prints how a case's weight comes about.
func printWeight(w io.Writer, x *review.Case, m *score.Model) error {
	r := rows{head: []string{"compared", "how the two agree", "bits", "sum"}}
	number := func(v float64) string { return fmt.Sprintf("%+.1f", v) }
	agreements := review.Agreements(m, x.Levels())
	for _, part := range m.Parts(x.Levels()) {
		line := []string{"before comparing", "", number(part.Bits), number(part.Sum)}
		switch part.ID {
		case score.PartPrior:
		case score.PartTotal:
			line[0] = "together"
		default:
			line[0], line[1] = agreements[0].What, agreements[0].How
			agreements = agreements[1:]
		}
		r.cells = append(r.cells, line)
	}
	if err := r.print(w, "table"); err != nil {
		return err
	}
	if !x.Trusted {
		fmt.Fprintln(w, "the model of this kind of pair has learned too little: it joined nothing")
		return nil
	}
	fmt.Fprintf(w, "probability %s; the score joins from %+.1f bits together\n", x.Chance(), m.PriorBits()+x.Threshold)
	return nil
}

// ReviewPageCmd writes the page.
type ReviewPageCmd struct {
	reviewDir
	Out   string `required:"" help:"HTML file to write." type:"path" placeholder:"FILE"`
	Limit int    `default:"100" help:"Most cases on the page; 0: all."`
}

// Run implements the command.
func (c *ReviewPageCmd) Run(app *App) error {
	if c.Limit < 0 {
		return usage("--limit %d: 0 or more", c.Limit)
	}
	q, err := c.queue()
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := reviewpage.Render(&b, q, reviewpage.Options{Limit: c.Limit}); err != nil {
		return err
	}
	if err := lake.WriteFile(c.Out, []byte(b.String())); err != nil {
		return err
	}
	shown := len(q.Cases)
	if c.Limit > 0 {
		shown = min(shown, c.Limit)
	}
	fmt.Fprintf(app.Out, "page     %s: %d of %d cases\n", c.Out, shown, len(q.Cases))
	return nil
}

// ReviewDecideCmd decides one case.
type ReviewDecideCmd struct {
	reviewDir
	Case      string `arg:"" help:"The case's name."`
	Same      bool   `help:"One child." xor:"verdict" required:""`
	Different bool   `help:"Two children." xor:"verdict" required:""`
	Reason    string `required:"" help:"Why, in general words: nothing that identifies a child. What looks like a number, a date or a postcode is refused; names can't be told, so leave them out."`
	Reviewer  string `required:"" help:"Who decides: a name or a role."`
}

// Run implements the command.
func (c *ReviewDecideCmd) Run(app *App) error {
	id, err := review.ParseID(c.Case)
	if err != nil {
		return usage("%v", err)
	}
	return c.decide(app, []review.Word{{Case: id, Same: c.Same, Reason: strings.TrimSpace(c.Reason), Reviewer: strings.TrimSpace(c.Reviewer)}})
}

// decide adds decisions and says so.
func (c *reviewDir) decide(app *App, words []review.Word) error {
	s, err := c.open()
	if err != nil {
		return err
	}
	n, err := s.Decide(words, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "%d decisions added, %d were there already; the next 'throughline link' or 'throughline refresh' obeys\n", n, len(words)-n)
	return nil
}

// ReviewImportCmd takes decisions from a file.
type ReviewImportCmd struct {
	reviewDir
	File string `arg:"" help:"CSV file with the columns case, decision (same or different), reason and reviewer; rows without a decision are passed over." type:"existingfile"`
}

// Run implements the command.
func (c *ReviewImportCmd) Run(app *App) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	words, err := review.ReadCSV(filepath.Base(c.File), f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := c.decide(app, words); err != nil {
		return fmt.Errorf("%s: nothing was taken: %w", filepath.Base(c.File), err)
	}
	return nil
}

// ReviewDecisionsCmd lists decisions.
type ReviewDecisionsCmd struct {
	reviewDir
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *ReviewDecisionsCmd) Run(app *App) error {
	q, err := c.queue()
	if err != nil {
		return err
	}
	if len(q.Decisions) == 0 && c.Output == "table" {
		fmt.Fprintln(app.Out, "nobody has decided a case yet")
		return nil
	}
	r := rows{head: []string{"case", "decision", "reason", "reviewer", "date", "state"}}
	for i := range q.Decisions {
		d := &q.Decisions[i]
		r.cells = append(r.cells, []string{d.Case, review.Verdict(d.Decision), d.Reason, d.Reviewer, day(time.Unix(d.AtUTC, 0).UTC()), d.State()})
	}
	return r.print(app.Out, c.Output)
}
