package clk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Size is the number of bits of a CLK.
const Size = 1024

// CLK is one record's long-term key. The zero CLK is that of a record without a value: nothing is like it.
type CLK [Size / 64]uint64

// Ones is the number of bits set, 0 to 1,024.
func (c *CLK) Ones() (n int) {
	for _, w := range c {
		n += bits.OnesCount64(w)
	}
	return n
}

// Dice is how alike two CLKs are, from 0 to 1: twice the bits that both have over the bits that each has. 0 when either is zero.
func Dice(a, b *CLK) float64 {
	ones := a.Ones() + b.Ones()
	if ones == 0 {
		return 0
	}
	return dice(common(a, b), ones)
}

// dice is Dice from counts: of bits in common, and of both sides' bits together.
func dice(common, ones int) float64 { return 2 * float64(common) / float64(ones) }

func common(a, b *CLK) (n int) {
	for i := range a {
		n += bits.OnesCount64(a[i] & b[i])
	}
	return n
}

// Hardening is what is done to the bits so that they tell less of the grams that set them.
type Hardening string

const (
	// None leaves the bits as they are. For measuring only: TestAttack reads most names out of such keys.
	None Hardening = "none"
	// Balance gives every key the same number of ones: half the bits, and their opposites (Schnell and Borgs 2016, without their
	// permutation, since keyed positions are in no order already). Hides how long a name is; each gram keeps bits of its own, so that it
	// helps little against pattern mining. Dice of two unrelated keys is a half or more: thresholds lie higher than elsewhere.
	Balance Hardening = "balance"
	// XORFold makes twice the bits and xors the halves (Schnell and Borgs 2016): what a bit says depends on two positions.
	XORFold Hardening = "xor-fold"
	// Rule90 replaces each bit by the exclusive or of its two neighbours (Schnell and Borgs 2018; Wolfram's rule 90).
	Rule90 Hardening = "rule90"
	// Diffuse makes each bit the exclusive or of Options.Spread bits that the key chooses (Armknecht, Heng and Schnell 2023, Strengthening
	// privacy-preserving record linkage using diffusion): hardly a bit goes with any one gram, and likeness falls faster with each
	// difference.
	Diffuse Hardening = "diffuse"
)

// Field is one part of a record that goes into its CLK.
type Field struct {
	Name   string // names its key: two fields with one value set different bits
	Grams  int    // letters in a gram, with one less of padding at either end; 2 is usual; 0: the whole value is one gram
	Hashes int    // bits that each gram sets, 1 to 64: the field's weight
}

// Options say how CLKs are made. Two sides can only be compared when all of them and the key are equal.
type Options struct {
	Fields    []Field
	Hardening Hardening
	Spread    int // with Diffuse alone: bits that each bit hangs on, 2 to 16; more tells less and forgives less
}

// DefaultOptions is a given name and a surname, bigrams of 12 bits each, each bit spread over 10. Of a block of 10,000 names an
// attacker by patterns reads 3 in 10,000, which is no better than guessing, and one who is told what the patterns mean about 1 in 100
// (TestAttack), for 4 to 8 in 1,000 of F1 (TestQuality). Best thresholds in those
// tests lie between 0.55 and 0.6; strangers have a Dice of up to 0.5.
func DefaultOptions() Options {
	return Options{Fields: []Field{{"given", 2, 12}, {"surname", 2, 12}}, Hardening: Diffuse, Spread: 10}
}

// Validate names the first option that can't be used.
func (o Options) Validate() error {
	if len(o.Fields) == 0 {
		return fmt.Errorf("clk: fields: none\nhint: name at least one, such as surname")
	}
	seen := map[string]bool{}
	for _, f := range o.Fields {
		switch {
		case f.Name == "" || seen[f.Name]:
			return fmt.Errorf("clk: fields: name %q is empty or stands twice\nhint: each field needs a name, and so a key, of its own", f.Name)
		case f.Grams < 0 || f.Grams > 4:
			return fmt.Errorf("clk: field %s: grams of %d letters\nhint: 2 or 3, or 0 for the whole value", f.Name, f.Grams)
		case f.Hashes < 1 || f.Hashes > 64:
			return fmt.Errorf("clk: field %s: %d hashes\nhint: 1 to 64; 10 to 20 are usual", f.Name, f.Hashes)
		}
		seen[f.Name] = true
	}
	switch o.Hardening {
	case None, Balance, XORFold, Rule90:
		if o.Spread != 0 {
			return fmt.Errorf("clk: spread of %d without hardening diffuse\nhint: leave it 0", o.Spread)
		}
		return nil
	case Diffuse:
		if o.Spread < 2 || o.Spread > 16 {
			return fmt.Errorf("clk: spread of %d\nhint: 2 to 16; 10 is the default", o.Spread)
		}
		return nil
	}
	return fmt.Errorf("clk: hardening %q isn't known\nhint: one of none, balance, xor-fold, rule90, diffuse", o.Hardening)
}

// Encoder makes CLKs under one key. It is for one goroutine; Clone gives another its own.
type Encoder struct {
	options Options
	keys    [][]byte // of each field
	hashes  []hash.Hash
	spread  [][]uint16 // with Diffuse: by bit, the bits that it hangs on
	message []byte
}

