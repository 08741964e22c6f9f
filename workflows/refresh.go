package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"throughline/workflows/settings"
)

// Stage names a step of a run, in the users' words.
type Stage string

// The stages, in the order in which they come. SignOffStage is there only where temporal.yaml asks for it.
const (
	PlanStage    Stage = "plan"
	IngestStage  Stage = "ingest"
	LinkStage    Stage = "link"
	BuildStage   Stage = "build"
	SignOffStage Stage = "sign-off"
	PublishStage Stage = "publish"
	EndStage     Stage = "end" // nothing is left to do
)

// RunStages are the stages that a run may be limited to, in order.
var RunStages = []Stage{IngestStage, LinkStage, BuildStage, PublishStage}

// ProgressQuery is the query that AnnualRefresh answers with a RefreshProgress.
const ProgressQuery = "progress"

// pageSize is how many deliveries are listed at a time: a page stays far below the largest result an activity may have.
const pageSize = 200

// RefreshInput says what a run covers.
type RefreshInput struct {
	Year         int     // last collection year; 0: the latest in the inbox
	AllowPartial bool    // publish although something was quarantined or rejected
	Stages       []Stage `json:",omitempty"` // of RunStages; none: all of them
	Scheduled    bool    `json:",omitempty"` // Year is the one that had ended when the schedule was due
	By           string  // who started the run, so that somebody else signs it off
	Resume       *Resume `json:",omitempty"` // set by the workflow itself when it goes on under a new history
}

// Resume is what a run carries over when its history has grown long and a new one begins.
type Resume struct {
	Planned  Planned
	Offset   int // deliveries started
	Progress RefreshProgress
}

// Limits are the parts of temporal.yaml that a run obeys, as they were when it began.
type Limits struct {
	Queues     settings.Queues
	Timeouts   settings.Timeouts
	Retry      settings.Retry
	Deliveries int // in flight
	Link       settings.Link
	SignOff    settings.SignOff
}

// Planned is a fixed run and the limits it obeys.
type Planned struct {
	PlanResult
	Limits Limits
}

// IngestTotals add up the deliveries of a run.
type IngestTotals struct {
	Deliveries       int64 // in the lake
	Files, Rows      int64 // read
	Kept             int64 // rows in the lake
	QuarantinedFiles int64
	QuarantinedRows  int64
	Findings         int64 // problems found
	Rejected         int64 // deliveries that couldn't be used at all
}

// StageTime says when a stage ran.
type StageTime struct {
	Stage   Stage
	Started time.Time
	Ended   time.Time // zero while it runs
}

// RefreshProgress is how far a run is.
type RefreshProgress struct {
	RunID       string // empty until planned
	Year        int
	Later       int   // deliveries of years after Year, left for a later run
	Stage       Stage // at hand
	Done, Total int64 // deliveries while ingesting; 0 of 0 in a stage that tells by its heartbeats how far it is
	Started     time.Time
	Stages      []StageTime // in order, the one at hand last
	Ingest      IngestTotals
	Link        *LinkResult    `json:",omitempty"`
	Build       *BuildResult   `json:",omitempty"`
	Publish     *PublishResult `json:",omitempty"`
	Rejected    []Rejection    `json:",omitempty"` // the first 20
	Quarantined []Delivery     `json:",omitempty"` // the first 20 with a quarantined file
	SignedOff   *SignOff       `json:",omitempty"`
}

// Rejection is a delivery that couldn't be used, and why.
type Rejection struct {
	Delivery
	Reason string
}

// RefreshResult is what a run came to.
type RefreshResult struct {
	RefreshProgress
	UpToDate bool // CURRENT already held this run's result: nothing was done
}

// AnnualRefresh runs the stages of a refresh in order. Ingest has a child workflow for every delivery, a bounded number at a
// time; a delivery that can't be used is left out, and the run ends before linking unless a partial one is allowed.
// Running it again for the same inbox does nothing that is already done.
func AnnualRefresh(ctx workflow.Context, in RefreshInput) (*RefreshResult, error) {
	r := &refresh{in: in}
	if err := r.answer(ctx); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if in.Resume != nil {
		r.plan, r.RefreshProgress, r.offset = in.Resume.Planned, in.Resume.Progress, in.Resume.Offset
	} else {
		r.Started = workflow.Now(ctx)
		if err := r.stage(ctx, PlanStage, r.makePlan); err != nil {
			return nil, err
		}
		if r.plan.Done && len(in.Stages) == 0 {
			r.Stage = EndStage
			return &RefreshResult{RefreshProgress: r.RefreshProgress, UpToDate: true}, nil
		}
	}
	for _, s := range []struct {
		name Stage
		run  func(workflow.Context) error
	}{{IngestStage, r.ingest}, {LinkStage, r.link}, {BuildStage, r.build}, {SignOffStage, r.awaitSignOff}, {PublishStage, r.publish}} {
		if !r.wants(s.name) {
			continue
		}
		if err := r.stage(ctx, s.name, s.run); err != nil {
			return nil, err
		}
	}
	r.Stage, r.Done, r.Total = EndStage, 0, 0
	return &RefreshResult{RefreshProgress: r.RefreshProgress}, nil
}

