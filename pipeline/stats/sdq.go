package stats

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PairSums are the sums of pairs of a first and a next score, from which Moments come. Sums of whole scores are exact, so that a group
// can be taken out of them.
type PairSums struct {
	N       float64 // pairs
	First   float64 // sum of first scores
	Next    float64
	FirstSq float64 // sum of squares
	NextSq  float64
	Product float64 // sum of first times next
}

// Add counts one pair.
func (s *PairSums) Add(first, next float64) {
	s.N++
	s.First += first
	s.Next += next
	s.FirstSq += first * first
	s.NextSq += next * next
	s.Product += first * next
}

// Without is s less the pairs of group, for an expectation that the reporting group had no part in.
func (s PairSums) Without(group PairSums) PairSums {
	return PairSums{
		s.N - group.N, s.First - group.First, s.Next - group.Next,
		s.FirstSq - group.FirstSq, s.NextSq - group.NextSq, s.Product - group.Product,
	}
}

// Moments describe a first and a next score of the same children.
type Moments struct {
	FirstMean   float64
	FirstSD     float64 // above 0
	NextMean    float64
	NextSD      float64
	Correlation float64 // -1 to 1
}

// Moments are the means, standard deviations (n-1) and correlation of the pairs; an error below 3 pairs or when first scores don't differ.
func (s PairSums) Moments() (Moments, error) {
	if s.N < 3 {
		return Moments{}, fmt.Errorf("%v pairs of scores: it takes 3", s.N)
	}
	m := Moments{FirstMean: s.First / s.N, NextMean: s.Next / s.N}
	v1, v2 := (s.FirstSq-s.First*m.FirstMean)/(s.N-1), (s.NextSq-s.Next*m.NextMean)/(s.N-1)
	if v1 <= 1e-12*s.FirstSq/s.N {
		return Moments{}, errors.New("all first scores are the same: nothing can be expected from them")
	}
	m.FirstSD, m.NextSD = math.Sqrt(v1), math.Sqrt(max(v2, 0))
	if m.NextSD > 0 {
		m.Correlation = (s.Product - s.First*m.NextMean) / (s.N - 1) / (m.FirstSD * m.NextSD)
		m.Correlation = max(-1, min(1, m.Correlation))
	}
	return m, nil
}

// Expected is the next score to expect after a first score when nothing has changed but chance: regression to the mean.
func (m Moments) Expected(first float64) float64 {
	return m.NextMean + m.Correlation*(m.NextSD/m.FirstSD)*(first-m.FirstMean)
}

// Net is how far a next score lies from the expected one; below 0 is better than expected.
func (m Moments) Net(first, next float64) float64 { return next - m.Expected(first) }

// FallAbove is by how much the mean score of those with a first score above cut is expected to fall, from a normal distribution cut off
// there: what selecting on one high score gives with no effect at all.
func (m Moments) FallAbove(cut float64) float64 {
	a := (cut - m.FirstMean) / m.FirstSD
	above := m.FirstMean + m.FirstSD*distuv.UnitNormal.Prob(a)/distuv.UnitNormal.Survival(a)
	return above - m.Expected(above)
}

// ReliableChange is the change of a score that measurement error alone reaches in 1 of 20: 1.96 standard errors of a difference, for a
// scale of the given standard deviation and internal consistency (Jacobson and Truax 1991).
func ReliableChange(sd, alpha float64) (float64, error) {
	if !(sd > 0) || !(alpha >= 0 && alpha <= 1) {
		return 0, fmt.Errorf("reliable change: standard deviation %v, alpha %v: the first is above 0, the second from 0 to 1", sd, alpha)
	}
	return 1.96 * sd * math.Sqrt(2*(1-alpha)), nil
}

// WholePoints rounds a threshold of reliable change as NHS England does before it compares, halves up.
func WholePoints(threshold float64) int { return int(math.Floor(threshold + .5)) }

