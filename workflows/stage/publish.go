package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/duck"
	"throughline/pipeline/lake"
	"throughline/pipeline/publish"
	"throughline/pipeline/report"
	"throughline/workflows"
	"throughline/workflows/linkpage"
)

const (
	publicationDB = "publication.duckdb"
	reportFile    = "report.html"
	cataloguePage = "indicators.html"
	linkagePage   = "linkage.html" // counts rounded: safe to leave
	linkageFile   = "linkage.json" // exact: stays inside
	modelFile     = "link_model.json"
	manifestFile  = "manifest.json"
)

// Publish implements workflows.Stages.
func (s *Stages) Publish(ctx context.Context, in workflows.PublishInput, p workflows.Progress) (*workflows.PublishResult, error) {
	r, err := s.run(in.RunID)
	if err != nil {
		return nil, err
	}
	ids, loads, err := s.loads(in.RunID, r)
	if err != nil {
		return nil, err
	}
	partial := false
	for _, l := range loads {
		for _, c := range l.Counts {
			partial = partial || c.Module == ""
		}
	}
	if partial && !in.AllowPartial && !s.p.Policies.PublishPartial {
		return nil, rejected(workflows.PartialRun, errors.New("some files were set aside, so the results would be partial\nhint: mend them ('throughline check' says how) and refresh again, or publish without them: --allow-partial"))
	}
	var link linkNote
	if _, err := s.lake.ReadRun(in.RunID, linkFile, &link); err != nil {
		return nil, err
	}
	vintage := r.vintage(in.RunID)
	dir := filepath.Join(s.p.Sub("outputs"), vintage)
	research, publication := filepath.Join(dir, researchDB), filepath.Join(dir, publicationDB)
	build, ok := s.built(vintage)
	if !ok {
		return nil, rejected(workflows.WorkspaceBroken, fmt.Errorf("%s isn't there, or not as it was built\nhint: 'throughline build' makes it", research))
	}
	p(0, 3)
	policy, err := publish.DefaultPolicy()
	if err != nil {
		return nil, err
	}
	o := publish.Options{Policy: policy, Datasets: s.p.Schema.Datasets, Database: s.duckOptions(),
		Vintage: publish.Vintage{ID: vintage, RunID: in.RunID, FirstYear: r.firstYear(), LastYear: r.Plan.Year, Demo: r.Plan.Demo, Release: r.Plan.Release}}
	if r.Parent != "" {
		if snap, err := s.lake.Snapshot(r.Parent); err == nil {
			if before := filepath.Join(s.p.Sub("outputs"), snap.Vintage, publicationDB); fileHash(before) != "" {
				o.Previous = before
			}
		}
	}
	if _, err := publish.Publish(ctx, research, publication, o); err != nil {
		return nil, err
	}
	p(1, 3)
	hashes, err := s.writeReport(ctx, publication, filepath.Join(dir, reportFile))
	if err != nil {
		return nil, err
	}
	if err := writeCatalogue(ctx, publication, filepath.Join(dir, cataloguePage)); err != nil {
		return nil, err
	}
	if err := writeAreas(ctx, publication, dir); err != nil {
		return nil, err
	}
	if err := s.writeLinkage(ctx, research, dir, &link, r.Plan.Demo); err != nil {
		return nil, err
	}
	p(2, 3)
	snap := &lake.Snapshot{RunID: in.RunID, Basis: r.Basis, Parent: r.Parent, Year: r.Plan.Year, Vintage: vintage, Schema: r.Plan.Schema, Code: r.Plan.Code, Key: r.Plan.Key,
		Models: r.Plan.Models, Loads: ids, Partial: partial, Spine: link.Spine, Tables: append(build.Tables, hashes...)}
	for i, l := range loads {
		manifest, err := s.lake.Manifest(lake.LoadDir(l.Dataset, l.Year, l.LA), ids[i])
		if err != nil {
			return nil, rejected(workflows.WorkspaceBroken, err)
		}
		snap.Files = append(append(snap.Files, manifest), l.Files()...)
	}
	for _, k := range []string{nodeKind, edgeKind, membershipKind, eventKind} {
		snap.Files = append(snap.Files, link.Spine[k])
	}
	id, err := s.lake.PutSnapshot(snap)
	if err != nil {
		return nil, err
	}
	if err := s.writeManifest(dir, id, snap, loads); err != nil {
		return nil, err
	}
	if err := s.lake.SetCurrent(id, r.Parent); err != nil {
		return nil, rejected(workflows.WorkspaceBroken, err)
	}
	if err := pointLatest(s.p.Sub("outputs"), vintage); err != nil {
		return nil, err
	}
	p(3, 3)
	return &workflows.PublishResult{Vintage: vintage, Snapshot: id, Partial: partial}, nil
}

