package linkage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"throughline/linkage/score"
)

// Models are what a run learned, and all that judges pairs: with them and the same rules another run judges alike.
type Models struct {
	Rules      string             `json:"rules"`      // Rules.Hash
	Models     []*score.Model     `json:"models"`     // by source that is attached, the spine's among them
	Thresholds map[string]float64 `json:"thresholds"` // least match weight that joins, in bits, by kind
	Estimates  map[string]float64 `json:"estimates"`  // estimated precision by pass, 0 to 1
	Judged     map[string][2]int  `json:"judged"`     // by pass: pairs on which the witness agrees and differs
	Hash       string             `json:"hash"`       // of all the rest

	Expected map[string][]score.Expectation `json:"-"` // by kind, for each weight that candidates of the run that trained have
}

// PatternCount is how many pairs agree in one way, and what became of them.
type PatternCount struct {
	Kind    string
	Pattern score.Pattern
	Weight  float64 // bits
	Pairs   int64
	Outcomes
}

// ReadModels reads a model file that a run wrote, and refuses one that was changed since or could not judge.
func ReadModels(r io.Reader) (*Models, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var m Models
	const hint = "hint: take it again from the run that made it"
	if err := d.Decode(&m); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends early")
		}
		return nil, fmt.Errorf("model file: byte %d: %w\n%s", d.InputOffset(), err, hint)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("model file: byte %d: more follows what a run wrote\n%s", d.InputOffset(), hint)
	}
	if hash := m.sum(); hash != m.Hash {
		return nil, fmt.Errorf("model file: %w: the file says %.12s, its content is %.12s\nhint: it was edited or damaged; take it again from the run that made it", score.ErrHash, m.Hash, hash)
	}
	for _, x := range m.Models {
		if x == nil {
			return nil, errors.New("model file: a model is missing")
		}
		if _, ok := m.Thresholds[x.Kind]; !ok {
			return nil, fmt.Errorf("model %s: no threshold is given", x.Kind)
		}
		if err := x.Check(); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

// sum is the hash of all but Hash.
func (m *Models) sum() string {
	c := *m
	c.Hash = ""
	text, err := json.Marshal(&c)
	if err != nil {
		panic("linkage: models: " + err.Error()) // plain structs and maps
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// Joins reports whether pairs of a kind can be joined by their weight: not those of a model that learned too little.
func (m *Models) Joins(kind string) bool {
	at, ok := m.Thresholds[kind]
	return ok && at < neverJoins
}

// trained gathers what the engine learned or was given.
func (e *engine) trained() *Models {
	m := &Models{Rules: e.rules.Hash(), Thresholds: map[string]float64{}, Estimates: map[string]float64{}, Judged: map[string][2]int{}, Expected: map[string][]score.Expectation{}}
	for k := range e.kinds {
		source := e.kinds[k].name
		if e.models == nil {
			break
		}
		m.Models = append(m.Models, e.models[k])
		m.Thresholds[source] = e.thresholds[k]
		if e.expected != nil {
			m.Expected[source] = e.expected[k]
		}
	}
	for p, plan := range e.plans {
		if !plan.twins && !plan.scoreOnly {
			m.Estimates[plan.ID] = e.estimates[p]
			m.Judged[plan.ID] = e.judged[p]
		}
	}
	m.Hash = m.sum()
	return m
}

// use takes what another run learned.
func (e *engine) use(m *Models) error {
	if m.Rules != e.rules.Hash() {
		return fmt.Errorf("link: the model was made with other rules\nhint: train anew, or use the rules of %.12s", m.Rules)
	}
	e.models, e.scorers, e.thresholds = nil, nil, nil
	e.estimates, e.judged = make([]float64, len(e.plans)), make([][2]int, len(e.plans))
	for p, plan := range e.plans {
		e.estimates[p], e.judged[p] = m.Estimates[plan.ID], m.Judged[plan.ID]
	}
	if len(e.rules.Comparisons) == 0 {
		return nil
	}
	for k := range e.kinds {
		source := e.kinds[k].name
		at := slices.IndexFunc(m.Models, func(x *score.Model) bool { return x.Kind == source })
		if at < 0 {
			return fmt.Errorf("link: the model does not know pairs of %s\nhint: train anew", source)
		}
		e.models = append(e.models, m.Models[at])
		e.scorers = append(e.scorers, m.Models[at].Scorer())
		e.thresholds = append(e.thresholds, m.Thresholds[source])
	}
	return nil
}

// patterns counts how pairs agree, and what became of them. Edges are in order of their records within a pass.
func (e *engine) patterns(c *clusters, found *outcome) []PatternCount {
	if e.models == nil {
		return nil
	}
	type at struct {
		kind    int
		pattern uint64
	}
	contested := map[[2]int32]bool{}
	for _, x := range found.edges {
		if x.outcome == Ambiguous {
			contested[[2]int32{x.a, x.b}] = true
		}
	}
	all := map[at]*PatternCount{}
	for i := range c.pairs {
		x := &c.pairs[i]
		if !e.t.isSpine(x.a) && !e.t.isSpine(x.b) {
			continue // of a child who may never have been in care
		}
		k := at{e.kind(x), x.pattern}
		n := all[k]
		if n == nil {
			n = &PatternCount{Kind: e.kinds[k.kind].name, Pattern: score.Pattern(k.pattern), Weight: e.weight(x)}
			all[k] = n
		}
		n.Pairs++
		switch {
		case c.find(x.a) == c.find(x.b):
			n.Joined++
		case x.by&forbidden != 0:
			n.Refused++
		case contested[[2]int32{x.a, x.b}]:
			n.Ambiguous++
		default:
			n.Left++
		}
	}
	out := make([]PatternCount, 0, len(all))
	for _, n := range all {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b PatternCount) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Pattern, b.Pattern))
	})
	return out
}

func trailing(v uint64) int { return bits.TrailingZeros64(v) }
