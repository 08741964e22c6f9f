package score

// Scorer weighs patterns from a table, for hot loops. It does not change and may be shared.
type Scorer struct {
	bits  *grid
	prior float64
}

// Scorer precomputes the weights of all levels. Later changes of the model do not reach it.
func (m *Model) Scorer() *Scorer { return &Scorer{bits: m.bits(), prior: m.PriorBits()} }

// Weight is Model.Weight, to the last bit.
func (s *Scorer) Weight(p Pattern) float64 { return s.bits.sum(p) }

// Probability is Model.Probability.
func (s *Scorer) Probability(weight float64) float64 { return chance(s.prior + weight) }
