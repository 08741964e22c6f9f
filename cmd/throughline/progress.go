package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"

	"throughline/workflows"
)

// progressView shows how far a run is.
type progressView interface {
	show(p workflows.RefreshProgress, h workflows.Heartbeat)
	close()
}

// newProgressView is a bar for each stage on a terminal, and plain lines elsewhere.
func newProgressView(out io.Writer) progressView {
	if f, ok := out.(*os.File); ok {
		if i, err := f.Stat(); err == nil && i.Mode()&os.ModeCharDevice != 0 {
			return newBars(out)
		}
	}
	return &lines{out: out, seen: map[workflows.Stage]bool{}, ended: map[workflows.Stage]bool{}}
}

// stageLabel is what a person reads.
func stageLabel(s workflows.Stage) string {
	switch s {
	case workflows.PlanStage:
		return "plan"
	case workflows.IngestStage:
		return "ingest deliveries"
	case workflows.LinkStage:
		return "link children"
	case workflows.BuildStage:
		return "build models"
	case workflows.SignOffStage:
		return "wait for sign-off"
	case workflows.PublishStage:
		return "publish"
	}
	return string(s)
}

// howFar is the part of the stage at hand that is done.
func howFar(p workflows.RefreshProgress, h workflows.Heartbeat) (done, total int64) {
	if p.Total > 0 {
		return p.Done, p.Total
	}
	return h.Done, h.Total
}

// signOffHint says what a run waits for.
func signOffHint(p workflows.RefreshProgress) string {
	return "somebody else says yes with 'throughline runs approve --release " + p.RunID + "', or no with 'runs reject'"
}

// lines is the view for a log file or a pipe.
type lines struct {
	out         io.Writer
	seen, ended map[workflows.Stage]bool
	last        time.Time
}

// between is how often a line says how far a stage is.
const between = 10 * time.Second

func (l *lines) show(p workflows.RefreshProgress, h workflows.Heartbeat) {
	for _, s := range p.Stages {
		if !l.seen[s.Stage] {
			l.seen[s.Stage], l.last = true, time.Now()
			if s.Stage == workflows.SignOffStage {
				fmt.Fprintf(l.out, "%s: %s\n", stageLabel(s.Stage), signOffHint(p))
			}
		}
		if !s.Ended.IsZero() && !l.ended[s.Stage] {
			l.ended[s.Stage] = true
			fmt.Fprintf(l.out, "%s: done in %s%s\n", stageLabel(s.Stage), seconds(s.Ended.Sub(s.Started)), stageCounts(p, s.Stage))
		}
	}
	if done, total := howFar(p, h); total > 0 && p.Stage != workflows.EndStage && time.Since(l.last) > between {
		l.last = time.Now()
		fmt.Fprintf(l.out, "%s: %d of %d\n", stageLabel(p.Stage), done, total)
	}
}

func (l *lines) close() {}

// stageCounts is what a stage came to.
func stageCounts(p workflows.RefreshProgress, s workflows.Stage) string {
	switch {
	case s == workflows.IngestStage:
		i := p.Ingest
		out := fmt.Sprintf(": %d deliveries, %d files, %d rows, %d kept, %d findings", i.Deliveries, i.Files, i.Rows, i.Kept, i.Findings)
		if i.QuarantinedFiles > 0 {
			out += fmt.Sprintf(", %d files quarantined", i.QuarantinedFiles)
		}
		if i.Rejected > 0 {
			out += fmt.Sprintf(", %d deliveries rejected", i.Rejected)
		}
		return out
	case s == workflows.LinkStage && p.Link != nil:
		return fmt.Sprintf(": %d identities, %d persons", p.Link.Identities, p.Link.Persons)
	case s == workflows.BuildStage && p.Build != nil:
		return fmt.Sprintf(": %d models, %d rows", p.Build.Models, p.Build.Rows)
	case s == workflows.PublishStage && p.Publish != nil:
		return ": vintage " + p.Publish.Vintage
	}
	return ""
}

// seconds writes a time a person can compare with others.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// bars is the view for a terminal.
type bars struct {
	writer   progress.Writer
	ended    chan struct{}
	trackers map[workflows.Stage]*progress.Tracker
}

func newBars(out io.Writer) *bars {
	w := progress.NewWriter()
	w.SetOutputWriter(out)
	w.SetAutoStop(false)
	w.SetTrackerLength(30)
	w.SetMessageLength(20)
	w.SetUpdateFrequency(100 * time.Millisecond)
	w.SetStyle(progress.StyleBlocks)
	w.SetTrackerPosition(progress.PositionRight)
	w.Style().Visibility.TrackerOverall = false
	w.Style().Visibility.Speed = false
	w.Style().Visibility.Value = false
	b := &bars{writer: w, ended: make(chan struct{}), trackers: map[workflows.Stage]*progress.Tracker{}}
	go func() {
		defer close(b.ended)
		w.Render()
	}()
	return b
}

func (b *bars) show(p workflows.RefreshProgress, h workflows.Heartbeat) {
	for _, s := range p.Stages {
		t := b.trackers[s.Stage]
		if t == nil {
			t = &progress.Tracker{Message: stageLabel(s.Stage)}
			b.trackers[s.Stage] = t
			b.writer.AppendTracker(t)
			if s.Stage == workflows.SignOffStage {
				b.writer.Log("%s", signOffHint(p))
			}
		}
		if s.Stage == p.Stage && s.Ended.IsZero() {
			if done, total := howFar(p, h); total > 0 {
				t.UpdateTotal(total)
				t.SetValue(min(done, total-1)) // the stage's end is told, not counted
			}
		}
		if !s.Ended.IsZero() && !t.IsDone() {
			t.MarkAsDone()
		}
	}
}

func (b *bars) close() {
	b.writer.Stop()
	<-b.ended
}
