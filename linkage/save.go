package linkage

import (
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
)

// recordsFile is Records as Save writes them.
type recordsFile struct {
	Fields       []Field
	Given        []string // by place: a map would be written in another order each time
	Domains      []domainFile
	Nodes        []byte // nodeFile after nodeFile
	Values, When []uint32
	Spells       []byte
	Sources      []string
	Holders      []string
	Years        []int
	Spine        uint8
	Rejected     []Rejected
	Completeness []completenessFile
}

type domainFile struct {
	Name    string
	Text    []string
	Hash    []uint64
	Derived [][]uint32
	Parts   []string
}

type nodeFile struct {
	Key            Key
	Values         uint32
	Ends           [maxFields]uint16
	From, To       uint32
	Seen, Initial  uint32
	Death, Adopted Day
	First, Last    int16
	Holder         uint16
	Lineage        uint16
	Source, Review uint8
	Flags          uint8 // 1: uasc
	_              uint8
}

type spellFile struct {
	From, To Day
	Starts   bool
	Ends     ending
}

type completenessFile struct {
	Source, Identifier, Subgroup string
	Share                        float64
}

// Save writes records so that LoadRecords gives them again. What it writes holds tokens' fingerprints: it belongs in the link zone.
func (t *Records) Save(w io.Writer) error {
	f := recordsFile{Fields: t.fields, Given: make([]string, len(t.given)), Values: t.values, When: t.when, Sources: t.sources, Holders: t.holders, Years: t.years,
		Spine: t.spine, Rejected: t.rejected}
	for name, at := range t.given {
		f.Given[at] = name
	}
	for _, d := range t.domains {
		f.Domains = append(f.Domains, domainFile{d.name, d.text, d.hash, d.derived, d.parts})
	}
	for _, c := range t.completeness {
		f.Completeness = append(f.Completeness, completenessFile{c.source, c.identifier, c.subgroup, c.share})
	}
	nodes := make([]nodeFile, len(t.nodes))
	for i := range t.nodes {
		n := &t.nodes[i]
		nodes[i] = nodeFile{Key: n.key, Values: n.values, Ends: n.ends, From: n.spells.lo, To: n.spells.hi, Seen: n.seen, Initial: n.initial,
			Death: n.death, Adopted: n.adopted, First: n.first, Last: n.last, Holder: n.holder, Lineage: n.lineage, Source: n.source, Review: n.review}
		if n.uasc {
			nodes[i].Flags |= 1
		}
	}
	spells := make([]spellFile, len(t.spells))
	for i, s := range t.spells {
		spells[i] = spellFile{s.from, s.to, s.starts, s.ends}
	}
	var err error
	if f.Nodes, err = binary.Append(nil, binary.LittleEndian, nodes); err != nil {
		return err
	}
	if f.Spells, err = binary.Append(nil, binary.LittleEndian, spells); err != nil {
		return err
	}
	return gob.NewEncoder(w).Encode(&f)
}

// LoadRecords reads what Save wrote.
func LoadRecords(r io.Reader) (*Records, error) {
	var f recordsFile
	if err := gob.NewDecoder(r).Decode(&f); err != nil {
		return nil, fmt.Errorf("records of a run: %w", err)
	}
	t := &Records{fields: f.Fields, given: map[string]int{}, values: f.Values, when: f.When, sources: f.Sources, holders: f.Holders, years: f.Years,
		spine: f.Spine, rejected: f.Rejected}
	for at, name := range f.Given {
		t.given[name] = at
	}
	for _, d := range f.Domains {
		x := &Domain{name: d.Name, text: d.Text, hash: d.Hash, derived: d.Derived, parts: d.Parts}
		t.domains = append(t.domains, x)
	}
	for _, c := range f.Completeness {
		t.completeness = append(t.completeness, completenessShare{c.Source, c.Identifier, c.Subgroup, c.Share})
	}
	nodes := make([]nodeFile, len(f.Nodes)/binary.Size(nodeFile{}))
	if _, err := binary.Decode(f.Nodes, binary.LittleEndian, nodes); err != nil {
		return nil, fmt.Errorf("records of a run: %w", err)
	}
	t.nodes = make([]node, len(nodes))
	for i, n := range nodes {
		t.nodes[i] = node{key: n.Key, values: n.Values, ends: n.Ends, spells: span{n.From, n.To}, seen: n.Seen, initial: n.Initial, death: n.Death,
			adopted: n.Adopted, first: n.First, last: n.Last, holder: n.Holder, lineage: n.Lineage, source: n.Source, review: n.Review,
			uasc: n.Flags&1 != 0}
	}
	spells := make([]spellFile, len(f.Spells)/binary.Size(spellFile{}))
	if _, err := binary.Decode(f.Spells, binary.LittleEndian, spells); err != nil {
		return nil, fmt.Errorf("records of a run: %w", err)
	}
	t.spells = make([]spell, len(spells))
	for i, s := range spells {
		t.spells[i] = spell{s.From, s.To, s.Starts, s.Ends}
	}
	return t, nil
}

