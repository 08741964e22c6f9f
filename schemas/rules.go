package schemas

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Rule is one validation rule of a collection: what is an error, in words for people and as predicates over typed rows.
type Rule struct {
	Code        string            `yaml:"code"`         // the collection's own, such as 388
	Kind        string            `yaml:"kind"`         // stage1, stage2, integrity or unknown_stage: when the collection applies it
	Severity    string            `yaml:"severity"`     // error, or warning for what somebody should look at
	Title       string            `yaml:"title"`        // a few words
	Modules     []string          `yaml:"modules"`      // without one of these the rule is skipped
	Optional    []string          `yaml:"optional"`     // looked at when they are there
	Fields      []string          `yaml:"fields"`       // what an owner looks at to put it right
	Needs       []string          `yaml:"needs"`        // last_year, postcodes, providers, authority, uasc, xml
	FirstYear   Year              `yaml:"first_year"`   // first ruleset that has it; zero: as far back as rules are known
	LastYear    Year              `yaml:"last_year"`    // last one; zero: still in force
	NeverActive bool              `yaml:"never_active"` // written and withdrawn: runs only when asked for by its code
	ErrorWhen   string            `yaml:"error_when"`   // what is an error, in plain words
	Why         string            `yaml:"why"`          // what goes wrong when it is left
	Fix         string            `yaml:"fix"`          // how it is usually put right
	Note        string            `yaml:"note"`         // limits, and where the meaning here differs from public implementations
	Flags       map[string]string `yaml:"flags"`        // by module: the predicate, true for a row that breaks the rule
	Versions    []RuleVersion     `yaml:"versions"`     // what held from later rulesets on, in order

	File string `yaml:"-"` // where it stands
}

// RuleVersion is what a rule says from a ruleset on.
type RuleVersion struct {
	From      Year              `yaml:"from"`
	Flags     map[string]string `yaml:"flags"`
	ErrorWhen string            `yaml:"error_when"` // empty: as before
}

// Span is the first and last of some years.
type Span struct {
	First Year `yaml:"first"`
	Last  Year `yaml:"last"`
}

// Nearest is the year of the span that is nearest to y.
func (s Span) Nearest(y Year) Year { return min(max(y, s.First), s.Last) }

// In reports whether a ruleset has the rule.
func (r *Rule) In(ruleset Year) bool {
	return !r.NeverActive && HeldIn(r.FirstYear, r.LastYear, ruleset)
}

// At is what the rule says in a ruleset: the predicates by module, and the words.
func (r *Rule) At(ruleset Year) (flags map[string]string, errorWhen string) {
	flags, errorWhen = r.Flags, r.ErrorWhen
	for _, v := range r.Versions {
		if v.From > ruleset {
			break
		}
		flags = v.Flags
		if v.ErrorWhen != "" {
			errorWhen = v.ErrorWhen
		}
	}
	return flags, errorWhen
}

// Rule finds a rule by its code, in any case; nil when there is none.
func (d *Dataset) Rule(code string) *Rule {
	for _, r := range d.Rules {
		if strings.EqualFold(r.Code, code) {
			return r
		}
	}
	return nil
}

// ruleFile is a file of rules.
type ruleFile struct {
	Rulesets Span    `yaml:"rulesets"` // for which years rules are known; the widest span of all files holds
	Evidence Span    `yaml:"evidence"` // for which years modules and codes are known
	Rules    []*Rule `yaml:"rules"`
}

var (
	ruleCode   = regexp.MustCompile(`^[A-Za-z0-9]{2,12}$`)
	ruleKinds  = []string{"stage1", "stage2", "integrity", "unknown_stage"}
	ruleNeeds  = []string{"last_year", "postcodes", "providers", "authority", "uasc", "xml"}
	ruleMarks  = regexp.MustCompile(`\{([^{}]*)\}`)
	ruleFields = []string{"PL_LA", "PL_LOCATION", "PL_DISTANCE", "UASC"} // fields that are derived, or only in one form of a return
)

