package spec

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strconv"

	"throughline/linkage"
	"throughline/linkage/encode"
	"throughline/linkage/hashed"
	"throughline/schemas"
)

// Gathering takes the rows of a spec's inputs and makes records of them. Of each row it keeps its id and which record it is of; of each
// distinct value of a column, a number. It is not safe for several goroutines.
type Gathering struct {
	spec    *Spec
	schema  *schemas.Schema
	builder *linkage.Builder
	encoder *encode.Encoder // nil: values are kept
	seed    uint64
	ids     idStore
	first   []uint64 // by record as built: where in ids its lowest id is
	of      []int32  // by record as built: its input
	inputs  []gathered
	truth   labels
	groups  []grouping
	data    uint64 // of all that was read, in any order
	records *linkage.Records
}

// gathered is one input's rows.
type gathered struct {
	rows  [][]int32 // records as built, in blocks
	count int64
}

// Reader takes the rows of one input.
type Reader struct {
	g       *Gathering
	input   *Input
	at      int // of the input
	want    []string
	cells   [][]byte
	id      int
	entity  []int
	holder  int
	year    int
	truth   int
	columns []column
	groups  []int // by subgroup: its cell, or -1
	names   map[string]string
	key     []byte
	seed    uint64
}

// column is a Column as rows are read.
type column struct {
	*Column
	cell            int
	field, second   int // of the builder; -1: not wanted
	domain, other   *linkage.Domain
	parts           []part
	normalise       []*Normaliser
	missing, values map[string]bool
	groups          map[string]string
	others          bool // values that groups lack are usable
	asylum          []byte
	seen            hashed.Table
}

type part struct {
	id     string
	whole  bool // left out of heaped dates
	domain *linkage.Domain
	of     func(string) string
}

// secondBit marks the number of a value that belongs in the second field.
const secondBit = 1 << 31

