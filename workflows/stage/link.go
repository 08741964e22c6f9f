package stage

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/linkage/spec"
	"throughline/pipeline/lake"
	"throughline/workflows"
)

// Kinds of rows of the spine.
const (
	nodeKind       = "node"
	edgeKind       = "edge"
	membershipKind = "membership"
	eventKind      = "event"
)

// linkNote is what the link stage left: the spine's files and what there is to say of them.
type linkNote struct {
	Spine  map[string]lake.File `json:"spine"`
	Report *linkage.Report      `json:"report"`
	Models *linkage.Models      `json:"models"`
	Result workflows.LinkResult `json:"result"`
}

const linkFile = "link.json"

// Link implements workflows.Stages.
func (s *Stages) Link(ctx context.Context, in workflows.RunInput, p workflows.Progress) (*workflows.LinkResult, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	if done, err := l.done(); done != nil || err != nil {
		return done, err
	}
	records, err := l.found()
	if err != nil {
		return nil, err
	}
	if records == nil {
		if records, err = l.gather(ctx, func(int64, int64) {}); err != nil {
			return nil, err
		}
	}
	input, err := l.input(records)
	if err != nil {
		return nil, err
	}
	res, err := linkage.Link(ctx, *input, l.options(), p)
	if err != nil {
		return nil, refused(err)
	}
	return l.finish(records, res)
}

// LinkCluster implements workflows.Stages.
func (s *Stages) LinkCluster(ctx context.Context, in workflows.LinkInput, p workflows.Progress) (*workflows.LinkResult, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	if done, err := l.done(); done != nil || err != nil {
		return done, err
	}
	w, err := l.scored(ctx, in)
	if err != nil {
		return nil, err
	}
	m, err := l.models(ctx, in)
	if err != nil {
		return nil, err
	}
	input, err := l.input(w.records)
	if err != nil {
		return nil, err
	}
	res, err := w.session.Cluster(ctx, *input, w.pairs, w.costs, &m.Models, p)
	if err != nil {
		return nil, err
	}
	res.Models.Expected = m.Expected
	if err := l.keep(w); err != nil {
		return nil, err
	}
	return l.finish(w.records, res)
}

// linking is one run's linkage at work.
type linking struct {
	*Stages
	id   string
	run  *run
	seal lake.Sealer
}

func (s *Stages) linking(id string) (*linking, error) {
	r, err := s.run(id)
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(s.encoder)
	return &linking{s, id, r, seal}, err
}

func (l *linking) options() linkage.Options {
	return linkage.Options{Threads: l.p.DuckDB.Threads, Code: Version}
}

// done is what the run's linkage came to; nil while it has not ended, or its files aren't as they were written.
func (l *linking) done() (*workflows.LinkResult, error) {
	var note linkNote
	if ok, err := l.lake.ReadRun(l.id, linkFile, &note); err != nil || !ok || !l.whole(note.Spine) || !l.queued(l.id) {
		return nil, err
	}
	return &note.Result, l.showQueue(l.id)
}

// gather folds the run's loads into records, one load after another.
func (l *linking) gather(ctx context.Context, p workflows.Progress) (*linkage.Records, error) {
	_, loads, err := l.loads(l.id, l.run)
	if err != nil {
		return nil, err
	}
	gathered := linkage.NewReturns(spec.Authorities(l.p.Schema))
	for i, load := range loads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ids, err := unseal[linkage.Identity](l.lake, l.seal, identityKind, load)
		if err != nil {
			return nil, err
		}
		places, err := unseal[linkage.Address](l.lake, l.seal, addressKind, load)
		if err != nil {
			return nil, err
		}
		stays, err := unseal[linkage.Stay](l.lake, l.seal, stayKind, load)
		if err != nil {
			return nil, err
		}
		for i := range ids {
			gathered.Identity(&ids[i])
		}
		for i := range places {
			gathered.Address(&places[i])
		}
		for i := range stays {
			gathered.Stay(&stays[i])
		}
		p(int64(i+1), int64(len(loads)))
	}
	records, err := gathered.Records()
	if err != nil {
		return nil, rejected(workflows.ReturnRejected, err)
	}
	return records, nil
}

// input is what the run links.
func (l *linking) input(records *linkage.Records) (*linkage.Input, error) {
	previous, err := l.previousSpine(l.run.Parent)
	if err != nil {
		return nil, err
	}
	decisions, err := l.decisionsOf(l.run)
	if err != nil {
		return nil, err
	}
	return &linkage.Input{Records: records, Previous: previous, Decisions: decisions, RunID: l.id, Mint: func(n uint64) string { return l.encoder.PersonID(l.id, n) }}, nil
}

