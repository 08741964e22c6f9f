package review

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"throughline/linkage"
	"throughline/linkage/score"
)

// Words are what rules, cannot-links and overrides mean, by id.
type Words map[string]string

// RuleWords are the words of rules.
func RuleWords(r *linkage.Rules) Words {
	w := Words{}
	for _, p := range r.Passes {
		w[p.ID] = p.Does
	}
	for _, p := range r.Blocking {
		w[p.ID] = p.Does
	}
	for _, c := range r.Constraints {
		w[c.ID] = c.Does
	}
	for _, o := range r.Overrides {
		w[o.ID] = o.Does
	}
	return w
}

// id is an id and, where there are any, its words.
func (w Words) id(id string) string {
	if does := w[id]; does != "" {
		return id + " (" + does + ")"
	}
	return id
}

// Did is what the rules did with a case, as a part of a sentence.
func (w Words) Did(c *Case) string {
	switch linkage.Outcome(c.Outcome) {
	case linkage.Ambiguous:
		return "left apart since another record fitted as well; found by " + w.finder(c)
	case linkage.Doubtful:
		return "left apart since the rule is expected to be wrong too often; found by " + w.finder(c)
	case linkage.Left:
		return "left apart: below the threshold"
	}
	return w.brief(c)
}

// Did is what the rules did with a case, in a few words.
func (c *Case) Did() string { return Words(nil).brief(c) }

func (w Words) brief(c *Case) string {
	switch o := linkage.Outcome(c.Outcome); {
	case c.One():
		return "one record"
	case o == linkage.Joined:
		return "joined by " + w.finder(c)
	case o == linkage.Refused:
		return "kept apart by " + w.id(c.Constraint)
	case c.Pass != "":
		return "left apart; found by " + w.finder(c)
	}
	return "left apart"
}

// finder is what tried a pair.
func (w Words) finder(c *Case) string {
	switch c.Pass {
	case "":
		return "other records"
	case "score":
		return "the score"
	}
	return w.id(c.Pass)
}

// Agreement is one comparison of a pair in words.
type Agreement struct {
	What    string  // is compared
	How     string  // the two agree
	Bits    float64 // that it adds to the weight
	Missing bool    // one of the two has no value, or both: it adds nothing
	Differ  bool    // the two agree in no way
}

// Agreements tells how two records of a pattern agree, in the order of the model's comparisons; the prior and the total are left out.
func Agreements(m *score.Model, p score.Pattern) []Agreement {
	if m == nil {
		return nil
	}
	var out []Agreement
	for i, c := range m.Comparisons {
		a := Agreement{What: cmp.Or(c.Does, spaced(c.ID)), How: "not given for one of the two, or both", Missing: true}
		if l := p.Level(i); l != score.Missing && l < len(c.Levels) {
			a.How, a.Bits, a.Missing, a.Differ = cmp.Or(c.Levels[l].Does, spaced(c.Levels[l].ID)), c.Levels[l].Bits(), false, l == len(c.Levels)-1
		}
		out = append(out, a)
	}
	return out
}

func spaced(id string) string { return strings.ReplaceAll(id, "_", " ") }

// Years are collection years in few words: 2016–2018, 2020.
func Years(years []int) string {
	var out []string
	for i := 0; i < len(years); {
		j := i
		for j+1 < len(years) && years[j+1] == years[j]+1 {
			j++
		}
		s := strconv.Itoa(years[i])
		if j > i {
			s += "–" + strconv.Itoa(years[j])
		}
		out = append(out, s)
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// When are the years of both records.
func (c *Case) When() string {
	if c.One() {
		return Years(c.YearsA)
	}
	return cmp.Or(Years(c.YearsA), "none") + " and " + cmp.Or(Years(c.YearsB), "none")
}

// Where tells how the records lie in authorities, without naming them.
func (c *Case) Where() string {
	switch {
	case c.One():
		return "one authority"
	case c.SourceA != c.SourceB:
		return c.From()
	case c.SameHolder:
		return "same authority"
	}
	return "two authorities"
}

// From are the sources of the records.
func (c *Case) From() string {
	if c.SourceA == c.SourceB {
		return c.SourceA
	}
	return c.SourceA + " and " + c.SourceB
}

// Why are the case's reasons in short.
func (c *Case) Why() string {
	words := make([]string, len(c.Reasons))
	for i, r := range c.Reasons {
		words[i] = Reason(r).Short()
	}
	return strings.Join(words, ", ")
}

// Chance is the model's probability in words: never quite 0 or 1, and "–" where no model judged.
func (c *Case) Chance() string {
	switch {
	case c.One() || !c.Trusted:
		return "–"
	case c.Probability > 0.9999:
		return "over 0.9999"
	case c.Probability < 0.0001:
		return "under 0.0001"
	}
	return fmt.Sprintf("%.4f", c.Probability)
}