// fingerprints gives for each record a hash of all that it says, the same in every run whose deliveries say the same of it.
func (t *Records) fingerprints() []uint64 {
	names := func(of []string) []uint64 {
		out := make([]uint64, len(of))
		for i, s := range of {
			out[i] = textHash(s)
		}
		return out
	}
	sources, holders := names(t.sources), names(t.holders)
	var fields []ref // given, in the order of their declaration
	for _, f := range t.fields {
		if f.From == "" {
			fields = append(fields, t.ref(f.Name))
		}
	}
	known := map[uint32]uint64{0: 0}
	years := func(mask uint32) uint64 { // bits of years differ between runs, years don't
		y, ok := known[mask]
		if !ok {
			for b, year := range t.years {
				if mask>>b&1 == 1 {
					y += mix(7, uint64(year))
				}
			}
			known[mask] = y
		}
		return y
	}
	out := make([]uint64, len(t.nodes))
	for i := range t.nodes {
		n := &t.nodes[i]
		h := mix(keyValue(n.key), uint64(n.review))
		h = mix(mix(mix(h, sources[n.source]), holders[n.holder]), holders[n.lineage])
		h = mix(mix(h, years(n.seen)), years(n.initial))
		for _, f := range fields {
			hashes := t.domains[f.domain].hash
			values, base := t.of(n, f.given)
			var sum uint64 // values stand in the order in which their domain met them
			for k, v := range values {
				x := uint64(v)
				if int(v) < len(hashes) {
					x = hashes[v]
				}
				sum += mix(x, years(t.when[base+uint32(k)]))
			}
			h = mix(h, sum)
		}
		for _, s := range t.spellsOf(n) {
			h = mix(mix(h, uint64(uint32(s.from))<<32|uint64(uint32(s.to))), uint64(s.ends)<<1|uint64(b2u(s.starts)))
		}
		out[i] = h
	}
	return out
}

// Fingerprint is a hash of all records.
func (t *Records) Fingerprint() uint64 {
	var h uint64
	for _, x := range t.fingerprints() {
		h = mix(h, x)
	}
	return h
}

func b2u(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// savePairs writes pairs one after another: records, plans and pattern.
func savePairs(pairs []pair) []byte {
	out := make([]byte, 0, 24*len(pairs))
	for i := range pairs {
		x := &pairs[i]
		out = binary.LittleEndian.AppendUint32(out, uint32(x.a))
		out = binary.LittleEndian.AppendUint32(out, uint32(x.b))
		out = binary.LittleEndian.AppendUint64(out, x.by)
		out = binary.LittleEndian.AppendUint64(out, x.pattern)
	}
	return out
}

// loadPairs appends what savePairs wrote.
func loadPairs(b []byte, out []pair) ([]pair, error) {
	if len(b)%24 != 0 {
		return nil, fmt.Errorf("pairs of a run: %d bytes are no whole number of pairs", len(b))
	}
	for ; len(b) > 0; b = b[24:] {
		out = append(out, pair{a: int32(binary.LittleEndian.Uint32(b)), b: int32(binary.LittleEndian.Uint32(b[4:])),
			by: binary.LittleEndian.Uint64(b[8:]), pattern: binary.LittleEndian.Uint64(b[16:])})
	}
	return out, nil
}
