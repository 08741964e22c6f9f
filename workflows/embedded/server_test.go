//go:build integration

package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/sdk/client"

	"throughline/workflows"
	"throughline/workflows/embedded"
	"throughline/workflows/settings"
	"throughline/workflows/stagetest"
)

func start(t *testing.T, dir string) *embedded.Server {
	t.Helper()
	began := time.Now()
	s, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, Namespace: "throughline", Retention: 400 * 24 * time.Hour, UI: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("server and web page up in %v", time.Since(began))
	return s
}

func TestRefreshOfManyDeliveries(t *testing.T) {
	n := 300
	if s := os.Getenv("DELIVERIES"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	dir := filepath.Join(t.TempDir(), "a project?with 100% odd name", "temporal")
	s := start(t, dir)
	defer s.Stop()
	cfg, err := settings.Default()
	if err != nil {
		t.Fatal(err)
	}
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn})
	c, err := client.Dial(client.Options{HostPort: s.Address().Frontend, Namespace: "throughline", Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fake := &stagetest.Fake{Deliver: n}
	w := workflows.NewWorker(c, "throughline", &workflows.Activities{Stages: fake, Settings: cfg, Log: log})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	began := time.Now()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "refresh/2024", TaskQueue: "throughline"},
		workflows.AnnualRefresh, workflows.RefreshInput{Year: 2024})
	if err != nil {
		t.Fatal(err)
	}
	var out workflows.RefreshResult
	if err := run.Get(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%d deliveries in %v: %v each", n, took, took/time.Duration(n))
	if out.Ingest.Deliveries != int64(n) || out.Stage != workflows.EndStage {
		t.Fatalf("%+v", out)
	}

	if _, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, Namespace: "throughline", Retention: 400 * 24 * time.Hour}); !errors.Is(err, embedded.ErrRunning) {
		t.Fatalf("a second server on the folder: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		i, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v %8d %s", i.Mode(), i.Size(), f.Name())
		if i.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), i.Mode())
		}
	}
}
