package linkage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"throughline/linkage/hashed"
)

// Field is one kind of value that records have, possibly several of.
type Field struct {
	Name   string
	Domain string // fields of one domain can be compared with each other; empty: Name
	From   string // the field that this one is derived from, value by value; empty: values come by Builder.Add
	Part   string // which of the values derived from From's
}

// maxFields is how many fields may be given values by Add: their ends are kept for every record.
const maxFields = 16

// maxYears is how many collection years a run may span: a value's years are bits beside its field.
const maxYears = 26

// maxHolders is how many holders a run may have.
const maxHolders = 1<<16 - 1

// maxValues is how many values a record may have. A Key with more of them names no child: its values count for nothing, and it is told.
const maxValues = 4000

// Domain numbers the distinct values of one or more fields, from 1. It is not safe for several goroutines.
type Domain struct {
	name    string
	ids     hashed.Table
	texts   map[string]uint32
	text    []string // by number; only what Text numbered
	hash    []uint64 // by number, the same whatever the order in which values came
	derived [][]uint32
	done    []bool
	parts   []string
}

// Token numbers a token; 0 for none.
func (d *Domain) Token(t Token) uint32 { return d.number(tokenValue(t)) }

// Text numbers a text, which comparisons by likeness will see; 0 for an empty one.
func (d *Domain) Text(s string) uint32 {
	if s == "" {
		return 0
	}
	if id, ok := d.texts[s]; ok {
		return id
	}
	h := textHash(s)
	id := uint32(len(d.hash))
	d.hash = append(d.hash, h)
	s = string([]byte(s))
	d.texts[s] = id
	for len(d.text) < len(d.hash) {
		d.text = append(d.text, "")
	}
	d.text[id] = s
	return id
}

func textHash(s string) uint64 {
	h := uint64(len(s))
	for len(s) >= 8 {
		h = mix(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
		s = s[8:]
	}
	var last uint64
	for i := range len(s) {
		last |= uint64(s[i]) << (8 * i)
	}
	return mix(h, last)
}

// number numbers a value that is known by 64 bits; 0 for 0.
func (d *Domain) number(v uint64) uint32 {
	if v == 0 {
		return 0
	}
	id := d.ids.Get(v)
	if id == 0 {
		id = uint32(len(d.hash))
		d.ids.Put(v, id)
		d.hash = append(d.hash, v)
	}
	return id
}

// Derive sets a part of a value of this domain, for the fields that are derived from it. The first to be set stays.
func (d *Domain) Derive(part string, id, value uint32) {
	at := slices.Index(d.parts, part)
	if at < 0 || value == 0 {
		return
	}
	of := d.derived[at]
	for len(of) <= int(id) {
		of = append(of, 0)
	}
	if of[id] == 0 {
		of[id] = value
	}
	d.derived[at] = of
}

// Fresh reports whether a value's parts are still to be set, and takes it that they will be.
func (d *Domain) Fresh(id uint32) bool {
	for len(d.done) <= int(id) {
		d.done = append(d.done, false)
	}
	if d.done[id] {
		return false
	}
	d.done[id] = true
	return true
}

// Builder folds deliveries into records, whatever their order, so that years of one child cost little more than one. It is not safe
// for several goroutines.
type Builder struct {
	fields  []Field
	byName  map[string]int // fields given by Add, in the order of NewBuilder
	domains []*Domain
	spine   string
	sources []string
	holders []string
	holder  map[string]uint16
	at      hashed.Table  // by keyValue: place in drafts, plus one
	clashes map[Key]int32 // the few keys whose keyValue another has
	drafts  blocks[draft]
	entries blocks[entryOf]
	stays   blocks[stayOf]
	years   []int // by bit
	err     error
}

// draft is a record while it is built.
type draft struct {
	key         Key
	source      uint8
	holder      uint16
	seen        uint32 // years, as bits: deliveries named it
	initial     uint32 // the first delivery of the year did
	entry, stay uint32 // last of its chains, plus one
	uasc        bool
}

// entryOf is one value of one field of one draft, with its years.
type entryOf struct {
	value, next uint32
	years       uint32 // field above maxYears bits
}

// stayOf is one stay of one draft.
type stayOf struct {
	next       uint32
	from, to   Day
	year, load uint16
	codes      uint64 // RNE, REC and LS, in an order
}

// NewBuilder makes a Builder for records with these fields. Records of the source spine define who is a person; those of other
// sources are attached to them.
func NewBuilder(fields []Field, spine string) (*Builder, error) {
	b := &Builder{fields: slices.Clone(fields), spine: spine, byName: map[string]int{}, holder: map[string]uint16{}}
	all := map[string]bool{}
	for i := range b.fields {
		f := &b.fields[i]
		if f.Domain == "" {
			f.Domain = f.Name
		}
		if f.Name == "" || all[f.Name] || slices.Contains(specialTerms, f.Name) {
			return nil, fmt.Errorf("field %q: a name that is empty, used twice or the linker's own", f.Name)
		}
		all[f.Name] = true
		b.domain(f.Domain)
		if f.From == "" {
			b.byName[f.Name] = len(b.byName)
		}
	}
	if len(b.byName) > maxFields {
		return nil, fmt.Errorf("%d fields: %d at most", len(b.byName), maxFields)
	}
	for _, f := range b.fields {
		if f.From == "" {
			continue
		}
		at := slices.IndexFunc(b.fields, func(x Field) bool { return x.Name == f.From && x.From == "" })
		if at < 0 {
			return nil, fmt.Errorf("field %q: no field %q to derive it from", f.Name, f.From)
		}
		if d := b.domain(b.fields[at].Domain); !slices.Contains(d.parts, f.Part) {
			d.parts = append(d.parts, f.Part)
			d.derived = append(d.derived, nil)
		}
	}
	return b, nil
}

// Domain is the domain of a name; nil when no field has it.
func (b *Builder) Domain(name string) *Domain {
	for _, d := range b.domains {
		if d.name == name {
			return d
		}
	}
	return nil
}

func (b *Builder) domain(name string) *Domain {
	if d := b.Domain(name); d != nil {
		return d
	}
	d := &Domain{name: name, texts: map[string]uint32{}, hash: []uint64{0}}
	b.domains = append(b.domains, d)
	return d
}

// Field is the place of a field among those that Add gives values; -1 when there is none.
func (b *Builder) Field(name string) int {
	if at, ok := b.byName[name]; ok {
		return at
	}
	return -1
}

// fail keeps the first reason for which records can't be made.
func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) source(name string) uint8 {
	at := slices.Index(b.sources, name)
	if at < 0 {
		at = len(b.sources)
		if at >= noSource {
			b.fail(fmt.Errorf("more than %d sources: %s is one too many", noSource, name))
			return 0
		}
		b.sources = append(b.sources, name)
	}
	return uint8(at)
}

