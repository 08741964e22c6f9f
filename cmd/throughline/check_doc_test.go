package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/check.md is followed to the letter: files are written where it says, and commands run in their order. A check ends with exit code 3,
// since the return has errors, and finds what the page says.
func TestCheckTutorial(t *testing.T) {
	b, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("throughline") // testscript.Main has put it on the path
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	step := regexp.MustCompile("(?m)`((?:return|own)/[^`\n]+)`:\n\n```[a-z]+\n((?s:.*?))```|^    (bin/throughline .*)$")
	files := 0
	var all []string
	for _, s := range step.FindAllStringSubmatch(string(b), -1) {
		if s[1] != "" {
			files++
			path := filepath.Join(dir, s[1])
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(s[2]), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		c := exec.Command("sh", "-c", strings.Replace(s[3], "bin/throughline", program, 1))
		c.Dir = dir
		out, err := c.CombinedOutput()
		want := 0
		if strings.HasPrefix(s[3], "bin/throughline check") {
			want = exitRejected
		}
		got := 0
		if x := (*exec.ExitError)(nil); errors.As(err, &x) {
			got = x.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: exit code %d, want %d\n%s", s[3], got, want, out)
		}
		all = append(all, string(out))
	}
	if files != 4 || len(all) != 9 {
		t.Fatalf("%d files and %d commands: the page has others", files, len(all))
	}
	for i, want := range map[int]string{0: "433 (error, 1 case)", 3: "rules of the collection of 2024:", 6: "LOCAL1", 7: "not known which", 8: "LOCAL1 (warning, 1 case)"} {
		if !strings.Contains(all[i], want) {
			t.Errorf("command %d doesn't say %q:\n%s", i+1, want, all[i])
		}
	}
	for _, name := range []string{"check.xlsx", "check.html"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Size() < 5000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
