//go:build integration

package main

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"throughline/workflows"
	"throughline/workflows/settings"
	"throughline/workflows/stagetest"
)

// projectEnv tells a copy of the test program in which folder to be the process that is killed.
const projectEnv = "THROUGHLINE_TEST_PROJECT"

// idleProject is a project whose stages do nothing.
func idleProject(t *testing.T, dir string, stages workflows.Stages) *Project {
	t.Helper()
	cfg, err := settings.Default()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Embedded.UIPort = 0
	return &Project{Dir: dir, DataDir: dir, TemporalDir: filepath.Join(dir, "temporal"), ID: "idle", Temporal: cfg, Stages: stages}
}

// TestRefreshProcess isn't a test: it is the process that TestKilledRefreshGoesOn kills.
func TestRefreshProcess(t *testing.T) {
	dir := os.Getenv(projectEnv)
	if dir == "" {
		t.Skip("runs as a part of TestKilledRefreshGoesOn")
	}
	ctx := hclog.WithContext(context.Background(), hclog.New(&hclog.LoggerOptions{Level: hclog.Error}))
	p := idleProject(t, dir, &stagetest.Fake{Deliver: 40, Takes: 200 * time.Millisecond})
	out, err := runRefresh(ctx, p, workflows.RefreshInput{Year: 2024}, os.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	if out.Ingest.Deliveries != 40 || out.Ingest.Rows != 4000 || out.Publish == nil {
		t.Fatalf("%+v", out)
	}
}

func TestKilledRefreshGoesOn(t *testing.T) {
	kills := 5
	if s := os.Getenv("KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	process := func() (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRefreshProcess$", "-test.v")
		cmd.Env = append(os.Environ(), projectEnv+"="+dir)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, &out
	}
	for i := range kills {
		cmd, _ := process()
		life := 300*time.Millisecond + time.Duration(chance.Int64N(int64(3*time.Second)))
		time.Sleep(life)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Logf("kill %d after %v", i+1, life)
	}
	began := time.Now()
	cmd, out := process()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("ended %v after the last start\n%s", time.Since(began), out)
}

func TestInterruptedRefreshGoesOn(t *testing.T) {
	fake := &stagetest.Fake{Deliver: 20, Takes: 300 * time.Millisecond}
	p := idleProject(t, t.TempDir(), fake)
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Error})
	ctx, cancel := context.WithTimeout(hclog.WithContext(t.Context(), log), 1500*time.Millisecond)
	defer cancel()
	if _, err := runRefresh(ctx, p, workflows.RefreshInput{Year: 2024}, io.Discard); err == nil {
		t.Fatal("ended in no time")
	} else {
		t.Log(err)
	}
	began := time.Now()
	var lines bytes.Buffer
	out, err := runRefresh(hclog.WithContext(t.Context(), log), p, workflows.RefreshInput{Year: 2024}, &lines)
	if err != nil {
		t.Fatal(err)
	}
	if out.Ingest.Deliveries != 20 || fake.Calls("plan") != 1 {
		t.Fatalf("%+v, planned %d times", out, fake.Calls("plan"))
	}
	t.Logf("went on and ended in %v\n%s", time.Since(began), &lines)
}
