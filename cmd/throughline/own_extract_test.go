//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/own-extract.md is followed to the letter: files are written where it says, commands run in their order, and each says what is
// shown below it.
func TestOwnExtractTutorial(t *testing.T) {
	b, err := os.ReadFile("../../docs/own-extract.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("throughline") // testscript.Main has put it on the path
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	environment := append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
	step := regexp.MustCompile("(?m)`(myproject/[^`\n]+)`:\n\n```[a-z]+\n((?s:.*?))```|^    (bin/throughline .*)\n(?:\n```text\n((?s:.*?))```)?")
	files, commands, shown := 0, 0, 0
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
		commands++
		c := exec.Command("sh", "-c", strings.Replace(s[3], "bin/throughline", program, 1))
		c.Dir, c.Env = dir, environment
		var errOut strings.Builder
		c.Stderr = &errOut
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", s[3], err, out, &errOut)
		}
		if s[4] != "" {
			shown++
			if string(out) != s[4] {
				t.Errorf("%s\nsays:\n%sthe tutorial shows:\n%s", s[3], out, s[4])
			}
		}
	}
	if files != 5 || commands != 6 || shown != 3 {
		t.Errorf("%d files, %d commands, %d of them with what they say: the tutorial has others", files, commands, shown)
	}
}
