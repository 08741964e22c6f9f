package linkspec

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/linkage/spec"
	"throughline/pipeline/columns"
	"throughline/schemas"
)

// Options are what to link and how.
type Options struct {
	Spec    string            // path of the spec
	Inputs  map[string]string // path by name of input, instead of the spec's
	Truth   string            // path of a file with the id column and whose row each is; empty: what the inputs say
	Out     string            // folder for the results; made when missing
	Without []string          // constraints, score or passes: rules that are left out
	Threads int               // 0: all there are; results don't depend on it
	Models  *linkage.Models   // of an earlier run with the same rules; nil: trained in the run
	Schema  *schemas.Schema   // code sets and authorities
	Version string            // of the program, for the report
}

// Step is a part of the work.
type Step string

// Steps of a run, in order.
const (
	ReadStep  Step = "read"
	LinkStep  Step = "link"
	WriteStep Step = "write"
	PlanStep  Step = "plan" // instead of linking
)

// Progress is told how much of a step is done.
type Progress func(step Step, done, total int64)

// Summary is what a run came to.
type Summary struct {
	Rows, Records int64
	Clusters      int
	Report        *linkage.Report
	Truth         *evaluate.Partition // nil: not known
	Models        *linkage.Models
	Score, Best   *evaluate.Scores // what the score alone gives from its threshold on, and from the best there is; nil: no truth, or nothing was scored
}

// Load reads the spec that o names, with what o leaves out.
func Load(o Options) (*spec.Spec, error) {
	text, err := os.ReadFile(o.Spec)
	if err != nil {
		return nil, err
	}
	s, err := spec.Parse(o.Spec, text, o.Schema)
	if err != nil {
		return nil, err
	}
	for _, w := range o.Without {
		if err := s.Rules.Without(w); err != nil {
			return nil, err
		}
	}
	for name, path := range o.Inputs {
		at := slices.IndexFunc(s.Inputs, func(in spec.Input) bool { return in.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("%s has no input %q\nhint: its inputs are %s", o.Spec, name, strings.Join(inputNames(s), ", "))
		}
		if s.Inputs[at].Path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
	}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		if in.Path == "" {
			return nil, fmt.Errorf("%s: input %s has no path\nhint: say --input %s=PATH", o.Spec, in.Name, in.Name)
		}
		if !filepath.IsAbs(in.Path) {
			in.Path = filepath.Join(filepath.Dir(o.Spec), in.Path)
		}
	}
	return s, nil
}

func inputNames(s *spec.Spec) (out []string) {
	for _, in := range s.Inputs {
		out = append(out, in.Name)
	}
	return out
}

// Run links what the spec describes and writes the results: all of them, or, after an error, none.
func Run(ctx context.Context, s *spec.Spec, o Options, progress Progress) (*Summary, error) {
	if progress == nil {
		progress = func(Step, int64, int64) {}
	}
	g, records, err := gather(ctx, s, o, progress)
	if err != nil {
		return nil, err
	}
	t, err := truth(ctx, s, o, g) // before the work is done: it may not fit
	if err != nil {
		return nil, err
	}
	c, err := linkage.Cluster(ctx, records, linkage.Options{Rules: &s.Rules, Threads: o.Threads, Models: o.Models, Code: o.Version}, func(done, total int64) { progress(LinkStep, done, total) })
	if err != nil {
		return nil, err
	}
	sum := &Summary{Rows: g.Rows(), Records: int64(records.Len()), Clusters: c.Clusters, Truth: known(g, c, t), Models: c.Models}
	sum.judge(c.Models)
	sum.Report = report(s, o, g, records, c, sum)
	return sum, write(ctx, s, o, g, c, sum, progress)
}

// Plan reads the inputs and says what blocking would cost; rows is how many there are.
func Plan(ctx context.Context, s *spec.Spec, o Options, progress Progress) (plan *linkage.Planned, rows int64, err error) {
	if progress == nil {
		progress = func(Step, int64, int64) {}
	}
	g, records, err := gather(ctx, s, o, progress)
	if err != nil {
		return nil, 0, err
	}
	plan, err = linkage.Plan(ctx, records, linkage.Options{Rules: &s.Rules, Threads: o.Threads}, func(done, total int64) { progress(PlanStep, done, total) })
	return plan, g.Rows(), err
}

