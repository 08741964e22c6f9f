package linkage

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// returnsSource is the dataset whose records define who is in the spine.
const returnsSource = "ssda903"

// eventWindow is the width in days of the buckets in which ends and starts of care are blocked; no rule's Near may be wider.
const eventWindow = 32

// maxValues is how many values of one field a record may have; a Key with more of them names no child.
const maxValues = 1000

// node is one Key of one source with all that its deliveries say, years joined. Nodes stand in the order of their keys.
type node struct {
	key            Key
	source, holder int32 // places in table.sources and table.holders
	lineage        int32 // authorities that succeeded one another share it
	rows           span  // in table.order
	spells         span  // in table.spells
	values         uint32
	ends           [fieldCount]uint16 // where each field's values end, from values on
	first, last    int16              // collection years; zero when no delivery names the record
	years          uint8              // distinct collection years
	uasc, lowDOB   bool
	death, adopted Day // first day after which nothing may follow; zero: none
	review         string
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
	goesOn     ending = iota // X1, or open
	leavesCare               // any other REC
	transferred
	adopted
	died
)

// endings are the REC codes that mean more to linkage than that care ended.
var endings = map[string]ending{"": goesOn, "X1": goesOn, "E3": transferred, "E11": adopted, "E12": adopted, "E2": died}

// shortBreaks are the LS of agreed series of short breaks, whose starts are no entry into care.
var shortBreaks = map[string]bool{"V3": true, "V4": true}

// table holds all nodes. Values of one node stand together, field by field.
type table struct {
	in       *Input
	order    []uint32 // identities by key, year, load
	nodes    []node
	values   []value
	spells   []spell
	sources  []string
	holders  []string
	returns  int32 // place of returnsSource in sources; -1 when there are no returns
	rejected []Rejected
	space    space
}

func (t *table) field(n *node, f field) []value {
	from := n.values
	if f > 0 {
		from += uint32(n.ends[f-1])
	}
	return t.values[from : n.values+uint32(n.ends[f])]
}

// has reports whether a node has any value of a field.
func (n *node) has(f field) bool { return f == 0 && n.ends[0] > 0 || f > 0 && n.ends[f] > n.ends[f-1] }

func (t *table) spellsOf(n *node) []spell { return t.spells[n.spells.lo:n.spells.hi] }

func (t *table) isReturn(n int32) bool { return t.nodes[n].source == t.returns }

// yearEnd is the first day after the collection year.
func yearEnd(year int) Day {
	return Day(time.Date(year, time.April, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func compareToken(a, b Token) int {
	if c := cmp.Compare(a.Hi, b.Hi); c != 0 {
		return c
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// compareIdentity is a total order, so that results do not depend on the order of the input.
func compareIdentity(a, b *Identity) int {
	if c := cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), strings.Compare(a.Source, b.Source), cmp.Compare(a.Year, b.Year),
		cmp.Compare(a.Load, b.Load), strings.Compare(a.Holder, b.Holder)); c != 0 {
		return c
	}
	return cmp.Or(compareToken(a.DOB, b.DOB), compareToken(a.UPN, b.UPN), compareToken(a.Sex, b.Sex), compareToken(a.Ethnic, b.Ethnic),
		compareToken(a.NHS, b.NHS), compareToken(a.UPNTemporary, b.UPNTemporary), compareToken(a.FormerUPN, b.FormerUPN),
		bytes.Compare(a.Ref[:], b.Ref[:]), compareToken(a.DOBSwapped, b.DOBSwapped), strings.Compare(a.UPNMissing, b.UPNMissing))
}

// stayBefore orders stays by key and DECOM, the latest return's word last, closed after open.
func compareStay(a, b *Stay) int {
	return cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), cmp.Compare(a.From, b.From), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Load, b.Load),
		cmp.Compare(a.To, b.To), strings.Compare(a.RNE, b.RNE), strings.Compare(a.REC, b.REC), strings.Compare(a.LS, b.LS))
}

func sortedIndex[T any](rows []T, compare func(a, b *T) int) []uint32 {
	order := make([]uint32, len(rows))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return compare(&rows[a], &rows[b]) })
	return order
}

