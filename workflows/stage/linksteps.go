package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"throughline/linkage"
	"throughline/linkage/score"
	"throughline/pipeline/lake"
	"throughline/workflows"
)

// maxShards bounds the steps of a run, and with them its history: each shard leaves a file for each part.
const maxShards = 64

// Sizes of a pair as linkage.Session gives it, in bytes.
const (
	proposedBytes = 16
	scoredBytes   = 24
)

// LinkPrepare implements workflows.Stages. A run that is small, or linked already, isn't cut.
func (s *Stages) LinkPrepare(ctx context.Context, in workflows.LinkPrepareInput, p workflows.Progress) (*workflows.LinkCut, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	if err := s.sweepWork(in.RunID); err != nil {
		return nil, err
	}
	if done, err := l.done(); done != nil || err != nil {
		return &workflows.LinkCut{}, err
	}
	_, loads, err := s.loads(in.RunID, l.run)
	if err != nil {
		return nil, err
	}
	rows := int64(0) // no fewer than there will be records
	for _, x := range loads {
		for _, f := range x.Sealed[identityKind] {
			rows += f.Rows
		}
	}
	most := int64(in.ShardRecords)
	if most <= 0 || rows <= most {
		return &workflows.LinkCut{}, nil
	}
	records, err := l.records(ctx, p)
	if err != nil {
		return nil, err
	}
	n := int(min(maxShards, (int64(records.Len())+most-1)/most))
	if n < 2 {
		return &workflows.LinkCut{}, nil
	}
	cut := &workflows.LinkCut{Shards: n, Parts: n}
	if before := l.before(); before != "" {
		cut.Shards, cut.Since = 1, before
	}
	return cut, nil
}

// blockNote is what the search of one shard left.
type blockNote struct {
	Parts  [][]lake.File             `json:"parts"` // pairs, by part
	Costs  []linkage.Cost            `json:"costs"` // by rule
	Result workflows.LinkBlockResult `json:"result"`
}

