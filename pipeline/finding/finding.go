package finding

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"throughline/schemas"
)

// Finding is one problem.
type Finding struct {
	Rule    string // id in rules.yaml
	Module  string // empty when the file is no module's
	File    string // name as shown: see Name
	Line    int    // 1 for the first line of the file; 0 when the finding is about the whole file
	Row     int    // 1 for the first data row; 0 when about the whole file
	Column  string // as the collection spells it; empty when about the row or the file
	Message string // what is wrong, in words; a value only as Quote shows it
}

// Rule says what a rule finds and what to do about it.
type Rule struct {
	ID       string `yaml:"id"`
	Severity string `yaml:"severity"` // error or query
	What     string `yaml:"what"`
	Hint     string `yaml:"hint"`
	Official string `yaml:"official"` // the collection's own number for it
}

//go:embed rules.yaml
var rulesText []byte

var rules = func() map[string]*Rule {
	var f struct {
		Rules []*Rule `yaml:"rules"`
	}
	if err := yaml.UnmarshalWithOptions(rulesText, &f, yaml.Strict()); err != nil {
		panic("rules.yaml: " + err.Error()) // embedded: a test has read it
	}
	m := map[string]*Rule{}
	for _, r := range f.Rules {
		m[r.ID] = r
	}
	return m
}()

// Find is the rule with an id; nil when there is none.
func Find(id string) *Rule { return rules[id] }

// Severity is error or query.
func (f Finding) Severity() string { return rules[f.Rule].Severity }

// String is the finding as a person sees it, without the hint.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Column != "" {
		fmt.Fprintf(&b, ": column %s", f.Column)
	}
	b.WriteString(": ")
	if f.Message != "" {
		b.WriteString(f.Message)
	} else {
		b.WriteString(rules[f.Rule].What)
	}
	return b.String()
}

var (
	shortCode = regexp.MustCompile(`^[A-Za-z]?[0-9]{1,2}$|^[A-Za-z]{1,2}$|^[A-Za-z]{1,2}[0-9]$|^[0-9]{3}$|^-[0-9]{1,3}$`)
	safeName  = regexp.MustCompile(`^[A-Za-z0-9_. -]{1,60}$`)
	longRun   = regexp.MustCompile(`[0-9]{5,}`)
	dateRun   = regexp.MustCompile(`[0-9]{1,4}[-_. ][0-9]{1,2}[-_. ][0-9]{1,4}`)
	codeRun   = regexp.MustCompile(`(?i)[a-z][a-z]?[0-9][0-9a-z]?[ _.-]?[0-9][a-z]{2}(?:[^a-z]|$)`)
)

// Quoter shows values without telling who they are about.
type Quoter struct{ known map[string]bool }

// NewQuoter knows every code of every set: a code is safe to show whatever column it stands in.
func NewQuoter(s *schemas.Schema) *Quoter {
	q := &Quoter{known: map[string]bool{}}
	for _, cs := range s.CodeSets {
		for _, c := range cs.Codes {
			q.known[c.Code] = true
		}
	}
	return q
}

// Quote shows a value: as it is when it is a known code or too short to identify anybody, else only its shape, with A for a letter
// and 9 for a digit. A name, a UPN, a postcode, a date or a long number never shows.
func (q *Quoter) Quote(v string) string {
	if q.known[strings.ToUpper(v)] || shortCode.MatchString(v) {
		return `"` + v + `"`
	}
	var b strings.Builder
	for i, r := range v {
		if i > 24 {
			b.WriteString("…")
			break
		}
		switch {
		case unicode.IsDigit(r):
			b.WriteByte('9')
		case unicode.IsLetter(r):
			b.WriteByte('A')
		default:
			b.WriteRune(r)
		}
	}
	return "a value of the shape " + b.String()
}

// Name shows a file's name when it can't identify a child, else a stand-in with the file's place in the folder.
func Name(name string, place int) string {
	if safeName.MatchString(name) && !longRun.MatchString(name) && !dateRun.MatchString(name) && !codeRun.MatchString(name) {
		return name
	}
	return fmt.Sprintf("file-%d.csv", place+1)
}

// All lists the rules by id.
func All() []*Rule {
	var out []*Rule
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		out = append(out, rules[id])
	}
	return out
}
