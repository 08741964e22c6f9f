//go:build integration

package embedded

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
)

func TestFindKnowsALiveServerFromADeadOne(t *testing.T) {
	dir := t.TempDir()
	if _, ok := Find(dir); ok {
		t.Error("found a server in an empty folder")
	}
	if err := (Address{Frontend: "127.0.0.1:1", PID: os.Getpid()}).write(dir); err != nil {
		t.Fatal(err)
	}
	if _, ok := Find(dir); ok {
		t.Error("found a server that nobody holds a lock for")
	}
	lock, err := acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := Find(dir); ok {
		t.Error("found a server that is just starting")
	}
	if err := (Address{Frontend: "127.0.0.1:1", PID: os.Getpid(), Worker: true}).write(dir); err != nil {
		t.Fatal(err)
	}
	if a, ok := Find(dir); !ok || !a.Worker {
		t.Error("didn't find a live server")
	}
	if _, err := acquire(dir); !errors.Is(err, ErrRunning) {
		t.Errorf("the lock was had twice: %v", err)
	}
	lock.Close()
	if _, ok := Find(dir); ok {
		t.Error("found a server that has ended")
	}
}

func TestAnotherVersionsTablesAreRefused(t *testing.T) {
	dir := t.TempDir()
	start := func() error {
		s, err := Start(t.Context(), Options{Dir: dir, Namespace: "throughline", Retention: 400 * 24 * time.Hour})
		if err == nil {
			s.Stop()
		}
		return err
	}
	// What a process that died while it made the tables leaves.
	if err := os.WriteFile(filepath.Join(dir, databaseFile+".new-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := writeSynced(filepath.Join(dir, stampFile), []byte("sqlite schema 0.1\n")); err != nil {
		t.Fatal(err)
	}
	if err := start(); err == nil || !strings.Contains(err.Error(), "another version") || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
}

func TestFinishedRunsStayFor400Days(t *testing.T) {
	s, err := Start(t.Context(), Options{Dir: t.TempDir(), Namespace: "throughline", Retention: 400 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	c, err := client.NewNamespaceClient(client.Options{HostPort: s.Address().Frontend, Logger: silent{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d, err := c.Describe(t.Context(), "throughline")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != 400*24*time.Hour {
		t.Errorf("retention is %v", got)
	}
}

func TestThePageAnswersOnlyItsOwnHost(t *testing.T) {
	h := hostCheck(8233, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, c := range []struct {
		host, origin, method string
		want                 int
	}{
		{"127.0.0.1:8233", "", "GET", 200},
		{"localhost:8233", "", "HEAD", 200},
		{"localhost:8233", "http://localhost:8233", "POST", 200},
		{"localhost:8233", "http://127.0.0.1:8233", "POST", 403},
		{"localhost:8233", "https://localhost:8233", "POST", 403},
		{"localhost:8233", "null", "POST", 403},
		{"localhost:8233", "http://evil.example", "GET", 403},
		{"localhost:8233", "", "PUT", 405},
		{"localhost:8233", "", "DELETE", 405},
		{"localhost", "", "GET", 403},
		{"localhost:80", "", "GET", 403},
		{"evil.example", "", "GET", 403},
		{"evil.example:8233", "http://evil.example:8233", "POST", 403},
		{"127.0.0.1.evil.example:8233", "", "GET", 403},
		{"[::1]:8233", "", "GET", 403},
	} {
		r := httptest.NewRequest(c.method, "http://"+c.host+"/", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s for %s from %q: %d, want %d", c.method, c.host, c.origin, w.Code, c.want)
		}
	}
}