func (b *Builder) holderOf(name string) uint16 {
	at, ok := b.holder[name]
	if !ok {
		if len(b.holders) > maxHolders {
			b.fail(fmt.Errorf("more than %d holders\nhint: the column of who sent a row should name few", maxHolders))
			return 0
		}
		at = uint16(len(b.holders))
		b.holders = append(b.holders, name)
		b.holder[name] = at
	}
	return at
}

// Record is the place of a key's record, made when it is new. A key is always of one source and holder.
func (b *Builder) Record(key Key, source, holder string) int32 {
	at := b.unnamed(key)
	if d := b.drafts.at(int(at)); d.source == noSource {
		d.source, d.holder = b.source(source), b.holderOf(holder)
	}
	return at
}

// unnamed is the place of a key's record, though nothing has told whose it is. What nothing names in the end is rejected.
func (b *Builder) unnamed(key Key) int32 {
	h := keyValue(key)
	if at := int32(b.at.Get(h)) - 1; at >= 0 && b.drafts.at(int(at)).key == key {
		return at
	} else if at >= 0 {
		return b.clash(key)
	}
	b.at.Put(h, uint32(b.drafts.n)+1)
	return b.draft(key)
}

// clash is the place of a key whose 64-bit hash another key has as well: among millions of keys hardly one.
func (b *Builder) clash(key Key) int32 {
	at, ok := b.clashes[key]
	if !ok {
		if b.clashes == nil {
			b.clashes = map[Key]int32{}
		}
		at = b.draft(key)
		b.clashes[key] = at
	}
	return at
}

func (b *Builder) draft(key Key) int32 {
	b.drafts.add(draft{key: key, source: noSource})
	return int32(b.drafts.n - 1)
}