// build joins the years of every Key, the first stage of linkage.
func build(in *Input) *table {
	t := &table{in: in, order: sortedIndex(in.Identities, compareIdentity), returns: -1}
	t.names()
	lineage := t.lineages()
	stays := sortedIndex(in.Stays, compareStay)
	addresses := sortedIndex(in.Addresses, func(a, b *Address) int { return bytes.Compare(a.Key[:], b.Key[:]) })

	sourceAt, holderAt := index(t.sources), index(t.holders)
	var scratch [fieldCount][]value
	add := func(f field, v value) {
		if v != 0 {
			scratch[f] = append(scratch[f], v)
		}
	}
	var s, a int
	var strayStays, strayAddresses int
	for lo := 0; lo < len(t.order); {
		first := &in.Identities[t.order[lo]]
		hi := lo
		for f := range scratch {
			scratch[f] = scratch[f][:0]
		}
		n := node{key: first.Key, source: sourceAt[first.Source], holder: holderAt[first.Holder]}
		n.lineage = lineage[n.holder]
		for ; hi < len(t.order); hi++ {
			r := &in.Identities[t.order[hi]]
			if r.Key != first.Key || r.Source != first.Source {
				break
			}
			add(fUPN, tokenValue(r.UPN))
			add(fUPNTemporary, tokenValue(r.UPNTemporary))
			add(fFormerUPN, tokenValue(r.FormerUPN))
			add(fNHS, tokenValue(r.NHS))
			add(fRef, keyValue(r.Ref))
			add(fDOB, tokenValue(r.DOB))
			add(fDOBSwapped, tokenValue(r.DOBSwapped))
			add(fDOBYearMonth, tokenValue(r.DOBYearMonth))
			if !r.DOBLowInformation { // many children share the day of a stand-in
				add(fDOBYearDay, tokenValue(r.DOBYearDay))
				add(fDOBMonthDay, tokenValue(r.DOBMonthDay))
			}
			add(fSex, tokenValue(r.Sex))
			add(fEthnic, tokenValue(r.Ethnic))
			add(fEthnicGroup, tokenValue(r.EthnicGroup))
			if r.Year != 0 {
				add(fReturn, number(fReturn, int64(r.Year)<<16|int64(r.Load)))
				if n.years == 0 || int16(r.Year) != n.last {
					n.years++
				}
				n.last = int16(r.Year)
				if n.first == 0 {
					n.first = n.last
				}
			}
			n.uasc = n.uasc || r.UASC
			n.lowDOB = n.lowDOB || r.DOBLowInformation
		}
		n.rows = span{uint32(lo), uint32(hi)}
		lo = hi
		add(fLineage, number(fLineage, int64(n.lineage)))
		add(fHolder, number(fHolder, int64(n.holder)))
		for ; a < len(addresses) && bytes.Compare(in.Addresses[addresses[a]].Key[:], n.key[:]) < 0; a++ {
			strayAddresses++
		}
		for ; a < len(addresses) && in.Addresses[addresses[a]].Key == n.key; a++ {
			r := &in.Addresses[addresses[a]]
			if r.Placement {
				add(fPlacementUnit, tokenValue(r.Unit))
				add(fPlacementSector, tokenValue(r.Sector))
			} else {
				add(fHomeUnit, tokenValue(r.Unit))
				add(fHomeSector, tokenValue(r.Sector))
			}
		}
		n.spells.lo = uint32(len(t.spells))
		n.spells.hi = n.spells.lo
		if n.source == t.returns {
			add(fRef, keyValue(n.key))
			for ; s < len(stays) && bytes.Compare(in.Stays[stays[s]].Key[:], n.key[:]) < 0; s++ {
				strayStays++
			}
			from := s
			for s < len(stays) && in.Stays[stays[s]].Key == n.key {
				s++
			}
			t.addSpells(&n, stays[from:s])
			for _, x := range t.spellsOf(&n) {
				add(fDECOM, number(fDECOM, int64(x.from)))
				if x.starts {
					for d := int64(-1); d <= 1; d++ {
						add(fTransfer, number(fTransfer, int64(x.from)/eventWindow+d))
						add(fHandover, number(fHandover, int64(x.from)/eventWindow+d))
					}
				}
				if x.ends == transferred {
					add(fTransfer, number(fTransfer, int64(x.to)/eventWindow))
				}
				if x.ends != goesOn {
					add(fHandover, number(fHandover, int64(x.to)/eventWindow))
				}
			}
		}
		n.values = uint32(len(t.values))
		for f := range scratch {
			v := scratch[f]
			slices.Sort(v)
			v = slices.Compact(v)
			v = v[:min(len(v), maxValues)]
			t.values = append(t.values, v...)
			n.ends[f] = uint16(uint32(len(t.values)) - n.values)
		}
		n.review = t.reused(&n)
		t.nodes = append(t.nodes, n)
	}
	strayStays += len(stays) - s
	strayAddresses += len(addresses) - a
	t.reject("stay without identity", "", strayStays)
	t.reject("address without identity", "", strayAddresses)
	return t
}

