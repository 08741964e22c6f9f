package linkage

import (
	"math/bits"
	"slices"
	"time"
)

// Records are all records of a run, ready to be compared: the values of every field, in the order of the records' keys. They do not
// change; results do not depend on the order in which deliveries came.
type Records struct {
	fields  []Field
	given   map[string]int // fields given by Add, by name
	domains []*Domain
	nodes   []node
	values  []uint32 // of one node together, field by field
	when    []uint32 // years of each value, as bits in the order of years
	spells  []spell
	places  []int32 // of the Builder's records; -1 for those that were rejected
	sources []string
	holders []string
	years   []int
	spine   uint8 // place in sources of those whose records define persons; noSource when none came

	rejected     []Rejected
	completeness []completenessShare
}

const noSource = 255

// node is one Key of one source with all that its deliveries say, years joined.
type node struct {
	key            Key
	values         uint32            // where its values start
	ends           [maxFields]uint16 // where each field's values end, from values on
	spells         span              // in Records.spells
	seen           uint32            // collection years in which a delivery named it, as bits
	initial        uint32            // those in which the first delivery did
	death, adopted Day               // first day after which nothing may follow; zero: none
	first, last    int16             // collection years; zero when no delivery named it
	holder         uint16
	lineage        uint16 // holders that succeeded one another share it
	source         uint8
	review         uint8 // place in reviewReasons; zero: none
	uasc           bool
}

type span struct{ lo, hi uint32 }

// spell is one episode, the last word on it, clipped to the start of the next. to is the first day no longer in it.
type spell struct {
	from, to Day
	starts   bool // RNE S, short breaks aside
	ends     ending
}

// ending is what an episode's REC means for linkage.
type ending uint8

const (
	goesOn      ending = iota // X1, or open
	leavesCare                // any other REC
	transferred               // REC E3, or an end without REC, which may have been one
	adopted
	died
)

// endings are the REC codes that mean more to linkage than that care ended.
var endings = map[string]ending{"": goesOn, "X1": goesOn, "E3": transferred, "E11": adopted, "E12": adopted, "E2": died}

// shortBreaks are the LS of agreed series of short breaks, whose starts are no entry into care.
var shortBreaks = map[string]bool{"V3": true, "V4": true}

// Fields that stays fill, where a Builder has them.
const (
	decomField    = "decom"        // day on which an episode starts
	transferField = "transfer"     // month-wide buckets of starts of care and of ends by transfer
	handoverField = "handover"     // the same with any end of care
	dayField      = "transfer_day" // days of ends of care by transfer, and of starts of care those from transferLate days before to transferEarly days after
)

// eventWindow is the width in days of the buckets in which ends and starts of care are blocked; no rule's Near may be wider.
const eventWindow = 32

// A start of care may come so many days after the transfer that it belongs to, or before it: paperwork. Rules that block on transfer_day
// see no others.
const (
	transferLate  = 5
	transferEarly = 1
)

// Len is how many records there are.
func (t *Records) Len() int { return len(t.nodes) }

// Key is the key of the nth record; keys ascend.
func (t *Records) Key(n int) Key { return t.nodes[n].key }

// Place is the number of a record that Builder.Record gave a place; -1 when it was rejected.
func (t *Records) Place(built int32) int32 { return t.places[built] }

func (t *Records) spellsOf(n *node) []spell { return t.spells[n.spells.lo:n.spells.hi] }

func (t *Records) isSpine(n int32) bool { return t.nodes[n].source == t.spine }

// of are a node's values of a given field, and base where they start.
func (t *Records) of(n *node, field int) (values []uint32, base uint32) {
	base = n.values
	if field > 0 {
		base += uint32(n.ends[field-1])
	}
	return t.values[base : n.values+uint32(n.ends[field])], base
}

// recordYears is the number of distinct collection years.
func (n *node) recordYears() int { return bits.OnesCount32(n.seen) }

