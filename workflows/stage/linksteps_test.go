package stage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"throughline/fixtures"
	"throughline/linkage"
	"throughline/pipeline/lake"
	"throughline/workflows"
	"throughline/workflows/project"
)

func quiet(int64, int64) {}

// invented makes a project with invented returns of 2019 to 2022. Two of one seed have the same runs.
func invented(t *testing.T) *Stages { return crowd(t, 120) }

// crowd is invented with so many children ever in care.
func crowd(t testing.TB, children int) *Stages {
	o := fixtures.DefaultOptions
	o.Seed, o.Children, o.Authorities = 7, children, 4
	o.FirstYear, o.LastYear = 2019, 2022
	return inhabited(t, o)
}

// inhabited makes a project with an invented population.
func inhabited(t testing.TB, o fixtures.Options) *Stages {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "care")
	p, err := project.Init(dir, "demo-7", true, 7)
	if err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	if _, err := fixtures.Generate(t.Context(), p.Schema, o, made, func(done, total int64) {}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"inbox", "truth"} {
		if err := os.RemoveAll(p.Sub(n)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(made, n), p.Sub(n)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ingested plans a run up to a year and takes all its deliveries.
func ingested(t testing.TB, s *Stages, year int) string {
	t.Helper()
	run := planned(t, s, year)
	all, err := s.Deliveries(t.Context(), workflows.DeliveriesInput{RunID: run.RunID, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all.Deliveries {
		if _, err := s.Ingest(t.Context(), workflows.IngestInput{RunID: run.RunID, Delivery: d}, quiet); err != nil {
			t.Fatal(err)
		}
	}
	return run.RunID
}

// cutAt prepares a run with so many records a shard.
func cutAt(t *testing.T, s *Stages, run string, shardRecords int) workflows.LinkInput {
	t.Helper()
	cut, err := s.LinkPrepare(t.Context(), workflows.LinkPrepareInput{RunID: run, ShardRecords: shardRecords}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return workflows.LinkInput{RunID: run, LinkCut: *cut}
}

// linkCut links a run in steps, those beside each other at the same time.
func linkCut(t *testing.T, s *Stages, in workflows.LinkInput) *workflows.LinkResult {
	t.Helper()
	if in.Whole() {
		t.Fatal("the run isn't cut")
	}
	var wg sync.WaitGroup
	for i := range in.Shards {
		wg.Go(func() { block(t, s, in, i) })
	}
	wg.Wait()
	for i := range in.Parts {
		wg.Go(func() {
			if _, err := s.LinkScore(context.Background(), workflows.LinkScoreInput{LinkInput: in, Part: i}, quiet); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := s.LinkTrain(t.Context(), in, quiet); err != nil {
		t.Fatal(err)
	}
	out, err := s.LinkCluster(t.Context(), in, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func block(t *testing.T, s *Stages, in workflows.LinkInput, shard int) *workflows.LinkBlockResult {
	t.Helper()
	out, err := s.LinkBlock(context.Background(), workflows.LinkBlockInput{LinkInput: in, Shard: shard}, quiet)
	if err != nil {
		t.Error(err)
	}
	return out
}

func linkWhole(t testing.TB, s *Stages, run string) *workflows.LinkResult {
	t.Helper()
	out, err := s.Link(t.Context(), workflows.RunInput{RunID: run}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// note is what the link stage of a run left, as text.
func note(t *testing.T, s *Stages, run string) string {
	t.Helper()
	b, err := os.ReadFile(s.lake.Path(lake.Runs(run, linkFile)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// publishedAs makes a linked run the one that readers use, so that the next run starts from it.
func publishedAs(t *testing.T, s *Stages, run string) {
	t.Helper()
	r, err := s.run(run)
	if err != nil {
		t.Fatal(err)
	}
	var n linkNote
	if ok, err := s.lake.ReadRun(run, linkFile, &n); !ok || err != nil {
		t.Fatal(ok, err)
	}
	id, err := s.lake.PutSnapshot(&lake.Snapshot{RunID: run, Basis: r.Basis, Parent: r.Parent, Year: r.Plan.Year, Key: r.Plan.Key, Spine: n.Spine})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.lake.SetCurrent(id, r.Parent); err != nil {
		t.Fatal(err)
	}
}

// Once a run is linked, Link finds its work done: so each way needs a lake of its own, and the runs of equal inboxes have equal ids.
func TestACutRunGivesWhatAWholeOneGives(t *testing.T) {
	s := invented(t)
	run := ingested(t, s, 2022)
	if in := cutAt(t, s, run, 1_000_000); !in.Whole() {
		t.Fatalf("a small run is cut: %+v", in)
	}
	if in := cutAt(t, s, run, 0); !in.Whole() {
		t.Fatalf("a run is cut though nothing says how: %+v", in)
	}
	want := linkWhole(t, s, run)
	wrote := note(t, s, run)
	for _, records := range []int{50, 150} {
		if err := os.Remove(s.lake.Path(lake.Runs(run, linkFile))); err != nil {
			t.Fatal(err)
		}
		in := cutAt(t, s, run, records)
		if got := linkCut(t, s, in); *got != *want || note(t, s, run) != wrote {
			t.Errorf("cut into %d: %+v, want %+v", in.Shards, got, want)
		}
		if again := cutAt(t, s, run, records); !again.Whole() {
			t.Errorf("a run that is linked is cut again: %+v", again)
		}
	}
	// the records that a cut run kept serve one that isn't
	if err := os.Remove(s.lake.Path(lake.Runs(run, linkFile))); err != nil {
		t.Fatal(err)
	}
	if got := linkWhole(t, s, run); *got != *want || note(t, s, run) != wrote {
		t.Errorf("whole, from kept records: %+v, want %+v", got, want)
	}
}

// Any file or note of a cut run may be lost, as in a loss of power, between any two steps.
func TestAStepWhoseWorkIsLostIsDoneAgain(t *testing.T) {
	s := invented(t)
	run := ingested(t, s, 2022)
	in := cutAt(t, s, run, 100)
	want := linkCut(t, s, in)
	wrote := note(t, s, run)
	for _, c := range []struct {
		name string
		lose []string // patterns of what is lost before training is asked for again
	}{
		{"the note of a shard", []string{"runs/*/link/*/block-0.json"}},
		{"pairs of a part", []string{"link/work/*/score/*"}},
		{"pairs and their notes", []string{"link/work/*/score/*", "runs/*/link/*/score-*.json"}},
		{"the records", []string{"link/work/*/records/*"}},
		{"the models", []string{"link/work/*/model/*"}},
		{"every file", []string{"link/work/*"}},
		{"every note", []string{"runs/*/link"}},
		{"everything", []string{"link/work", "runs/*/link"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, pattern := range append(c.lose, "runs/*/"+linkFile) {
				found, err := filepath.Glob(s.lake.Path(pattern))
				if err != nil || len(found) == 0 {
					t.Fatalf("%s: %d files, %v", pattern, len(found), err)
				}
				for _, p := range found {
					if err := os.RemoveAll(p); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.inUse = recordsInUse{}
			if got, err := s.LinkCluster(t.Context(), in, quiet); err != nil || *got != *want || note(t, s, run) != wrote {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		})
	}
	t.Run("a file that was changed", func(t *testing.T) {
		for _, pattern := range []string{"link/work/*/score/*", "link/work/*/records/*"} {
			found, err := filepath.Glob(s.lake.Path(pattern))
			if err != nil || len(found) == 0 {
				t.Fatal(pattern, err)
			}
			if err := os.WriteFile(found[0], []byte("broken"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(s.lake.Path(lake.Runs(run, linkFile))); err != nil {
			t.Fatal(err)
		}
		s.inUse = recordsInUse{}
		if got := linkCut(t, s, in); *got != *want || note(t, s, run) != wrote {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// A shard that is searched again gives the same files, and finds its work done when they are there.
func TestAShardSearchedAgainGivesTheSameFiles(t *testing.T) {
	s := invented(t)
	run := ingested(t, s, 2022)
	in := cutAt(t, s, run, 100)
	read := func() (n blockNote) {
		t.Helper()
		if ok, err := s.lake.ReadRun(run, "link/"+cutName(in.LinkCut)+"/block-1.json", &n); !ok || err != nil {
			t.Fatal(ok, err)
		}
		return n
	}
	first := block(t, s, in, 1)
	was := read()
	if again := block(t, s, in, 1); *again != *first {
		t.Errorf("%+v, then %+v", first, again)
	}
	for _, files := range was.Parts {
		for _, f := range files {
			if err := os.Remove(s.lake.Path(f.Path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if again := block(t, s, in, 1); *again != *first || !reflect.DeepEqual(read(), was) {
		t.Errorf("%+v, then %+v: the files differ", first, again)
	}
	if first.Pairs == 0 || first.Compared == 0 {
		t.Errorf("the shard is empty: %+v", first)
	}
}

func TestARunSinceAnotherGivesWhatAWholeOneGives(t *testing.T) {
	s := invented(t)
	first := ingested(t, s, 2021)
	linkCut(t, s, cutAt(t, s, first, 100))
	publishedAs(t, s, first)
	run := ingested(t, s, 2022)
	in := cutAt(t, s, run, 100)
	if in.Since != first || in.Shards != 1 || in.Parts < 2 {
		t.Fatalf("not cut to what changed since: %+v", in)
	}
	since := block(t, s, in, 0)
	got := linkCut(t, s, in)
	quality, err := s.LinkQuality(run)
	if err != nil {
		t.Fatal(err)
	}

	// in full, since the work of the first run is gone
	for _, p := range []string{"link/work", "runs/" + run + "/link", "runs/" + run + "/" + linkFile} {
		if err := os.RemoveAll(s.lake.Path(p)); err != nil {
			t.Fatal(err)
		}
	}
	s.inUse = recordsInUse{}
	full := cutAt(t, s, run, 100)
	if full.Since != "" || full.Shards < 2 {
		t.Fatalf("nothing of the first run is there: %+v", full)
	}
	looked := int64(0)
	for i := range full.Shards {
		looked += block(t, s, full, i).Compared
	}
	if want := linkCut(t, s, full); *got != *want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if since.Compared >= looked || since.Whole != looked {
		t.Errorf("%d pairs of %d looked at since, %d in full", since.Compared, since.Whole, looked)
	}
	whole, err := s.LinkQuality(run)
	if err != nil || len(whole) != len(quality) {
		t.Fatalf("%d rows of quality, %d in full, %v", len(quality), len(whole), err)
	}
	for i := range whole {
		if quality[i] != whole[i] {
			t.Errorf("%+v, in full %+v", quality[i], whole[i])
		}
	}
	// asked for what changed since a run whose work is gone, the step looks at all
	if lost := block(t, s, in, 0); lost.Compared != looked {
		t.Errorf("%d pairs looked at, in full %d", lost.Compared, looked)
	}
}

func TestOnlyWhatALaterRunNeedsIsKept(t *testing.T) {
	s := invented(t)
	works := func(run, kind string) int {
		t.Helper()
		found, err := filepath.Glob(s.lake.Path("link/work/" + run + "/" + kind + "/*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	first := ingested(t, s, 2020)
	cutAt(t, s, first, 50)
	abandoned := ingested(t, s, 2019)
	cutAt(t, s, abandoned, 20)
	linkCut(t, s, cutAt(t, s, first, 50))
	if works(first, recordsKind) == 0 || works(first, scoreKind) == 0 || works(first, blockKind) != 0 || works(abandoned, recordsKind) == 0 {
		t.Errorf("after a run: %d, %d, %d, %d", works(first, recordsKind), works(first, scoreKind), works(first, blockKind), works(abandoned, recordsKind))
	}
	publishedAs(t, s, first)
	second := ingested(t, s, 2021)
	linkCut(t, s, cutAt(t, s, second, 50))
	if works(first, scoreKind) == 0 || works(abandoned, recordsKind) != 0 {
		t.Error("the published run's work is what the next needs, and that of a run that can't be published any more nobody's")
	}
	publishedAs(t, s, second)
	linkCut(t, s, cutAt(t, s, ingested(t, s, 2022), 50))
	if works(first, scoreKind)+works(first, recordsKind) != 0 || works(second, scoreKind) == 0 {
		t.Error("the work of a run before the last is still there, or the last's isn't")
	}
}

// What steps leave is sealed, and what they return is counts and names.
func TestNothingOfARecordIsInTheOpen(t *testing.T) {
	s := invented(t)
	run := ingested(t, s, 2022)
	in := cutAt(t, s, run, 100)
	l, err := s.linking(run)
	if err != nil {
		t.Fatal(err)
	}
	records, err := l.found()
	if err != nil || records == nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(linkCut(t, s, in))
	if err != nil {
		t.Fatal(err)
	}
	open := map[string][]byte{"result": b}
	for _, root := range []string{"link/work", "runs"} {
		err := filepath.WalkDir(s.lake.Path(root), func(p string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				open[p], err = os.ReadFile(p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range open {
		for i := range records.Len() {
			k := records.Key(i)
			for _, form := range [][]byte{k[:], []byte(hex.EncodeToString(k[:])), []byte(base64.StdEncoding.EncodeToString(k[:]))} {
				if bytes.Contains(text, form) {
					t.Fatalf("the key of a record is in %s", name)
				}
			}
		}
	}
}

func TestARunOverItsBudgetIsNotTriedAgain(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind string
	}{
		{fmt.Errorf("shard 3: %w", &linkage.OverBudget{Rule: "dob and sex", Compared: 9, Allowed: 8}), workflows.SettingsWrong},
		{os.ErrPermission, ""},
		{nil, ""},
	} {
		if got := rejectedAs(refused(c.err)); got != c.kind || !errors.Is(refused(c.err), c.err) {
			t.Errorf("%v is %q, want %q", c.err, got, c.kind)
		}
	}
}

func TestAnArtifactOfSeveralFiles(t *testing.T) {
	s := invented(t)
	l, err := s.linking(planned(t, s, 0).RunID)
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("0123456789abcde"), (fileBytes+3*rowBytes)/15)
	files, err := l.put(blockKind, content)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if got, err := l.get(blockKind, files); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes of %d, %v", len(got), len(content), err)
	}
	if none, err := l.put(blockKind, nil); err != nil || len(none) != 0 {
		t.Errorf("nothing takes %d files, %v", len(none), err)
	}
	if _, err := l.get(scoreKind, files); err == nil {
		t.Error("pairs that are to be compared were opened as pairs that were")
	}
}
