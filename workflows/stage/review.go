package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"throughline/linkage"
	"throughline/linkage/review"
	"throughline/linkage/score"
	"throughline/pipeline/lake"
	"throughline/workflows"
)

// Kinds of rows of clerical review, sealed in the link zone.
const (
	decisionKind = "decision"
	caseKind     = "review"
)

// Files of clerical review: the order of decisions, and which run's queue people see, in the lake; and a run's queue among its notes.
const (
	decisionLog = "link/decision/log.json"
	queueShown  = "link/review/shown.json"
	queueFile   = "review.json"
)

// log is the order in which files of decisions were added. Files are only ever added at its end.
type log struct {
	Files []lake.File `json:"files"`
}

// decided names the decisions that a run obeys: so many rows of the log, from its first on.
type decided struct {
	Rows int    `json:"rows"`
	Hash string `json:"hash"` // of those that stand, without when they were made
}

// shown names the run whose queue people see.
type shown struct {
	RunID string `json:"run_id"`
}

// queueNote is the queue that a run left.
type queueNote struct {
	Cases  lake.File      `json:"cases"`
	Models []*score.Model `json:"models"`
	Words  review.Words   `json:"words"` // of rules, by id
}

// readLake reads a JSON file of the lake; ok is false when there is none.
func (s *Stages) readLake(name string, v any) (ok bool, err error) {
	b, err := os.ReadFile(s.lake.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, rejected(workflows.WorkspaceBroken, fmt.Errorf("%s: %w\nhint: bring the file back from a copy", name, err))
	}
	return true, nil
}

func (s *Stages) writeLake(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return lake.WriteFile(s.lake.Path(name), append(b, '\n'))
}

// decisions reads all decisions, in the order in which they were made.
func (s *Stages) decisions() ([]linkage.Decision, log, error) {
	var l log
	if ok, err := s.readLake(decisionLog, &l); err != nil || !ok {
		return nil, l, err
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		return nil, l, err
	}
	var out []linkage.Decision
	for _, f := range l.Files {
		rows, err := lake.Unseal[linkage.Decision](s.lake, seal, decisionKind, f)
		if err != nil {
			return nil, l, rejected(workflows.WorkspaceBroken, fmt.Errorf("decisions of clerical review: %w", err))
		}
		out = append(out, rows...)
	}
	return out, l, nil
}

// decidedNow names the decisions made so far; nil when there are none.
func (s *Stages) decidedNow() (*decided, error) {
	all, _, err := s.decisions()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &decided{Rows: len(all), Hash: decisionHash(all)}, nil
}

// decisionHash names what decisions say together. When they were made doesn't matter.
func decisionHash(all []linkage.Decision) string {
	standing := linkage.Standing(all)
	for i := range standing {
		standing[i].AtUTC, standing[i].Known = 0, false
	}
	return digest(standing)
}

// decisionsOf reads the decisions that a run obeys. Those with which its parent snapshot was made are known.
func (s *Stages) decisionsOf(r *run) ([]linkage.Decision, error) {
	if r.Plan.Decisions == nil {
		return nil, nil
	}
	all, _, err := s.decisions()
	if err != nil {
		return nil, err
	}
	n := r.Plan.Decisions.Rows
	if n > len(all) || decisionHash(all[:n]) != r.Plan.Decisions.Hash {
		return nil, rejected(workflows.WorkspaceBroken, errors.New("decisions of clerical review aren't those that the run was planned with\nhint: bring back the lake's link/decision from a copy, or start the refresh again"))
	}
	all = all[:n]
	known := 0
	if r.Parent != "" {
		if snap, err := s.lake.Snapshot(r.Parent); err == nil {
			if before, err := s.run(snap.RunID); err == nil && before.Plan.Decisions != nil {
				known = min(n, before.Plan.Decisions.Rows)
			}
		}
	}
	for i := range known {
		all[i].Known = true
	}
	return all, nil
}

// caseID names a pair of records for people.
func (s *Stages) caseID(a, b linkage.Key) string {
	return review.ID(s.encoder.Pseudonym("review case", string(a[:]), string(b[:])))
}

// queue writes what a run asks people, shows it to them, and counts it and what they decided in the run's note.
func (s *Stages) queue(note *linkNote, runID string, r *run, rules *linkage.Rules, res *linkage.Result) error {
	decisions, err := s.decisionsOf(r)
	if err != nil {
		return err
	}
	cases := review.New(res, decisions, s.caseID)
	note.Report.Rows = append(note.Report.Rows, review.Rows(cases, decisions)...)
	note.Report.Review = review.Summary(cases, decisions)
	seal, err := newSealer(s.encoder)
	if err != nil {
		return err
	}
	q := queueNote{Words: review.RuleWords(rules)}
	if res.Models != nil {
		q.Models = res.Models.Models
	}
	if q.Cases, err = lake.Seal(s.lake, seal, caseKind, cases); err != nil {
		return err
	}
	if err := s.lake.WriteRun(runID, queueFile, q); err != nil {
		return err
	}
	return s.showQueue(runID)
}

// queued reports whether a run's queue is there as it was written.
func (s *Stages) queued(runID string) bool {
	var q queueNote
	ok, err := s.lake.ReadRun(runID, queueFile, &q)
	return ok && err == nil && s.whole(map[string]lake.File{caseKind: q.Cases})
}

// showQueue lets people see a run's queue.
func (s *Stages) showQueue(runID string) error {
	var now shown
	if ok, err := s.readLake(queueShown, &now); err != nil || ok && now.RunID == runID {
		return err
	}
	return s.writeLake(queueShown, shown{RunID: runID})
}

