package main

import (
	"bytes"
	"testing"
	"time"

	"throughline/workflows"
)

func TestProgressInALogFile(t *testing.T) {
	var out bytes.Buffer
	v := newProgressView(&out)
	began := time.Date(2024, time.September, 1, 5, 0, 0, 0, time.UTC)
	p := workflows.RefreshProgress{RunID: "9f2c", Year: 2024, Stage: workflows.IngestStage, Done: 3, Total: 30, Stages: []workflows.StageTime{
		{Stage: workflows.PlanStage, Started: began, Ended: began.Add(1500 * time.Millisecond)},
		{Stage: workflows.IngestStage, Started: began.Add(1500 * time.Millisecond)},
	}}
	v.show(p, workflows.Heartbeat{})
	v.show(p, workflows.Heartbeat{})
	p.Stages[1].Ended = began.Add(12 * time.Second)
	p.Ingest = workflows.IngestTotals{Deliveries: 29, Files: 40, Rows: 100, Kept: 90, QuarantinedFiles: 1, Rejected: 1}
	p.Stage, p.Done, p.Total = workflows.SignOffStage, 0, 0
	p.Stages = append(p.Stages, workflows.StageTime{Stage: workflows.SignOffStage, Started: began.Add(12 * time.Second)})
	v.show(p, workflows.Heartbeat{})
	v.close()
	want := `plan: done in 1.5s
ingest deliveries: done in 10.5s: 29 deliveries, 40 files, 100 rows, 90 kept, 0 findings, 1 files quarantined, 1 deliveries rejected
wait for sign-off: somebody else says yes with 'throughline runs approve --release 9f2c', or no with 'runs reject'
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestHowFar(t *testing.T) {
	for _, c := range []struct {
		name        string
		p           workflows.RefreshProgress
		h           workflows.Heartbeat
		done, total int64
	}{
		{"deliveries are counted by the run", workflows.RefreshProgress{Done: 3, Total: 30}, workflows.Heartbeat{Done: 9, Total: 10}, 3, 30},
		{"a stage of one activity tells by its heartbeats", workflows.RefreshProgress{}, workflows.Heartbeat{Done: 9, Total: 10}, 9, 10},
		{"a stage that tells nothing", workflows.RefreshProgress{}, workflows.Heartbeat{}, 0, 0},
	} {
		if done, total := howFar(c.p, c.h); done != c.done || total != c.total {
			t.Errorf("%s: %d of %d", c.name, done, total)
		}
	}
}

func TestRunName(t *testing.T) {
	for _, c := range []struct {
		in   workflows.RefreshInput
		want string
	}{
		{workflows.RefreshInput{Year: 2024}, "refresh/2024"},
		{workflows.RefreshInput{}, "refresh/latest"},
		{workflows.RefreshInput{Year: 2024, Stages: []workflows.Stage{workflows.LinkStage}}, "link/2024"},
		{workflows.RefreshInput{Year: 2024, Stages: []workflows.Stage{workflows.LinkStage, workflows.BuildStage}}, "refresh/2024"},
	} {
		if got := runName(c.in); got != c.want {
			t.Errorf("%+v is %s, want %s", c.in, got, c.want)
		}
	}
}
