package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"throughline/workflows"
)

// RunsCmd is about refreshes that ran, are running, or wait for somebody.
type RunsCmd struct {
	List    RunsListCmd    `cmd:"" help:"What ran and is running, newest first."`
	Show    RunsShowCmd    `cmd:"" help:"One run: its stages, counts, and why it ended."`
	Watch   RunsWatchCmd   `cmd:"" help:"Show how far a run is until it ends."`
	Approve RunsApproveCmd `cmd:"" help:"Sign off a run that waits for it, and watch it be published."`
	Reject  RunsRejectCmd  `cmd:"" help:"Refuse to publish a run that waits for sign-off."`
	Cancel  RunsCancelCmd  `cmd:"" help:"End a run. What readers see stays as it is."`
	Retry   RunsRetryCmd   `cmd:"" help:"Start a run that failed once more, with what it was given."`
}

// runFlags are what commands about one run take.
type runFlags struct {
	Dir  string `help:"Project folder." default:"." type:"path"`
	Name string `arg:"" optional:"" name:"run" help:"The run's name, as 'runs list' has it: refresh/2024 for instance. None: the newest, one that hasn't ended before others."`
}

// namedRun are what commands take that end a run or start it again: its name must be given.
type namedRun struct {
	Dir  string `help:"Project folder." default:"." type:"path"`
	Name string `arg:"" name:"run" help:"The run's name, as 'runs list' has it: refresh/2024 for instance."`
}

// find fills in the newest run when none was named.
func (f *runFlags) find(ctx context.Context, s *session) error {
	if f.Name != "" {
		return nil
	}
	var newest string
	err := s.eachRun(ctx, func(name string, e *workflow.WorkflowExecutionInfo) bool {
		if newest == "" {
			newest = name
		}
		if e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			newest = name
			return false
		}
		return true
	})
	if err == nil && newest == "" {
		err = errors.New("nothing has run here yet\nhint: 'throughline refresh' starts a run")
	}
	f.Name = newest
	return err
}

// eachRun calls do with every run of the project, newest first, until do says that it has enough.
func (s *session) eachRun(ctx context.Context, do func(name string, e *workflow.WorkflowExecutionInfo) bool) error {
	var page []byte
	for {
		r, err := s.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = 'AnnualRefresh'", PageSize: 100, NextPageToken: page})
		if err != nil {
			return err
		}
		for _, e := range r.GetExecutions() {
			name, mine := strings.CutPrefix(e.GetExecution().GetWorkflowId(), s.workflowID(""))
			if mine && e.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW && !do(name, e) {
				return nil
			}
		}
		if page = r.GetNextPageToken(); len(page) == 0 {
			return nil
		}
	}
}

// inSession calls do with a connection.
func inSession(app *App, dir string, n need, do func(context.Context, *session) error) error {
	p, err := openProject(dir)
	if err != nil {
		return err
	}
	return withTemporal(hclog.WithContext(app.Ctx, app.Log), p, n, do)
}

// RunsListCmd lists runs.
type RunsListCmd struct {
	Dir    string `help:"Project folder." default:"." type:"path"`
	Limit  int    `default:"20" help:"Most that are listed."`
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run lists the project's runs, newest first.
func (c *RunsListCmd) Run(app *App) error {
	return inSession(app, c.Dir, toLook, func(ctx context.Context, s *session) error {
		out := rows{head: []string{"run", "state", "by", "started", "took"}}
		err := s.eachRun(ctx, func(name string, e *workflow.WorkflowExecutionInfo) bool {
			end := time.Now()
			if e.GetCloseTime() != nil {
				end = e.GetCloseTime().AsTime()
			}
			out.cells = append(out.cells, []string{name, s.state(ctx, e), memo(e, "by"),
				e.GetStartTime().AsTime().Local().Format("2 Jan 2006 15:04"), end.Sub(e.GetStartTime().AsTime()).Round(time.Second).String()})
			return len(out.cells) < c.Limit
		})
		if err != nil {
			return err
		}
		return out.print(app.Out, c.Output)
	})
}

// state says in a few words how a run is.
func (s *session) state(ctx context.Context, e *workflow.WorkflowExecutionInfo) string {
	switch e.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		if !s.worked {
			return "unfinished, and nothing is running it"
		}
		p, _, err := s.progress(ctx, e.GetExecution().GetWorkflowId())
		switch {
		case err != nil:
			return "running"
		case p.Stage == workflows.SignOffStage:
			return "waits for sign-off of " + p.RunID
		case p.Total > 0:
			return fmt.Sprintf("running: %s, %d of %d", p.Stage, p.Done, p.Total)
		}
		return "running: " + string(p.Stage)
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return "done"
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		return "failed"
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return "cancelled"
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "ended by force"
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "timed out"
	}
	return strings.ToLower(e.GetStatus().String())
}

