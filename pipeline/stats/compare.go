package stats

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// GroupCount is one group of a comparison.
type GroupCount struct {
	Group    int
	N        int
	Observed float64 // events
	Expected float64 // if all groups had the same curve
}

// Comparison is a test of whether groups differ.
type Comparison struct {
	Groups    []GroupCount // in order of Group
	ChiSquare float64
	DF        int // groups that anything was expected of, less 1
	P         float64
}

// LogRank tests whether groups have the same hazard of an event of any cause. It takes delayed entry.
func LogRank(obs []Observation) (Comparison, error) {
	c, at, err := groups(obs)
	if err != nil {
		return c, fmt.Errorf("log-rank: %w", err)
	}
	k := len(c.Groups)
	ms, _ := moments(obs, 0, 0)
	risk, events := perMoment(obs, at, ms, k)
	cov := mat.NewSymDense(k, nil)
	for i, m := range ms {
		n, d := float64(m.atRisk), float64(m.events[0])
		for a := range k {
			share := risk[i][a] / n
			c.Groups[a].Observed += events[i][a]
			c.Groups[a].Expected += d * share
			if n == 1 {
				continue
			}
			spread := d * (n - d) / (n - 1)
			for b := a; b < k; b++ {
				v := -share * risk[i][b] / n
				if a == b {
					v += share
				}
				cov.SetSym(a, b, cov.At(a, b)+spread*v)
			}
		}
	}
	if err := c.test(cov); err != nil {
		return c, fmt.Errorf("log-rank: %w", err)
	}
	return c, nil
}

// groups checks the observations and says which group, by index, each is in.
func groups(obs []Observation) (c Comparison, at []int, err error) {
	if err := validate(obs); err != nil {
		return c, nil, err
	}
	var names []int
	for _, o := range obs {
		names = append(names, o.Group)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 2 {
		return c, nil, fmt.Errorf("%d group: it takes 2", len(names))
	}
	for _, g := range names {
		c.Groups = append(c.Groups, GroupCount{Group: g})
	}
	at = make([]int, len(obs))
	for i, o := range obs {
		at[i], _ = slices.BinarySearch(names, o.Group)
		c.Groups[at[i]].N++
	}
	return c, at, nil
}

// perMoment counts, at each moment, those at risk and the events by group.
func perMoment(obs []Observation, at []int, ms []moment, k int) (risk, events [][]float64) {
	risk, events = make([][]float64, len(ms)), make([][]float64, len(ms))
	for i := range ms {
		risk[i], events[i] = make([]float64, k), make([]float64, k)
	}
	for i, o := range obs {
		// at risk from moment first to before last; adding at the one and taking away at the other, sums along give the set
		first := sort.Search(len(ms), func(j int) bool { return o.Entry == 0 || ms[j].time > o.Entry })
		last := sort.Search(len(ms), func(j int) bool { return ms[j].time > o.Time })
		if first >= last {
			continue
		}
		risk[first][at[i]]++
		if last < len(ms) {
			risk[last][at[i]]--
		}
		if o.Cause > 0 {
			events[last-1][at[i]]++
		}
	}
	for i := 1; i < len(ms); i++ {
		for g := range k {
			risk[i][g] += risk[i-1][g]
		}
	}
	return risk, events
}

// test fills in the chi-square of observed less expected with its covariance. The differences sum to 0, so that one group is left out.
func (c *Comparison) test(cov *mat.SymDense) error {
	var in []int
	for i, g := range c.Groups {
		if g.Expected > 0 {
			in = append(in, i)
		}
	}
	if len(in) < 2 {
		return errors.New("events were possible in no 2 groups at the same time: they can't be compared")
	}
	c.DF = len(in) - 1
	v, u := mat.NewSymDense(c.DF, nil), mat.NewVecDense(c.DF, nil)
	for a := range c.DF {
		g := c.Groups[in[a]]
		u.SetVec(a, g.Observed-g.Expected)
		for b := a; b < c.DF; b++ {
			v.SetSym(a, b, cov.At(in[a], in[b]))
		}
	}
	var chol mat.Cholesky
	var x mat.VecDense
	if !chol.Factorize(v) || chol.SolveVecTo(&x, u) != nil {
		return errors.New("the groups were hardly at risk at the same time: they can't be compared")
	}
	c.ChiSquare = mat.Dot(u, &x)
	c.P = upperChiSquared(c.ChiSquare, c.DF)
	return nil
}
