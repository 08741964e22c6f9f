package evaluate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"throughline/workflows"
	"throughline/workflows/project"
	"throughline/workflows/stage"
)

// Steps hears of each step of the work by name, and says who hears how far it is.
type Steps func(name string) (progress workflows.Progress, done func())

// lives are the files of the truth that are the same however records are kept.
var lives = []string{"person.csv", "episode.csv"}

// Run evaluates the published run of p, an invented population, with clean: a folder in which the same population lies with its inbox and truth,
// written without mistakes. What is read and modelled on the way is left in that folder.
func Run(ctx context.Context, p *project.Project, clean string, steps Steps) (*Result, error) {
	s, err := stage.New(p)
	if err != nil {
		return nil, err
	}
	plan, err := s.Plan(ctx, workflows.PlanInput{})
	if err != nil {
		return nil, err
	}
	if !plan.Done {
		return nil, fmt.Errorf("the outputs in %s aren't of what its inbox holds, or were made by another version\nhint: 'throughline refresh --dir %s' first", p.Dir, p.Dir)
	}
	for _, name := range lives {
		a, err1 := os.ReadFile(filepath.Join(p.Sub("truth"), name))
		b, err2 := os.ReadFile(filepath.Join(clean, "truth", name))
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if !bytes.Equal(a, b) {
			return nil, fmt.Errorf("%s: this version invents other children with the same options, so that they can't be compared\nhint: make the demo again, in a new folder", filepath.Join(p.Sub("truth"), name))
		}
	}
	q := *p
	q.Data = clean
	t, err := stage.New(&q)
	if err != nil {
		return nil, err
	}
	run, err := ingest(ctx, t, plan.Year, steps)
	if err != nil {
		return nil, err
	}
	db := databases{Perfect: filepath.Join(clean, "perfect.duckdb"), Messy: filepath.Join(clean, "messy.duckdb"),
		Run: filepath.Join(p.Sub("outputs"), "latest", "research.duckdb"), Published: filepath.Join(p.Sub("outputs"), "latest", "publication.duckdb")}
	for _, b := range []struct {
		name, run, path string
		stages          *stage.Stages
	}{{"build without mistakes", run, db.Perfect, t}, {"build with true links", plan.RunID, db.Messy, s}} {
		progress, done := steps(b.name)
		err := b.stages.BuildByTruth(ctx, b.run, b.path, progress)
		done()
		if err != nil {
			return nil, err
		}
	}
	out, err := compare(ctx, db)
	if err != nil {
		return nil, err
	}
	out.Year = plan.Year
	return out, nil
}

// ingest takes all deliveries into the lake, and returns the run.
func ingest(ctx context.Context, s *stage.Stages, year int, steps Steps) (runID string, err error) {
	plan, err := s.Plan(ctx, workflows.PlanInput{Year: year})
	if err != nil {
		return "", err
	}
	all, err := s.Deliveries(ctx, workflows.DeliveriesInput{RunID: plan.RunID, Limit: plan.Deliveries})
	if err != nil {
		return "", err
	}
	progress, done := steps("read without mistakes")
	defer done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan workflows.Delivery)
	go func() {
		defer close(work)
		for _, d := range all.Deliveries {
			select {
			case work <- d:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	var readers sync.WaitGroup
	read := int64(0)
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for d := range work {
				if _, err := s.Ingest(ctx, workflows.IngestInput{RunID: plan.RunID, Delivery: d}, func(int64, int64) {}); err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				read++
				progress(read, int64(plan.Deliveries))
				mu.Unlock()
			}
		})
	}
	readers.Wait()
	return plan.RunID, context.Cause(ctx)
}
