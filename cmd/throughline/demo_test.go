//go:build integration

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"throughline/pipeline/lake"
)

// runDemo runs the demo command in this process and returns its folder. Keys go to a folder of the test's own.
func runDemo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(filepath.Dir(dir), "config"))
	var out, errOut bytes.Buffer
	if code := run(append([]string{"demo", "--dir", dir}, args...), strings.NewReader(""), &out, &errOut); code != exitDone {
		t.Fatalf("demo ended with %d\n%s\n%s", code, out.String(), errOut.String())
	}
	t.Log("\n" + out.String())
	return dir
}

// content names everything that readers see: each file of the lake, and each table of both databases.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := filepath.Join(dir, "lake")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		out[rel] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "outputs", "latest", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Tables []lake.Hash }
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, h := range m.Tables {
		out[h.Database+"."+h.Table] = h.Hash
	}
	return out
}

// Two demos of one seed hold the same, file for file and table for table; running one again changes nothing.
func TestSameSeedSameContent(t *testing.T) {
	var got []map[string]string
	for _, d := range []string{"a", "b"} {
		dir := runDemo(t, filepath.Join(t.TempDir(), d), "--children", "120", "--seed", "7", "--years", "2019-2025")
		got = append(got, content(t, dir))
		if d == "a" {
			continue
		}
		runDemo(t, dir, "--children", "120", "--seed", "7", "--years", "2019-2025")
		got = append(got, content(t, dir))
	}
	if len(got[0]) < 300 {
		t.Fatalf("only %d files and tables", len(got[0]))
	}
	for i, what := range []string{"another folder", "running again"} {
		for k, h := range got[0] {
			if got[i+1][k] != h {
				t.Errorf("%s: %s differs", what, k)
			}
		}
		if len(got[i+1]) != len(got[0]) {
			t.Errorf("%s: %d files and tables, not %d", what, len(got[i+1]), len(got[0]))
		}
	}
}
