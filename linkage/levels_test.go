package linkage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"throughline/linkage/clk"
)

// TestLevels compares two records, one comparison at a time, and wants the first level that holds.
func TestLevels(t *testing.T) {
	fields := []Field{{Name: "first", Domain: "name"}, {Name: "last", Domain: "name"}, {Name: "born"}, {Name: "height"}, {Name: "tags"}, {Name: "key"}}
	hexKey := func(bits ...int) string {
		var c clk.CLK
		for _, b := range bits {
			c[b/64] |= 1 << (b % 64)
		}
		var out []byte
		for _, w := range c {
			out = binary.BigEndian.AppendUint64(out, w)
		}
		return hex.EncodeToString(out)
	}
	base64Key := func(s string) string {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	similar := func(of, measure string, limit float64) Level {
		return Level{ID: "like", Similar: &Similar{Of: of, Measure: measure, AtLeast: limit, AtMost: limit}}
	}
	type values map[string][]string
	for _, x := range []struct {
		name  string
		level Level
		a, b  values
		want  bool
	}{
		{"names that are nearly alike", similar("last", "jaro_winkler", 0.9), values{"last": {"martha"}}, values{"last": {"marhta"}}, true},
		{"and by plain Jaro less so", similar("last", "jaro", 0.95), values{"last": {"martha"}}, values{"last": {"marhta"}}, false},
		{"the most alike of several values counts", similar("last", "jaro_winkler", 0.99), values{"last": {"smith", "jones"}}, values{"last": {"brown", "jones"}}, true},
		{"an exchange of letters is one edit of Damerau's", similar("last", "damerau", 1), values{"last": {"brown"}}, values{"last": {"borwn"}}, true},
		{"and two of Levenshtein's", similar("last", "levenshtein", 1), values{"last": {"brown"}}, values{"last": {"borwn"}}, false},
		{"days at the limit", similar("born", "days", 30), values{"born": {"2010-01-01"}}, values{"born": {"2010-01-31"}}, true},
		{"days beyond it", similar("born", "days", 30), values{"born": {"2010-01-01"}}, values{"born": {"2010-02-01"}}, false},
		{"what is no day is near to none", similar("born", "days", 30000), values{"born": {"soon"}}, values{"born": {"2010-02-01"}}, false},
		{"numbers", similar("height", "number", 0.5), values{"height": {"1.5"}}, values{"height": {"2"}}, true},
		{"nicknames", similar("first", "nickname", 1), values{"first": {"bob"}}, values{"first": {"robert"}}, true},
		{"half of the shorter list", similar("tags", "overlap", 0.5), values{"tags": {"a", "b"}}, values{"tags": {"b", "c", "d"}}, true},
		{"less than half", similar("tags", "overlap", 0.5), values{"tags": {"a", "b", "e"}}, values{"tags": {"b", "c", "d"}}, false},
		{"long-term keys, hexadecimal and base64", similar("key", "dice", 0.5), values{"key": {hexKey(1, 2)}}, values{"key": {base64Key(hexKey(2, 3))}}, true},
		{"long-term keys that share too little", similar("key", "dice", 0.6), values{"key": {hexKey(1, 2)}}, values{"key": {hexKey(2, 3)}}, false},
		{"first and last name exchanged", Level{ID: "like", Cross: []string{"first", "last"}}, values{"first": {"ann"}, "last": {"lee"}}, values{"first": {"lee"}, "last": {"ann"}}, true},
		{"exchanged one way only", Level{ID: "like", Cross: []string{"first", "last"}}, values{"first": {"ann"}, "last": {"lee"}}, values{"first": {"lee"}, "last": {"may"}}, false},
		{"a rare value", Level{ID: "like", Agree: "last", HadBelow: 3}, values{"last": {"zephyr"}}, values{"last": {"zephyr"}}, true},
		{"one that many have", Level{ID: "like", Agree: "last", HadBelow: 3}, values{"last": {"common"}}, values{"last": {"common"}}, false},
		{"a share of records", Level{ID: "like", Agree: "last", ShareBelow: 0.5}, values{"last": {"zephyr"}}, values{"last": {"zephyr"}}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			b, err := NewBuilder(fields, "people")
			if err != nil {
				t.Fatal(err)
			}
			add := func(n int, v values) {
				at := b.Record(Key{1, byte(n)}, "people", "")
				b.Seen(at, 0, 0)
				for f, all := range v {
					for _, s := range all {
						b.Add(at, b.Field(f), b.Domain(map[bool]string{true: "name", false: f}[f == "first" || f == "last"]).Text(s), 0)
					}
				}
			}
			add(0, x.a)
			add(1, x.b)
			for i := range 6 {
				add(2+i, values{"last": {"common"}, "first": {fmt.Sprint("x", i)}})
			}
			r, err := b.Records(nil)
			if err != nil {
				t.Fatal(err)
			}
			of := []string{"first", "last", "born", "height", "tags", "key"}
			rules := &Rules{MaxBlock: 10, Budget: 10, PriorLinks: 1,
				Comparisons: []Comparison{{ID: "c", Of: of, Levels: []Level{x.level, {ID: "differ"}}}, {ID: "missing", Of: []string{"born"}, Levels: []Level{{ID: "same", Agree: "born"}, {ID: "differ"}}}},
				Scoring:     Scoring{Random: 1000, Threshold: "auto"}}
			e, err := newEngine(r, Options{Rules: rules, Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			p := e.comparer().pattern(0, 1)
			if got := p.Level(0) == 0; got != x.want {
				t.Errorf("level %d, want it to hold: %v", p.Level(0), x.want)
			}
			if back := e.comparer().pattern(1, 0); back != p {
				t.Errorf("pattern %x one way and %x the other", p, back)
			}
			if _, born := x.a["born"]; !born && p.Level(1) != -1 {
				t.Errorf("a comparison of what neither has is on level %d, not missing", p.Level(1))
			}
		})
	}
}
