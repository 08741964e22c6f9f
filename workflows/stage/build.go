package stage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"throughline/linkage"
	"throughline/pipeline/duck"
	"throughline/pipeline/lake"
	"throughline/pipeline/models"
	"throughline/workflows"
)

// buildNote is what the build stage left: research.duckdb and the content of its tables. It lies beside the database, not in the lake: the
// bytes of a database differ from build to build, its tables don't.
type buildNote struct {
	File   string                `json:"file"` // SHA-256 of the database
	Tables []lake.Hash           `json:"tables"`
	Result workflows.BuildResult `json:"result"`
}

const (
	buildFile  = "research.json"
	researchDB = "research.duckdb"
)

// vintage names a run's folder of outputs.
func (r *run) vintage(id string) string { return fmt.Sprintf("%d-%.12s", r.Plan.Year, id) }

// firstYear is the first collection year of the run's returns.
func (r *run) firstYear() int {
	first := r.Plan.Year
	for _, d := range r.Plan.Deliveries {
		if d.Dataset == "ssda903" {
			first = min(first, d.Year)
		}
	}
	return first
}

func (s *Stages) duckOptions() duck.Options {
	return duck.Options{MemoryLimit: s.p.DuckDB.Memory, Threads: s.p.DuckDB.Threads}
}

// Build implements workflows.Stages.
func (s *Stages) Build(ctx context.Context, in workflows.RunInput, p workflows.Progress) (*workflows.BuildResult, error) {
	r, err := s.run(in.RunID)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(s.p.Sub("outputs"), r.vintage(in.RunID))
	out := filepath.Join(dir, researchDB)
	if note, ok := s.built(r.vintage(in.RunID)); ok {
		return &note.Result, nil
	}
	_, loads, err := s.loads(in.RunID, r)
	if err != nil {
		return nil, err
	}
	var link linkNote
	if ok, err := s.lake.ReadRun(in.RunID, linkFile, &link); err != nil {
		return nil, err
	} else if !ok {
		return nil, rejected(workflows.WorkspaceBroken, fmt.Errorf("run %.12s isn't linked yet\nhint: 'throughline link' first", in.RunID))
	}
	inputs, err := s.modelInputs(in.RunID, r, loads, &link)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(dir, ".tmp-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	tmp := filepath.Join(scratch, researchDB)
	var note buildNote
	note.Result, err = s.fill(ctx, tmp, inputs, p, func(db *duck.DB) (err error) {
		note.Tables, err = tableHashes(ctx, db, "research")
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := replace(tmp, out); err != nil {
		return nil, err
	}
	note.File = fileHash(out)
	b, err := json.MarshalIndent(note, "", " ")
	if err != nil {
		return nil, err
	}
	return &note.Result, lake.WriteFile(filepath.Join(dir, buildFile), append(b, '\n'))
}

// built reads the note beside a vintage's research database; ok is false unless the database is what the note says.
func (s *Stages) built(vintage string) (note buildNote, ok bool) {
	dir := filepath.Join(s.p.Sub("outputs"), vintage)
	b, err := os.ReadFile(filepath.Join(dir, buildFile))
	if err != nil || json.Unmarshal(b, &note) != nil {
		return note, false
	}
	return note, note.File != "" && fileHash(filepath.Join(dir, researchDB)) == note.File
}

// fill builds the models in a new database at path, and shows it before it is closed.
func (s *Stages) fill(ctx context.Context, path string, in *models.Inputs, p workflows.Progress, show func(*duck.DB) error) (out workflows.BuildResult, err error) {
	db, err := duck.Open(path, s.duckOptions())
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := models.Prepare(ctx, db, s.p.Schema, *in); err != nil {
		return out, err
	}
	res, err := models.Build(ctx, db, p)
	if err != nil {
		return out, err
	}
	if err := db.Checkpoint(ctx); err != nil {
		return out, err
	}
	return workflows.BuildResult{Models: res.Models, Rows: res.Rows}, show(db)
}

// modelInputs gathers what the models read: verified Parquet files, the spine, and what is known of quality.
func (s *Stages) modelInputs(id string, r *run, loads []*lake.Load, link *linkNote) (*models.Inputs, error) {
	in, err := s.delivered(id, r, loads)
	if err != nil {
		return nil, err
	}
	for _, q := range link.Report.Rows {
		in.LinkQuality = append(in.LinkQuality, models.LinkQuality(q))
	}
	members, err := s.memberships(link.Spine)
	if err != nil {
		return nil, err
	}
	in.Memberships = asModelled(members)
	return in, nil
}

// delivered is what the models read of deliveries, without a spine.
func (s *Stages) delivered(id string, r *run, loads []*lake.Load) (*models.Inputs, error) {
	in := &models.Inputs{Parquet: map[string][]string{}, Run: models.Run{FirstYear: r.firstYear(), LastYear: r.Plan.Year, Vintage: r.vintage(id), ID: id, Demo: r.Plan.Demo}}
	for _, l := range loads {
		for _, m := range s.p.Schema.Dataset(l.Dataset).Modules {
			for _, f := range l.Tables[m.ID] {
				path, err := s.lake.Verify(f)
				if err != nil {
					return nil, rejected(workflows.WorkspaceBroken, err)
				}
				t := models.LakeTable(l.Dataset, m.ID)
				in.Parquet[t] = append(in.Parquet[t], path)
			}
		}
		for _, c := range l.Counts {
			in.Deliveries = append(in.Deliveries, models.Delivery{Dataset: l.Dataset, Year: l.Year, LA: l.LA, Module: c.Module, Files: int64(c.Files), Rows: c.Rows, Kept: c.Kept, Quarantined: c.Quarantined})
		}
		for _, x := range l.Skipped {
			in.Skipped = append(in.Skipped, models.SkippedRule{Dataset: l.Dataset, Year: l.Year, LA: l.LA, Rule: x.Rule, Why: x.Why})
		}
		for _, f := range l.FindingCounts {
			in.Findings = append(in.Findings, models.Finding{Dataset: l.Dataset, Year: l.Year, LA: l.LA, Module: f.Module, Rule: f.Rule, Kind: f.Kind, Title: f.Title, Severity: f.Severity, Column: f.Column, Findings: f.N})
		}
	}
	return in, nil
}

// asModelled hands memberships to the models.
func asModelled(members []linkage.Membership) iter.Seq[models.Membership] {
	return func(yield func(models.Membership) bool) {
		for _, m := range members {
			if !yield(models.Membership{ChildKey: m.Key, Source: m.Source, Holder: m.Holder, PersonID: m.PersonID, Pass: m.Pass, MatchProbability: m.MatchProbability}) {
				return
			}
		}
	}
}

// tableHashes names the content of every table of a database, in order of name.
func tableHashes(ctx context.Context, db *duck.DB, name string) ([]lake.Hash, error) {
	rows, err := db.Select(ctx, "select table_name, estimated_size from duckdb_tables() where schema_name = 'main' and not temporary order by table_name")
	if err != nil {
		return nil, err
	}
	var out []lake.Hash
	for rows.Next() {
		h := lake.Hash{Database: name}
		if err := rows.Scan(&h.Table, &h.Rows); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		out = append(out, h)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Hash, err = duck.TableHash(ctx, db, "main", out[i].Table); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// replace moves a finished file into place, synced.
func replace(from, to string) error {
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return lake.SyncDir(filepath.Dir(to))
}

// fileHash is a file's SHA-256 in hex; empty when it can't be read.
func fileHash(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
