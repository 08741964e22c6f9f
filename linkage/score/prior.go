package score

import "math"

// setPrior sets the prior as Train says.
func (m *Model) setPrior(t Training, sessions []session) {
	all := t.All
	if len(all) == 0 {
		all = Counts{}
		for _, s := range t.Candidates {
			all.Add(s.Counts)
		}
	}
	var matches float64
	var tables []*table
	for _, s := range sessions {
		tables = append(tables, s.table)
		matches += s.matches
	}
	whole := all.sorted(1<<MaxComparisons - 1)
	switch {
	case t.Pairs > 0 && whole.total > 0:
		pairs := float64(t.Pairs)
		if pairs < whole.total {
			m.warn("prior: there are fewer pairs than candidates; taken as many as candidates")
			pairs = whole.total
		}
		// With no matches at all both sides are 0, so what is looked for is the largest prior that still expects as many as it says.
		m.Prior = chance(m.findPrior([]*table{whole}, func(expected, prior float64) bool { return expected >= prior*pairs }))
		m.PriorFrom = FromAllPairs
	case matches > 0:
		m.Prior = chance(m.findPrior(tables, func(expected, _ float64) bool { return expected <= matches }))
		m.PriorFrom = FromEM
	default:
		m.unknownPrior()
	}
}

// findPrior is the largest prior, as log2 odds, for which below holds, told the matches that the model expects in the tables at that prior.
// Below must hold up to some prior and not after it; when it holds for none, it is the least prior there is.
func (m *Model) findPrior(tables []*table, below func(expected, prior float64) bool) float64 {
	w := m.bits()
	weights := make([][]float64, len(tables))
	for i, t := range tables {
		for _, p := range t.patterns {
			weights[i] = append(weights[i], w.sum(p))
		}
	}
	low, high := -float64(MaxPriorBits), float64(MaxPriorBits)
	for range 60 { // 80 bits halved so often leave less than a float64 can hold
		at := (low + high) / 2
		expected := 0.0
		for i, t := range tables {
			for j, n := range t.pairs {
				expected += n * chance(at+weights[i][j])
			}
		}
		if below(expected, chance(at)) {
			low = at
		} else {
			high = at
		}
	}
	return low
}

// unknownPrior is the declared prior, or even odds, when no pairs tell.
func (m *Model) unknownPrior() {
	if m.Prior > 0 && m.Prior < 1 {
		m.Prior, m.PriorFrom = math.Min(math.Max(m.Prior, chance(-MaxPriorBits)), chance(MaxPriorBits)), FromDeclared
		return
	}
	m.Prior, m.PriorFrom = 0.5, FromNone
	m.warn("prior: no pairs tell it, so it is even odds; a probability is then that of the weight alone")
}