// New is an Encoder of these options under a secret key of 32 bytes, from which each field's own is derived. The key is made for one
// project and thrown away after its run.
func New(key []byte, o Options) (*Encoder, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("clk: a key of %d bytes\nhint: 32 random ones", len(key))
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	e := &Encoder{options: o}
	for _, f := range o.Fields {
		e.keys = append(e.keys, derive(key, "field/"+f.Name))
	}
	if o.Hardening == Diffuse {
		e.spread = spread(derive(key, "spread"), o.Spread)
	}
	e.start()
	return e, nil
}

// Clone is an Encoder that gives the same CLKs, for another goroutine.
func (e *Encoder) Clone() *Encoder {
	c := &Encoder{options: e.options, keys: e.keys, spread: e.spread}
	c.start()
	return c
}

func (e *Encoder) start() {
	for _, k := range e.keys {
		e.hashes = append(e.hashes, hmac.New(sha256.New, k))
	}
}

func derive(key []byte, label string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("throughline/clk/" + label))
	return h.Sum(nil)
}

// spread chooses n bits for each bit, all different, as the key says.
func spread(key []byte, n int) [][]uint16 {
	h := hmac.New(sha256.New, key)
	out := make([][]uint16, Size)
	var at [8]byte
	for i := range out {
		for try := uint32(0); len(out[i]) < n; try++ {
			binary.BigEndian.PutUint32(at[:], uint32(i))
			binary.BigEndian.PutUint32(at[4:], try)
			h.Reset()
			h.Write(at[:])
			if p := binary.BigEndian.Uint16(h.Sum(nil)) % Size; !slices.Contains(out[i], p) {
				out[i] = append(out[i], p)
			}
		}
	}
	return out
}

// Encode is the CLK of a record: one value for each field of the options, in their order, normalised (compare.Fold) by the caller; an
// empty one sets no bit. Only records with one salt can be compared, since it changes every position: give what both sides surely know,
// such as the birth year, block by it, and expect to lose pairs where it is wrong. Without any value the CLK is zero, whatever the hardening.
// It panics when there are not as many values as fields.
func (e *Encoder) Encode(salt string, values ...string) (c CLK) {
	if len(values) != len(e.options.Fields) {
		panic(fmt.Sprintf("clk: %d values for %d fields", len(values), len(e.options.Fields)))
	}
	wide := Size
	switch e.options.Hardening {
	case XORFold:
		wide = 2 * Size
	case Balance:
		wide = Size / 2
	}
	var b [2 * Size / 64]uint64
	given := false
	for i, f := range e.options.Fields {
		if values[i] == "" {
			continue
		}
		given = true
		for gram := range grams(values[i], f.Grams) {
			e.positions(i, salt, gram, f.Hashes, wide, func(p int) { b[p>>6] |= 1 << (p & 63) })
		}
	}
	if !given {
		return c
	}
	copy(c[:], b[:])
	switch e.options.Hardening {
	case XORFold:
		for i := range c {
			c[i] = b[i] ^ b[i+len(c)]
		}
	case Balance:
		for i := range len(c) / 2 {
			c[i+len(c)/2] = ^c[i]
		}
	case Rule90:
		var d CLK
		for i := range d { // both neighbours, around the end
			before, after := c[(i+len(c)-1)%len(c)], c[(i+1)%len(c)]
			d[i] = (c[i]<<1 | before>>63) ^ (c[i]>>1 | after<<63)
		}
		c = d
	case Diffuse:
		var d CLK
		for i, from := range e.spread {
			var x uint64
			for _, p := range from {
				x ^= b[p>>6] >> (p & 63)
			}
			d[i>>6] |= x & 1 << (i & 63)
		}
		c = d
	}
	return c
}

// positions gives the bits of one gram: independent words of HMAC-SHA256 under the field's key. Double hashing, which makes all of them
// from two, is known to be open to attack (Niedermeyer et al. 2014).
func (e *Encoder) positions(field int, salt, gram string, hashes, wide int, set func(int)) {
	h := e.hashes[field]
	var sum [sha256.Size]byte
	for k := range hashes {
		at := k % (sha256.Size / 2)
		if at == 0 {
			m := binary.BigEndian.AppendUint32(append(e.message[:0], byte(k)), uint32(len(salt)))
			m = append(append(m, salt...), gram...)
			e.message = m
			h.Reset()
			h.Write(m)
			h.Sum(sum[:0])
		}
		set(int(binary.BigEndian.Uint16(sum[2*at:])) % wide) // wide is a power of two: no position is favoured
	}
}

// padding stands before and after a value, so that its first and last letters count as such. No folded name holds it.
const padding = "_"

// grams gives each run of n letters of the padded value; the value itself for n 0.
func grams(value string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if n == 0 {
			yield(value)
			return
		}
		pad := strings.Repeat(padding, n-1)
		s := pad + value + pad
		for end, letters := 0, 0; end < len(s); {
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
			if letters++; letters < n {
				continue
			}
			start := end
			for range n {
				_, size := utf8.DecodeLastRuneInString(s[:start])
				start -= size
			}
			if !yield(s[start:end]) {
				return
			}
		}
	}
}
