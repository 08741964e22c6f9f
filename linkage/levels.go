package linkage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"

	"throughline/linkage/clk"
	"throughline/linkage/compare"
	"throughline/linkage/score"
)

// maxComparisons and maxLevels are what a pattern holds.
const (
	maxComparisons = score.MaxComparisons
	maxLevels      = score.MaxLevels
)

// comparison is a Comparison as the hot loop needs it.
type comparison struct {
	of     []term
	levels []level
}

// level is a Level as the hot loop needs it.
type level struct {
	*Level
	agree, also term
	counts      map[int][]uint32 // by domain: records that have a value; only for share_below and had_below
	below       uint32           // fewer records than that
	cross       [2]ref
	like        *likeness
	breaks      int // place in engine.limits
}

// likeness is a measure of a field's values.
type likeness struct {
	of      ref
	measure string
	domain  *Domain
	numbers []float64 // by value, for days and number; NaN when the text is none
	keys    []clk.CLK // by value, for dice; the zero key when the text is none
	slot    int       // of the scratch space in which the pair's best is kept
	more    bool      // more is more alike
	limit   float64
}

// cached is the likeness of two values.
type cached struct {
	values uint64
	like   float64
}

// rareAnyway is how many records must have a value before share_below can call it common: a pair makes two, in however few records.
const rareAnyway = 6

// comparer works out patterns; one a thread.
type comparer struct {
	e    *engine
	best []float64 // by slot; NaN: not asked
	memo [][]cached
}

func (e *engine) prepareComparisons() {
	t, rules := e.t, e.rules
	slots := map[[2]string]int{}
	for i := range rules.Comparisons {
		c := comparison{of: t.terms(rules, rules.Comparisons[i].Of)}
		for j := range rules.Comparisons[i].Levels {
			l := level{Level: &rules.Comparisons[i].Levels[j], breaks: none}
			if l.Agree != "" {
				l.agree = t.term(rules, l.Agree)
			}
			if l.Also != "" {
				l.also = t.term(rules, l.Also)
			}
			if len(l.Cross) == 2 {
				l.cross = [2]ref{t.ref(l.Cross[0]), t.ref(l.Cross[1])}
			}
			if l.ShareBelow > 0 || l.HadBelow > 0 {
				l.counts = t.counts(l.agree)
				l.below = uint32(l.HadBelow)
				if l.ShareBelow > 0 {
					l.below = max(rareAnyway, uint32(math.Ceil(l.ShareBelow*float64(len(t.nodes)))))
				}
			}
			if s := l.Similar; s != nil {
				r := t.ref(s.Of)
				k := &likeness{of: r, measure: s.Measure, domain: t.domains[r.domain], more: measures[s.Measure], limit: s.AtMost}
				if k.more {
					k.limit = s.AtLeast
				}
				at, ok := slots[[2]string{s.Of, s.Measure}]
				if !ok {
					at = len(slots)
					slots[[2]string{s.Of, s.Measure}] = at
				}
				k.slot = at
				if s.Measure == "days" || s.Measure == "number" {
					k.numbers = k.domain.numbers(s.Measure)
				}
				if s.Measure == "dice" {
					k.keys = k.domain.keys()
				}
				l.like = k
			}
			l.breaks = slices.IndexFunc(rules.Constraints, func(k Constraint) bool { return k.ID == l.Breaks })
			c.levels = append(c.levels, l)
		}
		e.comparisons = append(e.comparisons, c)
	}
	e.slots = len(slots)
}

// numbers are a domain's texts as days since 1970 or as numbers.
func (d *Domain) numbers(measure string) []float64 {
	out := make([]float64, len(d.text))
	for i, s := range d.text {
		out[i] = math.NaN()
		if measure == "days" {
			if at, err := time.Parse(time.DateOnly, s); err == nil {
				out[i] = float64(at.Unix() / 86400)
			}
		} else if v, err := strconv.ParseFloat(s, 64); err == nil {
			out[i] = v
		}
	}
	return out
}

// keys are a domain's texts as cryptographic long-term keys, in hexadecimal or base64.
func (d *Domain) keys() []clk.CLK {
	out := make([]clk.CLK, len(d.text))
	for i, s := range d.text {
		b, err := hex.DecodeString(s)
		if err != nil {
			b, err = base64.StdEncoding.DecodeString(s)
		}
		if err != nil || len(b) != clk.Size/8 {
			continue
		}
		for w := range out[i] {
			out[i][w] = binary.BigEndian.Uint64(b[8*w:])
		}
	}
	return out
}

// counts are the records that have each value of a term, by domain.
func (t *Records) counts(x term) map[int][]uint32 {
	out := map[int][]uint32{}
	for i := range x {
		if x[i].special == "" && out[x[i].domain] == nil {
			out[x[i].domain] = make([]uint32, len(t.domains[x[i].domain].hash))
		}
	}
	var buf []uint32
	for i := range t.nodes {
		for j := range x {
			if x[j].special != "" {
				continue
			}
			buf = append(buf[:0], t.list(&t.nodes[i], &x[j], nil)...)
			slices.Sort(buf)
			for _, v := range slices.Compact(buf) {
				out[x[j].domain][v]++
			}
		}
	}
	return out
}

func (e *engine) comparer() *comparer {
	return &comparer{e: e, best: make([]float64, e.slots), memo: make([][]cached, e.slots)}
}

