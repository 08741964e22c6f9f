package publish

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
)

//go:embed charts.yaml
var chartsText []byte

// wording is charts.yaml: all that the report says around its figures.
type wording struct {
	Title    string              `yaml:"title"`
	Lead     string              `yaml:"lead"`
	Place    string              `yaml:"place"`
	About    []string            `yaml:"about"`
	Sections []sectionWords      `yaml:"sections"`
	Returns  sectionWords        `yaml:"returns"` // about the returns themselves, after all others
	Charts   map[string]chart    `yaml:"charts"`
	Domains  yaml.MapSlice       `yaml:"domains"` // of the framework, in order, in plain words
	Labels   map[string]string   `yaml:"labels"`  // plain words for codes
	Cards    []indicatorPointer  `yaml:"cards"`
	Heat     []indicatorPointer  `yaml:"heat"`
	Short    map[string]string   `yaml:"short"` // short names of indicators with parts
	Brief    map[string][]string `yaml:"brief"` // parts of an indicator that tables show; all when it isn't here

	Catalogue catalogueWords `yaml:"catalogue"`
}

// catalogueWords is what the page of all indicators says around them.
type catalogueWords struct {
	Title   string   `yaml:"title"`
	Lead    string   `yaml:"lead"`
	Summary []string `yaml:"summary"`
}

type sectionWords struct {
	ID     string   `yaml:"id"`
	Title  string   `yaml:"title"`
	Intro  string   `yaml:"intro"`
	Charts []string `yaml:"charts"`
}

// chart is the words of one chart; title and message are templates over facts.
type chart struct {
	Title      string    `yaml:"title"`
	Plain      string    `yaml:"plain"` // title when the finding is hidden
	Message    string    `yaml:"message"`
	Measure    string    `yaml:"measure"`
	Source     string    `yaml:"source"`
	Population string    `yaml:"population"`
	Place      string    `yaml:"place"` // empty: the report's
	Note       string    `yaml:"note"`
	Indicator  string    `yaml:"indicator"` // that the chart draws; empty for a chart with a table of its own
	Rule       *rule     `yaml:"rule"`      // a value that means something
	Columns    [2]string `yaml:"columns"`   // of a 2 by 2 picture
	Rows       [2]string `yaml:"rows"`
	Mark       string    `yaml:"mark"`  // name of time zero
	Later      int       `yaml:"later"` // place after time zero that the title tells of
}

type rule struct {
	At   float64 `yaml:"at"`
	Name string  `yaml:"name"`
}

// indicatorPointer points at one figure.
type indicatorPointer struct {
	Chart     string `yaml:"chart"` // a card may take its figure from a chart
	Indicator string `yaml:"indicator"`
	Measure   string `yaml:"measure"`
	Label     string `yaml:"label"`
	Link      string `yaml:"link"`
}

func readWording() (*wording, error) {
	var w wording
	if err := yaml.NewDecoder(bytes.NewReader(chartsText), yaml.Strict(), yaml.DisallowUnknownField()).Decode(&w); err != nil {
		return nil, fmt.Errorf("charts.yaml: %w", err)
	}
	return &w, nil
}

// shown reports whether tables of the page show a part of an indicator.
func (w *wording) shown(r record) bool {
	parts, ok := w.Brief[r.text("indicator_id")]
	return !ok || slices.Contains(parts, r.text("measure"))
}

// label is a code in plain words.
func (w *wording) label(code string) string {
	if s, ok := w.Labels[code]; ok {
		return s
	}
	s := strings.ReplaceAll(code, "_", " ")
	if s == "" {
		return s
	}
	return upper(s)
}

// lower makes the first letter small, unless a second capital shows an abbreviation.
func lower(s string) string {
	if len(s) < 2 || s[:2] == strings.ToUpper(s[:2]) {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// facts are what titles and messages tell, as written.
type facts map[string]any

// say fills in a template; a fact that isn't there is an error.
func say(text string, f facts) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, f); err != nil {
		return "", err
	}
	return b.String(), nil
}
