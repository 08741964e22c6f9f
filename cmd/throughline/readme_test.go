//go:build integration

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The commands that README.md shows run as they stand, in their order, on a small demo: the README can't promise what isn't so. What it
// leaves to the reader, such as YOUR_FOLDER, is a return of the demo's.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	c, out := start(t, config, "demo", "--dir", filepath.Join(dir, "demo"), "--children", "80", "--years", "2022-2025", "--authorities", "3", "--mess", "0")
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var last, this string // an authority that is there in both years
	found, err := filepath.Glob(filepath.Join(dir, "demo/inbox/ssda903/2024/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, this = range found {
		last = filepath.Join(dir, "demo/inbox/ssda903/2023", filepath.Base(this))
		if _, err := os.Stat(last); err == nil {
			break
		}
	}
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(docs, filepath.Join(dir, "docs")); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("throughline")
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("bin/throughline", program, "YOUR_FOLDER", this, "THE_FOLDER", this, "LAST_YEARS_FOLDER", last)
	ran := 0
	for _, line := range strings.Split(string(text), "\n") {
		command, shown := strings.CutPrefix(line, "    ")
		if !shown || strings.HasPrefix(command, "make ") {
			continue
		}
		ran++
		c := exec.Command("sh", "-c", "exec "+fill.Replace(command))
		if strings.Contains(command, "&&") || !strings.HasPrefix(command, "bin/") {
			c = exec.Command("sh", "-c", fill.Replace(command))
		}
		c.Dir, c.Env = dir, append(os.Environ(), "XDG_CONFIG_HOME="+config)
		var out, errOut bytes.Buffer
		c.Stdout, c.Stderr = &out, &errOut
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(command, "bin/throughline up ") { // runs beside what follows it, until Ctrl-C
			time.Sleep(5 * time.Second)
			t.Cleanup(func() {
				_ = c.Process.Signal(syscall.SIGINT)
				if err := c.Wait(); err != nil || !strings.Contains(out.String()+errOut.String(), "http://") {
					t.Errorf("%s: %v\n%s%s", command, err, &out, &errOut)
				}
			})
			continue
		}
		err := c.Wait()
		if strings.HasPrefix(command, "bin/throughline check ") && c.ProcessState.ExitCode() == exitRejected {
			err = nil // it found something
		}
		if err != nil {
			t.Errorf("%s: %v\n%s%s", command, err, &out, &errOut)
		}
		if strings.HasPrefix(command, "bin/") && out.Len()+errOut.Len() == 0 && !strings.Contains(command, " > ") {
			t.Errorf("%s says nothing", command)
		}
	}
	if ran < 14 {
		t.Errorf("only %d commands found", ran)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "dictionary.csv")); err != nil || bytes.Count(b, []byte("\n")) < 100 {
		t.Errorf("dictionary.csv: %d bytes, %v", len(b), err)
	}
}
