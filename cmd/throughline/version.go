package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"throughline/pipeline/duck"
	"throughline/pipeline/lake"
	"throughline/workflows/project"
	"throughline/workflows/stage"
)

// VersionCmd prints the version.
type VersionCmd struct{}

// Run implements the command.
func (c *VersionCmd) Run(app *App) error {
	_, err := fmt.Fprintf(app.Out, "throughline %s %s %s/%s\n", stage.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// DoctorCmd looks for what would keep this machine or a project from working.
type DoctorCmd struct {
	Dir    string `default:"." help:"Project folder." type:"path"`
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *DoctorCmd) Run(app *App) error {
	r := rows{head: []string{"check", "result", "detail"}}
	failed := false
	add := func(name string, err error, detail string) {
		result := "ok"
		if err != nil {
			result, detail, failed = "failed", strings.ReplaceAll(err.Error(), "\nhint: ", "; hint: "), true
		}
		r.cells = append(r.cells, []string{name, result, detail})
	}
	add("program", nil, fmt.Sprintf("%s, %d cores", stage.Version, runtime.NumCPU()))
	s, err := loadSchemas("")
	if err == nil {
		add("built-in schemas", nil, fmt.Sprintf("%d datasets, %d code sets, %d authorities, %d indicators", len(s.Datasets), len(s.CodeSets), len(s.Authorities), len(s.Indicators)))
	} else {
		add("built-in schemas", err, "")
	}
	p, err := project.Open(c.Dir)
	if err != nil {
		add("project", err, "")
	} else {
		add("project", nil, fmt.Sprintf("%s in %s", p.Project, c.Dir))
		e, err := p.Encoder()
		if err == nil {
			add("keys", nil, "fingerprint "+e.Fingerprint())
		} else {
			add("keys", err, "")
		}
		var disk syscall.Statfs_t
		if err := syscall.Statfs(p.Data, &disk); err == nil {
			free := float64(disk.Bavail) * float64(disk.Bsize) / 1e9
			var low error
			if free < 2 {
				low = fmt.Errorf("%.1f GB free in %s; hint: a refresh of ten national years needs about 2 GB", free, p.Data)
			}
			add("disk", low, fmt.Sprintf("%.0f GB free", free))
		}
		add("writable", writable(p.Data), p.Data)
		st, err := stage.New(p)
		if err == nil {
			var detail string
			detail, err = st.Doctor()
			add("lake", err, detail)
			for _, r := range st.References() {
				add(r.Table, r.Err, r.Detail)
			}
		}
		detail, err := published(app.Ctx, filepath.Join(p.Sub("outputs"), "latest"))
		add("outputs", err, detail)
	}
	if err := r.print(app.Out, c.Output); err != nil {
		return err
	}
	if failed {
		return fmt.Errorf("something needs mending")
	}
	return nil
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".tmp-doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(filepath.Join(dir, filepath.Base(f.Name())))
	return f.Close()
}

// published compares every table of both databases of a release with the hashes in its manifest.
func published(ctx context.Context, dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "nothing published yet", nil
	}
	if err != nil {
		return "", err
	}
	var m struct {
		Vintage string
		Tables  []lake.Hash
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "manifest.json"), err)
	}
	open := map[string]*duck.DB{}
	var bad []string
	for _, h := range m.Tables {
		if open[h.Database] == nil {
			db, err := duck.OpenReadOnlyLocked(filepath.Join(dir, h.Database+".duckdb"), duck.Options{})
			if err != nil {
				return "", err
			}
			defer db.Close()
			open[h.Database] = db
		}
		if got, err := duck.TableHash(ctx, open[h.Database], "main", h.Table); err != nil || got != h.Hash {
			bad = append(bad, h.Database+"."+h.Table)
		}
	}
	if len(bad) > 0 {
		return "", fmt.Errorf("%d of %d tables of %s aren't what the manifest says: %s", len(bad), len(m.Tables), m.Vintage, strings.Join(bad[:min(3, len(bad))], ", "))
	}
	return fmt.Sprintf("%s, %d tables verified", m.Vintage, len(m.Tables)), nil
}
