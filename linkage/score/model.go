package score

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxBits bounds the weight of one level, either way. 20 bits are odds of a million to one: no identifier is keyed, copied and compared
// with fewer errors than that, and a sample of some million pairs can't show more. So no single comparison outweighs all others together.
const MaxBits = 20

// MaxPriorBits bounds the prior's log2 odds, either way. A million records make 2^39 pairs, so a rarer match than one in 2^40 pairs is
// more than a run could show.
const MaxPriorBits = 40

// Origin says where an m, a u or a prior is from.
type Origin string

// Origins.
const (
	FromNone       Origin = "none"         // fewer than Options.MinPairs pairs: smoothed, or as good as nothing known
	FromDeclared   Origin = "declared"     // as the shape says it
	FromRandom     Origin = "random pairs" // u: share among random pairs
	FromLinks      Origin = "links"        // m: share among links of trusted passes
	FromEM         Origin = "em"           // share among expected matches (or others) of candidates
	FromLinksAndEM Origin = "links and em" // m: share among both, see Train
	FromAllPairs   Origin = "all pairs"    // prior: expected matches among all pairs there are, see Training.Pairs
)

// Model judges pairs of one kind. Train and EM make it, Save and Load keep it.
//
// As a shape, before training, it has the ids of comparisons and levels; m and u may be declared, and are otherwise 0.
type Model struct {
	Kind        string       `json:"kind"`               // which pairs it judges: "returns", the source that is attached, or a spec's name
	Prior       float64      `json:"prior"`              // share of matches among the pairs that u speaks of, 0 to 1; see Training.Pairs
	PriorFrom   Origin       `json:"prior_from"`         //
	Comparisons []Comparison `json:"comparisons"`        // in the order of the pattern; 1 to 16
	Sessions    []Trace      `json:"sessions,omitempty"` // how EM went
	Warnings    []string     `json:"warnings,omitempty"` // what a reader should know; nothing was changed because of them
	Fingerprint string       `json:"fingerprint"`        // of settings, frequencies, code and data: given by the caller
	Hash        string       `json:"hash"`               // SHA-256 of all the rest, in hex; set by Save, checked by Check
}

// Comparison is one thing by which records are compared.
type Comparison struct {
	ID      string  `json:"id"`
	Does    string  `json:"does,omitempty"`    // a sentence for people
	Ordered bool    `json:"ordered,omitempty"` // each level should weigh no more than the one before it; a warning says where it does
	HoldM   bool    `json:"hold_m,omitempty"`  // the declared m stay, whatever the data says
	HoldU   bool    `json:"hold_u,omitempty"`  // the declared u stay
	Levels  []Level `json:"levels"`            // best first; 1 to 15
}

// Level is one way in which two values may agree. In a shape M and U are declared, or 0 for not declared.
type Level struct {
	ID     string  `json:"id"`
	Does   string  `json:"does,omitempty"`
	M      float64 `json:"m"` // share of matches on this level, of those with both values; sums to 1 over the levels
	U      float64 `json:"u"` // share of other pairs; likewise
	MFrom  Origin  `json:"m_from"`
	UFrom  Origin  `json:"u_from"`
	MPairs int64   `json:"m_pairs"` // pairs on this level that m was learned from: links and expected matches, rounded
	UPairs int64   `json:"u_pairs"` // pairs on this level that u was learned from
}

// Bits is the level's weight log2(M/U), from -MaxBits to MaxBits. A level of which nothing is known, M and U both 0, weighs 0.
func (l Level) Bits() float64 {
	switch {
	case l.M <= 0 && l.U <= 0:
		return 0
	case l.M <= 0:
		return -MaxBits
	case l.U <= 0:
		return MaxBits
	}
	return min(MaxBits, max(-MaxBits, math.Log2(l.M)-math.Log2(l.U)))
}

// bits are the weights of all levels. Missing, and levels that the model does not have, weigh 0.
func (m *Model) bits() *grid {
	var g grid
	for i, c := range m.Comparisons {
		for k, l := range c.Levels {
			g[i][k+1] = l.Bits()
		}
	}
	return &g
}

