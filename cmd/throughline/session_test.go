//go:build integration

package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"throughline/workflows"
	"throughline/workflows/embedded"
	"throughline/workflows/stagetest"
)

// quiet is a context whose log says nothing but errors.
func quiet(t *testing.T) context.Context {
	return hclog.WithContext(t.Context(), hclog.New(&hclog.LoggerOptions{Level: hclog.Error}))
}

// stopAt calls stop when it has been told certain words.
type stopAt struct {
	bytes.Buffer
	words string
	seen  bool
	stop  func()
}

func (s *stopAt) Write(b []byte) (int, error) {
	n, err := s.Buffer.Write(b)
	if !s.seen && strings.Contains(s.String(), s.words) {
		s.seen = true
		s.stop()
	}
	return n, err
}

func TestSignOffInAnotherSession(t *testing.T) {
	p := idleProject(t, t.TempDir(), &stagetest.Fake{Deliver: 3})
	p.Temporal.SignOff.Required = true
	ctx, interrupt := context.WithTimeout(quiet(t), time.Minute)
	defer interrupt()
	lines := &stopAt{words: "runs approve --release " + stagetest.RunID, stop: interrupt}
	if _, err := runRefresh(ctx, p, workflows.RefreshInput{Year: 2024, By: "Ann"}, lines); !errors.Is(err, errDetached) || !lines.seen {
		t.Fatalf("%v\n%s", err, &lines.Buffer)
	}
	err := withTemporal(quiet(t), p, toLook, func(ctx context.Context, s *session) error {
		d, err := s.DescribeWorkflowExecution(ctx, "refresh/2024", "")
		if err != nil {
			return err
		}
		if got := s.state(ctx, d.GetWorkflowExecutionInfo()); got != "unfinished, and nothing is running it" {
			t.Errorf("state %q", got)
		}
		if got := memo(d.GetWorkflowExecutionInfo(), "by"); got != "Ann" {
			t.Errorf("started by %q", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = withTemporal(quiet(t), p, toWork, func(ctx context.Context, s *session) error {
		f := signOffFlags{runFlags: runFlags{Name: "refresh/2024"}, Release: stagetest.RunID, By: "ann"}
		if err := f.say(ctx, s, true, ""); err == nil || !strings.Contains(err.Error(), "somebody else must sign it off") {
			t.Errorf("who started it signed it off: %v", err)
		}
		f.By = "Bea"
		if err := f.say(ctx, s, true, ""); err != nil {
			return err
		}
		r, err := s.watch(ctx, "refresh/2024", lines)
		if err == nil && (r.SignedOff.By != "Bea" || r.Publish == nil) {
			t.Errorf("%+v", r)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBackfillRunsTheYearsThatWereDue(t *testing.T) {
	p := idleProject(t, t.TempDir(), &stagetest.Fake{Deliver: 1})
	zone, err := time.LoadLocation(p.Temporal.Schedule.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	err = withTemporal(quiet(t), p, toWork, func(ctx context.Context, s *session) error {
		h, err := s.ScheduleClient().Create(ctx, scheduleOptions(s, "annual-refresh", false, false))
		if err != nil {
			return err
		}
		d, err := h.Describe(ctx)
		if err != nil {
			return err
		}
		next := d.Info.NextActionTimes[0].In(zone)
		if next.Month() != time.September || next.Day() != 1 || next.Hour() != 6 {
			t.Errorf("next start is %s", next)
		}
		fill := func(y int) client.ScheduleBackfill {
			due := time.Date(y, time.September, 1, 6, 0, 0, 0, zone)
			return client.ScheduleBackfill{Start: due.Add(-time.Minute), End: due.Add(time.Minute), Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL}
		}
		if err := h.Backfill(ctx, client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{fill(2022), fill(2023)}}); err != nil {
			return err
		}
		for y, id := range map[int]string{2022: "refresh/scheduled-2022-09-01T05:00:00Z", 2023: "refresh/scheduled-2023-09-01T05:00:00Z"} {
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
				var r workflows.RefreshResult
				if err := s.GetWorkflow(ctx, id, "").Get(ctx, &r); err == nil {
					if r.Year != y {
						t.Errorf("%s ran %d", id, r.Year)
					}
					break
				} else if time.Now().After(deadline) {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoRefreshesAtOnceAreOne(t *testing.T) {
	dir := t.TempDir()
	fake := &stagetest.Fake{Deliver: 10, Takes: time.Second} // so that the first still runs when the second has found its server
	var both sync.WaitGroup
	for i := range 2 {
		p := idleProject(t, dir, fake)
		for i == 1 {
			if a, ok := embedded.Find(p.TemporalDir); ok && a.Worker {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		both.Go(func() {
			if r, err := runRefresh(quiet(t), p, workflows.RefreshInput{Year: 2024}, new(bytes.Buffer)); err != nil || r.Publish == nil {
				t.Error(r, err)
			}
		})
	}
	both.Wait()
	if fake.Calls("ingest") != 10 || fake.Calls("publish") != 1 {
		t.Errorf("ingest was called %d times, publish %d", fake.Calls("ingest"), fake.Calls("publish"))
	}
}

func TestARejectedReturnEndsWithItsOwnExitCode(t *testing.T) {
	fake := &stagetest.Fake{Deliver: 1, OnIngest: func(context.Context, workflows.IngestInput) (*workflows.IngestResult, error) {
		return nil, &workflows.Rejected{Kind: workflows.ReturnRejected, Err: errors.New("header.csv: no column CHILD")}
	}}
	_, err := runRefresh(quiet(t), idleProject(t, t.TempDir(), fake), workflows.RefreshInput{}, new(bytes.Buffer))
	var f *runFailed
	if !errors.As(err, &f) || f.ExitCode() != 3 || !strings.Contains(f.Message, "header.csv: no column CHILD") || f.Run != "refresh/latest" {
		t.Fatal(err)
	}
}
