package stats

import (
	"fmt"
	"math"
)

// State is what a child's month was, counted from 0 in the caller's list of states (its alphabet).
type State int8

// Missing is a month after the last that is known. It may stand at the end of a sequence only.
const Missing State = -1

// Sequence is one state a month. Sequences may differ in length; months Missing at the end are as if they weren't there.
type Sequence []State

// known is s without what is missing at its end.
func (s Sequence) known() Sequence {
	for len(s) > 0 && s[len(s)-1] == Missing {
		s = s[:len(s)-1]
	}
	return s
}

func checkSequences(seqs []Sequence, alphabet int) error {
	if alphabet < 1 || alphabet > math.MaxInt8 {
		return fmt.Errorf("an alphabet of %d states: it takes 1 to %d", alphabet, math.MaxInt8)
	}
	for i, s := range seqs {
		s = s.known()
		if len(s) == 0 {
			return fmt.Errorf("sequence %d has no known month: leave it out", i)
		}
		for m, x := range s {
			switch {
			case x == Missing:
				return fmt.Errorf("sequence %d: month %d is missing and a later one isn't: give it a state", i, m)
			case x < 0 || int(x) >= alphabet:
				return fmt.Errorf("sequence %d: month %d: state %d of an alphabet of %d", i, m, x, alphabet)
			}
		}
	}
	return nil
}

// checkCounts reads nil as 1 each, and gives the counts as weights.
func checkCounts(counts []int, n int) ([]float64, error) {
	out := ones(n)
	if counts == nil {
		return out, nil
	}
	if len(counts) != n {
		return nil, fmt.Errorf("%d counts for %d", len(counts), n)
	}
	for i, c := range counts {
		if c < 1 {
			return nil, fmt.Errorf("count %d is %d: leave out what nobody has", i, c)
		}
		out[i] = float64(c)
	}
	return out, nil
}

// Shape describes one sequence.
type Shape struct {
	Months       int     // known
	Transitions  int     // months whose state isn't the one before
	Entropy      float64 // of the time spent in each state, over the logarithm of the alphabet: 0 one state only, 1 all alike
	Complexity   float64 // root of transitions over their most, times Entropy: 0 to 1
	Turbulence   float64 // log2 of the distinct subsequences of the runs, more where the runs are of like length; 1 for one run
	Subsequences float64 // distinct subsequences of the states in order, runs taken as one month, the empty one too; exact to 2^53
}

// Describe gives the shape of a sequence over an alphabet of so many states.
func Describe(s Sequence, alphabet int) (Shape, error) {
	if err := checkSequences([]Sequence{s}, alphabet); err != nil {
		return Shape{}, err
	}
	s = s.known()
	n := float64(len(s))
	out := Shape{Months: len(s)}
	months := make([]float64, alphabet)
	var runs []State
	var lengths []float64
	for i, x := range s {
		months[x]++
		if i > 0 && x == s[i-1] {
			lengths[len(lengths)-1]++
			continue
		}
		runs, lengths = append(runs, x), append(lengths, 1)
	}
	out.Transitions = len(runs) - 1
	out.Entropy = Entropy(months)
	if len(s) > 1 {
		out.Complexity = math.Sqrt(float64(out.Transitions) / (n - 1) * out.Entropy)
	}
	out.Subsequences = subsequences(runs, alphabet)
	k, mean, variance := float64(len(runs)), n/float64(len(runs)), 0.0
	for _, l := range lengths {
		variance += (l - mean) * (l - mean) / k
	}
	most := (k - 1) * (1 - mean) * (1 - mean) // all runs but one of one month
	out.Turbulence = math.Log2(out.Subsequences * (most + 1) / (variance + 1))
	return out, nil
}

// subsequences counts the distinct ones: each state doubles them, less those that ended at the same state before.
func subsequences(runs []State, alphabet int) float64 {
	before := make([]float64, alphabet)
	all := 1.0
	for _, x := range runs {
		all, before[x] = 2*all-before[x], all
	}
	return all
}

// Entropy of a distribution, in any unit, over the logarithm of its length: 0 to 1.
func Entropy(distribution []float64) float64 {
	total, h := 0.0, 0.0
	for _, x := range distribution {
		total += x
	}
	if total <= 0 || len(distribution) < 2 {
		return 0
	}
	for _, x := range distribution {
		if x > 0 {
			h -= x / total * math.Log(x/total)
		}
	}
	return min(h/math.Log(float64(len(distribution))), 1)
}

// TransitionRates are the shares of months in a state (row) that are followed by each state (column), over all months. A state that no
// month follows has a row of 0. counts says how many children have each sequence; nil is 1 each.
func TransitionRates(seqs []Sequence, counts []int, alphabet int) ([][]float64, error) {
	w, err := checkWeighted(seqs, counts, alphabet)
	if err != nil {
		return nil, fmt.Errorf("transition rates: %w", err)
	}
	rates := make([][]float64, alphabet)
	for i := range rates {
		rates[i] = make([]float64, alphabet)
	}
	for i, s := range seqs {
		s = s.known()
		for m := 1; m < len(s); m++ {
			rates[s[m-1]][s[m]] += w[i]
		}
	}
	for _, row := range rates {
		total := 0.0
		for _, x := range row {
			total += x
		}
		for j := range row {
			if total > 0 {
				row[j] /= total
			}
		}
	}
	return rates, nil
}

func checkWeighted(seqs []Sequence, counts []int, alphabet int) ([]float64, error) {
	if err := checkSequences(seqs, alphabet); err != nil {
		return nil, err
	}
	return checkCounts(counts, len(seqs))
}

// MonthStates is how children were spread over the states in one month.
type MonthStates struct {
	Children int       // known in this month
	Shares   []float64 // by state; they sum to 1
	Entropy  float64   // of Shares
}

// StateDistribution gives the spread month by month, up to the last month that anybody is known in.
func StateDistribution(seqs []Sequence, counts []int, alphabet int) ([]MonthStates, error) {
	w, err := checkWeighted(seqs, counts, alphabet)
	if err != nil {
		return nil, fmt.Errorf("state distribution: %w", err)
	}
	var out []MonthStates
	for i, s := range seqs {
		for m, x := range s.known() {
			if m == len(out) {
				out = append(out, MonthStates{Shares: make([]float64, alphabet)})
			}
			out[m].Children += int(w[i])
			out[m].Shares[x] += w[i]
		}
	}
	for _, m := range out {
		for j := range m.Shares {
			m.Shares[j] /= float64(m.Children)
		}
	}
	for i := range out {
		out[i].Entropy = Entropy(out[i].Shares)
	}
	return out, nil
}