// bit is the bit of a collection year; year 0 means that years are not known.
func (b *Builder) bit(year int) uint32 {
	for i, y := range b.years {
		if y == year {
			return 1 << i
		}
	}
	if len(b.years) == maxYears {
		b.fail(fmt.Errorf("more than %d collection years: %d is one too many\nhint: link fewer years, or look for years that are mistyped", maxYears, year))
		return 0
	}
	b.years = append(b.years, year)
	return 1 << (len(b.years) - 1)
}

// Seen notes that a delivery of a year named the record: the first of that year, or a later one.
func (b *Builder) Seen(record int32, year, load int) {
	bit := b.bit(year)
	d := b.drafts.at(int(record))
	d.seen |= bit
	if load == 0 {
		d.initial |= bit
		return
	}
	if f := b.Field(deliveryField); f >= 0 {
		b.Add(record, f, numberValue(int64(year)<<12|int64(min(load, 4095))), year)
	}
}

// Asylum notes that the record is of an unaccompanied asylum-seeking child, whose date of birth may be set anew.
func (b *Builder) Asylum(record int32) { b.drafts.at(int(record)).uasc = true }

// Add gives a record a value of a field in a year; 0 is no value.
func (b *Builder) Add(record int32, field int, value uint32, year int) {
	if value == 0 {
		return
	}
	d := b.drafts.at(int(record))
	bit := b.bit(year)
	for at := d.entry; at != 0; {
		e := b.entries.at(int(at) - 1)
		if e.value == value && e.years>>maxYears == uint32(field) {
			e.years |= bit
			return
		}
		at = e.next
	}
	b.entries.add(entryOf{value: value, next: d.entry, years: uint32(field)<<maxYears | bit})
	d.entry = uint32(b.entries.n)
}

// numberValue is a small number as a value: a day or a bucket of days, which needs no domain.
func numberValue(n int64) uint32 { return uint32(n + 1<<30) }

// packed holds codes of up to two, three and three characters in an order.
func packed(rne, rec, ls string) uint64 {
	var c [8]byte
	copy(c[:2], rne)
	copy(c[2:5], rec)
	copy(c[5:], ls)
	var v uint64
	for _, x := range c {
		v = v<<8 | uint64(x)
	}
	return v
}

func unpacked(v uint64) (rne, rec, ls string) {
	var c [8]byte
	for i := range c {
		c[i] = byte(v >> (56 - 8*i))
	}
	text := func(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }
	return text(c[:2]), text(c[2:5]), text(c[5:])
}

// AddStay gives a record an episode. Of several with one DECOM the latest return's word stays.
func (b *Builder) AddStay(record int32, s Stay) {
	d := b.drafts.at(int(record))
	x := stayOf{from: s.From, to: s.To, year: uint16(s.Year), load: uint16(s.Load), codes: packed(s.RNE, s.REC, s.LS)}
	for at := d.stay; at != 0; {
		y := b.stays.at(int(at) - 1)
		if y.from == x.from {
			if x.later(y) {
				x.next = y.next
				*y = x
			}
			return
		}
		at = y.next
	}
	x.next = d.stay
	b.stays.add(x)
	d.stay = uint32(b.stays.n)
}

func (x *stayOf) later(y *stayOf) bool {
	switch {
	case x.year != y.year:
		return x.year > y.year
	case x.load != y.load:
		return x.load > y.load
	case x.to != y.to:
		return x.to > y.to
	}
	return x.codes > y.codes
}

