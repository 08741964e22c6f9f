package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"throughline/workflows"
	"throughline/workflows/project"
	"throughline/workflows/settings"
	"throughline/workflows/stage"
)

// InitCmd makes a project folder.
type InitCmd struct {
	Dir     string `arg:"" help:"The folder to make." type:"path"`
	Project string `help:"Name of the project; its keys belong to it. Usually the folder's name."`
}

// Run implements the command.
func (c *InitCmd) Run(app *App) error {
	p, err := project.Init(c.Dir, c.Project, false, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(app.Out, `project %s in %s
  settings   %s and temporal.yaml, each key explained in place
  keys       %s: keep a copy where only you can read it; without it no later run can link to this one's
  inbox      put returns under %s/YEAR/AUTHORITY/
             YEAR ends on 31 March (2024), AUTHORITY is an ONS code (E08000025; 'throughline codes authorities' lists them)
next: throughline refresh --dir %s
`, p.Project, p.Dir, filepath.Join(p.Dir, project.File), p.KeyPath, filepath.Join(p.Sub("inbox"), "ssda903"), p.Dir)
	return nil
}

// Project is what commands that run stages need.
type Project struct {
	Dir         string
	DataDir     string
	TemporalDir string
	ID          string
	Temporal    *settings.Settings
	Stages      workflows.Stages

	Opened *project.Project
}

// openProject reads a project folder, its keys included.
func openProject(dir string) (*Project, error) {
	p, err := project.Open(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "temporal.yaml")
	t, err := settings.Default()
	if err != nil {
		return nil, err
	}
	if _, statErr := os.Stat(path); !errors.Is(statErr, fs.ErrNotExist) {
		if t, err = settings.Load(path); err != nil {
			return nil, err
		}
	}
	s, err := stage.New(p)
	if err != nil {
		return nil, err
	}
	return &Project{Dir: dir, DataDir: p.Data, TemporalDir: p.Sub("temporal"), ID: p.Project, Temporal: t, Stages: s, Opened: p}, nil
}
