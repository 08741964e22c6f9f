package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// The limits of a funnel, in standard errors, and the share that lies beyond each side of them when only chance is at work.
const (
	z95, tail95   = 1.96, .025
	z998, tail998 = 3.09, .001
)

// exactBelow is the denominator, or the expected count of a rate, below which limits are exact and not from the normal curve.
const exactBelow = 100

// Unit is one authority: how many of how many, or how many events in how much exposure.
type Unit struct {
	Count float64 // whole, not below 0
	Of    float64 // children; for a rate the exposure (child-years), any number above 0. 0 leaves the unit out
}

// Funnel says how far authorities of each size lie from the target by chance.
type Funnel struct {
	Target     float64 // share or rate of all
	Dispersion float64 // phi: mean of the squared, winsorised z. Limits are widened by its root when above 1
	Units      int     // with something to count
	rate       bool
}

// FunnelOptions say what a funnel is drawn around.
type FunnelOptions struct {
	Target    *float64 // nil takes all units together
	Winsorise float64  // share of the z at either end that is set to the next; 0 to below .5
}

// DefaultFunnelOptions draw around all units together and winsorise 10 per cent at either end (Spiegelhalter 2005).
func DefaultFunnelOptions() FunnelOptions { return FunnelOptions{Winsorise: .1} }

// ProportionFunnel is for shares: counts of children out of children.
func ProportionFunnel(units []Unit, o FunnelOptions) (Funnel, error) {
	for i, u := range units {
		if u.Count > u.Of {
			return Funnel{}, fmt.Errorf("funnel: unit %d: %v of %v", i, u.Count, u.Of)
		}
	}
	return newFunnel(units, o, false)
}

// RateFunnel is for events in an exposure that a child may have several of, by the Poisson distribution.
func RateFunnel(units []Unit, o FunnelOptions) (Funnel, error) { return newFunnel(units, o, true) }

func newFunnel(units []Unit, o FunnelOptions, rate bool) (Funnel, error) {
	if !(o.Winsorise >= 0 && o.Winsorise < .5) {
		return Funnel{}, fmt.Errorf("funnel: Winsorise %v isn't from 0 to below .5", o.Winsorise)
	}
	f := Funnel{rate: rate, Dispersion: 1}
	count, of := 0.0, 0.0
	for i, u := range units {
		if !(u.Count >= 0) || !(u.Of >= 0) || math.IsInf(u.Count, 0) || math.IsInf(u.Of, 0) {
			return Funnel{}, fmt.Errorf("funnel: unit %d: %v of %v: both are numbers from 0", i, u.Count, u.Of)
		}
		if u.Of > 0 {
			count, of, f.Units = count+u.Count, of+u.Of, f.Units+1
		}
	}
	switch {
	case o.Target != nil:
		f.Target = *o.Target
	case of == 0:
		return Funnel{}, fmt.Errorf("funnel: no unit has anything to count: give a target")
	default:
		f.Target = count / of
	}
	if !(f.Target >= 0) || math.IsInf(f.Target, 0) || (!rate && f.Target > 1) {
		return Funnel{}, fmt.Errorf("funnel: target %v isn't a share or rate", f.Target)
	}
	var zs []float64
	for _, u := range units {
		if se := f.se(u.Of); u.Of > 0 && se > 0 {
			zs = append(zs, (u.Count/u.Of-f.Target)/se)
		}
	}
	if len(zs) > 0 {
		f.Dispersion = dispersion(zs, o.Winsorise)
	}
	return f, nil
}

// dispersion is the mean square of zs after the share of them at either end is set to the nearest of the rest.
func dispersion(zs []float64, share float64) float64 {
	slices.Sort(zs)
	k := int(share * float64(len(zs)))
	low, high := zs[k], zs[len(zs)-1-k]
	sum := 0.0
	for _, z := range zs {
		z = max(low, min(high, z))
		sum += z * z
	}
	return sum / float64(len(zs))
}

func (f Funnel) se(of float64) float64 {
	if f.rate {
		return math.Sqrt(f.Target / of)
	}
	return math.Sqrt(f.Target * (1 - f.Target) / of)
}

