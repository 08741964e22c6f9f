package linkage

import (
	"math/bits"
	"slices"
)

// none means that two records may be one child, or that no override was needed.
const none = -1

// limit is a cannot-link as the hot loops need it.
type limit struct {
	*Constraint
	field, ever term
	spine, pair bool
	overrides   []int // places in engine.overrides of those that lift it
}

// lift is an override as the hot loops need it.
type lift struct {
	*Override
	equal, agree []term
}

func (e *engine) prepareConstraints() {
	for i := range e.rules.Overrides {
		o := &e.rules.Overrides[i]
		e.overrides = append(e.overrides, lift{o, e.t.terms(e.rules, o.Equal), e.t.terms(e.rules, o.Agree)})
	}
	for i := range e.rules.Constraints {
		c := &e.rules.Constraints[i]
		l := limit{Constraint: c, spine: c.Of == "spine", pair: c.Strength == strengthPair}
		if c.Kind == kindDiffer {
			l.field = e.t.term(e.rules, c.Field)
			l.ever = l.field
			if c.Ever != "" {
				l.ever = e.t.term(e.rules, c.Ever)
			}
		}
		for j := range e.rules.Overrides {
			for _, id := range e.rules.Overrides[j].Lifts {
				if id == c.ID {
					l.overrides = append(l.overrides, j)
				}
			}
		}
		e.limits = append(e.limits, l)
	}
}

// conflict tells which absolute cannot-link stands between two records, and else which override was needed. It is symmetric.
func (e *engine) conflict(x, y int32) (constraint, override int) {
	a, b := &e.t.nodes[x], &e.t.nodes[y]
	override = none
	for i := range e.limits {
		l := &e.limits[i]
		if l.pair || !e.breaks(l, a, b) {
			continue
		}
		lifted := none
		for _, o := range l.overrides {
			if e.lifts(&e.overrides[o], a, b) {
				lifted = o
				break
			}
		}
		if lifted == none {
			return i, none
		}
		override = lifted
	}
	return none, override
}

// pairConflict tells which cannot-link of strength pair stands between two records, those that a pass crosses left out.
func (e *engine) pairConflict(x, y int32, crosses uint64) int {
	for i := range e.limits {
		if l := &e.limits[i]; l.pair && crosses>>i&1 == 0 && e.breaks(l, &e.t.nodes[x], &e.t.nodes[y]) {
			return i
		}
	}
	return none
}

func (e *engine) lifts(o *lift, a, b *node) bool {
	for _, x := range o.equal {
		if !e.t.equal(x, a, b) {
			return false
		}
	}
	for _, x := range o.agree {
		if !e.t.meet(x, a, b) {
			return false
		}
	}
	return true
}

func (e *engine) breaks(l *limit, a, b *node) bool {
	t := e.t
	switch l.Kind {
	case kindBeside:
		return a.source == b.source && a.holder == b.holder && (a.source == t.spine) == l.spine && t.beside(a, b)
	case kindOverlap:
		return a.source == t.spine && b.source == t.spine && t.overlaps(l, a, b)
	case kindDiffer:
		return t.differ(l, a, b)
	}
	day := func(n *node) Day {
		if l.Event == "death" {
			return n.death
		}
		return n.adopted
	}
	return t.follows(day(a), Day(l.Days), b) || t.follows(day(b), Day(l.Days), a)
}

// beside reports whether one delivery names both of two records of one holder.
func (t *Records) beside(a, b *node) bool {
	if a.initial&b.initial != 0 {
		return true
	}
	f, ok := t.given[deliveryField]
	if !ok {
		return false
	}
	x, _ := t.of(a, f)
	y, _ := t.of(b, f)
	return slices.ContainsFunc(x, func(v uint32) bool { return slices.Contains(y, v) })
}

// overlaps reports whether both records are in care for more days than are forgiven, or, where a record has no episodes, are in more
// collection years of two holders than are forgiven.
func (t *Records) overlaps(l *limit, a, b *node) bool {
	if a.spells.lo < a.spells.hi && b.spells.lo < b.spells.hi {
		d := t.overlap(a, b)
		return d > Day(l.Days) || l.Share > 0 && d > 1 && float64(d) > l.Share*float64(min(t.daysInCare(a), t.daysInCare(b)))
	}
	return l.Years > 0 && a.lineage != b.lineage && bits.OnesCount32(a.seen&b.seen) > l.Years
}

// daysInCare counts the days that a record's episodes cover.
func (t *Records) daysInCare(n *node) (days Day) {
	for _, x := range t.spellsOf(n) {
		days += x.to - x.from
	}
	return days
}

// overlap counts the days on which both records are in care. Records of one holder, or of one and its successor, whose returns
// never stand beside each other repeat episodes rather than overlap.
func (t *Records) overlap(a, b *node) Day {
	if a.lineage == b.lineage && (a.last < b.first || b.last < a.first) {
		return 0
	}
	x, y := t.spellsOf(a), t.spellsOf(b)
	var days Day
	for i, j := 0, 0; i < len(x) && j < len(y); {
		same := a.lineage == b.lineage && x[i].from == y[j].from
		if d := min(x[i].to, y[j].to) - max(x[i].from, y[j].from); d > 0 && !same {
			days += d
		}
		if x[i].to < y[j].to {
			i++
		} else {
			j++
		}
	}
	return days
}

// differ reports whether both records have a value of a field in one year, or at all, and none in common at any time.
func (t *Records) differ(l *limit, a, b *node) bool {
	f := l.field[0].given
	x, baseX := t.of(a, f)
	y, baseY := t.of(b, f)
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	if !l.AnyYear {
		var inA, inB uint32
		for i := range x {
			inA |= t.when[baseX+uint32(i)]
		}
		for i := range y {
			inB |= t.when[baseY+uint32(i)]
		}
		if inA&inB == 0 {
			return false
		}
	}
	return !t.meetEver(l, a, b)
}

// meetEver reports whether a value of the field of either is one that the other ever had.
func (t *Records) meetEver(l *limit, a, b *node) bool {
	var buf [16]uint32
	for _, p := range [2][2]*node{{a, b}, {b, a}} {
		mine, _ := t.of(p[0], l.field[0].given)
		for i := range l.ever {
			for _, v := range t.list(p[1], &l.ever[i], buf[:0]) {
				for _, w := range mine {
					if v == w {
						return true
					}
				}
			}
		}
	}
	return false
}

// follows reports whether anything of a record starts later than tolerance days after the day, which is zero for never.
func (t *Records) follows(day, tolerance Day, n *node) bool {
	if day == 0 {
		return false
	}
	if n.source != t.spine {
		return n.first != 0 && yearEnd(int(n.first)-1) > day+tolerance
	}
	all := t.spellsOf(n)
	return len(all) > 0 && all[len(all)-1].from >= day+tolerance
}