// pattern is how two records agree.
func (c *comparer) pattern(a, b int32) score.Pattern {
	t := c.e.t
	x, y := &t.nodes[a], &t.nodes[b]
	for i := range c.best {
		c.best[i] = math.NaN()
	}
	var p score.Pattern
	for i := range c.e.comparisons {
		m := &c.e.comparisons[i]
		if !hasAny(t, x, m.of) || !hasAny(t, y, m.of) {
			continue
		}
		for j := range m.levels {
			if c.holds(&m.levels[j], a, b, x, y) {
				p = p.With(i, j)
				break
			}
		}
	}
	return p
}

func hasAny(t *Records, n *node, of []term) bool {
	for _, x := range of {
		if t.has(n, x) {
			return true
		}
	}
	return false
}

func (c *comparer) holds(l *level, a, b int32, x, y *node) bool {
	t := c.e.t
	switch {
	case l.agree != nil && !l.Together && l.counts == nil && !t.meet(l.agree, x, y):
		return false
	case l.agree != nil && (l.Together || l.counts != nil) && !c.meets(l, x, y):
		return false
	case l.also != nil && !t.meet(l.also, x, y):
		return false
	case len(l.Cross) == 2 && !t.crossed(l.cross, x, y):
		return false
	case l.like != nil && !c.alike(l.like, x, y):
		return false
	case l.Near != nil && !t.near(l.Near, x, y) && !t.near(l.Near, y, x):
		return false
	case l.breaks != none && !c.e.breaks(&c.e.limits[l.breaks], x, y):
		return false
	}
	return true
}

// meets reports whether a common value was given to both in one year, or is rare, as the level wants.
func (c *comparer) meets(l *level, x, y *node) bool {
	found := false
	c.e.t.common(l.agree, x, y, func(r *ref, v uint32, yearsX, yearsY uint32) bool {
		found = (!l.Together || yearsX&yearsY != 0) && (l.counts == nil || l.counts[r.domain][v] < l.below)
		return !found
	})
	return found
}

// crossed reports whether each record's value of one field is the other's of the other.
func (t *Records) crossed(of [2]ref, x, y *node) bool {
	var buf [4][16]uint32
	p, q := t.list(x, &of[0], buf[0][:0]), t.list(y, &of[1], buf[1][:0])
	r, s := t.list(x, &of[1], buf[2][:0]), t.list(y, &of[0], buf[3][:0])
	return slices.ContainsFunc(p, func(v uint32) bool { return slices.Contains(q, v) }) && slices.ContainsFunc(r, func(v uint32) bool { return slices.Contains(s, v) })
}

// memoSize is how many likenesses of two values a thread remembers of each measure.
const memoSize = 1 << 14

// alike reports whether the records' most alike values are as alike as the level wants.
func (c *comparer) alike(k *likeness, x, y *node) bool {
	best := c.best[k.slot]
	if math.IsNaN(best) {
		best = c.measure(k, x, y)
		c.best[k.slot] = best
	}
	if k.more {
		return best >= k.limit
	}
	return best <= k.limit
}

func (c *comparer) measure(k *likeness, x, y *node) float64 {
	var bufX, bufY [16]uint32
	p, q := c.e.t.list(x, &k.of, bufX[:0]), c.e.t.list(y, &k.of, bufY[:0])
	if k.measure == "overlap" {
		common := 0
		for _, v := range p {
			if slices.Contains(q, v) {
				common++
			}
		}
		return float64(common) / float64(max(1, min(len(p), len(q))))
	}
	best := math.Inf(1)
	if k.more {
		best = math.Inf(-1)
	}
	if c.memo[k.slot] == nil {
		c.memo[k.slot] = make([]cached, memoSize)
	}
	for _, v := range p {
		for _, w := range q {
			key := uint64(min(v, w))<<32 | uint64(max(v, w))
			at := &c.memo[k.slot][mix(key, 1)%memoSize]
			if at.values != key {
				*at = cached{key, k.of2(v, w)}
			}
			if k.more {
				best = max(best, at.like)
			} else {
				best = min(best, at.like)
			}
		}
	}
	return best
}

// of2 is the likeness or distance of two values.
func (k *likeness) of2(v, w uint32) float64 {
	if k.numbers != nil {
		if d := math.Abs(k.numbers[v] - k.numbers[w]); !math.IsNaN(d) {
			return d
		}
		return math.Inf(1)
	}
	if k.keys != nil {
		return clk.Dice(&k.keys[v], &k.keys[w])
	}
	a, b := k.domain.text[v], k.domain.text[w]
	switch k.measure {
	case "jaro_winkler":
		return compare.JaroWinkler(a, b)
	case "jaro":
		return compare.Jaro(a, b)
	case "levenshtein":
		return float64(compare.Levenshtein(a, b))
	case "damerau":
		return float64(compare.Damerau(a, b))
	case "nickname":
		if compare.Nickname(a, b) {
			return 1
		}
	}
	return 0
}

// score fills the patterns of pairs.
func (e *engine) score(pairs []pair) {
	parallel(len(pairs), e.threads, func(_, lo, hi int) struct{} {
		c := e.comparer()
		for i := lo; i < hi; i++ {
			pairs[i].pattern = uint64(c.pattern(pairs[i].a, pairs[i].b))
		}
		return struct{}{}
	})
}