// gather reads the inputs into records.
func gather(ctx context.Context, s *spec.Spec, o Options, progress Progress) (*spec.Gathering, *linkage.Records, error) {
	g, err := s.Gather(o.Schema)
	if err != nil {
		return nil, nil, err
	}
	var before, total int64
	for _, in := range s.Inputs {
		if at, err := os.Stat(in.Path); err == nil {
			total += at.Size()
		}
	}
	for i, in := range s.Inputs {
		var r *spec.Reader
		size, err := read(ctx, in.Path, in.Delimiter, func(names []string) ([]string, [][]byte, error) {
			var err error
			if r, err = g.Input(i, names); err != nil {
				return nil, nil, err
			}
			return r.Want(), r.Cells(), nil
		}, func() error { return r.Add() }, func(done int64) { progress(ReadStep, before+done, total) })
		if err != nil {
			return nil, nil, hinted(err, in.Name)
		}
		before += size
	}
	records, err := g.Records()
	if err != nil {
		return nil, nil, err
	}
	progress(ReadStep, total, total)
	return g, records, nil
}

// hinted says how another file is given when an input's is not there.
func hinted(err error, name string) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("input %s: %w\nhint: say --input %s=PATH", name, err, name)
	}
	return err
}

// between is how many rows are read before anybody is asked whether to go on.
const between = 1 << 14

// read takes a file row by row: begin says which columns are wanted, and where their fields go before each call of add.
func read(ctx context.Context, path, delimiter string, begin func(names []string) ([]string, [][]byte, error), add func() error, progress func(done int64)) (int64, error) {
	var o columns.Options
	if delimiter != "" {
		o.Delimiter = delimiter[0]
	}
	f, err := columns.Open(path, o)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	want, cells, err := begin(f.Names())
	if err != nil {
		return 0, err
	}
	if err := f.Want(want); err != nil {
		return 0, err
	}
	for f.Next(cells) {
		if err := add(); err != nil {
			return 0, fmt.Errorf("%s: %w", f.Where(), err)
		}
		if f.Rows()%between == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			done, _ := f.Progress()
			progress(done)
		}
	}
	_, size := f.Progress()
	return size, f.Err()
}

// truthColumn is what a truth file calls the person unless the spec says otherwise.
const truthColumn = "cluster"

// truth reads the file that says whose rows are; nil when there is none.
func truth(ctx context.Context, s *spec.Spec, o Options, g *spec.Gathering) (*spec.Truth, error) {
	if o.Truth == "" {
		return nil, nil
	}
	t, cells, person := g.Truth(), make([][]byte, 2), truthColumn
	_, err := read(ctx, o.Truth, "", func(names []string) ([]string, [][]byte, error) {
		if x := s.Inputs[0].Truth; slices.Contains(names, x) {
			person = x
		}
		for _, c := range []string{s.Inputs[0].ID, person} {
			if !slices.Contains(names, c) {
				return nil, nil, fmt.Errorf("%s has no column %q\nhint: it must have the id column of the inputs, and %s with whose record the row is; it has %s",
					filepath.Base(o.Truth), c, person, strings.Join(names, ", "))
			}
		}
		return []string{s.Inputs[0].ID, person}, cells, nil
	}, func() error { t.Add(cells[0], cells[1]); return nil }, func(int64) {})
	if err != nil {
		return nil, fmt.Errorf("truth: %w", err)
	}
	switch n := t.Missing(); {
	case n > 0:
		return nil, fmt.Errorf("truth: %d of %d rows of the inputs have no line in %s\nhint: is it of these inputs? a row of which it isn't known whose it is needs its %s, with %s left empty",
			n, g.Rows(), filepath.Base(o.Truth), s.Inputs[0].ID, person)
	case t.Persons() == 0:
		return nil, fmt.Errorf("truth: %s says of no row whose it is: its column %s is empty", filepath.Base(o.Truth), person)
	}
	return t, nil
}

// known compares with the truth, where there is any.
func known(g *spec.Gathering, c *linkage.Clustering, t *spec.Truth) *evaluate.Partition {
	labels := g.Labels(t)
	if len(labels) == 0 {
		return nil
	}
	return evaluate.Clusters(c.Of, labels, g.Groups(), c.Pairs())
}

// made is where the figures come from.
func made(s *spec.Spec, o Options, g *spec.Gathering, c *linkage.Clustering) map[string]string {
	out := map[string]string{"spec": s.Hash(), "rules": c.Models.Rules, "program": o.Version, "data": g.Fingerprint()}
	for _, m := range c.Models.Models {
		out["model "+m.Kind] = m.Hash
	}
	if len(o.Without) > 0 {
		w := slices.Clone(o.Without)
		slices.Sort(w)
		out["without"] = strings.Join(w, ", ")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s", out["spec"], out["data"], out["program"], out["without"]))
	out["run"] = hex.EncodeToString(sum[:6]) // the same when the run is repeated
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}
