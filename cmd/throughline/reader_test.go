//go:build integration

package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"throughline/pipeline/duck"
	"throughline/pipeline/lake"
)

// release reads what a reader sees through a folder of outputs, and fails when its parts are of different releases.
func release(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Vintage string
		Tables  []lake.Hash
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), m.Vintage) || !strings.Contains(string(page), "</html>") {
		t.Errorf("the report isn't of %s", m.Vintage)
	}
	if detail, err := published(t.Context(), dir); err != nil || !strings.Contains(detail, m.Vintage) {
		t.Errorf("%s: %v", detail, err)
	}
	return m.Vintage
}

// onePass asks every table of outputs/latest that names its release in one connection, as an analyst does.
func onePass(t *testing.T, latest string) {
	t.Helper()
	db, err := duck.OpenReadOnlyLocked(filepath.Join(latest, "publication.duckdb"), duck.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	rows, err := db.Query(t.Context(), "select count(*) from (select vintage from vintage union select vintage from indicator union select vintage from framework)")
	if err != nil {
		t.Error(err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		if n := duck.Text(rows.Values()[0]); n != "1" {
			t.Errorf("outputs/latest holds rows of %s releases", n)
		}
	}
}

// While one refresh after the other publishes, a reader sees the whole of one release at any moment, and a release that is there stays
// as it was.
func TestReadersNeverSeeAMixture(t *testing.T) {
	dir := runDemo(t, filepath.Join(t.TempDir(), "demo"), "--children", "60", "--years", "2022-2025", "--authorities", "2")
	config, latest, l := os.Getenv("XDG_CONFIG_HOME"), filepath.Join(dir, "outputs", "latest"), lake.Open(filepath.Join(dir, "lake"))
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 4 && err == nil; i++ { // the inbox as it was a year earlier, and as it is now
			c, out := start(t, config, "refresh", "--dir", dir, "--allow-partial", "--year", fmt.Sprint(2024+i%2))
			if err = c.Wait(); err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
		}
		done <- err
	}()
	first := map[string]map[string][32]byte{} // release → file → hash when it was first seen
	files := func(vintage string) map[string][32]byte {
		out := map[string][32]byte{}
		for _, n := range []string{"manifest.json", "report.html", "publication.duckdb", "research.duckdb"} {
			b, err := os.ReadFile(filepath.Join(dir, "outputs", vintage, n))
			if err != nil {
				t.Error(err)
			}
			out[n] = sha256.Sum256(b)
		}
		return out
	}
	looks := 0
	for running := true; running; looks++ {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		seen := filepath.Base(mustReadlink(t, latest))
		if got := release(t, filepath.Join(dir, "outputs", seen)); got != seen {
			t.Errorf("folder %s holds release %s", seen, got)
		}
		if first[seen] == nil {
			first[seen] = files(seen)
		}
		onePass(t, latest)
		id, err := l.Current()
		if err != nil {
			t.Fatal(err)
		}
		snap, err := l.Snapshot(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range snap.Files {
			if _, err := l.Verify(f); err != nil {
				t.Errorf("snapshot %s: %v", id, err)
			}
		}
		if snap.Vintage != seen { // published between the two looks
			if got := release(t, filepath.Join(dir, "outputs", snap.Vintage)); got != snap.Vintage {
				t.Errorf("snapshot of %s, release %s", snap.Vintage, got)
			}
		}
	}
	if len(first) < 3 {
		t.Errorf("only %d releases were seen in %d looks", len(first), looks)
	}
	for vintage, was := range first {
		if now := files(vintage); fmt.Sprint(now) != fmt.Sprint(was) {
			t.Errorf("release %s has changed since it was published", vintage)
		}
	}
	t.Logf("%d releases, looked %d times", len(first), looks)

	// A release that somebody changes is seen to be changed.
	changed := filepath.Join(t.TempDir(), "changed")
	if err := os.CopyFS(changed, os.DirFS(filepath.Join(dir, "outputs", filepath.Base(mustReadlink(t, latest))))); err != nil {
		t.Fatal(err)
	}
	db, err := duck.Open(filepath.Join(changed, "publication.duckdb"), duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Exec(t.Context(), "update vintage set last_year = 1999"), db.Checkpoint(t.Context()), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := published(t.Context(), changed); err == nil || !strings.Contains(err.Error(), "publication.vintage") {
		t.Errorf("a changed table isn't seen: %v", err)
	}
}

func mustReadlink(t *testing.T, path string) string {
	t.Helper()
	to, err := os.Readlink(path)
	if err != nil {
		t.Fatal(err)
	}
	return to
}