// PriorBits is the prior as log2 odds, from -MaxPriorBits to MaxPriorBits.
func (m *Model) PriorBits() float64 { return oddsBits(m.Prior) }

// oddsBits is log2(p/(1-p)), bounded.
func oddsBits(p float64) float64 {
	return min(MaxPriorBits, max(-MaxPriorBits, math.Log2(max(p, 0))-math.Log1p(-min(p, 1))/math.Ln2))
}

// chance is the probability whose log2 odds are given.
func chance(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }

// Weight is how strongly a pattern speaks for a match, in bits, without the prior: 0 is neither way. Missing comparisons add 0, and so do
// levels that the model does not have. Use a Scorer for many pairs.
func (m *Model) Weight(p Pattern) float64 {
	var w float64
	for i, c := range m.Comparisons {
		if l := p.Level(i); l != Missing && l < len(c.Levels) {
			w += c.Levels[l].Bits()
		}
	}
	return w
}

// Probability is that of a match, 0 to 1, for a weight in bits as Weight gives it: prior odds times 2^weight.
func (m *Model) Probability(weight float64) float64 { return chance(m.PriorBits() + weight) }

// Ids of the first and last Part; no comparison may be called so.
const (
	PartPrior = "prior"
	PartTotal = "total"
)

// Part is one step of the way from the prior to the verdict on a pair.
type Part struct {
	ID    string  `json:"id"`    // PartPrior, the comparison's id, or PartTotal
	Level string  `json:"level"` // the level's id; "missing"; empty for prior and total
	Bits  float64 `json:"bits"`  // what the step adds; for PartTotal all of it
	Sum   float64 `json:"sum"`   // bits up to and with this step
}

// Parts explains a weight: the prior, each comparison in order, and the total, which is PriorBits and Weight together.
func (m *Model) Parts(p Pattern) []Part {
	sum := m.PriorBits()
	parts := []Part{{ID: PartPrior, Bits: sum, Sum: sum}}
	for i, c := range m.Comparisons {
		part := Part{ID: c.ID, Level: "missing"}
		if l := p.Level(i); l != Missing && l < len(c.Levels) {
			part.Level, part.Bits = c.Levels[l].ID, c.Levels[l].Bits()
		}
		sum += part.Bits
		part.Sum = sum
		parts = append(parts, part)
	}
	all := m.PriorBits() + m.Weight(p)
	return append(parts, Part{ID: PartTotal, Bits: all, Sum: all})
}

// Row is one level of a model, as a line of a table.
type Row struct {
	Comparison string `json:"comparison"`
	Level
	Bits float64 `json:"bits"`
}

// Rows are all levels, in order.
func (m *Model) Rows() []Row {
	var rows []Row
	for _, c := range m.Comparisons {
		for _, l := range c.Levels {
			rows = append(rows, Row{Comparison: c.ID, Level: l, Bits: l.Bits()})
		}
	}
	return rows
}

// rounding is by how much shares that a person wrote down may miss a sum of 1.
const rounding = 1e-6

// Validate names everything because of which a trained model could not judge.
func (m *Model) Validate() error {
	errs := []error{m.checkShape()}
	if !(m.Prior > 0 && m.Prior < 1) {
		errs = append(errs, fmt.Errorf("prior: %v isn't between 0 and 1", m.Prior))
	}
	for _, c := range m.Comparisons {
		for _, l := range c.Levels {
			if !(l.M > 0 && l.U > 0) {
				errs = append(errs, fmt.Errorf("comparison %s: level %s: m %v and u %v must both be above 0\nhint: train the model first", c.ID, l.ID, l.M, l.U))
			}
		}
	}
	return errors.Join(errs...)
}