func (t *table) reject(reason, pass string, count int) {
	if count > 0 {
		t.rejected = append(t.rejected, Rejected{Pass: pass, Reason: reason, Count: count})
	}
}

// names numbers sources and holders in the order of their names.
func (t *table) names() {
	sources, holders := map[string]bool{}, map[string]bool{}
	var source, holder string
	for i := range t.in.Identities {
		r := &t.in.Identities[i]
		if i == 0 || r.Source != source {
			source = r.Source
			sources[source] = true
		}
		if i == 0 || r.Holder != holder {
			holder = r.Holder
			holders[holder] = true
		}
	}
	for x := range sources {
		t.sources = append(t.sources, x)
	}
	for x := range holders {
		t.holders = append(t.holders, x)
	}
	slices.Sort(t.sources)
	slices.Sort(t.holders)
	if i, ok := slices.BinarySearch(t.sources, returnsSource); ok {
		t.returns = int32(i)
	}
}

func index(names []string) map[string]int32 {
	m := make(map[string]int32, len(names))
	for i, x := range names {
		m[x] = int32(i)
	}
	return m
}

// lineages gives every holder the number that it shares with those it succeeded or that succeeded it, directly or through others, up to
// the last year of the input.
func (t *table) lineages() []int32 {
	at := index(t.holders)
	parent := make([]int32, len(t.holders))
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int32) int32 {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	last := 0
	for i := range t.in.Identities {
		last = max(last, t.in.Identities[i].Year)
	}
	for _, s := range t.in.Successors {
		old, ok := at[s.Old]
		if !ok || s.Year > last {
			continue
		}
		for _, code := range s.New {
			if now, ok := at[code]; ok {
				a, b := find(old), find(now)
				parent[max(a, b)] = min(a, b)
			}
		}
	}
	for i := range parent {
		parent[i] = find(int32(i))
	}
	return parent
}

// addSpells keeps of each DECOM what the latest return says, ends open episodes with the year of that return, and clips each to the
// start of the next.
func (t *table) addSpells(n *node, stays []uint32) {
	for i, x := range stays {
		r := &t.in.Stays[x]
		if i+1 < len(stays) && t.in.Stays[stays[i+1]].From == r.From {
			continue // a later return says more
		}
		p := spell{from: r.From, to: r.To, starts: r.RNE == "S" && !shortBreaks[r.LS], ends: leavesCare}
		if e, ok := endings[r.REC]; ok {
			p.ends = e
		}
		if r.To == 0 {
			p.to, p.ends = yearEnd(r.Year), goesOn
		}
		if p.to < p.from {
			p.to = p.from
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
}

// reused tells why a Key looks like two children: dates of birth without two parts in common, and another value that differs as well.
// An asylum-seeking child's date of birth is set anew after an age assessment, so it needs more.
func (t *table) reused(n *node) string {
	if len(t.field(n, fDOB)) < 2 || n.source != t.returns {
		return ""
	}
	rows := t.order[n.rows.lo:n.rows.hi]
	first := &t.in.Identities[rows[0]]
	for _, i := range rows[1:] {
		r := &t.in.Identities[i]
		if !r.DOB.Present() || !first.DOB.Present() || r.DOB == first.DOB || r.DOB == first.DOBSwapped ||
			r.DOBYearMonth == first.DOBYearMonth || r.DOBYearDay == first.DOBYearDay || r.DOBMonthDay == first.DOBMonthDay {
			continue
		}
		differ := 0
		for _, p := range [][2]Token{{r.Sex, first.Sex}, {r.EthnicGroup, first.EthnicGroup}, {r.UPN, first.UPN}} {
			if p[0].Present() && p[1].Present() && p[0] != p[1] {
				differ++
			}
		}
		if differ > 1 || differ == 1 && !n.uasc {
			return "number used for two children"
		}
	}
	return ""
}