// Thresholds are where a total SDQ score turns.
type Thresholds struct {
	NormalMost     int // highest score of the normal band
	HighLeast      int // lowest of the high band
	ReliableChange int // least change, in points, that isn't measurement error
}

// DefaultThresholds are those of the parent's and carer's total score, 0 to 40: the bands 0-13, 14-16 and 17-40 of the questionnaire's
// three-band scoring (Goodman 1997), and a reliable change of 6.82, 7 in whole points, from a standard deviation of 5.8 and an alpha of
// .82 (Goodman 2001, parents of 5 to 15 year olds in Britain).
func DefaultThresholds() Thresholds {
	return Thresholds{NormalMost: 13, HighLeast: 17, ReliableChange: 7}
}

// Validate names the field that is wrong.
func (t Thresholds) Validate() error {
	switch {
	case t.NormalMost < 0:
		return fmt.Errorf("NormalMost %d is below 0", t.NormalMost)
	case t.HighLeast <= t.NormalMost:
		return fmt.Errorf("HighLeast %d isn't above NormalMost %d", t.HighLeast, t.NormalMost)
	case t.ReliableChange < 1:
		return fmt.Errorf("ReliableChange %d is below 1", t.ReliableChange)
	}
	return nil
}

// Change says whether two scores of a child differ by more than measurement error.
type Change string

// A fall is an improvement.
const (
	Improved Change = "improved"
	NoChange Change = "no reliable change"
	Worsened Change = "worsened"
)

// Change compares a first and a later score.
func (t Thresholds) Change(first, later int) Change {
	switch d := later - first; {
	case d <= -t.ReliableChange:
		return Improved
	case d >= t.ReliableChange:
		return Worsened
	}
	return NoChange
}

// Recovered says whether a child came from the high band to the normal band by a reliable fall.
func (t Thresholds) Recovered(first, later int) bool {
	return first >= t.HighLeast && later <= t.NormalMost && t.Change(first, later) == Improved
}

// Trajectory is the class of a child's scores over the years.
type Trajectory string

// The first that holds: both stable classes look at all scores, improving and worsening at the first and the last.
const (
	StableLow    Trajectory = "stable low"  // all in the normal band
	StableHigh   Trajectory = "stable high" // all in the high band
	Improving    Trajectory = "improving"   // a reliable fall
	Worsening    Trajectory = "worsening"   // a reliable rise
	Mixed        Trajectory = "mixed"
	NoTrajectory Trajectory = "" // below 2 scores
)

// Trajectory classes a child's scores, in order of time.
func (t Thresholds) Trajectory(scores []int) Trajectory {
	if len(scores) < 2 {
		return NoTrajectory
	}
	low, high := true, true
	for _, s := range scores {
		low = low && s <= t.NormalMost
		high = high && s >= t.HighLeast
	}
	switch change := t.Change(scores[0], scores[len(scores)-1]); {
	case low:
		return StableLow
	case high:
		return StableHigh
	case change == Improved:
		return Improving
	case change == Worsened:
		return Worsening
	}
	return Mixed
}

// AddedValue holds the coefficients of the score that the SDQ's authors give for services without a comparison group: how much better
// children did than those of a national survey with the same first scores.
type AddedValue struct {
	Constant, Total, Impact, Emotional float64 // of the first scores
}

// DefaultAddedValue is fitted to children of the 2004 British survey of mental health who had difficulties (Ford and others 2009). It
// holds for groups with high first scores, by parents' reports, never for one child.
func DefaultAddedValue() AddedValue {
	return AddedValue{Constant: 2.3, Total: .8, Impact: .2, Emotional: -.3}
}

// Score is above 0 when the next total is lower than the survey's children would have.
func (a AddedValue) Score(total, impact, emotional, nextTotal float64) float64 {
	return a.Constant + a.Total*total + a.Impact*impact + a.Emotional*emotional - nextTotal
}