// memo is a run's note under a key; empty when there is none.
func memo(e *workflow.WorkflowExecutionInfo, key string) string {
	var v string
	if p := e.GetMemo().GetFields()[key]; p != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(p, &v)
	}
	return v
}

// RunsShowCmd shows a run.
type RunsShowCmd struct {
	runFlags
}

// Run shows how far a run is or what it came to.
func (c *RunsShowCmd) Run(app *App) error {
	return inSession(app, c.Dir, toLook, func(ctx context.Context, s *session) error {
		if err := c.find(ctx, s); err != nil {
			return err
		}
		id := s.workflowID(c.Name)
		d, err := s.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return s.inWords(ctx, id, err)
		}
		e := d.GetWorkflowExecutionInfo()
		fmt.Fprintf(app.Out, "run      %s\nstate    %s\nstarted  %s", c.Name, s.state(ctx, e), e.GetStartTime().AsTime().Local().Format("2 Jan 2006 15:04"))
		if by := memo(e, "by"); by != "" {
			fmt.Fprintf(app.Out, " by %s", by)
		}
		fmt.Fprintln(app.Out)
		var p workflows.RefreshProgress
		switch {
		case e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING && !s.worked:
			fmt.Fprintln(app.Out, "hint: the command that started it goes on with it, and so does 'throughline up'")
			return nil
		case e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
			if p, _, err = s.progress(ctx, id); err != nil {
				return err
			}
		default:
			var r workflows.RefreshResult
			if err := s.GetWorkflow(ctx, id, "").Get(ctx, &r); err != nil {
				var f *runFailed
				if err = s.inWords(ctx, id, err); errors.As(err, &f) {
					fmt.Fprintf(app.Out, "why      %s\n", f.Message)
					return nil
				}
				return err
			}
			p = r.RefreshProgress
			if r.UpToDate {
				fmt.Fprintln(app.Out, "         nothing was to do: readers already had this run's result")
			}
		}
		showRun(app, p)
		return nil
	})
}

// showRun prints the stages of a run and who signed it off.
func showRun(app *App, p workflows.RefreshProgress) {
	fmt.Fprintf(app.Out, "year     %d\nrelease  %s\n", p.Year, p.RunID)
	for _, s := range p.Stages {
		if s.Ended.IsZero() {
			fmt.Fprintf(app.Out, "%s: began %s\n", stageLabel(s.Stage), s.Started.Local().Format("15:04:05"))
			continue
		}
		fmt.Fprintf(app.Out, "%s: %s%s\n", stageLabel(s.Stage), seconds(s.Ended.Sub(s.Started)), stageCounts(p, s.Stage))
	}
	for _, r := range p.Rejected {
		fmt.Fprintf(app.Out, "rejected     %s %d %s: %s\n", r.Dataset, r.Year, r.Authority, r.Reason)
	}
	for _, q := range p.Quarantined {
		fmt.Fprintf(app.Out, "quarantined  a file of %s %d %s\n", q.Dataset, q.Year, q.Authority)
	}
	if p.SignedOff != nil {
		fmt.Fprintf(app.Out, "signed off by %s\n", p.SignedOff.By)
	}
}

// RunsWatchCmd watches a run.
type RunsWatchCmd struct {
	runFlags
}

// Run shows how far a run is until it ends; a run that nothing was running goes on meanwhile.
func (c *RunsWatchCmd) Run(app *App) error {
	return inSession(app, c.Dir, toWork, func(ctx context.Context, s *session) error {
		if err := c.find(ctx, s); err != nil {
			return err
		}
		return s.watchEnd(ctx, app, s.workflowID(c.Name))
	})
}

// watchEnd watches a run and prints what it came to.
func (s *session) watchEnd(ctx context.Context, app *App, id string) error {
	r, err := s.watch(ctx, id, app.Err)
	if err != nil {
		return err
	}
	showRun(app, r.RefreshProgress)
	return nil
}

// signOffFlags are what approve and reject take.
type signOffFlags struct {
	runFlags
	Release string `required:"" help:"The release that you looked at, as 'runs show' has it."`
	By      string `help:"Who says so. Default: the user at this machine."`
}

