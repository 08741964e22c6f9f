package stats

import (
	"fmt"
	"math"
	"sort"
)

// Observation is one subject's time at risk, in any one unit: days or months since the origin (entry to care, return home).
//
// A subject is at risk at t from just after Entry up to and with Time; without delayed entry from the origin itself, so that an event on
// day 0 counts. So who is censored on a day is still at risk for the events of that day.
type Observation struct {
	Entry float64 // when observation began, for those already under way when the data begin; 0 when seen from the origin
	Time  float64 // of the event, or when last seen; not before 0
	Cause int     // 0 censored; 1 and up: the event, by cause. Methods for one event take any cause as it
	Group int     // what LogRank and Gray compare; else not read
}

func (o Observation) atRisk(t float64) bool { return o.Time >= t && (o.Entry < t || o.Entry == 0) }

func validate(obs []Observation) error {
	for i, o := range obs {
		switch {
		case !(o.Time >= 0) || math.IsInf(o.Time, 0):
			return fmt.Errorf("observation %d: time %v isn't a number from 0", i, o.Time)
		case !(o.Entry >= 0):
			return fmt.Errorf("observation %d: entry %v isn't a number from 0", i, o.Entry)
		case o.Entry > 0 && o.Entry >= o.Time:
			return fmt.Errorf("observation %d: entry %v isn't before its time %v: leave out who was never under observation", i, o.Entry, o.Time)
		case o.Cause < 0:
			return fmt.Errorf("observation %d: cause %d: causes are 1 and up, 0 is censored", i, o.Cause)
		}
	}
	return nil
}

func seenFromOrigin(obs []Observation) (n int) {
	for _, o := range obs {
		if o.Entry == 0 {
			n++
		}
	}
	return n
}

// moment is what happens at one time.
type moment struct {
	time   float64
	atRisk int
	events []int // by cause, from 1; events[0] all of them
}

// moments gives the times at which somebody has an event, in order, and until when at least least are at risk without a break.
// Beyond until there are no moments.
func moments(obs []Observation, causes, least int) (out []moment, until float64) {
	byTime, entries := make([]Observation, len(obs)), []float64{}
	copy(byTime, obs)
	sort.Slice(byTime, func(i, j int) bool { return byTime[i].Time < byTime[j].Time })
	for _, o := range obs {
		if o.Entry > 0 {
			entries = append(entries, o.Entry)
		}
	}
	sort.Float64s(entries)
	n, e := len(obs)-len(entries), 0
	for i := 0; i < len(byTime); {
		t := byTime[i].Time
		for e < len(entries) && entries[e] < t { // the risk set is constant up to and with the next entry: check it there too
			at := entries[e]
			if n < least {
				return out, until
			}
			until = at
			for ; e < len(entries) && entries[e] == at; e++ {
				n++
			}
		}
		if n < least {
			return out, until
		}
		until = t
		m := moment{time: t, atRisk: n, events: make([]int, causes+1)}
		for ; i < len(byTime) && byTime[i].Time == t; i++ {
			n--
			if c := byTime[i].Cause; c > 0 {
				m.events[0]++
				if c <= causes {
					m.events[c]++
				}
			}
		}
		if m.events[0] > 0 {
			out = append(out, m)
		}
	}
	return out, until
}

// CurveOptions say how far a curve goes and how wide its intervals are.
type CurveOptions struct {
	LeastAtRisk int     // a curve stops where fewer are at risk, at the origin too: none starts with late entries alone; 0 stops at the last time
	Level       float64 // of the log-log intervals; 0 means .95
}

func (o CurveOptions) z() (float64, error) {
	switch {
	case o.LeastAtRisk < 0:
		return 0, fmt.Errorf("LeastAtRisk %d is below 0", o.LeastAtRisk)
	case o.Level == 0:
		return normalQuantile(.975), nil
	case !(o.Level > 0 && o.Level < 1):
		return 0, fmt.Errorf("Level %v isn't between 0 and 1", o.Level)
	}
	return normalQuantile((1 + o.Level) / 2), nil
}

// logLogInterval is the interval of a probability that is symmetric for log(-log p), which never leaves 0 to 1. It is NaN at 0 and 1
// unless the standard error is 0 too.
func logLogInterval(p, se, z float64) (low, high float64) {
	if se == 0 {
		return p, p
	}
	if !(p > 0 && p < 1) {
		return math.NaN(), math.NaN()
	}
	half := z * se / math.Abs(p*math.Log(p))
	center := math.Log(-math.Log(p))
	return math.Exp(-math.Exp(center + half)), math.Exp(-math.Exp(center - half))
}
