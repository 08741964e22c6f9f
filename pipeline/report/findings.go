package report

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
)

// Findings is a page that looks like Report's and says other things: parts in any order, each of words, charts and tables. It holds no
// script.
type Findings struct {
	Title        string
	Lead         string // one or two sentences under the title
	Stamp        string // what the findings are about, such as a run
	Notices      []Notice
	Summary      []string // paragraphs, before everything else
	Cards        []Card
	Cautions     []Caution
	CautionsHead string // what stands over them; empty: Read with care
	Parts        []Part
	Foot         string // who made the page, and of what
	Links        []Link // to pages beside this one
}

// Link leads to another page.
type Link struct {
	Text, Href string
}

// Notice is a line across the page, over all its parts.
type Notice struct {
	Head, Text string
	Loud       bool // stands out from others
}

// Caution is something that a reader should bear in mind.
type Caution struct {
	Text  string
	Label string // of the link
	Link  string // id of the part that tells more
}

// Part is a titled part of Findings.
type Part struct {
	ID     string // lower case, unique on the page
	Title  string
	Intro  string
	Blocks []Block
}

// Block is what a part is made of. Those of its fields that are set stand in the order in which they are declared.
type Block struct {
	Heading string
	Words   string
	Facts   []Fact
	Chart   *Chart
	Table   *Folded
	Links   []Link
}

// Fact is a few words under a name.
type Fact struct {
	Name, Words string
}

// Folded is a table that is closed at first when Fold says what it holds; when Fold is empty it is open.
type Folded struct {
	Table
	Fold    string
	Excerpt bool // it shows some of many rows: no file of it is offered
}

// Validate says everything that the page's rules forbid.
func (f *Findings) Validate() error {
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if f.Title == "" || f.Stamp == "" {
		keep(errors.New("findings: title and stamp must be said"))
	}
	seen := ids{"summary": true, "main": true}
	for _, p := range f.Parts {
		keep(seen.add("part "+p.Title, p.ID))
		for _, b := range p.Blocks {
			if b.Chart != nil {
				keep(seen.add("chart "+b.Chart.Title, b.Chart.ID))
				keep(b.Chart.check())
			}
			if b.Table != nil {
				if err := b.Table.check(); err != nil {
					keep(fmt.Errorf("part %s: %w", p.ID, err))
				}
			}
		}
	}
	for _, c := range f.Cards {
		if !seen[c.Link] {
			keep(fmt.Errorf("card %s: nothing has the id %q", c.Label, c.Link))
		}
	}
	for _, c := range f.Cautions {
		if !seen[c.Link] {
			keep(fmt.Errorf("caution %q: nothing has the id %q", c.Text, c.Link))
		}
	}
	return errors.Join(errs...)
}

var (
	//go:embed findings.html.tmpl
	findingsText string
	//go:embed findings.css
	findingsCSS string

	findings = template.Must(template.Must(page.Clone()).New("findings").Parse(findingsText))
)

// WriteFindings writes the page, or says what Validate finds wrong with it.
func WriteFindings(w io.Writer, f *Findings) error {
	if err := f.Validate(); err != nil {
		return err
	}
	numbers := map[string]int{}
	for _, p := range f.Parts {
		for _, b := range p.Blocks {
			if b.Chart != nil {
				numbers[b.Chart.ID] = len(numbers) + 1
			}
		}
	}
	return findings.Execute(w, struct {
		*Findings
		CSS    template.CSS
		Number map[string]int // of each chart, counted over the page
	}{f, template.CSS(pageCSS + findingsCSS), numbers})
}
