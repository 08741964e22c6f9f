package spec

import (
	"bytes"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"

	"throughline/linkage/evaluate"
	"throughline/linkage/hashed"
)

// labels is what rows say of the person that their record is of.
type labels struct {
	numbers map[string]uint32 // of persons, from 1
	first   []uint32          // by record as built: person of its first row; 0: none
	agree   []uint32          // rows of that person
	others  []uint64          // record and person of the rows of others
}

func (l *labels) add(at int32, cell []byte) {
	if len(cell) == 0 {
		return
	}
	if l.numbers == nil {
		l.numbers = map[string]uint32{}
	}
	n, ok := l.numbers[string(cell)]
	if !ok {
		n = uint32(len(l.numbers)) + 1
		l.numbers[string(cell)] = n
	}
	l.note(at, n)
}

func (l *labels) note(at int32, n uint32) {
	for len(l.first) <= int(at) {
		l.first, l.agree = append(l.first, 0), append(l.agree, 0)
	}
	switch l.first[at] {
	case 0, n:
		l.first[at] = n
		l.agree[at]++
	default:
		l.others = append(l.others, uint64(at)<<32|uint64(n))
	}
}

// list is what was noted, by record, then person.
func (l *labels) list() []evaluate.Label {
	slices.Sort(l.others)
	out := make([]evaluate.Label, 0, len(l.first)+len(l.others))
	others := l.others
	for i, n := range l.first {
		if n != 0 {
			out = append(out, evaluate.Label{Record: int32(i), Person: int32(n), Rows: int32(l.agree[i])})
		}
		for len(others) > 0 && int(others[0]>>32) == i {
			out = append(out, evaluate.Label{Record: int32(i), Person: int32(uint32(others[0])), Rows: 1})
			others = others[1:]
		}
	}
	return evaluate.Sum(out)
}

// grouping is a Subgroup at work.
type grouping struct {
	*Subgroup
	numbers map[string]int // of values, from 0
	of      []uint32       // by record as built; 0: none. For ages: years of age plus one; for any: 1 or 2; else values as bits
}

// mostGroups is how many values a subgroup may split records by.
const mostGroups = 30

func (g *grouping) add(at int32, cell []byte, year int) error {
	for len(g.of) <= int(at) {
		g.of = append(g.of, 0)
	}
	cell = bytes.TrimSpace(cell)
	switch {
	case len(g.Ages) > 0:
		if len(cell) < 4 || year == 0 {
			return nil
		}
		born, err := strconv.Atoi(string(cell[:4]))
		if err != nil {
			return nil
		}
		age := uint32(min(max(year-born, 0), 200)) + 1
		if g.of[at] == 0 || age < g.of[at] {
			g.of[at] = age
		}
	case g.Any != "":
		g.of[at] = max(g.of[at], 1)
		if string(cell) == g.Any {
			g.of[at] = 2
		}
	case len(cell) > 0:
		n, ok := g.numbers[string(cell)]
		if !ok {
			if g.numbers == nil {
				g.numbers = map[string]int{}
			}
			if len(g.numbers) == mostGroups {
				return fmt.Errorf("subgroup %s has more than %d values\nhint: choose a column of few, or ages or any", g.Name, mostGroups)
			}
			n = len(g.numbers)
			g.numbers[string(cell)] = n
		}
		g.of[at] |= 1 << n
	}
	return nil
}

// Truth begins to say whose rows are, from a file apart: person by id of row.
type Truth struct {
	g       *Gathering
	numbers map[string]uint32
	of      hashed.Table
}

// Truth takes what is known from a file apart, in place of what the inputs say.
func (g *Gathering) Truth() *Truth { return &Truth{g: g, numbers: map[string]uint32{}} }

// unknown is the number of nobody: the file has the id, and does not say whose it is.
const unknown = 1

// Add says whose the row of an id is; an empty person is not known. Of several words on one id the first counts.
func (t *Truth) Add(id, person []byte) {
	n := uint32(unknown)
	if len(person) > 0 {
		var ok bool
		if n, ok = t.numbers[string(person)]; !ok {
			n = uint32(len(t.numbers)) + 1 + unknown
			t.numbers[string(person)] = n
		}
	}
	h, _ := hash(t.g.seed, id)
	if t.of.Get(h) == 0 {
		t.of.Put(h, n)
	}
}

// Persons is how many the file names.
func (t *Truth) Persons() int { return len(t.numbers) }

// Missing is how many rows of the inputs have an id that the file has not.
func (t *Truth) Missing() (n int64) {
	for id := range t.g.Each() {
		if h, _ := hash(t.g.seed, id); t.of.Get(h) == 0 {
			n++
		}
	}
	return n
}

// Labels are what is known of the rows of each record: by record, then by person, each with its number of rows. There are none where
// nothing is known. A Truth stands in place of what the inputs say; nil: there is no such file.
func (g *Gathering) Labels(t *Truth) []evaluate.Label {
	var by labels // by number of record
	if t != nil {
		for id, row := range g.Each() {
			h, _ := hash(g.seed, id)
			if n := t.of.Get(h); n > unknown {
				by.note(row.Record, n)
			}
		}
		return by.list()
	}
	if len(g.truth.first) == 0 {
		return nil
	}
	by.first, by.agree = make([]uint32, g.records.Len()), make([]uint32, g.records.Len())
	for i, n := range g.truth.first {
		at := g.records.Place(int32(i))
		by.first[at], by.agree[at] = n, g.truth.agree[i]
	}
	for _, x := range g.truth.others {
		by.note(g.records.Place(int32(x>>32)), uint32(x))
	}
	return by.list()
}

// Groups are the spec's subgroups, with the group of each record.
func (g *Gathering) Groups() (out []evaluate.Groups) {
	for i := range g.groups {
		x := &g.groups[i]
		names, number := x.bands()
		of := make([]uint8, g.records.Len())
		for at, v := range x.of {
			if v != 0 {
				of[g.records.Place(int32(at))] = number(v)
			}
		}
		out = append(out, evaluate.Groups{Name: x.Name, Names: names, Of: of})
	}
	return out
}

// bands are the names of groups, whose numbers begin with 1, and what number a record has of which add noted something: the highest that
// applies. Younger bands, yes, and values later in the alphabet have higher ones.
func (g *grouping) bands() (names []string, number func(uint32) uint8) {
	switch {
	case len(g.Ages) > 0:
		names = append(names, fmt.Sprintf("%d and over", g.Ages[len(g.Ages)-1]))
		for i := len(g.Ages) - 1; i > 0; i-- {
			names = append(names, fmt.Sprintf("%d to %d", g.Ages[i-1], g.Ages[i]-1))
		}
		return append(names, fmt.Sprintf("under %d", g.Ages[0])), func(v uint32) uint8 {
			below := uint8(1)
			for _, a := range g.Ages {
				if int(v)-1 < a {
					below++
				}
			}
			return below
		}
	case g.Any != "":
		return []string{"no", "yes"}, func(v uint32) uint8 { return uint8(v) }
	}
	names = slices.Sorted(maps.Keys(g.numbers))
	to := make([]uint8, len(names)) // by bit
	for v, n := range g.numbers {
		to[n] = uint8(slices.Index(names, v) + 1)
	}
	return names, func(v uint32) (out uint8) {
		for ; v != 0; v &= v - 1 {
			out = max(out, to[bits.TrailingZeros32(v)])
		}
		return out
	}
}