// Review reads the queue of the run that was linked last, and all decisions.
func (s *Stages) Review() (*review.Queue, error) {
	out, _, err := s.review()
	return out, err
}

// review gives the log besides.
func (s *Stages) review() (*review.Queue, log, error) {
	var now shown
	ok, err := s.readLake(queueShown, &now)
	if err == nil && !ok {
		err = errors.New("nothing was linked yet\nhint: 'throughline link' or 'throughline refresh' first")
	}
	if err != nil {
		return nil, log{}, err
	}
	var note queueNote
	ok, err = s.lake.ReadRun(now.RunID, queueFile, &note)
	if err == nil && !ok {
		err = rejected(workflows.WorkspaceBroken, fmt.Errorf("the queue of run %.12s isn't there\nhint: 'throughline link' makes it again", now.RunID))
	}
	if err != nil {
		return nil, log{}, err
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		return nil, log{}, err
	}
	cases, err := lake.Unseal[review.Case](s.lake, seal, caseKind, note.Cases)
	if err != nil {
		return nil, log{}, rejected(workflows.WorkspaceBroken, fmt.Errorf("the queue of run %.12s: %w", now.RunID, err))
	}
	all, l, err := s.decisions()
	if err != nil {
		return nil, log{}, err
	}
	obeyed := 0
	if r, err := s.run(now.RunID); err == nil && r.Plan.Decisions != nil {
		obeyed = r.Plan.Decisions.Rows
	}
	out := &review.Queue{RunID: now.RunID, Asked: cases, Models: note.Models, Words: note.Words, Invented: s.p.Demo}
	last := map[string]int{}
	for i, d := range all {
		id := s.caseID(d.A, d.B)
		last[id] = i
		out.Decisions = append(out.Decisions, review.Decided{Decision: d, Case: id, Obeyed: i < obeyed})
	}
	for _, i := range last {
		out.Decisions[i].Stands = true
	}
	for _, c := range cases {
		if _, ok := last[c.ID]; !ok {
			out.Cases = append(out.Cases, c)
		}
	}
	return out, l, nil
}

// Decide adds what a person or several said, all of it or, when something is wrong with any, nothing. It tells how many decisions are new:
// what was said before in the same words isn't added again. The next run obeys.
func (s *Stages) Decide(words []review.Word, at time.Time) (added int, err error) {
	if err := os.MkdirAll(filepath.Dir(s.lake.Path(decisionLog)), 0o700); err != nil {
		return 0, err
	}
	lock, err := os.OpenFile(s.lake.Path("link/decision/.lock"), os.O_CREATE|os.O_RDWR, 0o600) // let go by the system when a process dies
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return 0, fmt.Errorf("lock the decisions: %w\nhint: the lake must lie on a disk that can lock files", err)
	}
	now, l, err := s.review()
	if err != nil {
		return 0, err
	}
	pairs := map[string][2]linkage.Key{}
	several := map[string]bool{}
	name := func(id string, a, b linkage.Key) {
		k := [2]linkage.Key{a, b}
		if was, ok := pairs[id]; ok && was != k {
			several[id] = true
		}
		pairs[id] = k
	}
	for _, c := range now.Asked {
		name(c.ID, c.A, c.B)
	}
	last := map[string]linkage.Decision{}
	var all []linkage.Decision
	for _, d := range now.Decisions {
		name(d.Case, d.A, d.B)
		last[d.Case] = d.Decision
		all = append(all, d.Decision)
		at = time.Unix(max(at.Unix(), d.AtUTC), 0) // a clock that was set back doesn't make the newest decision an old one
	}
	var rows []linkage.Decision
	var errs []error
	for i := range words {
		w := &words[i]
		k, ok := pairs[w.Case]
		err := w.Check()
		switch {
		case err != nil:
		case !ok:
			err = fmt.Errorf("no case %s: it is neither in the queue nor decided\nhint: 'throughline link review' lists cases; those of another project or key have other names", w.Case)
		case several[w.Case]:
			err = fmt.Errorf("case %s is the name of two cases, so it can't be decided", w.Case)
		case k[0] == k[1] && !w.Same:
			err = fmt.Errorf("case %s is about one record, which can't be split here\nhint: ask the authority for a return in which the two children have two numbers; 'same' says that it is one child after all", w.Case)
		}
		if err != nil {
			if w.Line > 0 {
				err = fmt.Errorf("line %d: %w", w.Line, err)
			}
			errs = append(errs, err)
			continue
		}
		d := linkage.Decision{A: k[0], B: k[1], Same: w.Same, Reason: w.Reason, Reviewer: w.Reviewer, AtUTC: at.Unix()}
		if was, ok := last[w.Case]; ok && was.Same == d.Same && was.Reason == d.Reason && was.Reviewer == d.Reviewer {
			continue
		}
		last[w.Case] = d
		rows = append(rows, d)
	}
	if len(errs) > 0 {
		return 0, errors.Join(errs...)
	}
	if d, ok := review.Contradiction(append(all, rows...)); ok {
		return 0, fmt.Errorf("case %s is decided to be two children, yet other decisions together make it one\nhint: 'throughline link review decisions' lists them; decide one of them anew", s.caseID(d.A, d.B))
	}
	if len(rows) == 0 {
		return 0, nil
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		return 0, err
	}
	f, err := lake.Seal(s.lake, seal, decisionKind, rows)
	if err != nil {
		return 0, err
	}
	if err := s.lake.Sync([]lake.File{f}); err != nil {
		return 0, err
	}
	l.Files = append(l.Files, f)
	return len(rows), s.writeLake(decisionLog, l)
}
