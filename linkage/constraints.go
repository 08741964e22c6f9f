package linkage

import "slices"

// constraint is a place in constraintIDs; none means that two records may be one child.
type constraint int8

const none constraint = -1

const (
	sameReturn constraint = iota
	twoAuthorities
	upnConflict
	upnNeverAgrees
	nhsConflict
	afterDeath
	acrossAdoption
	sameDelivery
)

var constraintIDs = [...]string{"same_return", "two_authorities", "upn_conflict", "upn_never_agrees", "nhs_conflict", "after_death", "across_adoption", "same_delivery"}

// override is a place in overrideIDs.
type override int8

const noOverride override = -1

const (
	returnedTwice override = iota
	heldTwice
)

var overrideIDs = [...]string{"returned_twice", "held_twice"}

// limits are the rules' tolerances as the hot loop needs them.
type limits struct {
	overlap, death, adoption Day
	allowed                  [len(overrideIDs)]bool
}

func (r *Rules) limits() limits {
	l := limits{
		overlap:  Day(r.Constraints[constraintIDs[twoAuthorities]].Days),
		death:    Day(r.Constraints[constraintIDs[afterDeath]].Days),
		adoption: Day(r.Constraints[constraintIDs[acrossAdoption]].Days),
	}
	for i, id := range overrideIDs {
		_, l.allowed[i] = r.Overrides[id]
	}
	return l
}

// conflict tells why two records cannot be one child, and which override was needed where they can after all. It is symmetric.
func (t *table) conflict(l *limits, x, y int32) (constraint, override) {
	a, b := &t.nodes[x], &t.nodes[y]
	lifted := noOverride
	if a.source == b.source && a.holder == b.holder {
		switch {
		case !meet(t.field(a, fReturn), t.field(b, fReturn)):
			// not beside each other in any delivery: a number may have changed
		case a.source != t.returns:
			if !l.allowed[heldTwice] || !t.heldTwice(a, b) {
				return sameDelivery, noOverride
			}
			lifted = heldTwice
		default:
			if !l.allowed[returnedTwice] || !t.returnedTwice(a, b) {
				return sameReturn, noOverride
			}
			lifted = returnedTwice
		}
	}
	if a.source == t.returns && b.source == t.returns && lifted == noOverride && t.overlap(a, b) > l.overlap {
		return twoAuthorities, noOverride
	}
	if t.differ(a, b, fUPN, func(r *Identity) Token { return r.UPN }) {
		return upnConflict, noOverride
	}
	if a.has(fNHS) && b.has(fNHS) && !meet(t.field(a, fNHS), t.field(b, fNHS)) {
		return nhsConflict, noOverride
	}
	if t.follows(a.death, l.death, b) || t.follows(b.death, l.death, a) {
		return afterDeath, noOverride
	}
	if t.follows(a.adopted, l.adoption, b) || t.follows(b.adopted, l.adoption, a) {
		return acrossAdoption, noOverride
	}
	return none, lifted
}

// upnsDiffer reports whether both records have a permanent UPN and none of either, former ones included, is the other's.
func (t *table) upnsDiffer(x, y int32) bool {
	a, b := &t.nodes[x], &t.nodes[y]
	return a.has(fUPN) && b.has(fUPN) && !meet(t.field(a, fUPN), t.field(b, fUPN)) &&
		!meet(t.field(a, fFormerUPN), t.field(b, fUPN)) && !meet(t.field(a, fUPN), t.field(b, fFormerUPN))
}

// meet reports whether two sorted lists have a value in common.
func meet(a, b []value) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return true
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return false
}

func (t *table) returnedTwice(a, b *node) bool {
	return a.has(fUPN) && slices.Equal(t.field(a, fUPN), t.field(b, fUPN)) && a.has(fDOB) && slices.Equal(t.field(a, fDOB), t.field(b, fDOB)) &&
		slices.Equal(t.field(a, fSex), t.field(b, fSex)) && meet(t.field(a, fDECOM), t.field(b, fDECOM))
}

func (t *table) heldTwice(a, b *node) bool {
	return meet(t.field(a, fDOB), t.field(b, fDOB)) && (meet(t.field(a, fUPN), t.field(b, fUPN)) || meet(t.field(a, fNHS), t.field(b, fNHS)))
}

// overlap counts the days on which both records are in care. Records of one authority, or of one and its successor, whose returns
// never stand beside each other repeat episodes rather than overlap.
func (t *table) overlap(a, b *node) Day {
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

// differ reports whether both records have a value of f in one year and no value in common at any time, former ones included.
func (t *table) differ(a, b *node, f field, get func(*Identity) Token) bool {
	if !a.has(f) || !b.has(f) || a.first > b.last || b.first > a.last || meet(t.field(a, f), t.field(b, f)) ||
		meet(t.field(a, fFormerUPN), t.field(b, f)) || meet(t.field(a, f), t.field(b, fFormerUPN)) {
		return false
	}
	x, y := t.order[a.rows.lo:a.rows.hi], t.order[b.rows.lo:b.rows.hi]
	for _, i := range x {
		r := &t.in.Identities[i]
		if !get(r).Present() {
			continue
		}
		for _, j := range y {
			if s := &t.in.Identities[j]; s.Year == r.Year && get(s).Present() {
				return true
			}
		}
	}
	return false
}

// follows reports whether anything of a record starts later than tolerance days after the day, which is zero for never.
func (t *table) follows(day, tolerance Day, n *node) bool {
	if day == 0 {
		return false
	}
	if n.source != t.returns {
		return n.first != 0 && yearEnd(int(n.first)-1) > day+tolerance
	}
	all := t.spellsOf(n)
	return len(all) > 0 && all[len(all)-1].from >= day+tolerance
}
