package finding

import (
	_ "embed"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"throughline/schemas"
)

// Finding is one problem.
type Finding struct {
	Rule    string   // id in rules.yaml, or the collection's code
	Module  string   // empty when the file is no module's
	File    string   // name as shown: see Quoter.Name
	Line    int      // 1 for the first line of the file; 0 when the finding is about the whole file
	Row     int      // 1 for the first data row; 0 when about the whole file
	Column  string   // as the collection spells it; empty when about the row or the file
	Message string   // what is wrong, in words; a value only as Quote shows it
	By      *Rule    // the rule, when it is the collection's own; nil: Rule is in rules.yaml
	Fields  []string // of a rule of the collection: the columns to look at
}

// Rule says what a rule finds and what to do about it.
type Rule struct {
	ID       string   `yaml:"id"`
	Severity string   `yaml:"severity"` // error or warning
	What     string   `yaml:"what"`
	Hint     string   `yaml:"hint"`
	SaidBy   []string `yaml:"said_by"` // rules of the collection that say the same of a row, and then stand for this one
	Note     string   `yaml:"-"`       // limits of a rule of the collection
	Title    string   `yaml:"-"`       // what it finds in a few words
	Kind     string   `yaml:"-"`       // reading, or the kind of a rule of the collection
}

// Reading is the kind of what is found before any rule of the collection is applied.
const Reading = "reading"

//go:embed rules.yaml
var rulesText []byte

var rules, fileWords = func() (map[string]*Rule, []string) {
	var f struct {
		Rules     []*Rule  `yaml:"rules"`
		FileWords []string `yaml:"file_words"`
	}
	if err := yaml.UnmarshalWithOptions(rulesText, &f, yaml.Strict()); err != nil {
		panic("rules.yaml: " + err.Error()) // embedded: a test has read it
	}
	m := map[string]*Rule{}
	for _, r := range f.Rules {
		r.Kind, r.Title = Reading, r.What
		m[r.ID] = r
	}
	return m, f.FileWords
}()

// Find is the rule with an id; nil when there is none.
func Find(id string) *Rule { return rules[id] }

// Of is the rule that found it.
func (f Finding) Of() *Rule {
	if f.By != nil {
		return f.By
	}
	return rules[f.Rule]
}

// Severity is error or warning.
func (f Finding) Severity() string { return f.Of().Severity }

// What is what is wrong, in words.
func (f Finding) What() string {
	if f.Message != "" {
		return f.Message
	}
	return f.Of().What
}

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
	if len(f.Fields) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(f.Fields, ", "))
	}
	b.WriteString(": " + f.What())
	return b.String()
}

var (
	shortCode = regexp.MustCompile(`^[A-Za-z]?[0-9]{1,2}$|^[A-Za-z]{1,2}$|^[A-Za-z]{1,2}[0-9]$|^[0-9]{3}$|^-[0-9]{1,3}$`)
	safeName  = regexp.MustCompile(`^[A-Za-z0-9_. ()-]{1,60}$`)
	nameWord  = regexp.MustCompile(`[A-Za-z0-9]+`)
	dateRun   = regexp.MustCompile(`[0-9]{1,4}[-_. ][0-9]{1,2}[-_. ][0-9]{1,4}`)
	yearWord  = regexp.MustCompile(`^20[0-9]{2}$|^v?[0-9]$`)
	yearSpan  = regexp.MustCompile(`(20[0-9]{2})[-_ ]?([0-9]{2})\b`)
)

// endings are those of the forms in which returns come.
var endings = []string{".csv", ".txt", ".xml", ".xlsx", ".zip"}

// Quoter shows values without telling who they are about.
type Quoter struct {
	known map[string]bool // codes
	words map[string]bool // of file names, in lower case
}

// NewQuoter knows every code of every set: a code is safe to show whatever column it stands in.
func NewQuoter(s *schemas.Schema) *Quoter {
	q := &Quoter{known: map[string]bool{}, words: map[string]bool{}}
	learn := func(s string) {
		for _, w := range nameWord.FindAllString(s, -1) {
			q.words[strings.ToLower(w)] = true
		}
	}
	for _, w := range fileWords {
		learn(w)
	}
	for _, d := range s.Datasets {
		learn(d.ID)
		for _, m := range d.Modules {
			learn(m.ID)
		}
	}
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
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		default: // a sign that could move a terminal's cursor, or a digit of another script
			b.WriteByte('?')
		}
	}
	return "a value of the shape " + b.String()
}

// Name shows a file's name when every word of it is a known one or a year, else a stand-in with the file's place in the folder and its
// ending: people name files after children.
func (q *Quoter) Name(name string, place int) string {
	ending := ".csv"
	if e := strings.ToLower(filepath.Ext(name)); slices.Contains(endings, e) {
		ending = e
	}
	standIn := fmt.Sprintf("file-%d%s", place+1, ending)
	if !safeName.MatchString(name) || dateRun.MatchString(name) {
		return standIn
	}
	rest := yearSpan.ReplaceAllStringFunc(name, func(s string) string {
		m := yearSpan.FindStringSubmatch(s)
		from, _ := strconv.Atoi(m[1])
		if to, _ := strconv.Atoi(m[2]); to == (from+1)%100 {
			return m[1] // 2018-19 and 201819
		}
		return s
	})
	for _, w := range nameWord.FindAllString(rest, -1) {
		if !q.words[strings.ToLower(w)] && !yearWord.MatchString(w) {
			return standIn
		}
	}
	return name
}

// All lists the rules by id.
func All() []*Rule {
	var out []*Rule
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		out = append(out, rules[id])
	}
	return out
}