// Limits are the shares or rates between which chance alone keeps a unit.
type Limits struct {
	Low95, High95   float64
	Low998, High998 float64
}

// Limits for a denominator of n: from the normal curve, exact where it is (for a rate the expected count is) below 100; widened by the root
// of Dispersion; never below 0, nor a share above 1. A denominator of 0 has no limits: all are NaN.
func (f Funnel) Limits(n float64) Limits {
	if !(n > 0) {
		nan := math.NaN()
		return Limits{nan, nan, nan, nan}
	}
	var l Limits
	l.Low95, l.High95 = f.limits(n, z95, tail95)
	l.Low998, l.High998 = f.limits(n, z998, tail998)
	return l
}

func (f Funnel) limits(n, z, tail float64) (low, high float64) {
	size := n
	if f.rate {
		size = n * f.Target
	}
	if size < exactBelow {
		// where even one event is rare, 0 may be beyond the target: no count lies between the two
		low, high = min(f.quantile(n, tail)/n, f.Target), max(f.quantile(n, 1-tail)/n, f.Target)
	} else {
		half := z * f.se(n)
		low, high = f.Target-half, f.Target+half
	}
	widen := math.Sqrt(max(f.Dispersion, 1))
	low, high = f.Target-(f.Target-low)*widen, f.Target+(high-f.Target)*widen
	if !f.rate {
		high = min(high, 1)
	}
	return max(low, 0), high
}

// quantile is the smallest count that has at most a chance of p below or at it, in a unit of size n.
func (f Funnel) quantile(n, p float64) float64 {
	const slack = 1e-12
	chance := distuv.Poisson{Lambda: n * f.Target}.CDF
	if f.Target == 0 {
		return 0
	}
	if !f.rate {
		if f.Target == 1 {
			return n
		}
		chance = func(k float64) float64 {
			if k >= n {
				return 1
			}
			return mathext.RegIncBeta(n-k, k+1, 1-f.Target)
		}
	}
	k := 0.0
	for chance(k) < p-slack {
		k++
	}
	return k
}

// Position is where a unit lies in a funnel.
type Position string

// From the lowest to the highest.
const (
	Below998   Position = "below 99.8"
	Below95    Position = "below 95"
	Within     Position = "within"
	Above95    Position = "above 95"
	Above998   Position = "above 99.8"
	NoPosition Position = "" // nothing to count
)

// Position places a unit. On a limit is within it.
func (f Funnel) Position(u Unit) Position {
	if !(u.Of > 0) {
		return NoPosition
	}
	const slack = 1e-12
	l, x := f.Limits(u.Of), u.Count/u.Of
	switch {
	case x < l.Low998-slack:
		return Below998
	case x > l.High998+slack:
		return Above998
	case x < l.Low95-slack:
		return Below95
	case x > l.High95+slack:
		return Above95
	}
	return Within
}

// Wilson is the score interval of a share, at a level such as .95.
func Wilson(count, of int, level float64) (low, high float64, err error) {
	if count < 0 || of < 1 || count > of || !(level > 0 && level < 1) {
		return 0, 0, fmt.Errorf("wilson: %d of %d at level %v: a count out of 1 or more, a level between 0 and 1", count, of, level)
	}
	z, n := normalQuantile((1+level)/2), float64(of)
	p := float64(count) / n
	center, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = max(center-half, 0), min(center+half, 1)
	if count == 0 {
		low = 0
	}
	if count == of {
		high = 1
	}
	return low, high, nil
}

// PoissonInterval is the exact interval of a rate: count events in exposure (Garwood 1936), at a level such as .95.
func PoissonInterval(count int, exposure, level float64) (low, high float64, err error) {
	if count < 0 || !(exposure > 0) || !(level > 0 && level < 1) {
		return 0, 0, fmt.Errorf("poisson: %d in %v at level %v: a count from 0, an exposure above 0, a level between 0 and 1", count, exposure, level)
	}
	tail := (1 - level) / 2
	if count > 0 {
		low = mathext.GammaIncRegInv(float64(count), tail) / exposure
	}
	return low, mathext.GammaIncRegInv(float64(count)+1, 1-tail) / exposure, nil
}
