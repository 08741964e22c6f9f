package score

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func saved(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestModelFileComesBack(t *testing.T) {
	for seed := range uint64(50) {
		rng := seeded(seed, 11)
		shape := anyModel(rng)
		declare(rng, shape)
		m := train(t, shape, anyTraining(rng, shape), DefaultOptions())
		m.Fingerprint = "of <this> & that"
		text := saved(t, m)
		got, err := load(text)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !reflect.DeepEqual(got, m) || len(m.Hash) != 64 {
			t.Fatalf("seed %d: another model came back, hash %q", seed, m.Hash)
		}
		if !bytes.Equal(saved(t, got), text) {
			t.Fatalf("seed %d: saved again, the bytes differ", seed)
		}
		if d := Compare(m, got); len(d) != 0 {
			t.Fatalf("seed %d: %+v", seed, d)
		}
	}
}

func TestHashCoversAllButItself(t *testing.T) {
	base := plain()
	saved(t, base)
	for name, change := range map[string]func(*Model){
		"kind":        func(m *Model) { m.Kind = "x" },
		"prior":       func(m *Model) { m.Prior = 0.4 },
		"prior from":  func(m *Model) { m.PriorFrom = FromEM },
		"fingerprint": func(m *Model) { m.Fingerprint = "x" },
		"warnings":    func(m *Model) { m.Warnings = []string{"x"} },
		"sessions":    func(m *Model) { m.Sessions = []Trace{{Name: "x"}} },
		"level's m":   func(m *Model) { l := m.Comparisons[0].Levels; l[1].M, l[2].M = 0.15, 0.05 },
		"level's id":  func(m *Model) { m.Comparisons[0].Levels[0].ID = "x" },
		"held":        func(m *Model) { m.Comparisons[0].HoldM = false },
	} {
		m := plain()
		change(m)
		saved(t, m)
		if m.Hash == base.Hash {
			t.Errorf("%s changes and the hash stays", name)
		}
	}
	m := plain()
	m.Hash = "x"
	if saved(t, m); m.Hash != base.Hash {
		t.Error("the hash depends on an earlier hash")
	}
}

// load reads a model that was saved, as a file of models is read.
func load(text []byte) (*Model, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	m := &Model{}
	if err := d.Decode(m); err != nil {
		return nil, err
	}
	return m, m.Check()
}

func TestCheckRefuses(t *testing.T) {
	text := string(saved(t, plain()))
	_, err := load([]byte(strings.Replace(text, `"m": 0.8`, `"m": 0.7`, 1)))
	if !errors.Is(err, ErrHash) || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("an edited share: %v, want ErrHash and a hint", err)
	}
	if err := two().Save(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "train the model first") {
		t.Errorf("a shape was saved: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(saved(f, plain()))
	f.Add([]byte(`{"kind":"x","comparisons":null}`))
	f.Add([]byte(`{"prior":1e-400,"comparisons":[{"id":"a","levels":[{"id":"b","m":1,"u":1}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := load(text)
		if err != nil {
			return
		}
		again, err := load(saved(t, m))
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("what was loaded and saved again is another model: %v", err)
		}
		m.Scorer().Weight(0x123456789abcdef0)
	})
}

func TestCompareListsWhatDiffersInOrder(t *testing.T) {
	a, b := plain(), plain()
	b.Prior = 0.8
	b.Fingerprint = "another"
	b.Comparisons[0].Levels[0].U, b.Comparisons[0].Levels[2].U = 0.2, 0.7
	b.Comparisons = append(b.Comparisons, comparison("new", []float64{0.9, 0.1}, []float64{0.1, 0.9}))
	a.Comparisons = append([]Comparison{comparison("old", []float64{0.9, 0.1}, []float64{0.1, 0.9})}, a.Comparisons...)
	var got []string
	for _, d := range Compare(a, b) {
		got = append(got, fmt.Sprintf("%s/%s %s: %s > %s (%+.2f)", d.Comparison, d.Level, d.What, d.A, d.B, d.By))
	}
	want := []string{
		"/ prior: 0.5 > 0.8 (+2.00)",
		"old/ comparison: old >  (+0.00)",
		"a/ order: 2 > 1 (+0.00)",
		"a/equal u: 0.1 > 0.2 (+0.10)",
		"a/equal bits: 3 > 2 (-1.00)",
		"a/differ u: 0.8 > 0.7 (-0.10)",
		"a/differ bits: -3 > -2.80735 (+0.19)",
		"new/ comparison:  > new (+0.00)",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := Compare(a, a); d != nil {
		t.Errorf("a model differs from itself: %+v", d)
	}
}
