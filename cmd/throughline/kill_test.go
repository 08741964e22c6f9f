//go:build integration

package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// start starts the program as a process of its own.
func start(t *testing.T, config string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	path, err := exec.LookPath("throughline") // testscript.Main has put it on the path
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "XDG_CONFIG_HOME="+config)
	c.Stdout, c.Stderr = io.Discard, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &out
}

// A demo that is killed at random moments, and started again each time, ends with the content of one that is left alone. KILLS
// sets how many times; the moments change with every run and are logged.
func TestKilledDemoEndsTheSame(t *testing.T) {
	kills := 3
	if s := os.Getenv("KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	demo := func(to string) []string {
		return []string{"demo", "--dir", to, "--children", "150", "--seed", "7", "--years", "2019-2025"}
	}
	calm := filepath.Join(dir, "calm")
	began := time.Now()
	c, out := start(t, config, demo(calm)...)
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	want := content(t, calm)
	seed := uint64(time.Now().UnixNano())
	t.Logf("undisturbed: %v; seed %d", took, seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for k := range kills {
		to := filepath.Join(dir, "killed"+strconv.Itoa(k))
		after := time.Duration(random.Int64N(int64(took)))
		c, _ := start(t, config, demo(to)...)
		time.Sleep(after)
		killed := c.Process.Kill() == nil
		err := c.Wait()
		var ended *exec.ExitError
		if killed && err != nil && !errors.As(err, &ended) {
			t.Fatal(err)
		}
		again := time.Now()
		c, out := start(t, config, demo(to)...)
		if err := c.Wait(); err != nil {
			t.Fatalf("killed after %v: %v\n%s", after, err, out)
		}
		got := content(t, to)
		different := 0
		for name, h := range want {
			if got[name] != h {
				different++
				t.Errorf("killed after %v: %s differs", after, name)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				different++
				t.Errorf("killed after %v: %s is left over", after, name)
			}
		}
		t.Logf("killed after %v, ended %v after the restart: %d of %d files and tables differ", after.Round(time.Millisecond), time.Since(again).Round(time.Millisecond), different, len(want))
	}
}