// refresh is the state of one run.
type refresh struct {
	RefreshProgress
	in     RefreshInput
	plan   Planned
	offset int // deliveries started
}

// answer sets up what the run can be asked and told.
func (r *refresh) answer(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, ProgressQuery, func() (RefreshProgress, error) { return r.RefreshProgress, nil }); err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, SignOffUpdate, r.signOff, workflow.UpdateHandlerOptions{Validator: r.maySignOff})
}

// check refuses an input that can't be run.
func (r *refresh) check() error {
	for _, s := range r.in.Stages {
		if !slices.Contains(RunStages, s) {
			return temporal.NewNonRetryableApplicationError(fmt.Sprintf("%q isn't a stage; stages are ingest, link, build and publish", s), SettingsWrong, nil)
		}
	}
	return nil
}

// wants reports whether a stage is part of the run.
func (r *refresh) wants(s Stage) bool {
	if s == SignOffStage {
		return r.plan.Limits.SignOff.Required && r.wants(PublishStage)
	}
	return len(r.in.Stages) == 0 || slices.Contains(r.in.Stages, s)
}

// stage runs one stage and notes when.
func (r *refresh) stage(ctx workflow.Context, s Stage, run func(workflow.Context) error) error {
	if n := len(r.Stages); n == 0 || r.Stages[n-1].Stage != s { // else it goes on under a new history
		r.Stage, r.Done, r.Total = s, 0, 0
		r.Stages = append(r.Stages, StageTime{Stage: s, Started: workflow.Now(ctx)})
	}
	if err := run(ctx); err != nil {
		return err
	}
	r.Stages[len(r.Stages)-1].Ended = workflow.Now(ctx)
	return nil
}

// scheduledStart is where a Temporal Schedule writes when the run that it starts was due.
var scheduledStart = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// ScheduledYear is the collection year that a refresh due at t covers: the one that ended on 31 March before.
func ScheduledYear(t time.Time) int {
	if t.UTC().Month() >= time.April {
		return t.UTC().Year()
	}
	return t.UTC().Year() - 1
}

// makePlan fixes the run.
func (r *refresh) makePlan(ctx workflow.Context) error {
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, quick("")), stages.Limits).Get(ctx, &r.plan.Limits); err != nil {
		return err
	}
	l := r.plan.Limits
	if l.SignOff.Required && r.wants(PublishStage) && strings.TrimSpace(r.in.By) == "" {
		return temporal.NewNonRetryableApplicationError(
			"temporal.yaml asks for a sign-off by somebody else than who started the run, and nobody is named as that", SettingsWrong, nil)
	}
	year := r.in.Year
	if r.in.Scheduled {
		due, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledStart)
		if !ok {
			due = workflow.Now(ctx)
		}
		year = ScheduledYear(due)
	}
	ctx = workflow.WithActivityOptions(ctx, l.activity("", l.Timeouts.Plan))
	if err := workflow.ExecuteActivity(ctx, stages.Plan, PlanInput{Year: year}).Get(ctx, &r.plan.PlanResult); err != nil {
		return err
	}
	r.RunID, r.Year, r.Later = r.plan.RunID, r.plan.Year, r.plan.Later
	return nil
}

