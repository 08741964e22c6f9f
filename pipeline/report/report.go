package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strings"
)

// Report is all that the page says.
type Report struct {
	Title      string
	Lead       string // one or two sentences under the title
	Vintage    string // id of the published snapshot
	Demo       bool   // the children are invented: the page says so first
	Disclosure string // what disclosure control has been applied, and what has not
	Cards      []Card
	Sections   []Section
	Areas      []Area   // authorities, in order of name
	Links      []Link   // to pages beside this one
	Sheets     string   // page beside this one with a sheet for each area; empty: none
	About      []string // paragraphs on method and limits
}

// Card is one figure of the summary.
type Card struct {
	Label string
	Value string // as written, with its unit
	Note  string // what it is of, and its coverage
	Link  string // id of the section or chart with the detail
}

// Section is one part of the page.
type Section struct {
	ID     string // lower case, unique on the page
	Title  string
	Intro  string
	Charts []Chart
	Tables []Table
	// Missing are measures that the section would show if there were data.
	Missing []string
}

// Chart is a figure with all that a reader needs to read it right. Every field but Read, Note and Table must be
// there.
type Chart struct {
	ID         string // lower case, unique on the page
	Title      string // the finding, in ten words or fewer
	Message    string // what the picture shows, in words, for those who don't see it
	Read       string // how to read the picture, in a sentence under it; may be empty
	Measure    string
	Source     string
	Population string
	Place      string
	Time       string
	Note       string
	Figure     Figure
	Table      *Table // numbers to show under the figure in place of those drawn; nil for those
	// Brief leaves out who, where, when, source, table and files: one of many of a kind, about which words nearby say all that.
	Brief bool
}

// Area is an authority's page.
type Area struct {
	Code, Name, Region string
	Table              Table
}

// maxTitleWords is how long a chart's title may be.
const maxTitleWords = 10

var idShape = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Validate says everything that the page's rules forbid.
func (r *Report) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if r.Title == "" || r.Vintage == "" || r.Disclosure == "" {
		fail("report: title, vintage and disclosure must be said")
	}
	seen := ids{}
	id := func(what, s string) {
		if err := seen.add(what, s); err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range r.Sections {
		id("section "+s.Title, s.ID)
		for _, c := range s.Charts {
			id("chart "+c.Title, c.ID)
			if err := c.check(); err != nil {
				errs = append(errs, err)
			}
		}
		for _, t := range s.Tables {
			if err := t.check(); err != nil {
				fail("section %s: %w", s.ID, err)
			}
		}
	}
	for _, a := range r.Areas {
		if err := a.Table.check(); err != nil {
			fail("area %s: %w", a.Code, err)
		}
	}
	return errors.Join(errs...)
}

// ids are those that a page has so far.
type ids map[string]bool

func (x ids) add(what, id string) error {
	if !idShape.MatchString(id) {
		return fmt.Errorf("%s: id %q must be lower-case letters, digits and hyphens", what, id)
	}
	if x[id] {
		return fmt.Errorf("%s: id %q stands twice", what, id)
	}
	x[id] = true
	return nil
}

func (c Chart) check() error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("chart %s: "+format, append([]any{c.ID}, args...)...))
	}
	if n := len(strings.Fields(c.Title)); n == 0 || n > maxTitleWords {
		fail("title has %d words, want 1 to %d: %s", n, maxTitleWords, c.Title)
	}
	for _, f := range [][2]string{{"message", c.Message}, {"measure", c.Measure}, {"source", c.Source},
		{"population", c.Population}, {"place", c.Place}, {"time", c.Time}} {
		if f[1] == "" {
			fail("no %s", f[0])
		}
	}
	if c.Figure == nil {
		fail("no figure")
	} else if err := c.Figure.check(); err != nil {
		fail("%w", err)
	}
	return errors.Join(errs...)
}

func (t Table) check() error {
	if len(t.Cuts) > 3 {
		return fmt.Errorf("table %q: %d limits, want 3 at most", t.Caption, len(t.Cuts))
	}
	if t.Caption == "" {
		return errors.New("a table has no caption")
	}
	for i, r := range t.Rows {
		if len(r) != len(t.Head) {
			return fmt.Errorf("table %q: row %d has %d cells, the head %d", t.Caption, i+1, len(r), len(t.Head))
		}
	}
	return nil
}

// SVG draws the chart as one inline element that stands alone: its title and description are inside it.
func (c Chart) SVG() string {
	var cv canvas
	c.Figure.draw(&cv)
	return fmt.Sprintf("<svg role=\"img\" aria-labelledby=\"%[1]s-t %[1]s-d\" viewBox=\"0 0 %[2]d %[3]s\" font-family=\"Arial, Helvetica, sans-serif\" font-size=\"%[4]d\">\n"+
		"<title id=\"%[1]s-t\">%[5]s</title>\n<desc id=\"%[1]s-d\">%[6]s</desc>\n%[7]s</svg>",
		c.ID, width, num(cv.height), fontSize, escape(c.Title), escape(c.Message), cv.b.String())
}

// Numbers is the chart's table.
func (c Chart) Numbers() Table {
	t := c.Figure.table()
	if c.Table != nil {
		t = *c.Table
	}
	t.Caption = c.Title + " (" + c.Measure + ")"
	return t
}

// VegaLite is the chart's specification in Vega-Lite 5, data included.
func (c Chart) VegaLite() ([]byte, error) {
	spec := c.Figure.vega()
	spec["title"], spec["description"] = c.Title, c.Message
	return json.MarshalIndent(spec, "", "  ")
}

func escape(s string) string { return html.EscapeString(s) }

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// numbered is a chart with its place among those of the page.
type numbered struct {
	Chart
	N int
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"svg":   func(c Chart) template.HTML { return template.HTML(c.SVG()) },
	"csv":   func(t Table) template.URL { return dataURL("text/csv;charset=utf-8", []byte("\ufeff"+t.CSV())) },
	"shade": func(t Table) [][]int { return t.shades() },
	"vega": func(c Chart) (template.URL, error) {
		b, err := c.VegaLite()
		return dataURL("application/json", b), err
	},
	"numbered": func(c Chart, of map[string]int) numbered { return numbered{c, of[c.ID]} },
	"first":    func(i int) bool { return i == 0 },
	"slug":     func(s string) string { return strings.Trim(notWord.ReplaceAllString(strings.ToLower(s), "-"), "-") },
}).Parse(pageText))

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// dataURL puts a file into a link. The contents are encoded, so that no text of it can be taken for markup.
func dataURL(kind string, b []byte) template.URL {
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b))
}

// Write writes the page, or says what Validate finds wrong with it.
func Write(w io.Writer, r *Report) error {
	if err := r.Validate(); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(pageJS))
	numbers := map[string]int{}
	for _, s := range r.Sections {
		for _, c := range s.Charts {
			numbers[c.ID] = len(numbers) + 1
		}
	}
	return page.Execute(w, struct {
		*Report
		CSS        template.CSS
		Script     template.JS
		ScriptHash string
		Number     map[string]int // of each chart, counted over the page
	}{r, template.CSS(pageCSS), template.JS(pageJS), "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), numbers})
}
