package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"throughline/workflows"
)

// errDetached says that a person stopped watching a run, or stopped the program that carried it out. The run goes on where it
// was when the same command is given again.
var errDetached = errors.New("stopped before the end")

// canceled is the Kind of a run that was cancelled.
const canceled = "Canceled"

// errServerGone says that the process whose server a session found has ended. withTemporal goes on with another.
var errServerGone = errors.New("the process that ran the server has ended")

// runFailed is a run's end other than success, in words for a person.
type runFailed struct {
	Run     string // workflow id
	Kind    string // a kind of the workflows package, "Canceled" or "Terminated"
	Message string
}

func (e *runFailed) Error() string { return e.Run + ": " + e.Message }

// ExitCode is the program's exit code: 3 when the data were rejected.
func (e *runFailed) ExitCode() int {
	if slices.Contains([]string{workflows.ReturnRejected, workflows.PartialRun}, e.Kind) {
		return 3
	}
	return 1
}

// runRefresh starts a refresh, or goes on with the unfinished one of the same name, and shows on out how far it is until it
// ends. When ctx ends first, the error is errDetached.
func runRefresh(ctx context.Context, p *Project, in workflows.RefreshInput, out io.Writer) (*workflows.RefreshResult, error) {
	if in.By == "" {
		in.By = whoAmI()
	}
	var result *workflows.RefreshResult
	err := withTemporal(ctx, p, toWork, func(ctx context.Context, s *session) error {
		id := s.workflowID(runName(in))
		if s.isRunning(ctx, id) {
			fmt.Fprintf(out, "%s hasn't ended yet: going on where it was\n", id)
		}
		run, err := s.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: p.Temporal.Queues.Workflows,
			WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			Memo:                     map[string]any{"by": in.By, "year": in.Year},
		}, workflows.AnnualRefresh, in)
		if err != nil {
			return err
		}
		result, err = s.watch(ctx, run.GetID(), out)
		return err
	})
	if ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("%w\nhint: the same command goes on where this one was", errDetached)
	}
	return result, err
}

// runName is a run's name in the users' words: refresh/2024, or link/2024 when it is but one stage.
func runName(in workflows.RefreshInput) string {
	kind, year := "refresh", "latest"
	if len(in.Stages) == 1 {
		kind = string(in.Stages[0])
	}
	if in.Year != 0 {
		year = strconv.Itoa(in.Year)
	}
	return kind + "/" + year
}

// whoAmI is the name of the person at the keyboard, for sign-off.
func whoAmI() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	if u.Username == "" {
		return u.Uid
	}
	return u.Username
}

// isRunning reports whether a run hasn't ended.
func (s *session) isRunning(ctx context.Context, id string) bool {
	d, err := s.DescribeWorkflowExecution(ctx, id, "")
	return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// watch shows how far a run is until it ends.
func (s *session) watch(ctx context.Context, id string, out io.Writer) (*workflows.RefreshResult, error) {
	type end struct {
		result workflows.RefreshResult
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		var e end
		e.err = s.GetWorkflow(ctx, id, "").Get(ctx, &e.result)
		ended <- e
	}()
	view := newProgressView(out)
	defer view.close()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case e := <-ended:
			if e.err != nil {
				return nil, s.inWords(ctx, id, e.err)
			}
			view.show(e.result.RefreshProgress, workflows.Heartbeat{})
			return &e.result, nil
		case <-tick.C:
			if !s.alive() {
				return nil, errServerGone
			}
			if p, h, err := s.progress(ctx, id); err == nil {
				view.show(p, h)
			}
		}
	}
}

// progress asks a run how far it is. A stage that is activities of its own tells by their heartbeats.
func (s *session) progress(ctx context.Context, id string) (p workflows.RefreshProgress, h workflows.Heartbeat, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answer, err := s.QueryWorkflow(ctx, id, "", workflows.ProgressQuery)
	if err != nil {
		return p, h, err
	}
	if err := answer.Get(&p); err != nil {
		return p, h, err
	}
	if !slices.Contains([]workflows.Stage{workflows.LinkStage, workflows.BuildStage, workflows.PublishStage}, p.Stage) {
		return p, h, nil
	}
	d, err := s.DescribeWorkflowExecution(ctx, id+"/"+string(p.Stage), "")
	if err != nil {
		return p, h, nil
	}
	for _, a := range d.GetPendingActivities() { // none between two of them
		var x workflows.Heartbeat
		if converter.GetDefaultDataConverter().FromPayloads(a.GetHeartbeatDetails(), &x) != nil || x.Total == 0 {
			continue // it doesn't tell, or has not begun
		}
		if h.Total == 0 || x.Done*h.Total < h.Done*x.Total {
			h = x // of several beside each other, the one that is least far
		}
	}
	return p, h, nil
}

// inWords turns the error with which a run ended into a runFailed; an error of the connection stays as it is.
func (s *session) inWords(ctx context.Context, id string, err error) error {
	var app *temporal.ApplicationError
	var cancel *temporal.CanceledError
	var terminated *temporal.TerminatedError
	var timeout *temporal.TimeoutError
	var wf *temporal.WorkflowExecutionError
	var gone *serviceerror.NotFound
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &gone):
		return &runFailed{Run: id, Kind: "NotFound", Message: "there is no such run\nhint: 'throughline runs list' has those that there are"}
	case !errors.As(err, &wf):
		return err
	case errors.As(err, &app):
		return &runFailed{Run: id, Kind: app.Type(), Message: app.Message()}
	case errors.As(err, &cancel):
		return &runFailed{Run: id, Kind: canceled, Message: "was cancelled"}
	case errors.As(err, &terminated):
		return &runFailed{Run: id, Kind: "Terminated", Message: "was ended by force"}
	case errors.As(err, &timeout):
		return &runFailed{Run: id, Kind: "TimedOut", Message: "a stage took longer than temporal.yaml allows, or its worker died too often"}
	}
	return &runFailed{Run: id, Kind: "Unknown", Message: err.Error()}
}
