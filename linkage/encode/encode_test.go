package encode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func testEncoder(t *testing.T, project string, seed uint64) *Encoder {
	t.Helper()
	p := KeyPath(t.TempDir(), project)
	if err := CreateDemoKeys(p, project, seed); err != nil {
		t.Fatal(err)
	}
	e, err := LoadKeys(p, project, true)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTokensDependOnProjectFieldAndKey(t *testing.T) {
	a, again, other, seeded := testEncoder(t, "a", 7), testEncoder(t, "a", 7), testEncoder(t, "b", 7), testEncoder(t, "a", 8)
	tok := a.Token("dob", "2010-03-04")
	if tok != again.Token("dob", "2010-03-04") {
		t.Error("the same key gives another token")
	}
	for name, x := range map[string]any{"project": other.Token("dob", "2010-03-04"), "key": seeded.Token("dob", "2010-03-04"), "field": a.Token("dob2", "2010-03-04")} {
		if x == tok {
			t.Errorf("two tokens are equal although the %s differs", name)
		}
	}
	if a.Key("ssda903", "E1", "0012") == a.Key("ssda903", "E1", "12") {
		t.Error("a leading zero was lost")
	}
}

func TestSwappedDateMeetsItsTwin(t *testing.T) {
	e := testEncoder(t, "a", 1)
	p := Person{UPN: "B801200005001", DOB: time.Date(2010, 3, 4, 0, 0, 0, 0, time.UTC), Sex: "F"}
	q := p
	q.DOB = time.Date(2010, 4, 3, 0, 0, 0, 0, time.UTC)
	x, y := e.Identity(p), e.Identity(q)
	if x.DOB == y.DOB || x.DOB != y.DOBSwapped || x.DOBSwapped != y.DOB {
		t.Error("a date and its swapped form don't meet")
	}
	if x.UPNDOB == y.UPNDOB || !x.UPNDOB.Present() {
		t.Error("composite of UPN and DOB")
	}
}

func TestKeyFileIsGuarded(t *testing.T) {
	p := KeyPath(t.TempDir(), "real")
	if err := CreateKeys(p, "real"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(p)
	if err := CreateKeys(p, "real"); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(p); string(after) != string(before) {
		t.Fatal("a key was replaced")
	}
	if _, err := LoadKeys(p, "real", false); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(p, "other", false); err == nil {
		t.Error("the key of another project was taken")
	}
	if err := os.Chmod(p, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(p, "real", false); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read was taken: %v", err)
	}
	d := KeyPath(t.TempDir(), "real")
	if err := CreateDemoKeys(d, "real", 7); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(d, "real", false); err == nil || !strings.Contains(err.Error(), "demo key") {
		t.Errorf("a demo key was taken for real data: %v", err)
	}
	if st, _ := os.Stat(filepath.Dir(p)); st.Mode().Perm() != 0o700 {
		t.Errorf("the folder of keys has mode %o", st.Mode().Perm())
	}
}

// Two processes that make a project's key at once end with one key, and nothing beside it.
func TestOneKeyIsMade(t *testing.T) {
	p := KeyPath(t.TempDir(), "a")
	made := make(chan string)
	for range 8 {
		go func() {
			if err := CreateKeys(p, "a"); err != nil {
				t.Error(err)
			}
			b, err := os.ReadFile(p)
			if err != nil {
				t.Error(err)
			}
			made <- string(b)
		}()
	}
	first := <-made
	for range 7 {
		if <-made != first {
			t.Error("a key was replaced")
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(p)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func BenchmarkIdentity(b *testing.B) {
	dir := b.TempDir()
	p := KeyPath(dir, "a")
	if err := CreateDemoKeys(p, "a", 1); err != nil {
		b.Fatal(err)
	}
	e, err := LoadKeys(p, "a", true)
	if err != nil {
		b.Fatal(err)
	}
	x := Person{UPN: "B801200005001", DOB: time.Date(2010, 3, 4, 0, 0, 0, 0, time.UTC), Sex: "F", Ethnic: "WBRI", EthnicGroup: "White"}
	b.ReportAllocs()
	for b.Loop() {
		e.Identity(x)
	}
}