// Records finishes: records in the order of their keys, values in the order of their fields. The Builder is used up.
func (b *Builder) Records(successors []Succession) (*Records, error) {
	if b.err != nil {
		return nil, b.err
	}
	t := &Records{fields: b.fields, domains: b.domains, spine: noSource, given: b.byName}
	sources, holders, years := t.names(b)
	lineage := lineages(t.holders, t.years, successors)
	b.at, b.clashes = hashed.Table{}, nil
	for _, d := range t.domains {
		d.ids, d.texts, d.done = hashed.Table{}, nil, nil
		for i := range d.derived {
			d.derived[i] = append(d.derived[i], make([]uint32, max(0, len(d.hash)-len(d.derived[i])))...)
		}
	}
	type keyed struct {
		start uint64 // of the key, in its order
		at    int32
	}
	order := make([]keyed, b.drafts.n)
	for i := range order {
		order[i] = keyed{binary.BigEndian.Uint64(b.drafts.at(i).key[:]), int32(i)}
	}
	slices.SortFunc(order, func(x, y keyed) int {
		switch {
		case x.start < y.start:
			return -1
		case x.start > y.start:
			return 1
		}
		return bytes.Compare(b.drafts.at(int(x.at)).key[:], b.drafts.at(int(y.at)).key[:])
	})
	t.places = make([]int32, len(order))
	t.nodes = make([]node, 0, len(order))
	t.values = make([]uint32, 0, b.entries.n)
	t.when = make([]uint32, 0, b.entries.n)
	var own []entryOf
	var stays []stayOf
	strayStays, strayValues, overfull := 0, 0, 0
	for _, x := range order {
		at := x.at
		d := b.drafts.at(int(at))
		t.places[at] = int32(len(t.nodes))
		if d.source == noSource {
			t.places[at] = -1
			for s := d.stay; s != 0; s = b.stays.at(int(s) - 1).next {
				strayStays++
			}
			for e := d.entry; e != 0; e = b.entries.at(int(e) - 1).next {
				strayValues++
			}
			continue
		}
		n := node{key: d.key, source: sources[d.source], holder: holders[d.holder], seen: years(d.seen), initial: years(d.initial), uasc: d.uasc}
		n.lineage = lineage[n.holder]
		if n.seen != 0 {
			n.first, n.last = int16(t.years[bits.TrailingZeros32(n.seen)]), int16(t.years[31-bits.LeadingZeros32(n.seen)])
		}
		stays = stays[:0]
		for s := d.stay; s != 0; s = b.stays.at(int(s) - 1).next {
			stays = append(stays, *b.stays.at(int(s) - 1))
		}
		own = own[:0]
		for e := d.entry; e != 0; e = b.entries.at(int(e) - 1).next {
			x := *b.entries.at(int(e) - 1)
			own = append(own, entryOf{value: x.value, next: x.years >> maxYears, years: years(x.years & (1<<maxYears - 1))})
		}
		if len(stays) > 0 {
			own = t.addSpells(&n, stays, own)
		}
		slices.SortFunc(own, func(x, y entryOf) int {
			if x.next != y.next {
				return int(x.next) - int(y.next)
			}
			switch { // fields after the given ones are numbers, whose order is their own
			case x.value < y.value:
				return -1
			case x.value > y.value:
				return 1
			}
			return 0
		})
		if len(own) > maxValues {
			own, overfull = own[:0], overfull+1
		}
		n.values = uint32(len(t.values))
		for i, x := range own {
			if i > 0 && own[i-1].next == x.next && own[i-1].value == x.value {
				continue
			}
			t.values = append(t.values, x.value)
			t.when = append(t.when, x.years)
			n.ends[x.next] = uint16(uint32(len(t.values)) - n.values)
		}
		for f := 1; f < len(n.ends); f++ {
			n.ends[f] = max(n.ends[f], n.ends[f-1])
		}
		if n.source == t.spine {
			n.review = t.reused(&n)
		}
		t.nodes = append(t.nodes, n)
	}
	t.reject("stay without identity", strayStays)
	t.reject("address without identity", strayValues)
	t.reject("more values than a child has", overfull)
	return t, nil
}

func (t *Records) reject(reason string, count int) {
	if count > 0 {
		t.rejected = append(t.rejected, Rejected{Reason: reason, Count: count})
	}
}

// names puts sources, holders and years in order and tells the new places and bits of the builder's.
func (t *Records) names(b *Builder) (sources []uint8, holders []uint16, years func(uint32) uint32) {
	t.sources, t.holders, t.years = slices.Clone(b.sources), slices.Clone(b.holders), slices.Clone(b.years)
	slices.Sort(t.sources)
	slices.Sort(t.holders)
	slices.Sort(t.years)
	for _, x := range b.sources {
		at, _ := slices.BinarySearch(t.sources, x)
		sources = append(sources, uint8(at))
	}
	for _, x := range b.holders {
		at, _ := slices.BinarySearch(t.holders, x)
		holders = append(holders, uint16(at))
	}
	if i, ok := slices.BinarySearch(t.sources, b.spine); ok {
		t.spine = uint8(i)
	}
	to := make([]uint32, len(b.years))
	for i, y := range b.years {
		at, _ := slices.BinarySearch(t.years, y)
		to[i] = 1 << at
	}
	return sources, holders, func(mask uint32) (out uint32) {
		for ; mask != 0; mask &= mask - 1 {
			out |= to[bits.TrailingZeros32(mask)]
		}
		return out
	}
}