// finish writes the spine and what is known of its quality.
func (l *linking) finish(records *linkage.Records, res *linkage.Result) (*workflows.LinkResult, error) {
	note := linkNote{Spine: map[string]lake.File{}, Report: linkage.NewReport("Linkage of the annual refresh", records, linkage.DefaultRules(), res)}
	note.Models = res.Models
	note.Report.Made["run"], note.Report.Made["program"] = l.id, Version
	if l.run.Plan.Truth != "" {
		truth, err := l.readTruth()
		if err != nil {
			return nil, err
		}
		note.Report.Rows = append(note.Report.Rows, evaluate.Evaluate(truth, res.Nodes, res.Memberships).Rows()...)
	}
	err := l.queue(&note, l.id, l.run, linkage.DefaultRules(), res)
	if err != nil {
		return nil, err
	}
	if note.Spine[nodeKind], err = lake.Seal(l.lake, l.seal, nodeKind, res.Nodes); err != nil {
		return nil, err
	}
	if note.Spine[edgeKind], err = lake.Seal(l.lake, l.seal, edgeKind, res.Edges); err != nil {
		return nil, err
	}
	if note.Spine[membershipKind], err = lake.Seal(l.lake, l.seal, membershipKind, res.Memberships); err != nil {
		return nil, err
	}
	if note.Spine[eventKind], err = lake.Seal(l.lake, l.seal, eventKind, res.Events); err != nil {
		return nil, err
	}
	note.Result = workflows.LinkResult{Identities: int64(len(res.Nodes)), Edges: int64(len(res.Edges)), Persons: int64(res.Persons), Spine: digest(note.Spine)}
	return &note.Result, l.lake.WriteRun(l.id, linkFile, note)
}

// whole reports whether files are there as they were written.
func (s *Stages) whole(files map[string]lake.File) bool {
	for _, f := range files {
		if _, err := s.lake.Verify(f); err != nil {
			return false
		}
	}
	return true
}

// unseal reads one kind of rows of a load's link zone.
func unseal[T any](l *lake.Lake, seal lake.Sealer, kind string, load *lake.Load) ([]T, error) {
	var out []T
	for _, f := range load.Sealed[kind] {
		rows, err := lake.Unseal[T](l, seal, kind, f)
		if err != nil {
			return nil, rejected(workflows.WorkspaceBroken, err)
		}
		out = append(out, rows...)
	}
	return out, nil
}

// previousSpine reads the memberships of the snapshot that a run started from.
func (s *Stages) previousSpine(parent string) ([]linkage.Membership, error) {
	if parent == "" {
		return nil, nil
	}
	snap, err := s.lake.Snapshot(parent)
	if err != nil {
		return nil, rejected(workflows.WorkspaceBroken, err)
	}
	if snap.Key != s.encoder.Fingerprint() {
		return nil, rejected(workflows.SettingsWrong, fmt.Errorf("the last snapshot was made with another key: person ids could not be kept\nhint: bring back the key file, or move the lake away to begin anew"))
	}
	return s.memberships(snap.Spine)
}

func (s *Stages) memberships(spine map[string]lake.File) ([]linkage.Membership, error) {
	seal, err := newSealer(s.encoder)
	if err != nil {
		return nil, err
	}
	m, err := lake.Unseal[linkage.Membership](s.lake, seal, membershipKind, spine[membershipKind])
	if err != nil {
		return nil, rejected(workflows.WorkspaceBroken, err)
	}
	return m, nil
}

// Doctor checks every file of the snapshot that readers use, and says what it holds.
func (s *Stages) Doctor() (string, error) {
	id, err := s.lake.Current()
	if err != nil || id == "" {
		return "nothing published yet", err
	}
	snap, err := s.lake.Snapshot(id)
	if err != nil {
		return "", err
	}
	var bad []string
	for _, f := range snap.Files {
		if _, err := s.lake.Verify(f); err != nil {
			bad = append(bad, f.Path)
		}
	}
	if len(bad) > 0 {
		sort.Strings(bad)
		return "", fmt.Errorf("%d of %d files aren't what the manifest says: %s", len(bad), len(snap.Files), strings.Join(bad[:min(3, len(bad))], ", "))
	}
	return fmt.Sprintf("snapshot %.12s of %d, %d files verified", id, snap.Year, len(snap.Files)), nil
}

// LinkQuality is what the link stage of a run measured.
func (s *Stages) LinkQuality(runID string) ([]linkage.QualityRow, error) {
	var note linkNote
	ok, err := s.lake.ReadRun(runID, linkFile, &note)
	if err == nil && (!ok || note.Report == nil) {
		return nil, fmt.Errorf("run %.12s has not been linked yet", runID)
	}
	if err != nil {
		return nil, err
	}
	return note.Report.Rows, nil
}
