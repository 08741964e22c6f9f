package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"throughline/workflows/settings"
)

// Kinds of failure that Activities add to those of Rejected. None but WorkerStopped and StageFailed is tried again.
const (
	StageFailed    = "StageFailed"    // a stage reported an error; tried again as often as temporal.yaml says
	StagePanicked  = "StagePanicked"  // a mistake in the program
	ResultTooLarge = "ResultTooLarge" // a stage returned more than references and counts
	WorkerStopped  = "WorkerStopped"  // the worker was told to end; not counted as a failure
)

// maxResult is the largest result in bytes that an activity may have. Temporal tries one over 2 MB again for ever; ours
// are references and counts.
const maxResult = 64 << 10

// beat is how often a stage's progress is told. The client sends no more of them than the worker's throttle lets through.
const beat = time.Second

var stages *Activities // nil on purpose: only names the methods below

// Activities carry out Stages for the workflows.
type Activities struct {
	Stages   Stages
	Settings *settings.Settings
	Log      hclog.Logger

	shards     chan struct{} // a place for each shard of linkage in memory
	makeShards sync.Once
}

// shard waits until the worker may take one more shard of linkage into memory; call what it gives when it is done.
func (a *Activities) shard(ctx context.Context) (done func(), err error) {
	a.makeShards.Do(func() { a.shards = make(chan struct{}, a.Settings.Link.AtOnce) })
	select {
	case a.shards <- struct{}{}:
		return func() { <-a.shards }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Heartbeat is what an activity tells while it runs.
type Heartbeat struct {
	Done, Total int64 // in the stage's own unit; 0 of 0 when it doesn't tell
	Failures    int   // errors that earlier tries reported, crashes not counted
}

// Limits are what temporal.yaml says to the runs that begin now.
func (a *Activities) Limits(context.Context) (*Limits, error) {
	s := a.Settings
	return &Limits{Queues: s.Queues, Timeouts: s.Timeouts, Retry: s.Retry, Deliveries: s.Concurrency.Deliveries, Link: s.Link, SignOff: s.SignOff}, nil
}

// Plan is Stages.Plan.
func (a *Activities) Plan(ctx context.Context, in PlanInput) (*PlanResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, _ Progress) (*PlanResult, error) { return a.Stages.Plan(ctx, in) })
}

// Deliveries is Stages.Deliveries.
func (a *Activities) Deliveries(ctx context.Context, in DeliveriesInput) (*DeliveriesResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, _ Progress) (*DeliveriesResult, error) { return a.Stages.Deliveries(ctx, in) })
}

// Ingest is Stages.Ingest.
func (a *Activities) Ingest(ctx context.Context, in IngestInput) (*IngestResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*IngestResult, error) { return a.Stages.Ingest(ctx, in, p) })
}

// Link is Stages.Link.
func (a *Activities) Link(ctx context.Context, in RunInput) (*LinkResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkResult, error) { return a.Stages.Link(ctx, in, p) })
}

// LinkPrepare is Stages.LinkPrepare.
func (a *Activities) LinkPrepare(ctx context.Context, in LinkPrepareInput) (*LinkCut, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkCut, error) {
		return a.Stages.LinkPrepare(ctx, in, p.within(0, preparedAt, 0, 1))
	})
}

// LinkBlock is Stages.LinkBlock.
func (a *Activities) LinkBlock(ctx context.Context, in LinkBlockInput) (*LinkBlockResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkBlockResult, error) {
		done, err := a.shard(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return a.Stages.LinkBlock(ctx, in, p.within(preparedAt, blockedAt, in.Shard, in.Shards))
	})
}

// LinkScore is Stages.LinkScore.
func (a *Activities) LinkScore(ctx context.Context, in LinkScoreInput) (*LinkScoreResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkScoreResult, error) {
		done, err := a.shard(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return a.Stages.LinkScore(ctx, in, p.within(blockedAt, scoredAt, in.Part, in.Parts))
	})
}

// LinkTrain is Stages.LinkTrain.
func (a *Activities) LinkTrain(ctx context.Context, in LinkInput) (*LinkTrainResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkTrainResult, error) {
		return a.Stages.LinkTrain(ctx, in, p.within(scoredAt, trainedAt, 0, 1))
	})
}

// LinkCluster is Stages.LinkCluster.
func (a *Activities) LinkCluster(ctx context.Context, in LinkInput) (*LinkResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*LinkResult, error) {
		return a.Stages.LinkCluster(ctx, in, p.within(trainedAt, whole, 0, 1))
	})
}

// How far linkage is in thousandths when a step has ended, by the time that each takes.
const (
	preparedAt = 150
	blockedAt  = 450
	scoredAt   = 700
	trainedAt  = 850
	whole      = 1000
)

