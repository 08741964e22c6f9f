package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A check of docs/check.md ends with exit code 3, since the return has errors, and finds what the page says.
func TestCheckTutorial(t *testing.T) {
	dir, files, all := follow(t, "check.md", "(?:return|own)/")
	if files != 4 || len(all) != 9 {
		t.Fatalf("%d files and %d commands: the page has others", files, len(all))
	}
	for _, s := range all {
		want := exitDone
		if strings.HasPrefix(s.command, "bin/throughline check") {
			want = exitRejected
		}
		if s.exitCode != want {
			t.Errorf("%s: exit code %d, want %d\n%s%s", s.command, s.exitCode, want, s.out, s.errOut)
		}
	}
	for i, want := range map[int]string{0: "433 (error, 1 case)", 3: "rules of the collection of 2024:", 6: "LOCAL1", 7: "not known which", 8: "LOCAL1 (warning, 1 case)"} {
		if !strings.Contains(all[i].out, want) {
			t.Errorf("command %d doesn't say %q:\n%s", i+1, want, all[i].out)
		}
	}
	for _, name := range []string{"check.xlsx", "check.html"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Size() < 5000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