// LinkBlock implements workflows.Stages.
func (s *Stages) LinkBlock(ctx context.Context, in workflows.LinkBlockInput, p workflows.Progress) (*workflows.LinkBlockResult, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	note, err := l.blocks(ctx, in, p, func(n *blockNote) error {
		for _, files := range n.Parts {
			if err := l.verify(files); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &note.Result, nil
}

// blocks finds what the search of a shard left, or searches.
func (l *linking) blocks(ctx context.Context, in workflows.LinkBlockInput, p workflows.Progress, use func(*blockNote) error) (*blockNote, error) {
	return step(l, fmt.Sprintf("%s/block-%d.json", cutName(in.LinkCut), in.Shard), use, func() (*blockNote, error) {
		records, err := l.records(ctx, nothing)
		if err != nil {
			return nil, err
		}
		session, err := linkage.NewSession(records, l.options())
		if err != nil {
			return nil, err
		}
		found, err := l.propose(ctx, session, in, p)
		if err != nil {
			return nil, err
		}
		note := &blockNote{Costs: found.Costs}
		for _, c := range found.Costs {
			note.Result.Whole += int64(c.Compared)
		}
		note.Result.Compared = note.Result.Whole - found.Known
		for _, part := range found.Parts {
			files, err := l.put(blockKind, part)
			if err != nil {
				return nil, err
			}
			note.Parts = append(note.Parts, files)
			note.Result.Pairs += int64(len(part) / proposedBytes)
		}
		return note, nil
	})
}

// propose looks at the blocks of a shard, or at what changed since a run whose work is there.
func (l *linking) propose(ctx context.Context, session *linkage.Session, in workflows.LinkBlockInput, p workflows.Progress) (*linkage.Proposed, error) {
	if in.Since != "" {
		if since, err := l.since(in.Since); err == nil {
			found, err := session.ProposeSince(ctx, *since, in.Parts, p)
			if err != nil {
				return nil, refused(err)
			}
			return found, nil
		}
	}
	found, err := session.Propose(ctx, linkage.Shard{N: in.Shard, Of: in.Shards}, in.Parts, p)
	return found, refused(err)
}

// refused tells a run that its rules don't allow from one that may be tried again.
func refused(err error) error {
	var over *linkage.OverBudget
	if errors.As(err, &over) {
		return rejected(workflows.SettingsWrong, err)
	}
	return err
}

// scoreNote is what the comparison of one part left.
type scoreNote struct {
	Pairs  []lake.File               `json:"pairs"`
	Result workflows.LinkScoreResult `json:"result"`
}

// LinkScore implements workflows.Stages.
func (s *Stages) LinkScore(ctx context.Context, in workflows.LinkScoreInput, p workflows.Progress) (*workflows.LinkScoreResult, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	note, err := l.scores(ctx, in, p, func(n *scoreNote) error { return l.verify(n.Pairs) })
	if err != nil {
		return nil, err
	}
	return &note.Result, nil
}

// scores finds what the comparison of a part left, or compares.
func (l *linking) scores(ctx context.Context, in workflows.LinkScoreInput, p workflows.Progress, use func(*scoreNote) error) (*scoreNote, error) {
	return step(l, fmt.Sprintf("%s/score-%d.json", cutName(in.LinkCut), in.Part), use, func() (*scoreNote, error) {
		var proposed [][]byte
		for shard := range in.Shards {
			_, err := l.blocks(ctx, workflows.LinkBlockInput{LinkInput: in.LinkInput, Shard: shard}, nothing, func(n *blockNote) error {
				if in.Part >= len(n.Parts) {
					return fmt.Errorf("%s: part %d isn't there", cutName(in.LinkCut), in.Part)
				}
				b, err := l.get(blockKind, n.Parts[in.Part])
				if err == nil {
					proposed = append(proposed, b)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			p(int64(shard+1), int64(in.Shards+1))
		}
		records, err := l.records(ctx, nothing)
		if err != nil {
			return nil, err
		}
		session, err := linkage.NewSession(records, l.options())
		if err != nil {
			return nil, err
		}
		pairs, err := session.Score(ctx, proposed)
		if err != nil {
			return nil, err
		}
		note := &scoreNote{Result: workflows.LinkScoreResult{Pairs: int64(len(pairs) / scoredBytes)}}
		note.Pairs, err = l.put(scoreKind, pairs)
		return note, err
	})
}

// scoredWork is what training and clustering read.
type scoredWork struct {
	records *linkage.Records
	session *linkage.Session
	pairs   [][]byte
	files   []lake.File // of the pairs
	costs   [][]linkage.Cost
}

// scored reads all parts.
func (l *linking) scored(ctx context.Context, in workflows.LinkInput) (*scoredWork, error) {
	w := &scoredWork{}
	for part := range in.Parts {
		note, err := l.scores(ctx, workflows.LinkScoreInput{LinkInput: in, Part: part}, nothing, func(n *scoreNote) error {
			b, err := l.get(scoreKind, n.Pairs)
			if err == nil {
				w.pairs = append(w.pairs, b)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		w.files = append(w.files, note.Pairs...)
	}
	for shard := range in.Shards {
		note, err := l.blocks(ctx, workflows.LinkBlockInput{LinkInput: in, Shard: shard}, nothing, func(*blockNote) error { return nil })
		if err != nil {
			return nil, err
		}
		w.costs = append(w.costs, note.Costs)
	}
	var err error
	if w.records, err = l.records(ctx, nothing); err != nil {
		return nil, err
	}
	w.session, err = linkage.NewSession(w.records, l.options())
	return w, err
}

// learned are models, with what only the run that trained them knows.
type learned struct {
	linkage.Models
	Expected map[string][]score.Expectation `json:"expected"`
}

// trainNote is what training left.
type trainNote struct {
	Models []lake.File               `json:"models"`
	Result workflows.LinkTrainResult `json:"result"`
}

// LinkTrain implements workflows.Stages.
func (s *Stages) LinkTrain(ctx context.Context, in workflows.LinkInput, p workflows.Progress) (*workflows.LinkTrainResult, error) {
	l, err := s.linking(in.RunID)
	if err != nil {
		return nil, err
	}
	note, err := l.train(ctx, in, func(n *trainNote) error { return l.verify(n.Models) })
	if err != nil {
		return nil, err
	}
	return &note.Result, nil
}

// train finds what training left, or trains.
func (l *linking) train(ctx context.Context, in workflows.LinkInput, use func(*trainNote) error) (*trainNote, error) {
	return step(l, cutName(in.LinkCut)+"/train.json", use, func() (*trainNote, error) {
		w, err := l.scored(ctx, in)
		if err != nil {
			return nil, err
		}
		m, err := w.session.Train(w.pairs)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(learned{*m, m.Expected})
		if err != nil {
			return nil, err
		}
		note := &trainNote{}
		note.Models, err = l.put(modelKind, b)
		note.Result = workflows.LinkTrainResult{Models: len(m.Models), Hash: digest(note.Models)}
		return note, err
	})
}

// models reads what was learned.
func (l *linking) models(ctx context.Context, in workflows.LinkInput) (*learned, error) {
	m := &learned{}
	_, err := l.train(ctx, in, func(n *trainNote) error {
		b, err := l.get(modelKind, n.Models)
		if err != nil {
			return err
		}
		*m = learned{}
		return json.Unmarshal(b, m)
	})
	return m, err
}

// keptNote is what a later run needs so as to block only what changed since.
type keptNote struct {
	Records []lake.File `json:"records"`
	Scored  []lake.File `json:"scored"`
	Rules   string      `json:"rules"`
	Code    string      `json:"code"`
	Key     string      `json:"key"`
}

const keptFile = "link/kept.json"

// keep notes what the next run needs, and lets go of what only this one did.
func (l *linking) keep(w *scoredWork) error {
	var records recordsNote
	if ok, err := l.lake.ReadRun(l.id, recordsFile, &records); err != nil || !ok {
		return errors.Join(err, fmt.Errorf("%s of run %.12s was lost while it was linked", recordsFile, l.id))
	}
	note := keptNote{Records: records.Records, Scored: w.files, Rules: linkage.DefaultRules().Hash(), Code: Version, Key: l.encoder.Fingerprint()}
	if err := l.lake.WriteRun(l.id, keptFile, note); err != nil {
		return err
	}
	return os.RemoveAll(l.lake.Path("link/" + l.workName(blockKind)))
}

// before is the run of the parent snapshot when its work can be built upon; else empty.
func (l *linking) before() string {
	if l.run.Parent == "" {
		return ""
	}
	snap, err := l.lake.Snapshot(l.run.Parent)
	if err != nil {
		return ""
	}
	if _, ok := l.kept(snap.RunID); !ok {
		return ""
	}
	return snap.RunID
}

// kept reads what a run kept; ok is false when there is nothing, or it is of other rules, another program or another key.
func (l *linking) kept(runID string) (note keptNote, ok bool) {
	ok, err := l.lake.ReadRun(runID, keptFile, &note)
	ok = ok && err == nil && note.Rules == linkage.DefaultRules().Hash() && note.Code == Version && note.Key == l.encoder.Fingerprint()
	return note, ok && l.verify(note.Records) == nil && l.verify(note.Scored) == nil
}

// since reads what a run kept.
func (l *linking) since(runID string) (*linkage.Since, error) {
	before := &linking{l.Stages, runID, nil, l.seal}
	note, ok := l.kept(runID)
	if !ok {
		return nil, fmt.Errorf("run %.12s kept nothing that can be used", runID)
	}
	records, err := linkage.LoadRecords(before.open(recordsKind, note.Records))
	if err != nil {
		return nil, err
	}
	b, err := before.get(scoreKind, note.Scored)
	return &linkage.Since{Records: records, Scored: [][]byte{b}}, err
}

// nothing is a Progress that nobody hears.
func nothing(int64, int64) {}