// checkShape names everything because of which a model could not be trained.
func (m *Model) checkShape() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if n := len(m.Comparisons); n < 1 || n > MaxComparisons {
		bad("comparisons: %d isn't 1 to %d", n, MaxComparisons)
	}
	if !(m.Prior >= 0 && m.Prior <= 1) {
		bad("prior: %v isn't a share", m.Prior)
	}
	seen := map[string]bool{PartPrior: true, PartTotal: true}
	for i, c := range m.Comparisons {
		if c.ID == "" || seen[c.ID] {
			bad("comparison %d: id %q is empty, %s, %s, or another's", i+1, c.ID, PartPrior, PartTotal)
		}
		seen[c.ID] = true
		if n := len(c.Levels); n < 1 || n > MaxLevels {
			bad("comparison %s: %d levels, not 1 to %d", c.ID, n, MaxLevels)
			continue
		}
		levels := map[string]bool{"": true, "missing": true}
		for _, l := range c.Levels {
			if levels[l.ID] {
				bad("comparison %s: level id %q is empty, missing, or another's", c.ID, l.ID)
			}
			levels[l.ID] = true
			if l.MPairs < 0 || l.UPairs < 0 {
				bad("comparison %s: level %s: pairs below 0", c.ID, l.ID)
			}
		}
		for _, side := range []struct {
			name   string
			shares []float64
			hold   bool
		}{{"m", c.declared(mOf), c.HoldM}, {"u", c.declared(uOf), c.HoldU}} {
			if err := checkShares(side.shares, side.hold); err != nil {
				bad("comparison %s: %s %w", c.ID, side.name, err)
			}
		}
	}
	return errors.Join(errs...)
}

// checkShares refuses shares that no levels could have; nil and 0 are not declared.
func checkShares(shares []float64, hold bool) error {
	if shares == nil {
		if hold {
			return errors.New("is held but not declared\nhint: declare it for each level")
		}
		return nil
	}
	for _, v := range shares {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("of %v isn't a share", v)
		}
	}
	sum, all := total(shares), !slices.Contains(shares, 0)
	switch {
	case hold && !all:
		return errors.New("is held but not declared for each level")
	case all && math.Abs(sum-1) > rounding:
		return fmt.Errorf("adds up to %.6g over the levels\nhint: it must add up to 1", sum)
	case !all && sum > 1-rounding:
		return fmt.Errorf("adds up to %.6g and leaves nothing for the levels without\nhint: declare less, or all", sum)
	}
	return nil
}

func mOf(l Level) float64 { return l.M }
func uOf(l Level) float64 { return l.U }

// declared are the shares of a comparison's levels that are given, 0 for those that are not; nil when none is. When all are, they add up to
// 1 but for what a person rounds.
func (c Comparison) declared(of func(Level) float64) []float64 {
	shares, given := make([]float64, len(c.Levels)), false
	for k, l := range c.Levels {
		shares[k] = of(l)
		given = given || shares[k] != 0
	}
	if !given {
		return nil
	}
	if sum := total(shares); !slices.Contains(shares, 0) && sum != 1 && math.Abs(sum-1) <= rounding {
		for k := range shares {
			shares[k] /= sum
		}
	}
	return shares
}

// clone copies a shape, without what an earlier training said.
func (m *Model) clone() *Model {
	c := *m
	c.Hash, c.PriorFrom, c.Sessions, c.Warnings = "", "", nil, nil
	c.Comparisons = slices.Clone(m.Comparisons)
	for i := range c.Comparisons {
		c.Comparisons[i].Levels = slices.Clone(c.Comparisons[i].Levels)
	}
	return &c
}

func (m *Model) warn(format string, a ...any) {
	m.Warnings = append(m.Warnings, fmt.Sprintf(format, a...))
}

// warnOrder says where a level weighs more than the one before it, of comparisons whose levels are declared to be in order.
func (m *Model) warnOrder() {
	for _, c := range m.Comparisons {
		for k := 1; c.Ordered && k < len(c.Levels); k++ {
			if a, b := c.Levels[k-1], c.Levels[k]; b.Bits() > a.Bits() {
				m.warn("comparison %s: level %s weighs %.2f bits, more than the better level %s with %.2f", c.ID, b.ID, b.Bits(), a.ID, a.Bits())
			}
		}
	}
}
