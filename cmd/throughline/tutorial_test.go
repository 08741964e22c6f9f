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

// said is what a command of a page did.
type said struct {
	command, shown string // shown is what the page shows below the command
	out, errOut    string
	exitCode       int
}

// follow does to the letter what a page of docs says: it writes the files whose names match, and runs the commands, in the page's order, in a
// folder of its own.
func follow(t *testing.T, page, names string) (dir string, files int, all []said) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../docs", page))
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("throughline") // testscript.Main has put it on the path
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	step := regexp.MustCompile("(?m)`(" + names + "[^`\n]+)`:\n\n```[a-z]+\n((?s:.*?))```|^    (bin/throughline .*)\n(?:\n```text\n((?s:.*?))```)?")
	for _, s := range step.FindAllStringSubmatch(string(b), -1) {
		if s[1] != "" {
			files++
			path := filepath.Join(dir, s[1])
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(s[2]), 0o666)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		c := exec.Command("sh", "-c", strings.Replace(s[3], "bin/throughline", program, 1))
		c.Dir, c.Env = dir, append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
		var out, errOut strings.Builder
		c.Stdout, c.Stderr = &out, &errOut
		if err := c.Run(); err != nil && c.ProcessState == nil {
			t.Fatal(err)
		}
		all = append(all, said{s[3], s[4], out.String(), errOut.String(), c.ProcessState.ExitCode()})
	}
	return dir, files, all
}
