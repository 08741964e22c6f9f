package lake

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"throughline/schemas"
)

var testColumns = []schemas.LakeColumn{{Name: "key", Type: "UUID"}, {Name: "DECOM", Type: "DATE"}, {Name: "PLACE", Type: "VARCHAR"}, {Name: "n", Type: "INTEGER"}, {Name: "year", Type: "SMALLINT"}, {Name: "rate", Type: "DOUBLE"}}

func save(t *testing.T, l *Lake) File {
	t.Helper()
	tab, err := NewTable("episodes", testColumns)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		cells := []Cell{UUID([16]byte{1, byte(i), byte(i >> 8)}), Date(time.Date(2020, 1, 1+i%300, 0, 0, 0, 0, time.UTC)), Text([]string{"U4", "", "K2"}[i%3]), Int(i), Int(2020), Float(float64(i) / 7)}
		if err := tab.Append(cells); err != nil {
			t.Fatal(err)
		}
	}
	f, err := tab.Save(l, "ssda903/episodes/year=2020/la=E1")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTableReadsBack(t *testing.T) {
	l := Open(t.TempDir())
	f := save(t, l)
	b, err := l.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		PLACE *string `parquet:"PLACE,optional"`
		N     *int32  `parquet:"n,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b), int64(len(b)))
	if err != nil || len(rows) != 3000 || f.Rows != 3000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[1].PLACE != nil || *rows[2].PLACE != "K2" || *rows[2999].N != 2999 {
		t.Errorf("values changed: %+v", rows[2])
	}
	if again := save(t, Open(t.TempDir())); again != f {
		t.Errorf("the same rows gave another file: %+v, %+v", again, f)
	}
}

// A flipped bit anywhere in a file is an error, never another answer.
func TestEveryBitFlipIsSeen(t *testing.T) {
	l := Open(t.TempDir())
	f := save(t, l)
	good, err := os.ReadFile(l.Path(f.Path))
	if err != nil {
		t.Fatal(err)
	}
	const flips = 400
	for i := range flips {
		bad := bytes.Clone(good)
		at := i * len(good) / flips
		bad[at] ^= 1 << (i % 8)
		if err := os.WriteFile(l.Path(f.Path), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Verify(f); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a flip of byte %d of %d went unseen: %v", at, len(good), err)
		}
	}
	if err := os.WriteFile(l.Path(f.Path), good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(f); !errors.Is(err, ErrCorrupt) {
		t.Error("a cut file went unseen")
	}
}

func TestCurrentMovesOnlyFromWhereARunBegan(t *testing.T) {
	l := Open(t.TempDir())
	ids := make([]string, 3)
	for i := range ids {
		var err error
		if ids[i], err = l.PutSnapshot(&Snapshot{RunID: string(rune('a' + i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.SetCurrent("missing", ""); err == nil {
		t.Error("CURRENT moved to a snapshot that is not there")
	}
	if err := l.SetCurrent(ids[0], ""); err != nil {
		t.Fatal(err)
	}
	if err := l.SetCurrent(ids[1], ""); err == nil {
		t.Error("a run that began before another published took its place")
	}
	if err := l.SetCurrent(ids[2], ids[0]); err != nil {
		t.Fatal(err)
	}
	if now, _ := l.Current(); now != ids[2] {
		t.Errorf("CURRENT is %s", now)
	}
}

// Of runs that began from one snapshot and publish at once, one wins, and each loser says so.
func TestCurrentHasOneWinner(t *testing.T) {
	dir := t.TempDir()
	const runs = 8
	ids := make([]string, runs)
	for i := range ids {
		var err error
		if ids[i], err = Open(dir).PutSnapshot(&Snapshot{RunID: string(rune('a' + i))}); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if err := os.RemoveAll(filepath.Join(dir, "CURRENT")); err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, runs)
		for _, id := range ids {
			go func() { errs <- Open(dir).SetCurrent(id, "") }()
		}
		won := 0
		for range runs {
			if err := <-errs; err == nil {
				won++
			} else if !strings.Contains(err.Error(), "another run published") {
				t.Fatal(err)
			}
		}
		if won != 1 {
			t.Fatalf("%d runs won", won)
		}
	}
}

type xor byte

func (x xor) EncryptDeterministically(p, _ []byte) ([]byte, error) {
	out := bytes.Clone(p)
	for i := range out {
		out[i] ^= byte(x)
	}
	return out, nil
}
func (x xor) DecryptDeterministically(c, a []byte) ([]byte, error) {
	return x.EncryptDeterministically(c, a)
}

func TestSealedRowsReadBack(t *testing.T) {
	type row struct {
		Key  [16]byte
		Tok  struct{ Hi, Lo uint64 }
		From int32
		Name string
	}
	want := []row{{Key: [16]byte{1}, From: -3, Name: "a"}, {Key: [16]byte{2}, Name: ""}}
	want[1].Tok.Hi = 1 << 63
	l := Open(t.TempDir())
	f, err := Seal(l, xor(7), "tokens/identity", want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unseal[row](l, xor(7), "tokens/identity", f)
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, %v", got, err)
	}
	if none, err := Seal(l, xor(7), "tokens/identity", []row{}); err != nil || none.Rows != 0 {
		t.Errorf("no rows: %v", err)
	}
}

func TestSweepTakesOnlyHalfWrittenFiles(t *testing.T) {
	l := Open(t.TempDir())
	f := save(t, l)
	half := filepath.Join(filepath.Dir(l.Path(f.Path)), ".tmp-123")
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Error("a half-written file stayed")
	}
	if _, err := l.Verify(f); err != nil {
		t.Error(err)
	}
}
