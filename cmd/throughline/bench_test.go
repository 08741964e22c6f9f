//go:build integration

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

var stageTime = regexp.MustCompile(`(?m)^time +([a-z]+) +([0-9.]+) s`)

// BenchmarkDemo runs the whole refresh of 20,000 children, thirty authorities, ten years and all extracts, as a process of its own, and
// tells the seconds of each stage and the largest memory it had. growth is its cost a child over that of 5,000 children.
func BenchmarkDemo(b *testing.B) {
	path, err := exec.LookPath("throughline")
	if err != nil {
		b.Fatal(err)
	}
	measure := func(children string) (seconds, megabytes float64, out []byte) {
		dir := b.TempDir()
		c := exec.Command(path, "demo", "--dir", filepath.Join(dir, "demo"), "--children", children, "--authorities", "30", "--seed", "3")
		c.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Run(); err != nil {
			b.Fatalf("%v\n%s", err, stderr.String())
		}
		use := c.ProcessState.SysUsage().(*syscall.Rusage)
		return (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), float64(use.Maxrss) / 1024, stdout.Bytes()
	}
	for b.Loop() {
		small, _, _ := measure("5000")
		cpu, mb, out := measure("20000")
		for _, m := range stageTime.FindAllSubmatch(out, -1) {
			s, err := strconv.ParseFloat(string(m[2]), 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(s, string(m[1])+"-s")
		}
		b.ReportMetric(cpu, "CPU-s")
		b.ReportMetric(mb, "peak-MB")
		b.ReportMetric(cpu/20000/(small/5000), "growth")
	}
}