// say sends a sign-off.
func (f signOffFlags) say(ctx context.Context, s *session, approved bool, reason string) error {
	if !s.isRunning(ctx, s.workflowID(f.Name)) {
		return fmt.Errorf("%s isn't running\nhint: 'throughline runs list' has those that wait for sign-off", f.Name)
	}
	by := f.By
	if by == "" {
		by = whoAmI()
	}
	h, err := s.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: s.workflowID(f.Name), UpdateName: workflows.SignOffUpdate, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{workflows.SignOff{Approved: approved, By: by, Reason: reason, Release: f.Release}},
	})
	if err == nil {
		err = h.Get(ctx, nil)
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return &runFailed{Run: f.Name, Kind: app.Type(), Message: app.Message()}
	}
	return err
}

// RunsApproveCmd signs off a run.
type RunsApproveCmd struct {
	signOffFlags
	Reason string `help:"What was looked at, for the record."`
}

// Run signs off the run and watches it to its end.
func (c *RunsApproveCmd) Run(app *App) error {
	return inSession(app, c.Dir, toWork, func(ctx context.Context, s *session) error {
		if err := c.find(ctx, s); err != nil {
			return err
		}
		if err := c.say(ctx, s, true, c.Reason); err != nil {
			return err
		}
		return s.watchEnd(ctx, app, s.workflowID(c.Name))
	})
}

// RunsRejectCmd refuses a run.
type RunsRejectCmd struct {
	signOffFlags
	Reason string `required:"" help:"Why, for the record."`
}

// Run refuses the run, which ends without publishing.
func (c *RunsRejectCmd) Run(app *App) error {
	return inSession(app, c.Dir, toWork, func(ctx context.Context, s *session) error {
		if err := c.find(ctx, s); err != nil {
			return err
		}
		if err := c.say(ctx, s, false, c.Reason); err != nil {
			return err
		}
		return s.endsAs(ctx, app, c.Name, workflows.SignOffRefused)
	})
}

// endsAs waits for a run to end in the way that was asked for.
func (s *session) endsAs(ctx context.Context, app *App, run, kind string) error {
	_, err := s.watch(ctx, s.workflowID(run), app.Err)
	var f *runFailed
	switch {
	case err == nil:
		return fmt.Errorf("%s had ended before", run)
	case errors.As(err, &f) && f.Kind == kind:
		fmt.Fprintln(app.Out, f.Error())
		return nil
	}
	return err
}

// RunsCancelCmd ends a run.
type RunsCancelCmd struct {
	namedRun
}

// Run asks a run to end and waits until it has.
func (c *RunsCancelCmd) Run(app *App) error {
	return inSession(app, c.Dir, toWork, func(ctx context.Context, s *session) error {
		id := s.workflowID(c.Name)
		if !s.isRunning(ctx, id) {
			return fmt.Errorf("%s isn't running", c.Name)
		}
		if err := s.CancelWorkflow(ctx, id, ""); err != nil {
			return err
		}
		return s.endsAs(ctx, app, c.Name, canceled)
	})
}

// RunsRetryCmd starts a run again.
type RunsRetryCmd struct {
	namedRun
}

// Run starts a run that has ended once more, with the input it had. What is already done isn't done again.
func (c *RunsRetryCmd) Run(app *App) error {
	var in workflows.RefreshInput
	err := inSession(app, c.Dir, toLook, func(ctx context.Context, s *session) error {
		id := s.workflowID(c.Name)
		if s.isRunning(ctx, id) {
			return fmt.Errorf("%s hasn't ended\nhint: 'throughline runs watch %s' shows how far it is", c.Name, c.Name)
		}
		d, err := s.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return s.inWords(ctx, id, err)
		}
		first, err := s.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
		if err != nil {
			return err
		}
		args := first.GetWorkflowExecutionStartedEventAttributes().GetInput()
		if err := converter.GetDefaultDataConverter().FromPayloads(args, &in); err != nil {
			return err
		}
		if in.Scheduled {
			in.Scheduled, in.Year = false, workflows.ScheduledYear(scheduledFor(d.GetWorkflowExecutionInfo()))
		}
		in.By, in.Resume = whoAmI(), nil
		return nil
	})
	if err != nil {
		return err
	}
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	r, err := runRefresh(hclog.WithContext(app.Ctx, app.Log), p, in, app.Err)
	if err != nil {
		return err
	}
	showRun(app, r.RefreshProgress)
	return nil
}

// scheduledFor is when a run was due; when it began, if no schedule started it.
func scheduledFor(e *workflow.WorkflowExecutionInfo) time.Time {
	var due time.Time
	p := e.GetSearchAttributes().GetIndexedFields()["TemporalScheduledStartTime"]
	if p != nil && converter.GetDefaultDataConverter().FromPayload(p, &due) == nil {
		return due
	}
	return e.GetStartTime().AsTime()
}
