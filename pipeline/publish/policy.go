package publish

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

//go:embed policy.yaml
var defaultPolicy []byte

// Policy says which numbers may be shown, and how.
type Policy struct {
	Version     int         `yaml:"version"`
	State       string      `yaml:"state"`        // what control is applied and what is not, in words for readers
	NotReleased string      `yaml:"not_released"` // what readers are told first while nobody has let the real data go
	Levels      []Level     `yaml:"levels"`       // one a geographic level
	Values      []Kind      `yaml:"values"`       // one a kind of value
	Curves      Curves      `yaml:"curves"`       //
	Exceptions  []Exception `yaml:"exceptions"`   //
}

// Level is how counts of one geographic level are shown.
type Level struct {
	Level   string `yaml:"level"`    // National, Regional or Local authority
	RoundTo int    `yaml:"round_to"` // 1: not rounded
	Hide    *Range `yaml:"hide"`     // counts not shown; nil: none
}

// Range is a range of counts, both ends in it.
type Range struct {
	From      int `yaml:"from"`
	To        int `yaml:"to"`
	StandsFor int `yaml:"stands_for"` // what a hidden count is taken as in sums of counts that are shown beside them
}

// Kind is how values of one kind are shown.
type Kind struct {
	Kind     string  `yaml:"kind"`
	Unit     string  `yaml:"unit"` // what the value shown is in
	Decimals int     `yaml:"decimals"`
	Minimum  int     `yaml:"minimum"`   // fewest children behind a value that is shown
	Counted  bool    `yaml:"counted"`   // the numerator is a count of children
	Scale    float64 `yaml:"scale"`     // value shown over value in the research database
	ZeroIsK  bool    `yaml:"zero_is_k"` // more than nothing that rounds to 0 is shown as k
}

// Curves is how curves over time are shown.
type Curves struct {
	MinimumAtRisk int `yaml:"minimum_at_risk"`
}

// Exception names cells whose counts are never hidden.
type Exception struct {
	Level      string   `yaml:"level"`
	Indicators []string `yaml:"indicators"`
	Reason     string   `yaml:"reason"`
}

// DefaultPolicy is the built-in policy.yaml.
func DefaultPolicy() (Policy, error) { return ReadPolicy("policy.yaml", defaultPolicy) }

// ReadPolicy reads a policy file; an unknown key or a rule that hides nothing it means to is an error that names the file.
func ReadPolicy(name string, text []byte) (Policy, error) {
	var p Policy
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField()).Decode(&p); err != nil {
		var ye yaml.Error
		if errors.As(err, &ye) && ye.GetToken() != nil {
			at := ye.GetToken().Position
			return p, fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, ye.GetMessage())
		}
		return p, fmt.Errorf("%s: %w", name, err)
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// Validate names each field that can't be.
func (p Policy) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Version != 1 {
		fail("version: %d isn't known, want 1", p.Version)
	}
	if p.State == "" {
		fail("state: say what control is applied and what is not")
	}
	if p.NotReleased == "" {
		fail("not_released: say what readers are told until somebody lets real data go")
	}
	want := map[string]bool{"National": true, "Regional": true, "Local authority": true}
	for i, l := range p.Levels {
		if !want[l.Level] {
			fail("levels[%d].level: %q isn't a level still without a rule", i, l.Level)
		}
		delete(want, l.Level)
		if l.RoundTo < 1 {
			fail("levels[%d].round_to: %d, want 1 or more", i, l.RoundTo)
		}
		if l.Hide != nil && (l.Hide.From < 1 || l.Hide.To < l.Hide.From) {
			fail("levels[%d].hide: from %d to %d hides nothing", i, l.Hide.From, l.Hide.To)
		} else if l.Hide != nil && (l.Hide.StandsFor < l.Hide.From || l.Hide.StandsFor > l.Hide.To) {
			fail("levels[%d].hide.stands_for: %d, want %d to %d", i, l.Hide.StandsFor, l.Hide.From, l.Hide.To)
		}
	}
	for _, l := range []string{"National", "Regional", "Local authority"} {
		if want[l] {
			fail("levels: no rule for %s", l)
		}
	}
	seen := map[string]bool{}
	for i, v := range p.Values {
		if v.Kind == "" || seen[v.Kind] {
			fail("values[%d].kind: %q stands twice or is empty", i, v.Kind)
		}
		seen[v.Kind] = true
		if v.Unit == "" {
			fail("values[%d].unit: say what the value is in", i)
		}
		if v.Decimals < 0 || v.Decimals > 6 {
			fail("values[%d].decimals: %d, want 0 to 6", i, v.Decimals)
		}
		if v.Minimum < 1 {
			fail("values[%d].minimum: %d, want 1 or more", i, v.Minimum)
		}
		if v.Scale <= 0 {
			fail("values[%d].scale: %v, want more than 0", i, v.Scale)
		}
	}
	for _, k := range []string{"percentage", "incidence", "quantile"} { // the charts need these
		if !seen[k] {
			fail("values: no rule for %s", k)
		}
	}
	if p.Curves.MinimumAtRisk < 1 {
		fail("curves.minimum_at_risk: %d, want 1 or more", p.Curves.MinimumAtRisk)
	}
	for i, e := range p.Exceptions {
		if e.Reason == "" || len(e.Indicators) == 0 || e.Level == "" {
			fail("exceptions[%d]: level, indicators and reason must be there", i)
		}
	}
	return errors.Join(errs...)
}
