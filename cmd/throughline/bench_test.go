//go:build integration

package main

import (
	"bytes"
	"math"
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

var linkedRecords = regexp.MustCompile(`, ([0-9]+) records,`)

// BenchmarkChildYears links the child-years of an invented country by the example spec, each time as a process of its own: reading, tokens,
// training and writing included. growth is the exponent of CPU time over records, from a tenth of the country to the whole.
func BenchmarkChildYears(b *testing.B) {
	path, err := exec.LookPath("throughline")
	if err != nil {
		b.Fatal(err)
	}
	spec, err := filepath.Abs("../../docs/examples/child_years.yaml")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	invent := func(children string) string {
		file := filepath.Join(dir, children+".csv")
		if out, err := exec.Command(path, "synth", "--child-years", file, "--children", children, "--authorities", "151", "--seed", "12").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		return file
	}
	measure := func(file string) (seconds, megabytes, records float64) {
		c := exec.Command(path, "link", "--spec", spec, "--input", "child_years="+file, "--out", filepath.Join(dir, "linked"), "--local")
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Run(); err != nil {
			b.Fatalf("%v\n%s", err, stderr.String())
		}
		m := linkedRecords.FindSubmatch(stdout.Bytes())
		if m == nil {
			b.Fatalf("no records told: %s", stdout.String())
		}
		n, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		use := c.ProcessState.SysUsage().(*syscall.Rusage)
		return (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), float64(use.Maxrss) / 1024, n
	}
	part, whole := invent("51500"), invent("515000")
	for b.Loop() {
		small, _, few := measure(part)
		cpu, mb, many := measure(whole)
		b.ReportMetric(many, "records")
		b.ReportMetric(cpu, "CPU-s")
		b.ReportMetric(mb, "peak-MB")
		b.ReportMetric(math.Log(cpu/small)/math.Log(many/few), "growth")
	}
}
