package workflows

import (
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"throughline/workflows/settings"
)

// IngestChild is what the workflow Ingest is given.
type IngestChild struct {
	IngestInput
	Limits Limits
}

// RunChild is what the workflows Link and Build are given.
type RunChild struct {
	RunInput
	Limits Limits
}

// PublishChild is what the workflow Publish is given.
type PublishChild struct {
	PublishInput
	Limits Limits
}

// Ingest reads, checks and tokenises one delivery into the lake. Running it again for the same files gives the same.
func Ingest(ctx workflow.Context, in IngestChild) (*IngestResult, error) {
	ctx = workflow.WithActivityOptions(ctx, in.Limits.activity(in.Limits.Queues.Ingest, in.Limits.Timeouts.Ingest))
	var out IngestResult
	if err := workflow.ExecuteActivity(ctx, stages.Ingest, in.IngestInput).Get(ctx, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// linkInSteps is the version since which linkage may be cut.
const linkInSteps = "link in steps"

// Link makes the person spine of a run: in one go, or, when there are many records, in steps that the workers of its queue share.
func Link(ctx workflow.Context, in RunChild) (*LinkResult, error) {
	ctx = workflow.WithActivityOptions(ctx, in.Limits.activity(in.Limits.Queues.Link, in.Limits.Timeouts.Link))
	run := LinkInput{RunID: in.RunID}
	if workflow.GetVersion(ctx, linkInSteps, workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		prepare := LinkPrepareInput{RunID: in.RunID, ShardRecords: in.Limits.Link.ShardRecords}
		if err := workflow.ExecuteActivity(ctx, stages.LinkPrepare, prepare).Get(ctx, &run.LinkCut); err != nil {
			return nil, err
		}
	}
	var out LinkResult
	if run.Whole() {
		if err := workflow.ExecuteActivity(ctx, stages.Link, in.RunInput).Get(ctx, &out); err != nil {
			return nil, err
		}
		return &out, nil
	}
	err := each(ctx, run.Shards, func(ctx workflow.Context, n int) workflow.Future {
		return workflow.ExecuteActivity(ctx, stages.LinkBlock, LinkBlockInput{LinkInput: run, Shard: n})
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, run.Parts, func(ctx workflow.Context, n int) workflow.Future {
		return workflow.ExecuteActivity(ctx, stages.LinkScore, LinkScoreInput{LinkInput: run, Part: n})
	})
	if err != nil {
		return nil, err
	}
	if err := workflow.ExecuteActivity(ctx, stages.LinkTrain, run).Get(ctx, nil); err != nil {
		return nil, err
	}
	if err := workflow.ExecuteActivity(ctx, stages.LinkCluster, run).Get(ctx, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// each starts n activities beside each other and waits for all. The first that fails cancels the others, and is the error.
func each(ctx workflow.Context, n int, start func(ctx workflow.Context, n int) workflow.Future) error {
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	var failed error
	ended := workflow.NewSelector(ctx)
	for i := range n {
		ended.AddFuture(start(ctx, i), func(f workflow.Future) {
			if err := f.Get(ctx, nil); err != nil && failed == nil {
				failed = err
				cancel()
			}
		})
	}
	for range n {
		ended.Select(ctx)
	}
	return failed
}

// Build runs the SQL models of a run.
func Build(ctx workflow.Context, in RunChild) (*BuildResult, error) {
	ctx = workflow.WithActivityOptions(ctx, in.Limits.activity(in.Limits.Queues.Build, in.Limits.Timeouts.Build))
	var out BuildResult
	if err := workflow.ExecuteActivity(ctx, stages.Build, in.RunInput).Get(ctx, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// Publish makes what readers see of a run, and shows it to them.
func Publish(ctx workflow.Context, in PublishChild) (*PublishResult, error) {
	ctx = workflow.WithActivityOptions(ctx, in.Limits.activity(in.Limits.Queues.Publish, in.Limits.Timeouts.Publish))
	var out PublishResult
	if err := workflow.ExecuteActivity(ctx, stages.Publish, in.PublishInput).Get(ctx, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// child runs a child workflow whose id is the parent's with its own name behind, such as
// refresh/2024/ingest/ssda903/2024/E08000025.
func child(ctx workflow.Context, name string, run, in, out any) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            workflow.GetInfo(ctx).WorkflowExecution.ID + "/" + name,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation:   true,
	})
	return workflow.ExecuteChildWorkflow(ctx, run, in).Get(ctx, out)
}

// activity is how a stage runs: on its queue (empty: the workflow's), each try no longer than its timeout.
func (l Limits) activity(queue string, timeout settings.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: timeout.Std(),
		HeartbeatTimeout:    l.Timeouts.Heartbeat.Std(),
		WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    l.Retry.FirstWait.Std(),
			MaximumInterval:    l.Retry.LongestWait.Std(),
			BackoffCoefficient: 2,
			MaximumAttempts:    int32(l.Retry.Crashes), // Activities count the failures that aren't crashes
		},
	}
}

// quick is how an activity runs that only looks something up in memory, before the limits are known.
func quick(queue string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 10 * time.Second, BackoffCoefficient: 2},
	}
}
