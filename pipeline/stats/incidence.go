package stats

import (
	"fmt"
	"math"
	"sort"
)

// IncidenceStep is the Aalen-Johansen estimate from one event time up to the next. The slices go by cause, cause 1 first.
type IncidenceStep struct {
	Time      float64
	AtRisk    int     // just before Time
	Events    []int   // at Time
	Survival  float64 // chance of no event of any cause; with the incidences it sums to 1
	Incidence []float64
	SE        []float64
	Low       []float64 // log-log interval; an incidence of 0 has the interval 0 to 0
	High      []float64
}

// IncidenceCurve holds the cumulative incidence of each of several causes, of which a subject has only the first.
type IncidenceCurve struct {
	N      int             // subjects
	Causes int             // 1 to Causes
	Steps  []IncidenceStep // one a time at which some cause has an event
	Until  float64         // the curve says nothing beyond

	fromOrigin int // at risk before the first step
}

// AalenJohansen estimates the cumulative incidence of causes 1 to causes, each in the presence of the others. Its variance is
// Greenwood's for the chain of states, which is the binomial variance without censoring and Kaplan-Meier's with one cause.
func AalenJohansen(obs []Observation, causes int, o CurveOptions) (IncidenceCurve, error) {
	z, err := o.z()
	if err != nil {
		return IncidenceCurve{}, fmt.Errorf("aalen-johansen: %w", err)
	}
	if causes < 1 {
		return IncidenceCurve{}, fmt.Errorf("aalen-johansen: %d causes: it takes 1 or more", causes)
	}
	if err := validate(obs); err != nil {
		return IncidenceCurve{}, fmt.Errorf("aalen-johansen: %w", err)
	}
	for i, x := range obs {
		if x.Cause > causes {
			return IncidenceCurve{}, fmt.Errorf("aalen-johansen: observation %d: cause %d of %d: give every cause of the data", i, x.Cause, causes)
		}
	}
	c := IncidenceCurve{N: len(obs), Causes: causes, fromOrigin: seenFromOrigin(obs)}
	ms, until := moments(obs, causes, o.LeastAtRisk)
	c.Until = until

	// With F the incidence at t, a_j the Greenwood term and S_j survival before t_j, the variance is the sum over t_j <= t of
	// (F-F_j)^2 a_j + S_j^2 d_j (n_j-d_j) / n_j^3 - 2 (F-F_j) S_j d_j / n_j^2, with d_j of the cause. Running sums give it at every t.
	type sums struct{ f, aF, aFF, own, cross, crossF float64 }
	run := make([]sums, causes)
	s, a := 1.0, 0.0
	for _, m := range ms {
		n, d := float64(m.atRisk), float64(m.events[0])
		step := IncidenceStep{Time: m.time, AtRisk: m.atRisk, Events: m.events[1:], Survival: s * (n - d) / n}
		green := 0.0
		if n > d { // at n = d survival ends and no incidence moves again, so that the term is never used
			green = d / (n * (n - d))
		}
		a += green
		for k := range run {
			r, dk := &run[k], float64(m.events[k+1])
			r.f += s * dk / n
			r.aF += green * r.f
			r.aFF += green * r.f * r.f
			r.own += s * s * dk * (n - dk) / (n * n * n)
			r.cross += s * dk / (n * n)
			r.crossF += s * dk / (n * n) * r.f
			v := r.f*r.f*a - 2*r.f*r.aF + r.aFF + r.own - 2*(r.f*r.cross-r.crossF)
			se := math.Sqrt(max(v, 0))
			low, high := logLogInterval(r.f, se, z)
			step.Incidence, step.SE = append(step.Incidence, r.f), append(step.SE, se)
			step.Low, step.High = append(step.Low, low), append(step.High, high)
		}
		s = step.Survival
		c.Steps = append(c.Steps, step)
	}
	return c, nil
}

// At is the estimate at t; false beyond Until. Before the first event survival is 1 and every incidence 0.
func (c IncidenceCurve) At(t float64) (IncidenceStep, bool) {
	if c.N == 0 || !(t >= 0 && t <= c.Until) {
		return IncidenceStep{}, false
	}
	i := sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].Time > t })
	if i == 0 {
		none := make([]float64, c.Causes)
		return IncidenceStep{AtRisk: c.fromOrigin, Events: make([]int, c.Causes), Survival: 1, Incidence: none, SE: none, Low: none, High: none}, true
	}
	return c.Steps[i-1], true
}