// within tells p of a step, the nth of so many beside each other, as a piece of the stage from lo to hi thousandths, so that a person
// sees one stage go on. It says at once where the step begins.
func (p Progress) within(lo, hi, n, of int) Progress {
	from, to := lo+(hi-lo)*n/max(1, of), lo+(hi-lo)*(n+1)/max(1, of)
	p(int64(from), whole)
	return func(done, total int64) {
		if total > 0 {
			p(int64(from)+int64(float64(to-from)*float64(done)/float64(total)), whole)
		}
	}
}

// Build is Stages.Build.
func (a *Activities) Build(ctx context.Context, in RunInput) (*BuildResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*BuildResult, error) { return a.Stages.Build(ctx, in, p) })
}

// Publish is Stages.Publish.
func (a *Activities) Publish(ctx context.Context, in PublishInput) (*PublishResult, error) {
	return carryOut(ctx, a, func(ctx context.Context, p Progress) (*PublishResult, error) { return a.Stages.Publish(ctx, in, p) })
}

// errWorkerStops is the cause with which a stage's context ends when its worker does.
var errWorkerStops = errors.New("the worker ends")

// carryOut runs a stage with heartbeats, so that it hears of a cancellation and its worker's death is noticed, and gives its
// error the type that decides whether it is tried again.
func carryOut[T any](ctx context.Context, a *Activities, run func(context.Context, Progress) (*T, error)) (*T, error) {
	h := &heart{}
	if activity.HasHeartbeatDetails(ctx) {
		var last Heartbeat
		if err := activity.GetHeartbeatDetails(ctx, &last); err == nil {
			h.now.Failures = last.Failures
		}
	}
	stageCtx, end := context.WithCancelCause(ctx)
	defer end(nil)
	stop := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() { h.beat(ctx, stop, end) })
	out, err := guarded(stageCtx, a.Log, h.set, run)
	close(stop)
	beating.Wait()

	var rejected *Rejected
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return out, tooLarge(out)
	case errors.As(err, &rejected):
		a.Log.Info("rejected", "stage", activity.GetInfo(ctx).ActivityType.Name, "kind", rejected.Kind)
		return nil, temporal.NewNonRetryableApplicationError(err.Error(), rejected.Kind, nil)
	case errors.As(err, &app):
		return nil, app
	case errors.Is(context.Cause(stageCtx), errWorkerStops):
		activity.RecordHeartbeat(ctx, h.now)
		return nil, temporal.NewApplicationErrorWithOptions("the worker was told to end", WorkerStopped,
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Second})
	case ctx.Err() != nil:
		return nil, temporal.NewCanceledError()
	}
	h.now.Failures++
	tries := a.Settings.Retry.Tries
	a.Log.Warn("failed", "stage", activity.GetInfo(ctx).ActivityType.Name, "try", h.now.Failures, "of", tries, "error", err)
	if h.now.Failures >= tries {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("%v (after %d tries)", err, h.now.Failures), StageFailed, nil)
	}
	activity.RecordHeartbeat(ctx, h.now)
	return nil, temporal.NewApplicationError(err.Error(), StageFailed)
}

// guarded runs a stage and turns a panic into an error. What was panicked with goes neither into the error nor the log
// unless the runtime made it, since it may hold a value from a return.
func guarded[T any](ctx context.Context, log hclog.Logger, p Progress, run func(context.Context, Progress) (*T, error)) (out *T, err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		what := fmt.Sprintf("a %T", r)
		if e, ok := r.(runtime.Error); ok {
			what = e.Error()
		}
		log.Error("a stage panicked", "with", what, "stack", string(debug.Stack()))
		out, err = nil, temporal.NewNonRetryableApplicationError("the program made a mistake and stopped this stage: "+what, StagePanicked, nil)
	}()
	return run(ctx, p)
}

// tooLarge refuses a result that doesn't belong in a history.
func tooLarge(out any) error {
	b, err := json.Marshal(out)
	if err != nil {
		return temporal.NewNonRetryableApplicationError("a stage's result can't be written as JSON", ResultTooLarge, nil)
	}
	if len(b) > maxResult {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf("a stage returned %d bytes, and %d are allowed", len(b), maxResult), ResultTooLarge, nil)
	}
	return nil
}

// heart tells the server that a stage is alive and how far it is.
type heart struct {
	mu  sync.Mutex
	now Heartbeat
}

// set is the stage's Progress.
func (h *heart) set(done, total int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.Done, h.now.Total = done, total
}

// beat tells until stop, and ends the stage when its worker ends. A stage shorter than a beat tells nothing.
func (h *heart) beat(ctx context.Context, stop <-chan struct{}, end context.CancelCauseFunc) {
	t := time.NewTicker(beat)
	defer t.Stop()
	worker := activity.GetWorkerStopChannel(ctx)
	for {
		select {
		case <-stop:
			return
		case <-worker:
			end(errWorkerStops)
			worker = nil // and go on beating while the stage puts its things away
		case <-t.C:
			h.mu.Lock()
			now := h.now
			h.mu.Unlock()
			activity.RecordHeartbeat(ctx, now)
		}
	}
}