// addRules takes the rules of one file in. A rule of an overlay takes the place of the built-in one with its code.
func (l *loader) addRules(s *Schema, ds *Dataset, d *document, f *ruleFile) {
	widen := func(a *Span, b Span) {
		if b.First != 0 && (a.First == 0 || b.First < a.First) {
			a.First = b.First
		}
		a.Last = max(a.Last, b.Last)
	}
	widen(&ds.Rulesets, f.Rulesets)
	widen(&ds.Evidence, f.Evidence)
	for i, r := range f.Rules {
		at := fmt.Sprintf("$.rules[%d]", i)
		r.File = d.name
		if !ruleCode.MatchString(r.Code) {
			l.fail(d, at, "rule %q: a code is 2 to 12 letters and digits", r.Code)
			continue
		}
		old := slices.IndexFunc(ds.Rules, func(o *Rule) bool { return strings.EqualFold(o.Code, r.Code) })
		switch {
		case old < 0:
			ds.Rules = append(ds.Rules, r)
		case l.overlay[d.name] && !l.overlay[ds.Rules[old].File]:
			ds.Rules[old] = r
		case l.overlay[ds.Rules[old].File] && !l.overlay[d.name]:
		default:
			l.fail(d, at+".code", "rule %s stands in %s already", r.Code, ds.Rules[old].File)
		}
		l.rule(s, ds, d, at, r)
	}
}

func (l *loader) rule(s *Schema, ds *Dataset, d *document, at string, r *Rule) {
	one := func(key, v string, of []string) {
		if !slices.Contains(of, v) {
			l.fail(d, at+"."+key, "rule %s: %s %q: one of %s", r.Code, key, v, strings.Join(of, ", "))
		}
	}
	one("kind", r.Kind, ruleKinds)
	one("severity", r.Severity, []string{"error", "warning"})
	for _, n := range r.Needs {
		one("needs", n, ruleNeeds)
	}
	for key, v := range map[string]string{"title": r.Title, "error_when": r.ErrorWhen, "why": r.Why, "fix": r.Fix} {
		if v == "" {
			l.fail(d, at, "rule %s has no %s", r.Code, key)
		}
	}
	known := slices.Clone(ruleFields)
	for _, id := range slices.Concat(r.Modules, r.Optional) {
		m := ds.Module(id)
		if m == nil {
			l.fail(d, at+".modules", "rule %s: no module %s in %s", r.Code, id, ds.ID)
			continue
		}
		for _, c := range m.Columns {
			known = append(known, c.Name)
		}
	}
	for _, f := range r.Fields {
		if !slices.Contains(known, f) {
			l.fail(d, at+".fields", "rule %s: %s is no column of its modules", r.Code, f)
		}
	}
	if len(r.Modules) == 0 || len(r.Fields) == 0 || len(r.Flags) == 0 {
		l.fail(d, at, "rule %s needs modules, fields and flags", r.Code)
	}
	l.flags(s, d, at+".flags", r, r.Flags)
	from := Year(0)
	for i, v := range r.Versions {
		p := fmt.Sprintf("%s.versions[%d]", at, i)
		if v.From <= from {
			l.fail(d, p, "rule %s: versions stand in order of from", r.Code)
		}
		from = v.From
		l.flags(s, d, p+".flags", r, v.Flags)
	}
}

// flags checks what a predicate takes in; whether it is SQL shows when it runs.
func (l *loader) flags(s *Schema, d *document, at string, r *Rule, flags map[string]string) {
	for _, id := range slices.Sorted(maps.Keys(flags)) {
		if !slices.Contains(r.Modules, id) && !slices.Contains(r.Optional, id) {
			l.fail(d, at, "rule %s flags %s, which isn't among its modules", r.Code, id)
		}
		for _, m := range ruleMarks.FindAllStringSubmatch(flags[id], -1) {
			set, isCodes := strings.CutPrefix(m[1], "codes ")
			if isCodes && s.codeSets[set] == nil || !isCodes && !slices.Contains([]string{"YS", "YE", "Y", "R", "male", "female"}, m[1]) {
				l.fail(d, at+"."+id, "rule %s: {%s}: want {YS}, {YE}, {Y}, {R} or {codes SET}", r.Code, m[1])
			}
		}
	}
}