// Gather begins to take rows.
func (s *Spec) Gather(schema *schemas.Schema) (*Gathering, error) {
	if schema == nil {
		schema = new(schemas.Schema)
	}
	fields := s.fields(false)
	b, err := linkage.NewBuilder(fields, s.Inputs[0].Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	sum := sha256.Sum256(s.text)
	g := &Gathering{spec: s, schema: schema, builder: b, inputs: make([]gathered, len(s.Inputs)), groups: make([]grouping, len(s.Subgroups)),
		seed: binary.LittleEndian.Uint64(sum[:])}
	for i := range g.groups {
		g.groups[i].Subgroup = &s.Subgroups[i]
	}
	if s.Tokens {
		// The key comes from the spec's own text, so that a run can be repeated: these tokens never leave the process, and stand here to show
		// that nothing of the linkage needs a value. Tokens that are kept are made under keys of their own.
		g.encoder, err = encode.New("spec", 1, func(info string) ([]byte, error) {
			m := hmac.New(sha256.New, sum[:])
			m.Write([]byte(info))
			return m.Sum(nil), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Input begins to take the rows of an input, whose file has these columns.
func (g *Gathering) Input(at int, names []string) (*Reader, error) {
	in := &g.spec.Inputs[at]
	r := &Reader{g: g, input: in, at: at, holder: -1, year: -1, truth: -1, names: map[string]string{}, seed: g.seed + uint64(at)<<32}
	path := fmt.Sprintf("$.inputs[%d]", at)
	var err error
	cell := func(key, name string) int {
		if !slices.Contains(names, name) && err == nil {
			err = fmt.Errorf("%s:%d: input %s has no column %q\nhint: its first line must name the columns; it has %d, none of them so", g.spec.name, g.spec.line(path+"."+key), in.Name, name, len(names))
		}
		if i := slices.Index(r.want, name); i >= 0 {
			return i
		}
		r.want = append(r.want, name)
		return len(r.want) - 1
	}
	r.id = cell("id", in.ID)
	for _, c := range in.Entity {
		r.entity = append(r.entity, cell("entity", c))
	}
	if in.Holder != "" {
		r.holder = cell("holder", in.Holder)
	}
	if in.Year != "" {
		r.year = cell("year", in.Year)
	}
	if slices.Contains(names, in.Truth) {
		r.truth = cell("truth", in.Truth)
	}
	for i := range in.Columns {
		c := g.column(&in.Columns[i])
		c.cell = cell(fmt.Sprintf("columns[%d].column", i), c.Column.Column)
		if c.kind != nil || c.asylum != nil {
			r.columns = append(r.columns, c)
		}
	}
	for _, s := range g.spec.Subgroups {
		at := -1
		if slices.Contains(names, s.Column) {
			at = cell("columns", s.Column)
		}
		r.groups = append(r.groups, at)
	}
	r.cells = make([][]byte, len(r.want))
	return r, err
}

// Want are the columns that rows must have, in order; Cells is where a row's are to be put before Add.
func (r *Reader) Want() []string  { return r.want }
func (r *Reader) Cells() [][]byte { return r.cells }

func (g *Gathering) column(c *Column) column {
	out := column{Column: c, field: -1, second: -1}
	if c.Asylum != "" {
		out.asylum = []byte(c.Asylum)
	}
	if c.kind == nil {
		return out
	}
	b := g.builder
	if out.field = b.Field(c.Field); out.field >= 0 {
		out.domain = b.Domain(c.Domain)
		for _, p := range c.kind.Parts {
			domain := c.Domain + "_" + p.ID
			if p.Same {
				domain = c.Domain
			}
			if d := b.Domain(domain); d != nil && g.has(c.Domain, p.ID) {
				out.parts = append(out.parts, part{id: p.ID, whole: p.ID == "year_day" || p.ID == "month_day", domain: d, of: p.of})
			}
		}
	}
	if n := c.kind.Second; n != "" {
		if out.second = b.Field(c.Field + "_" + n); out.second >= 0 {
			out.other = b.Domain(c.Domain + "_" + n)
		}
	}
	if out.field < 0 && out.second < 0 {
		out.Column = &Column{Column: c.Column, Asylum: c.Asylum} // no rule speaks of it
		return out
	}
	names := c.Normalise
	if names == nil {
		names = c.kind.Normalise
	}
	for _, n := range names {
		out.normalise = append(out.normalise, normaliserOf(n))
	}
	set := func(all []string) map[string]bool {
		m := map[string]bool{}
		for _, v := range all {
			m[out.normal(v)] = true
		}
		return m
	}
	out.missing, out.values = set(c.Missing), set(c.Values)
	groups, others := c.groupsOf(g.schema)
	out.groups, out.others = make(map[string]string, len(groups)), others
	for v, group := range groups {
		out.groups[out.normal(v)] = group
	}
	return out
}

// has reports whether a rule wants a part of any field of a domain: a value's parts are set once, whichever column it is met in first.
func (g *Gathering) has(domain, id string) bool {
	all := g.spec.fields(false)
	return slices.ContainsFunc(all, func(f linkage.Field) bool {
		return f.From != "" && f.Part == id && slices.ContainsFunc(all, func(x linkage.Field) bool { return x.Name == f.From && x.Domain == domain })
	})
}

func (c *column) normal(s string) string {
	for _, n := range c.normalise {
		s = n.do(s)
	}
	return s
}

// number gives a distinct value of the column its number, 0 when it is unusable.
func (g *Gathering) number(c *column, raw string) uint32 {
	s := c.normal(raw)
	if s == "" || c.missing[s] || len(c.values) > 0 && !c.values[s] {
		return 0
	}
	group, known := c.groups[s]
	if !known && !c.others {
		return 0
	}
	v, second, ok := c.kind.clean(c.Column, s)
	switch {
	case !ok, second && c.second < 0, !second && c.field < 0, c.missing[v]:
		return 0
	case second:
		return g.value(c.other, c.Domain+"_"+c.kind.Second, v) | secondBit
	}
	id := g.value(c.domain, c.Domain, v)
	if len(c.parts) > 0 && c.domain.Fresh(id) {
		heaped := c.heaped(v)
		for _, p := range c.parts {
			if p.whole && heaped {
				continue
			}
			of := group
			if p.of != nil {
				of = p.of(v)
			}
			if of == "" {
				continue
			}
			name := c.Domain + "_" + p.id
			if p.domain == c.domain {
				name = c.Domain
			}
			c.domain.Derive(p.id, id, g.value(p.domain, name, of))
		}
	}
	return id
}

// value is the number of a value of a domain, or of its token.
func (g *Gathering) value(d *linkage.Domain, name, v string) uint32 {
	if g.encoder != nil {
		return d.Token(g.encoder.Token(name, v))
	}
	return d.Text(v)
}

// Add takes the row that Cells holds. What is wrong with it does not quote it.
func (r *Reader) Add() error {
	g := r.g
	id := r.cells[r.id]
	if len(id) == 0 {
		return fmt.Errorf("column %s is empty\nhint: every row needs an id", r.input.ID)
	}
	year := 0
	if r.year >= 0 {
		y, err := strconv.Atoi(string(bytes.TrimSpace(r.cells[r.year])))
		if err != nil || y < 1800 || y > 2200 {
			return fmt.Errorf("column %s holds no year\nhint: write it as four digits", r.input.Year)
		}
		year = y
	}
	holder := r.input.Name
	if r.holder >= 0 {
		cell := r.cells[r.holder]
		name, ok := r.names[string(cell)]
		if !ok {
			name = string(bytes.ToUpper(bytes.TrimSpace(cell)))
			r.names[string(cell)] = name
		}
		holder = name
	}
	key := r.recordKey()
	at := g.builder.Record(key, r.input.Name, holder)
	_, row := hash(binary.LittleEndian.Uint64(key[:])+uint64(year), id)
	g.builder.Seen(at, year, 0)
	for i := range r.columns {
		c := &r.columns[i]
		cell := r.cells[c.cell]
		if len(cell) == 0 {
			continue
		}
		if c.asylum != nil && bytes.Equal(cell, c.asylum) {
			g.builder.Asylum(at)
		}
		if c.kind == nil {
			continue
		}
		h, _ := hash(g.seed, cell)
		row = bits.RotateLeft64(row, 23) ^ h*uint64(2*i+1)
		v := c.seen.Get(h)
		if v == 0 {
			v = g.number(c, string(cell)) + 1 // a number stays far below secondBit, so that the sum keeps it
			c.seen.Put(h, v)
		}
		switch n := v - 1; {
		case n == 0:
		case n&secondBit != 0:
			g.builder.Add(at, c.second, n&^secondBit, year)
		default:
			g.builder.Add(at, c.field, n, year)
		}
	}
	g.data += row // a sum, so that the order of rows doesn't matter
	return r.keep(at, id, year)
}

// keep notes whose the row is, for what is written and told afterwards.
func (r *Reader) keep(at int32, id []byte, year int) error {
	g := r.g
	place, err := g.ids.add(id)
	if err != nil {
		return err
	}
	if int(at) == len(g.first) {
		g.first, g.of = append(g.first, place), append(g.of, int32(r.at))
	} else if lower(id, g.ids.at(g.first[at])) {
		g.first[at] = place
	}
	in := &g.inputs[r.at]
	if n := len(in.rows); n == 0 || len(in.rows[n-1]) == block {
		in.rows = append(in.rows, make([]int32, 0, block))
	}
	last := &in.rows[len(in.rows)-1]
	*last = append(*last, at)
	in.count++
	if r.truth >= 0 {
		g.truth.add(at, r.cells[r.truth])
	}
	for i, c := range r.groups {
		if c >= 0 {
			if err := g.groups[i].add(at, r.cells[c], year); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordKey is made of the entity's columns, whose case and outer blanks don't count; of a row that lacks one of them, and where none is named,
// of its id as it stands.
func (r *Reader) recordKey() (k linkage.Key) {
	r.key = r.key[:0]
	if len(r.input.Entity) == 0 {
		r.key = append(append(r.key, 0x1e), r.cells[r.id]...)
	}
	for _, c := range r.entity {
		cell := bytes.TrimSpace(r.cells[c])
		if len(cell) == 0 {
			r.key = append(append(r.key[:0], 0x1e), r.cells[r.id]...)
			break
		}
		for _, b := range cell {
			if b >= 'a' && b <= 'z' {
				b -= 'a' - 'A'
			}
			r.key = append(r.key, b)
		}
		r.key = append(r.key, 0x1f)
	}
	hi, lo := hash(r.seed, r.key)
	binary.BigEndian.PutUint64(k[:8], hi)
	binary.BigEndian.PutUint64(k[8:], lo)
	return k
}

// hash is 128 bits of a text. It keeps nothing secret, and needn't: what it names stays in the process.
func hash(seed uint64, s []byte) (hi, lo uint64) {
	const k1, k2, k3, k4 = 0x9e3779b97f4a7c15, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
	hi, lo = seed^k1, seed^k2^uint64(len(s))
	fold := func(a, b uint64) uint64 {
		x, y := bits.Mul64(a, b)
		return x ^ y
	}
	for ; len(s) >= 8; s = s[8:] {
		v := binary.LittleEndian.Uint64(s)
		hi, lo = fold(hi^v, k3)^lo, fold(lo^v, k4)+hi
	}
	var v uint64
	for i, b := range s {
		v |= uint64(b) << (8 * i)
	}
	hi, lo = fold(hi^v, k3)^lo, fold(lo^v, k4)+hi
	return fold(hi^k4, lo^k1), fold(lo^k3, hi^k2)
}

// block is how many rows stand together.
const block = 1 << 16

// idBlock is how many bytes of ids stand together.
const idBlock = 1 << 20

// idStore keeps texts one after another, each with its length before it.
type idStore struct{ blocks [][]byte }

// add keeps a text and gives its place.
func (s *idStore) add(id []byte) (uint64, error) {
	if len(id) > 1<<12 {
		return 0, fmt.Errorf("an id of %d bytes\nhint: ids may have %d", len(id), 1<<12)
	}
	n := len(s.blocks)
	if n == 0 || len(s.blocks[n-1])+len(id)+binary.MaxVarintLen16 > idBlock {
		s.blocks = append(s.blocks, make([]byte, 0, idBlock))
		n++
	}
	b := &s.blocks[n-1]
	at := uint64(n-1)<<20 | uint64(len(*b))
	*b = append(binary.AppendUvarint(*b, uint64(len(id))), id...)
	return at, nil
}

// at is the text at a place.
func (s *idStore) at(place uint64) []byte {
	b := s.blocks[place>>20][place&(idBlock-1):]
	n, k := binary.Uvarint(b)
	return b[k : k+int(n)]
}

// all visits the texts in order.
func (s *idStore) all() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, b := range s.blocks {
			for len(b) > 0 {
				n, k := binary.Uvarint(b)
				if !yield(b[k : k+int(n)]) {
					return
				}
				b = b[k+int(n):]
			}
		}
	}
}

// lower orders ids: shorter ones first, so that whole numbers stand in their order.
func lower(a, b []byte) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return bytes.Compare(a, b) < 0
}

// Records finishes. No rows can be added any more.
func (g *Gathering) Records() (*linkage.Records, error) {
	if len(g.first) == 0 {
		return nil, fmt.Errorf("%s: the inputs have no rows", g.spec.name)
	}
	t, err := g.builder.Records(g.spec.Successions(g.schema))
	if err != nil {
		return nil, err
	}
	g.builder, g.records = nil, t
	order := func(of []uint64) []uint64 {
		out := make([]uint64, t.Len())
		for i, v := range of {
			out[t.Place(int32(i))] = v
		}
		return out
	}
	g.first = order(g.first)
	of := make([]int32, t.Len())
	for i, v := range g.of {
		of[t.Place(int32(i))] = v
	}
	g.of = of
	return t, nil
}

// Fingerprint is the same for the same rows in any order, and another for others.
func (g *Gathering) Fingerprint() string { return fmt.Sprintf("%016x", g.data) }

// Rows is how many rows there are.
func (g *Gathering) Rows() (n int64) {
	for _, in := range g.inputs {
		n += in.count
	}
	return n
}

// Each visits the rows in the order in which they came: the input's number, the row's id, which must not be kept, and the number of its
// record.
func (g *Gathering) Each() iter.Seq2[[]byte, Row] {
	return func(yield func([]byte, Row) bool) {
		input, rows := -1, [][]int32(nil)
		var now []int32
		for id := range g.ids.all() {
			for len(now) == 0 {
				for len(rows) == 0 {
					input++
					rows = g.inputs[input].rows
				}
				now, rows = rows[0], rows[1:]
			}
			if !yield(id, Row{Input: input, Record: g.records.Place(now[0])}) {
				return
			}
			now = now[1:]
		}
	}
}

// Row says whose a row is.
type Row struct {
	Input  int
	Record int32 // number
}

// ID is the lowest id of a record's rows, shorter ones before longer ones, and the input that they are of. It must not be kept.
func (g *Gathering) ID(record int32) ([]byte, int) {
	return g.ids.at(g.first[record]), int(g.of[record])
}
