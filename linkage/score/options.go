package score

import (
	"errors"
	"fmt"
)

// Options say how training goes. Start from DefaultOptions.
type Options struct {
	// Smoothing is how many pairs each level is given beside those counted, above 0, so that no m or u is 0. For u they lie evenly over the
	// levels; for m they lie as the comparison's u do (or its declared m), so that little evidence means a weight near 0, not a large one.
	// Default 0.5: Krichevsky and Trofimov (1981).
	Smoothing float64
	// MinPairs is the fewest pairs on a level from which its m or u is said to be learned. With fewer it is FromNone, unless a value was
	// declared and, by that value too, no more were to be expected: then the declared value stays. Default 10.
	MinPairs int64
	// Iterations is the most rounds of EM; a session that needs more ends there, with a warning. Default 2000.
	Iterations int
	// Tolerance is the largest change of any m, u or prior in a round at which EM has arrived. Default 1e-7.
	Tolerance float64
	// LinkWeight is how many expected matches a link of a trusted pass counts for when m is combined; 0 uses links only as EM's start.
	// Trusted links agree better than other matches, so a weight above 1 flatters m. Default 1.
	LinkWeight float64
	// StartM is the best level's m where EM starts knowing nothing, the rest shared evenly, between 0 and 1.
	// Default 0.9, as identifiers are mostly right.
	StartM float64
	// StartPrior is the share of matches where EM starts, between 0 and 1. Default 0.1: blocked pairs are mostly no matches.
	StartPrior float64
}

// DefaultOptions are the defaults that Options states.
func DefaultOptions() Options {
	return Options{Smoothing: 0.5, MinPairs: 10, Iterations: 2000, Tolerance: 1e-7, LinkWeight: 1, StartM: 0.9, StartPrior: 0.1}
}

// Validate names every field that training could not use.
func (o Options) Validate() error {
	var errs []error
	need := func(ok bool, field string, value any, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %v isn't %s", field, value, want))
		}
	}
	need(o.Smoothing >= 1e-6 && o.Smoothing <= 1e6, "smoothing", o.Smoothing, "between 0.000001 and 1,000,000 pairs")
	need(o.MinPairs >= 0, "min_pairs", o.MinPairs, "0 or more")
	need(o.Iterations >= 1, "iterations", o.Iterations, "1 or more")
	need(o.Tolerance > 0 && o.Tolerance < 1, "tolerance", o.Tolerance, "between 0 and 1")
	need(o.LinkWeight >= 0 && o.LinkWeight <= 1e6, "link_weight", o.LinkWeight, "0 to 1,000,000")
	need(o.StartM > 0 && o.StartM < 1, "start_m", o.StartM, "between 0 and 1")
	need(o.StartPrior > 0 && o.StartPrior < 1, "start_prior", o.StartPrior, "between 0 and 1")
	return errors.Join(errs...)
}