// ingest starts a child workflow for every delivery, page by page, and waits for all of them.
func (r *refresh) ingest(ctx workflow.Context) error {
	r.Total = int64(r.plan.Deliveries)
	l := r.plan.Limits
	inFlight := workflow.NewSemaphore(ctx, int64(l.Deliveries))
	running := workflow.NewWaitGroup(ctx)
	var failed error // the first; a failure keeps further deliveries from starting, not those in flight from ending

	for failed == nil && r.offset < r.plan.Deliveries {
		var page DeliveriesResult
		pageCtx := workflow.WithActivityOptions(ctx, l.activity("", l.Timeouts.Plan))
		err := workflow.ExecuteActivity(pageCtx, stages.Deliveries, DeliveriesInput{RunID: r.RunID, Offset: r.offset, Limit: pageSize}).Get(ctx, &page)
		if err != nil {
			failed = err
			break
		}
		if len(page.Deliveries) == 0 {
			break
		}
		for _, d := range page.Deliveries {
			if err := inFlight.Acquire(ctx, 1); err != nil {
				failed = err
			}
			if failed != nil {
				break
			}
			r.offset++
			running.Add(1)
			workflow.Go(ctx, func(ctx workflow.Context) {
				defer running.Done()
				defer inFlight.Release(1)
				if err := r.ingestOne(ctx, d); err != nil && failed == nil {
					failed = err
				}
			})
		}
		if failed == nil && r.offset < r.plan.Deliveries && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			running.Wait(ctx)
			if failed == nil {
				in := r.in
				in.Resume = &Resume{Planned: r.plan, Offset: r.offset, Progress: r.RefreshProgress}
				return workflow.NewContinueAsNewError(ctx, AnnualRefresh, in)
			}
		}
	}
	running.Wait(ctx)
	if failed != nil {
		return failed
	}
	if r.Ingest.Rejected > 0 && !r.in.AllowPartial {
		return temporal.NewNonRetryableApplicationError(r.partialMessage(), PartialRun, nil)
	}
	return nil
}

// ingestOne runs the child workflow of one delivery and adds its counts. A delivery that can't be used isn't an error here.
func (r *refresh) ingestOne(ctx workflow.Context, d Delivery) error {
	name := "ingest/" + d.Dataset + "/" + strconv.Itoa(d.Year) + "/" + d.Authority
	var out IngestResult
	err := child(ctx, name, Ingest, IngestChild{IngestInput: IngestInput{RunID: r.RunID, Delivery: d}, Limits: r.plan.Limits}, &out)
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == ReturnRejected {
		r.Done++
		r.Ingest.Rejected++
		if len(r.Rejected) < maxListed {
			r.Rejected = append(r.Rejected, Rejection{Delivery: d, Reason: app.Message()})
		}
		return nil
	}
	if err != nil {
		return err
	}
	r.Done++
	t := &r.Ingest
	t.Deliveries++
	t.Files += out.Files
	t.Rows += out.Rows
	t.Kept += out.Kept
	t.QuarantinedFiles += out.QuarantinedFiles
	t.QuarantinedRows += out.QuarantinedRows
	t.Findings += out.Findings
	if out.QuarantinedFiles > 0 && len(r.Quarantined) < maxListed {
		r.Quarantined = append(r.Quarantined, d)
	}
	return nil
}

// maxListed is how many deliveries a result lists by name: their count is always whole.
const maxListed = 20

// partialMessage says which deliveries are missing and what to do.
func (r *refresh) partialMessage() string {
	out := fmt.Sprintf("%d of %d deliveries can't be used, and publishing without them wasn't allowed:", r.Ingest.Rejected, r.plan.Deliveries)
	for _, x := range r.Rejected {
		out += fmt.Sprintf("\n  %s %d %s: %s", x.Dataset, x.Year, x.Authority, x.Reason)
	}
	return out + "\nhint: correct them and run the refresh again, or leave them out with --allow-partial"
}

func (r *refresh) link(ctx workflow.Context) error {
	var out LinkResult
	if err := child(ctx, "link", Link, RunChild{RunInput: RunInput{RunID: r.RunID}, Limits: r.plan.Limits}, &out); err != nil {
		return err
	}
	r.Link = &out
	return nil
}

func (r *refresh) build(ctx workflow.Context) error {
	var out BuildResult
	if err := child(ctx, "build", Build, RunChild{RunInput: RunInput{RunID: r.RunID}, Limits: r.plan.Limits}, &out); err != nil {
		return err
	}
	r.Build = &out
	return nil
}

func (r *refresh) publish(ctx workflow.Context) error {
	var out PublishResult
	in := PublishChild{PublishInput: PublishInput{RunID: r.RunID, AllowPartial: r.in.AllowPartial}, Limits: r.plan.Limits}
	if err := child(ctx, "publish", Publish, in, &out); err != nil {
		return err
	}
	r.Publish = &out
	return nil
}
