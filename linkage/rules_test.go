package linkage

import (
	"strings"
	"testing"
)

func TestRulesRefuseMistakes(t *testing.T) {
	good := string(returnsRules)
	if _, err := ParseRules([]byte(good)); err != nil {
		t.Fatalf("built-in rules: %v", err)
	}
	for _, x := range []struct{ name, old, new, want string }{
		{"an unknown key, with its line", "max_block:", "max_blok:", `unknown field "max_blok"`},
		{"a field nobody knows", "agree: [upn, dob]", "agree: [upn, birthday]", `no field "birthday"`},
		{"an override that lifts nothing known", "lifts: [same_return, two_authorities]", "lifts: [same_returns]", `lifts "same_returns", which is no constraint`},
		{"an id used twice", "id: p02_upn_dob_parts", "id: p01_upn_dob", "used twice"},
		{"a precision that is no share", "precision: 0.999", "precision: 99.9", "isn't a share"},
		{"nearness of an unknown kind", "kind: handover", "kind: soon", `kind "soon" isn't one of`},
		{"nearness wider than the blocks of dates", "days: 14", "days: 400", "400 days"},
		{"a strength nobody knows", "strength: absolute", "strength: weak", `strength "weak" isn't one of`},
		{"crossing what may not be crossed", "crosses: [upn_never_agrees]", "crosses: [same_return]", `crosses: "same_return"`},
	} {
		t.Run(x.name, func(t *testing.T) {
			text := strings.Replace(good, x.old, x.new, 1)
			if text == good {
				t.Fatalf("%q isn't in the rules", x.old)
			}
			_, err := ParseRules([]byte(text))
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
}

func TestRulesThatWouldCompareGarbageAreRefused(t *testing.T) {
	for _, x := range []struct {
		want   string
		change func(*Rules)
	}{
		{"can't count decom", func(r *Rules) { r.Comparisons[0].Levels[0] = Level{ID: "same", Agree: "decom", HadBelow: 5} }},
		{"decom has no groups", func(r *Rules) { r.Scoring.Within = []string{"decom"} }},
		{"terms: upn: empty", func(r *Rules) { r.Terms["upn"] = nil }},
		{"dob_year_month is derived", func(r *Rules) {
			r.Constraints = append(r.Constraints, Constraint{ID: "x", Kind: kindDiffer, Field: "dob_year_month", Strength: strengthPair})
		}},
		{"of two domains", func(r *Rules) { r.Comparisons[0].Levels[0] = Level{ID: "same", Cross: []string{"upn", "nhs"}} }},
	} {
		r := DefaultRules()
		x.change(r)
		if err := r.Validate(returnsFields); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("got %v, want %q", err, x.want)
		}
	}
}
