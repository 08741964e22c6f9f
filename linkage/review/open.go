package review

import (
	"throughline/linkage"
	"throughline/linkage/score"
)

// Queue is what people are asked about a run, and what they said so far.
type Queue struct {
	RunID     string
	Asked     []Case // by the run, most useful first
	Cases     []Case // of them, those that nobody has decided since
	Models    []*score.Model
	Words     Words
	Decisions []Decided // in the order in which they were made
	Invented  bool      // the children are made up
}

// Decided is a decision and what became of it.
type Decided struct {
	linkage.Decision
	Case   string
	Stands bool // it is the last word on its case
	Obeyed bool // the run obeyed it; else it waits for the next
}

// State is what became of the decision, in words.
func (d *Decided) State() string {
	switch {
	case !d.Stands:
		return "replaced"
	case d.Obeyed:
		return "obeyed"
	}
	return "waits for the next run"
}

// Model is the model of a kind; nil when there is none.
func (q *Queue) Model(kind string) *score.Model {
	for _, m := range q.Models {
		if m.Kind == kind {
			return m
		}
	}
	return nil
}

// Waiting counts decisions that stand and wait for the next run.
func (q *Queue) Waiting() int {
	n := 0
	for i := range q.Decisions {
		if d := &q.Decisions[i]; d.Stands && !d.Obeyed {
			n++
		}
	}
	return n
}

// Summary counts what waits for people, and what they decided.
func (q *Queue) Summary() linkage.ReviewSummary {
	all := make([]linkage.Decision, len(q.Decisions))
	for i := range q.Decisions {
		all[i] = q.Decisions[i].Decision
	}
	return Summary(q.Cases, all)
}

// Find gives a case that was asked, and the last decision on it; either is nil when there is none.
func (q *Queue) Find(id string) (*Case, *Decided) {
	var c *Case
	var d *Decided
	for i := range q.Asked {
		if q.Asked[i].ID == id {
			c = &q.Asked[i]
		}
	}
	for i := range q.Decisions {
		if q.Decisions[i].Case == id && q.Decisions[i].Stands {
			d = &q.Decisions[i]
		}
	}
	return c, d
}
