package stats

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Coefficient is one covariate of a Cox model.
type Coefficient struct {
	Name  string
	Beta  float64 // change of the log hazard for one unit
	SE    float64
	Ratio float64 // hazard ratio: exp(Beta)
	Low   float64 // 95 per cent interval of Ratio
	High  float64
	Z     float64
	P     float64 // Wald, two-sided
}

// CoxFit is a proportional hazards model.
type CoxFit struct {
	N, Events        int
	Coefficients     []Coefficient
	LogLikelihood    float64 // partial
	NullLikelihood   float64 // of no effect, log
	ChiSquare        float64 // likelihood ratio against no effect
	DF               int
	P                float64
	Score            float64       // score test of no effect, chi-square
	Covariance       *mat.SymDense // of the coefficients
	NewtonIterations int
}

// ErrNoConvergence is a Cox model that has no largest likelihood: some mix of covariates orders the events perfectly, or says the same as
// others.
var ErrNoConvergence = errors.New("no largest likelihood: leave out covariates, or join groups that have no events")

// Cox fits a proportional hazards model for an event of any cause, with Efron's ties; delayed entry counts. names and rows are the
// covariates: one row an observation, one value a name.
func Cox(obs []Observation, names []string, rows [][]float64) (CoxFit, error) {
	fit := CoxFit{N: len(obs), DF: len(names)}
	if err := validate(obs); err != nil {
		return fit, fmt.Errorf("cox: %w", err)
	}
	if len(names) == 0 || len(rows) != len(obs) {
		return fit, fmt.Errorf("cox: %d covariates, %d rows of them for %d observations", len(names), len(rows), len(obs))
	}
	for i, r := range rows {
		if len(r) != len(names) {
			return fit, fmt.Errorf("cox: row %d has %d values for %d covariates", i, len(r), len(names))
		}
		for j, x := range r {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fit, fmt.Errorf("cox: row %d: covariate %s isn't a number", i, names[j])
			}
		}
		if obs[i].Cause > 0 {
			fit.Events++
		}
	}
	if fit.Events == 0 {
		return fit, errors.New("cox: no events")
	}
	p, err := newPartial(obs, names, rows)
	if err != nil {
		return fit, fmt.Errorf("cox: %w", err)
	}
	beta, cov, err := p.fit(&fit)
	if err != nil {
		return fit, fmt.Errorf("cox: %w", err)
	}
	fit.Covariance = mat.NewSymDense(len(names), nil)
	for i, name := range names {
		b, se := beta[i]/p.scale[i], math.Sqrt(cov.At(i, i))/p.scale[i]
		fit.Coefficients = append(fit.Coefficients, Coefficient{
			Name: name, Beta: b, SE: se, Ratio: math.Exp(b), Z: b / se, P: twoSided(b / se),
			Low: math.Exp(b - normalQuantile(.975)*se), High: math.Exp(b + normalQuantile(.975)*se),
		})
		for j := i; j < len(names); j++ {
			fit.Covariance.SetSym(i, j, cov.At(i, j)/(p.scale[i]*p.scale[j]))
		}
	}
	fit.ChiSquare = 2 * (fit.LogLikelihood - fit.NullLikelihood)
	fit.P = upperChiSquared(fit.ChiSquare, fit.DF)
	return fit, nil
}

// partial is the partial likelihood, with covariates of mean 0 and standard deviation 1 so that steps are comparable.
type partial struct {
	obs      []Observation
	x        [][]float64
	scale    []float64
	byTime   []int // observations, latest Time first
	byEntry  []int // those with delayed entry, latest Entry first
	gradient []float64
	hessian  *mat.SymDense // of minus the log likelihood
}

func newPartial(obs []Observation, names []string, rows [][]float64) (*partial, error) {
	p := &partial{obs: obs, scale: make([]float64, len(names)), x: make([][]float64, len(rows)), gradient: make([]float64, len(names))}
	for i := range rows {
		p.x[i] = make([]float64, len(names))
		p.byTime = append(p.byTime, i)
		if obs[i].Entry > 0 {
			p.byEntry = append(p.byEntry, i)
		}
	}
	n := float64(len(rows))
	for j, name := range names {
		mean, ss := 0.0, 0.0
		for _, r := range rows {
			mean += r[j] / n
		}
		for _, r := range rows {
			ss += (r[j] - mean) * (r[j] - mean)
		}
		p.scale[j] = math.Sqrt(ss / n)
		if !(p.scale[j] > 1e-10*math.Abs(mean)) {
			return nil, fmt.Errorf("covariate %s is the same in every row: leave it out", name)
		}
		for i, r := range rows {
			p.x[i][j] = (r[j] - mean) / p.scale[j]
		}
	}
	sort.SliceStable(p.byTime, func(a, b int) bool { return obs[p.byTime[a]].Time > obs[p.byTime[b]].Time })
	sort.SliceStable(p.byEntry, func(a, b int) bool { return obs[p.byEntry[a]].Entry > obs[p.byEntry[b]].Entry })
	return p, nil
}