// yearEnd is the first day after the collection year.
func yearEnd(year int) Day {
	return Day(time.Date(year, time.April, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// lineages gives every holder the number that it shares with those it succeeded or that succeeded it, directly or through others, up to
// the last of the years.
func lineages(holders []string, years []int, successors []Succession) []uint16 {
	parent := make([]int, len(holders))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	last := 0
	if len(years) > 0 {
		last = years[len(years)-1]
	}
	for _, s := range successors {
		old, ok := slices.BinarySearch(holders, s.Old)
		if !ok || s.Year > last {
			continue
		}
		for _, code := range s.New {
			if now, ok := slices.BinarySearch(holders, code); ok {
				a, b := find(old), find(now)
				parent[max(a, b)] = min(a, b)
			}
		}
	}
	out := make([]uint16, len(holders))
	for i := range out {
		out[i] = uint16(find(i))
	}
	return out
}

// addSpells ends open episodes with the year of their return, clips each to the start of the next, and adds the days to the values.
func (t *Records) addSpells(n *node, stays []stayOf, values []entryOf) []entryOf {
	slices.SortFunc(stays, func(a, b stayOf) int { return int(a.from) - int(b.from) })
	n.spells.lo = uint32(len(t.spells))
	for i, r := range stays {
		rne, rec, ls := unpacked(r.codes)
		p := spell{from: r.from, to: r.to, starts: rne == "S" && !shortBreaks[ls], ends: leavesCare}
		if e, ok := endings[rec]; ok {
			p.ends = e
		}
		if r.to == 0 {
			p.to, p.ends = yearEnd(int(r.year)), goesOn
		}
		if p.to < p.from {
			p.to = p.from
		}
		if rec == "" && r.to != 0 && (i+1 == len(stays) || stays[i+1].from > r.to) {
			p.ends = transferred // care ended and nothing says how
		}
		if k := len(t.spells); uint32(k) > n.spells.lo && t.spells[k-1].to > p.from {
			t.spells[k-1].to = p.from
		}
		t.spells = append(t.spells, p)
	}
	n.spells.hi = uint32(len(t.spells))
	all := t.spellsOf(n)
	for _, x := range all {
		if x.ends == died {
			n.death = x.to
		}
	}
	if k := len(all); k > 0 && all[k-1].ends == adopted {
		n.adopted = all[k-1].to
	}
	add := func(name string, day Day, width, shift int64) {
		if f, ok := t.given[name]; ok {
			values = append(values, entryOf{value: numberValue(int64(day)/width + shift), next: uint32(f)})
		}
	}
	for _, x := range all {
		add(decomField, x.from, 1, 0)
		if x.starts {
			for d := int64(-1); d <= 1; d++ {
				add(transferField, x.from, eventWindow, d)
				add(handoverField, x.from, eventWindow, d)
			}
			for d := int64(-transferLate); d <= transferEarly; d++ {
				add(dayField, x.from, 1, d)
			}
		}
		if x.ends == transferred {
			add(transferField, x.to, eventWindow, 0)
			add(dayField, x.to, 1, 0)
		}
		if x.ends != goesOn {
			add(handoverField, x.to, eventWindow, 0)
		}
	}
	return values
}

// reviewReasons are why a record is for a person to look at.
var reviewReasons = [...]string{"", "number used for two children"}

// reused tells whether a Key looks like two children: dates of birth without two parts in common, and another value that differs as well
// in their years. An asylum-seeking child's date of birth is set anew after an age assessment, so it needs more.
func (t *Records) reused(n *node) uint8 {
	f, ok := t.given["dob"]
	if !ok {
		return 0
	}
	dobs, base := t.of(n, f)
	if len(dobs) < 2 {
		return 0
	}
	first := 0
	for i := range dobs {
		if bits.TrailingZeros32(t.when[base+uint32(i)]) < bits.TrailingZeros32(t.when[base+uint32(first)]) ||
			bits.TrailingZeros32(t.when[base+uint32(i)]) == bits.TrailingZeros32(t.when[base+uint32(first)]) && t.domainOf("dob").hash[dobs[i]] < t.domainOf("dob").hash[dobs[first]] {
			first = i
		}
	}
	d := t.domainOf("dob")
	for i := range dobs {
		if i == first || d.nearly(dobs[i], dobs[first]) {
			continue
		}
		differ := 0
		for _, name := range []string{"sex", "ethnic", "upn"} {
			if t.changed(n, name, t.when[base+uint32(first)], t.when[base+uint32(i)]) {
				differ++
			}
		}
		if differ > 1 || differ == 1 && !n.uasc {
			return 1
		}
	}
	return 0
}

// nearly reports whether two values share a derived part.
func (d *Domain) nearly(a, b uint32) bool {
	for i, of := range d.derived {
		if d.parts[i] == swappedPart {
			if of[a] == b {
				return true
			}
		} else if of[a] != 0 && of[a] == of[b] {
			return true
		}
	}
	return false
}

// swappedPart is the derived date whose day and month are exchanged.
const swappedPart = "swapped"

func (t *Records) domainOf(field string) *Domain {
	for _, f := range t.fields {
		if f.Name == field {
			for _, d := range t.domains {
				if d.name == f.Domain {
					return d
				}
			}
		}
	}
	return nil
}

// changed reports whether a field has values in both sets of years and none in common: ethnicities of one group count as equal.
func (t *Records) changed(n *node, name string, a, b uint32) bool {
	f, ok := t.given[name]
	if !ok {
		return false
	}
	d := t.domainOf(name)
	values, base := t.of(n, f)
	inA, inB := false, false
	for i, v := range values {
		if t.when[base+uint32(i)]&a == 0 {
			continue
		}
		inA = true
		for j, w := range values {
			if t.when[base+uint32(j)]&b == 0 {
				continue
			}
			inB = true
			if v == w || d.nearly(v, w) {
				return false
			}
		}
	}
	return inA && inB
}
