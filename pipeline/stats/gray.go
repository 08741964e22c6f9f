package stats

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Gray tests whether groups have the same cumulative incidence of a cause in the presence of the others (Gray 1988, rho 0). It takes no
// delayed entry.
//
// It compares hazards of the subdistribution: of those without the cause, who had another counted as still there. With S_k and F_k
// survival and incidence of group k just before t, its size is n_k (1-F_k) / S_k.
func Gray(obs []Observation, cause int) (Comparison, error) {
	c, at, err := groups(obs)
	if err != nil {
		return c, fmt.Errorf("gray: %w", err)
	}
	if cause < 1 {
		return c, fmt.Errorf("gray: cause %d: causes are 1 and up", cause)
	}
	for i, o := range obs {
		if o.Entry > 0 {
			return c, fmt.Errorf("gray: observation %d: delayed entry isn't supported: compare those seen from the origin", i)
		}
	}
	k := len(c.Groups)
	ms, _ := moments(obs, 0, 0)
	risk, all := perMoment(obs, at, ms, k)
	own := make([]Observation, len(obs))
	for i, o := range obs {
		own[i] = o
		if o.Cause != cause {
			own[i].Cause = 0
		}
	}
	_, of := perMoment(own, at, ms, k)
	c.gray(risk, all, of, k, ms)
	cov := grayCovariance(risk, all, of, k, ms)
	if err := c.test(cov); err != nil {
		return c, fmt.Errorf("gray: %w", err)
	}
	return c, nil
}

// gray fills in observed and expected events.
func (c *Comparison) gray(risk, all, of [][]float64, k int, ms []moment) {
	surv, inc := ones(k), make([]float64, k)
	for i := range ms {
		size, total, d := make([]float64, k), 0.0, 0.0
		for g := range k {
			if risk[i][g] > 0 {
				size[g] = risk[i][g] * (1 - inc[g]) / surv[g]
				total += size[g]
				d += of[i][g]
			}
		}
		for g := range k {
			if risk[i][g] > 0 {
				c.Groups[g].Observed += of[i][g]
				c.Groups[g].Expected += d * size[g] / total
				inc[g] += surv[g] * of[i][g] / risk[i][g]
				surv[g] *= (risk[i][g] - all[i][g]) / risk[i][g]
			}
		}
	}
}

// grayCovariance is the covariance of the scores when all groups have the incidence of the pooled ones. A score is a sum of independent
// parts, one a group and moment, each weighted by what it moves now and what it will move through the survival of its group. The second
// is only known at the end, so that the square is expanded: const + linear and quadratic sums that drift completes.
func grayCovariance(risk, all, of [][]float64, k int, ms []moment) *mat.SymDense {
	surv, pooled := ones(k), 0.0
	drift, linear, fixed := mat.NewDense(k, k, nil), mat.NewDense(k, k, nil), mat.NewDense(k, k, nil)
	square := make([]float64, k)
	for i := range ms {
		// free is how many each group would have at risk had no other cause taken any
		free, total, d := make([]float64, k), 0.0, 0.0
		for g := range k {
			if risk[i][g] > 0 {
				free[g] = risk[i][g] / surv[g]
				total += free[g]
				d += of[i][g]
			}
		}
		now := mat.NewDense(k, k, nil)
		next := pooled
		if total > 0 {
			next += d / total
		}
		for a := range k {
			for b := range k {
				if risk[i][a] == 0 || risk[i][b] == 0 {
					continue
				}
				v := -free[a] * free[b] / total
				if a == b {
					v += free[a]
				}
				now.Set(a, b, v)
				drift.Set(a, b, drift.At(a, b)+v*d/(total*(1-pooled)))
			}
		}
		for g := range k {
			n := risk[i][g]
			if n == 0 {
				continue
			}
			after := surv[g] * (n - all[i][g]) / n
			add := func(weight float64, direct bool, spread float64) {
				square[g] += weight * weight * spread
				for a := range k {
					x := -weight * drift.At(a, g)
					if direct {
						x += now.At(a, g)
					}
					linear.Set(a, g, linear.At(a, g)+x*weight*spread)
					for b := range k {
						y := -weight * drift.At(b, g)
						if direct {
							y += now.At(b, g)
						}
						fixed.Set(a, b, fixed.At(a, b)+x*y*spread)
					}
				}
			}
			if d > 0 {
				weight, ties := 1.0, 1.0
				if after > 0 {
					weight = 1 - (1-next)/after
				}
				if d > 1 {
					ties = max(1-(d-1)/(total*surv[g]-1), 0)
				}
				add(weight, true, ties*surv[g]*d/(total*n))
			}
			if other := all[i][g] - of[i][g]; other > 0 && after > 0 {
				ties := 1.0
				if other > 1 {
					ties = 1 - (other-1)/(n-1)
				}
				add(-(1-next)/after, false, ties*surv[g]*surv[g]*other/(n*n))
			}
			surv[g] = after
		}
		pooled = next
	}
	cov := mat.NewSymDense(k, nil)
	for a := range k {
		for b := a; b < k; b++ {
			v := fixed.At(a, b)
			for g := range k {
				v += drift.At(a, g)*drift.At(b, g)*square[g] + drift.At(a, g)*linear.At(b, g) + drift.At(b, g)*linear.At(a, g)
			}
			cov.SetSym(a, b, v)
		}
	}
	return cov
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