// writeReport makes the page from the publication database alone, and returns what its tables hold.
func (s *Stages) writeReport(ctx context.Context, publication, path string) ([]lake.Hash, error) {
	data, err := publish.ReportData(ctx, publication)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := report.Write(&page, data); err != nil {
		return nil, err
	}
	o := s.duckOptions()
	o.ReadOnly = true
	db, err := duck.Open(publication, o)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	hashes, err := tableHashes(ctx, db, "publication")
	if err != nil {
		return nil, err
	}
	return hashes, lake.WriteFile(path, page.Bytes())
}

// writeCatalogue makes the page of all indicators, from the publication database alone.
func writeCatalogue(ctx context.Context, publication, path string) error {
	data, err := publish.CatalogueData(ctx, publication)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.WriteFindings(&page, data); err != nil {
		return err
	}
	return lake.WriteFile(path, page.Bytes())
}

// writeAreas makes the sheets of areas, from the publication database alone.
func writeAreas(ctx context.Context, publication, dir string) error {
	pages, err := publish.AreaPages(ctx, publication)
	if err != nil {
		return err
	}
	for _, a := range pages {
		var page bytes.Buffer
		if err := report.WriteFindings(&page, a.Page); err != nil {
			return fmt.Errorf("%s: %w", a.File, err)
		}
		if err := lake.WriteFile(filepath.Join(dir, filepath.FromSlash(a.File)), page.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// writeLinkage says beside the outputs how well the linkage went: the run's report, with linked children compared to unlinked ones.
func (s *Stages) writeLinkage(ctx context.Context, research, dir string, of *linkNote, demo bool) error {
	all := *of.Report
	o := s.duckOptions()
	o.ReadOnly = true
	db, err := duck.Open(research, o)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Select(ctx, "select section, item, subgroup, value, note from link_subgroup order by all")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var q linkage.QualityRow
		if err := rows.Scan(&q.Section, &q.Item, &q.Subgroup, &q.Value, &q.Note); err != nil {
			return err
		}
		all.Rows = append(all.Rows[:len(all.Rows):len(all.Rows)], q)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	names := map[string]string{"ssda903": "looked-after returns", "ssda903 lineage": "returns of one authority", "ssda903 uasc": "returns of asylum-seeking children"}
	for _, a := range s.p.Schema.Authorities {
		names[a.Code] = a.Name
	}
	var page bytes.Buffer
	if err := linkpage.Render(&page, &all, linkpage.Options{Invented: demo, Rounded: true, Names: names}); err != nil {
		return err
	}
	for name, v := range map[string]any{linkageFile: &all, modelFile: of.Models} {
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			return err
		}
		if err := lake.WriteFile(filepath.Join(dir, name), append(text, '\n')); err != nil {
			return err
		}
	}
	return lake.WriteFile(filepath.Join(dir, linkagePage), page.Bytes())
}

// writeManifest says beside the outputs what they were made from.
func (s *Stages) writeManifest(dir, id string, snap *lake.Snapshot, loads []*lake.Load) error {
	type input struct {
		Delivery string       `json:"delivery"`
		Files    []lake.Input `json:"files"`
	}
	m := struct {
		Snapshot string      `json:"snapshot"`
		RunID    string      `json:"run_id"`
		Vintage  string      `json:"vintage"`
		Year     int         `json:"year"`
		Demo     bool        `json:"demo"`
		Partial  bool        `json:"partial"`
		Code     string      `json:"code"`
		Schema   string      `json:"schema"`
		Models   string      `json:"models"`
		Key      string      `json:"key"`
		Inputs   []input     `json:"inputs"`
		Tables   []lake.Hash `json:"tables"`
	}{Snapshot: id, RunID: snap.RunID, Vintage: snap.Vintage, Year: snap.Year, Demo: s.p.Demo, Partial: snap.Partial, Code: snap.Code, Schema: snap.Schema, Models: snap.Models, Key: snap.Key, Tables: snap.Tables}
	for _, l := range loads {
		m.Inputs = append(m.Inputs, input{Delivery: fmt.Sprintf("%s/%d/%s", l.Dataset, l.Year, l.LA), Files: l.Inputs})
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return lake.WriteFile(filepath.Join(dir, manifestFile), append(b, '\n'))
}

// pointLatest makes outputs/latest lead to a vintage, in one step.
func pointLatest(outputs, vintage string) error {
	tmp := filepath.Join(outputs, ".tmp-latest")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(vintage, tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(outputs, "latest")); err != nil {
		return err
	}
	return lake.SyncDir(outputs)
}

// Sweep removes what a killed process left half written, in the lake and the outputs. Call it while no other process works here.
func (s *Stages) Sweep() error {
	left, err := filepath.Glob(filepath.Join(s.p.Sub("outputs"), "*", ".tmp-*"))
	if err != nil {
		return err
	}
	for _, p := range left {
		if strings.HasPrefix(filepath.Base(p), ".tmp-") {
			err = errors.Join(err, os.RemoveAll(p))
		}
	}
	return errors.Join(err, s.lake.Sweep())
}