// fit climbs by Newton-Raphson, halving a step that goes down.
func (p *partial) fit(fit *CoxFit) (beta []float64, cov *mat.SymDense, err error) {
	const (
		most  = 40
		close = 1e-9 // standard deviations of a covariate
	)
	k := len(p.scale)
	beta = make([]float64, k)
	at := p.evaluate(beta)
	fit.NullLikelihood = at
	for fit.NewtonIterations = 1; fit.NewtonIterations <= most; fit.NewtonIterations++ {
		var chol mat.Cholesky
		var step mat.VecDense
		g := mat.NewVecDense(k, append([]float64(nil), p.gradient...))
		if !chol.Factorize(p.hessian) || chol.Cond() > 1e12 || chol.SolveVecTo(&step, g) != nil {
			return nil, nil, ErrNoConvergence
		}
		if fit.NewtonIterations == 1 {
			fit.Score = mat.Dot(g, &step)
		}
		longest := 0.0
		for i := range k {
			longest = max(longest, math.Abs(step.AtVec(i)))
		}
		if longest < close {
			cov = mat.NewSymDense(k, nil)
			if chol.InverseTo(cov) != nil {
				return nil, nil, ErrNoConvergence
			}
			fit.LogLikelihood = at
			return beta, cov, nil
		}
		next, size := make([]float64, k), 1.0
		for {
			for i := range k {
				next[i] = beta[i] + size*step.AtVec(i)
			}
			if v := p.evaluate(next); v >= at-1e-10*math.Abs(at) {
				beta, at = next, v
				break
			}
			if size /= 2; size < 1e-6 {
				return nil, nil, ErrNoConvergence
			}
		}
	}
	return nil, nil, ErrNoConvergence
}

// evaluate gives the log partial likelihood at beta, and fills in gradient and hessian. It goes back in time: whoever's Time comes up
// joins the risk set, and leaves it again at the own Entry.
func (p *partial) evaluate(beta []float64) float64 {
	k := len(beta)
	p.hessian = mat.NewSymDense(k, nil)
	clear(p.gradient)
	set, tied := newRiskSums(k), newRiskSums(k)
	loglik, entry := 0.0, 0
	sumX, mean := make([]float64, k), make([]float64, k)
	for i := 0; i < len(p.byTime); {
		t := p.obs[p.byTime[i]].Time
		for ; entry < len(p.byEntry) && p.obs[p.byEntry[entry]].Entry >= t; entry++ {
			o := p.byEntry[entry]
			set.add(p.x[o], -math.Exp(dot(beta, p.x[o])))
		}
		tied.reset()
		clear(sumX)
		d := 0
		for ; i < len(p.byTime) && p.obs[p.byTime[i]].Time == t; i++ {
			o := p.byTime[i]
			eta := dot(beta, p.x[o])
			set.add(p.x[o], math.Exp(eta))
			if p.obs[o].Cause > 0 {
				tied.add(p.x[o], math.Exp(eta))
				loglik += eta
				d++
				for j, x := range p.x[o] {
					sumX[j] += x
				}
			}
		}
		for e := range d { // of the tied events each leaves the set in turn, by an equal share
			f := float64(e) / float64(d)
			w := set.w - f*tied.w
			loglik -= math.Log(w)
			for j := range k {
				mean[j] = (set.x[j] - f*tied.x[j]) / w
				p.gradient[j] += sumX[j]/float64(d) - mean[j]
			}
			for a := range k {
				for b := a; b < k; b++ {
					v := (set.xx[a*k+b]-f*tied.xx[a*k+b])/w - mean[a]*mean[b]
					p.hessian.SetSym(a, b, p.hessian.At(a, b)+v)
				}
			}
		}
	}
	return loglik
}

// riskSums are the weighted sums of covariates and their products over a set.
type riskSums struct {
	w     float64
	x, xx []float64
}

func newRiskSums(k int) *riskSums { return &riskSums{x: make([]float64, k), xx: make([]float64, k*k)} }

func (s *riskSums) reset() {
	s.w = 0
	clear(s.x)
	clear(s.xx)
}

func (s *riskSums) add(x []float64, w float64) {
	s.w += w
	for a, v := range x {
		s.x[a] += w * v
		for b := a; b < len(x); b++ {
			s.xx[a*len(x)+b] += w * v * x[b]
		}
	}
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
