package stats

import (
	"fmt"
	"math"
	"sort"
)

// SurvivalStep is the Kaplan-Meier estimate from one event time up to the next.
type SurvivalStep struct {
	Time     float64
	AtRisk   int     // just before Time
	Events   int     // at Time
	Survival float64 // chance of no event up to and with Time
	SE       float64 // Greenwood's; NaN once Survival is 0
	Low      float64 // log-log interval; NaN once Survival is 0
	High     float64
}

// SurvivalCurve is a Kaplan-Meier curve.
type SurvivalCurve struct {
	N     int            // subjects
	Steps []SurvivalStep // one an event time
	Until float64        // the curve says nothing beyond

	fromOrigin int // at risk before the first step
}

// KaplanMeier estimates the chance of no event by time, with Greenwood's standard error and log-log intervals.
func KaplanMeier(obs []Observation, o CurveOptions) (SurvivalCurve, error) {
	z, err := o.z()
	if err != nil {
		return SurvivalCurve{}, fmt.Errorf("kaplan-meier: %w", err)
	}
	if err := validate(obs); err != nil {
		return SurvivalCurve{}, fmt.Errorf("kaplan-meier: %w", err)
	}
	c := SurvivalCurve{N: len(obs), fromOrigin: seenFromOrigin(obs)}
	ms, until := moments(obs, 0, o.LeastAtRisk)
	c.Until = until
	s, green := 1.0, 0.0
	for _, m := range ms {
		n, d := float64(m.atRisk), float64(m.events[0])
		s *= (n - d) / n
		green += d / (n * (n - d))
		step := SurvivalStep{Time: m.time, AtRisk: m.atRisk, Events: m.events[0], Survival: s, SE: s * math.Sqrt(green)}
		step.Low, step.High = logLogInterval(s, step.SE, z)
		c.Steps = append(c.Steps, step)
	}
	return c, nil
}

// At is the estimate at t; false beyond Until. Before the first event survival is 1, with a standard error of 0.
func (c SurvivalCurve) At(t float64) (SurvivalStep, bool) {
	if c.N == 0 || !(t >= 0 && t <= c.Until) {
		return SurvivalStep{}, false
	}
	i := sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].Time > t })
	if i == 0 {
		return SurvivalStep{AtRisk: c.fromOrigin, Survival: 1, Low: 1, High: 1}, true
	}
	return c.Steps[i-1], true
}

// Quantile is the first time by which at least a share p has had the event, with the times at which the limits of the curve get there;
// any of them is NaN where the curve stops before. The median is Quantile(.5).
func (c SurvivalCurve) Quantile(p float64) (t, low, high float64) {
	const slack = 1e-12 // a product of fractions that is exactly 1-p may come out a little above
	first := func(of func(SurvivalStep) float64) float64 {
		for _, s := range c.Steps {
			if v := of(s); v <= 1-p+slack || (math.IsNaN(v) && s.Survival == 0) {
				return s.Time
			}
		}
		return math.NaN()
	}
	t = first(func(s SurvivalStep) float64 { return s.Survival })
	low = first(func(s SurvivalStep) float64 { return s.Low })
	high = math.NaN()
	for _, s := range c.Steps {
		if s.High <= 1-p+slack {
			high = s.Time
			break
		}
	}
	return t, low, high
}

// Median is the first time by which at least half have had the event; NaN where the curve stops before.
func (c SurvivalCurve) Median() float64 {
	t, _, _ := c.Quantile(.5)
	return t
}
