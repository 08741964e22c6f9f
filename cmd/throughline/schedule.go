package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the calendar of a machine without one

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"throughline/workflows"
	"throughline/workflows/settings"
)

// ScheduleCmd is about the refresh that starts by itself every year.
type ScheduleCmd struct {
	Create   ScheduleCreateCmd   `cmd:"" help:"Make the yearly refresh, as temporal.yaml has it."`
	List     ScheduleListCmd     `cmd:"" help:"What is scheduled, and when it is next."`
	Show     ScheduleShowCmd     `cmd:"" help:"One schedule: next and recent starts, those skipped and missed."`
	Pause    SchedulePauseCmd    `cmd:"" help:"Keep it from starting."`
	Resume   ScheduleResumeCmd   `cmd:"" help:"Let it start again."`
	Trigger  ScheduleTriggerCmd  `cmd:"" help:"Start it now."`
	Backfill ScheduleBackfillCmd `cmd:"" help:"Start it for years gone by, one after the other."`
	Delete   ScheduleDeleteCmd   `cmd:"" help:"Take it away. Runs that have begun go on."`
}

// scheduleFlags are what every schedule command takes.
type scheduleFlags struct {
	Dir string `help:"Project folder." default:"." type:"path"`
	ID  string `name:"id" help:"Name of the schedule." default:"annual-refresh"`
}

// with calls do with the schedule.
func (f scheduleFlags) with(app *App, do func(ctx context.Context, s *session, h client.ScheduleHandle) error) error {
	p, err := openProject(f.Dir)
	if err != nil {
		return err
	}
	return withTemporal(hclog.WithContext(app.Ctx, app.Log), p, toLook, func(ctx context.Context, s *session) error {
		err := do(ctx, s, s.ScheduleClient().GetHandle(ctx, s.workflowID(f.ID)))
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return fmt.Errorf("there is no schedule %s\nhint: 'throughline schedule list' has those that there are, 'throughline schedule create' makes one", f.ID)
		}
		if err == nil && s.ours {
			_, _ = s.ScheduleClient().GetHandle(ctx, s.workflowID(f.ID)).Describe(ctx) // answered only when all that was asked for is taken in
		}
		return err
	})
}

// ScheduleCreateCmd makes the schedule.
type ScheduleCreateCmd struct {
	scheduleFlags
	AllowPartial bool `help:"Publish although a file was quarantined or a delivery rejected."`
	Paused       bool `help:"Make it, but don't let it start yet."`
}

// Run makes the schedule and says when it is next.
func (c *ScheduleCreateCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, s *session, h client.ScheduleHandle) error {
		_, err := s.ScheduleClient().Create(ctx, scheduleOptions(s, c.ID, c.AllowPartial, c.Paused))
		if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return fmt.Errorf("there is a schedule %s already\nhint: 'throughline schedule delete' takes it away", c.ID)
		}
		if err != nil {
			return err
		}
		d, err := h.Describe(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s: %s\n", c.ID, inCalendar(s.project.Temporal.Schedule))
		if len(d.Info.NextActionTimes) > 0 {
			fmt.Fprintf(app.Out, "next start: %s\n", s.local(d.Info.NextActionTimes[0]))
		}
		s.warnUnserved(app)
		return nil
	})
}

// scheduleOptions are the yearly refresh as temporal.yaml has it.
func scheduleOptions(s *session, id string, allowPartial, paused bool) client.ScheduleOptions {
	cfg := s.project.Temporal
	at := cfg.Schedule
	one := func(n int) []client.ScheduleRange { return []client.ScheduleRange{{Start: n}} }
	return client.ScheduleOptions{
		ID: s.workflowID(id),
		Spec: client.ScheduleSpec{
			Calendars: []client.ScheduleCalendarSpec{{Month: one(at.Month), DayOfMonth: one(at.Day), Hour: one(at.Hour), Minute: one(at.Minute),
				Comment: "the annual refresh"}},
			TimeZoneName: at.TimeZone, Jitter: at.Jitter.Std(),
		},
		Action: &client.ScheduleWorkflowAction{
			ID: s.workflowID("refresh/scheduled"), Workflow: workflows.AnnualRefresh, TaskQueue: cfg.Queues.Workflows,
			Args: []any{workflows.RefreshInput{Scheduled: true, AllowPartial: allowPartial, By: "schedule " + id}},
			Memo: map[string]any{"by": "schedule " + id},
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: at.CatchUp.Std(), PauseOnFailure: true, Paused: paused,
	}
}

// inCalendar says when a schedule starts, for a person.
func inCalendar(c settings.Schedule) string {
	return fmt.Sprintf("every %d %s at %02d:%02d, %s", c.Day, time.Month(c.Month), c.Hour, c.Minute, c.TimeZone)
}

// local writes a time in the schedule's zone.
func (s *session) local(t time.Time) string {
	zone, err := time.LoadLocation(s.project.Temporal.Schedule.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// warnUnserved says so when nothing will be running to start what was asked for.
func (s *session) warnUnserved(app *App) {
	if s.ours {
		fmt.Fprintln(app.Err, "warning: nothing is running that would start it: the embedded server ends with this command\n"+
			"hint: keep 'throughline up' running, as a service for instance; a start missed by less than catch_up in temporal.yaml is made up for")
	}
}

// ScheduleListCmd lists schedules.
type ScheduleListCmd struct {
	Dir    string `help:"Project folder." default:"." type:"path"`
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run lists the project's schedules.
func (c *ScheduleListCmd) Run(app *App) error {
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	return withTemporal(hclog.WithContext(app.Ctx, app.Log), p, toLook, func(ctx context.Context, s *session) error {
		it, err := s.ScheduleClient().List(ctx, client.ScheduleListOptions{})
		if err != nil {
			return err
		}
		out := rows{head: []string{"schedule", "state", "next", "last"}}
		for it.HasNext() {
			e, err := it.Next()
			if err != nil {
				return err
			}
			id, mine := strings.CutPrefix(e.ID, s.workflowID(""))
			if !mine {
				continue
			}
			state, next, last := "on", "", ""
			if e.Paused {
				state = "paused"
			}
			if len(e.NextActionTimes) > 0 {
				next = s.local(e.NextActionTimes[0])
			}
			if n := len(e.RecentActions); n > 0 {
				last = s.local(e.RecentActions[n-1].ActualTime)
			}
			out.cells = append(out.cells, []string{id, state, next, last})
		}
		return out.print(app.Out, c.Output)
	})
}

// ScheduleShowCmd shows one schedule.
type ScheduleShowCmd struct {
	scheduleFlags
}

// Run shows when the schedule starts, did start, and didn't.
func (c *ScheduleShowCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, s *session, h client.ScheduleHandle) error {
		d, err := h.Describe(ctx)
		if err != nil {
			return err
		}
		state := "on"
		if d.Schedule.State.Paused {
			state = "paused"
		}
		fmt.Fprintf(app.Out, "schedule  %s\nstate     %s\n", c.ID, state)
		if d.Schedule.State.Note != "" {
			fmt.Fprintf(app.Out, "note      %s\n", d.Schedule.State.Note)
		}
		for _, t := range d.Info.NextActionTimes[:min(3, len(d.Info.NextActionTimes))] {
			fmt.Fprintf(app.Out, "next      %s\n", s.local(t))
		}
		for _, r := range d.Info.RecentActions {
			fmt.Fprintf(app.Out, "started   %s, was due %s", s.local(r.ActualTime), s.local(r.ScheduleTime))
			if r.StartWorkflowResult != nil {
				fmt.Fprintf(app.Out, ": %s", r.StartWorkflowResult.WorkflowID)
			}
			fmt.Fprintln(app.Out)
		}
		fmt.Fprintf(app.Out, "skipped   %d, since the one before hadn't ended\nmissed    %d, since nothing was running for longer than catch_up\n",
			d.Info.NumActionsSkippedOverlap, d.Info.NumActionsMissedCatchupWindow)
		return nil
	})
}

// SchedulePauseCmd pauses the schedule.
type SchedulePauseCmd struct {
	scheduleFlags
	Note string `help:"Why, for those who look at it."`
}

// Run keeps the schedule from starting.
func (c *SchedulePauseCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, _ *session, h client.ScheduleHandle) error {
		note := c.Note
		if note == "" {
			note = "paused by " + whoAmI()
		}
		if err := h.Pause(ctx, client.SchedulePauseOptions{Note: note}); err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s is paused\n", c.ID)
		return nil
	})
}

// ScheduleResumeCmd lets the schedule start again.
type ScheduleResumeCmd struct {
	scheduleFlags
}

// Run lets the schedule start again and says when.
func (c *ScheduleResumeCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, s *session, h client.ScheduleHandle) error {
		if err := h.Unpause(ctx, client.ScheduleUnpauseOptions{Note: "resumed by " + whoAmI()}); err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s is on\n", c.ID)
		s.warnUnserved(app)
		return nil
	})
}

// ScheduleTriggerCmd starts what the schedule starts, now.
type ScheduleTriggerCmd struct {
	scheduleFlags
}

// Run starts the refresh of the year that ended last.
func (c *ScheduleTriggerCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, s *session, h client.ScheduleHandle) error {
		if err := h.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP}); err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s: refresh of %d asked for; 'throughline runs list' shows it\n", c.ID, workflows.ScheduledYear(time.Now()))
		s.warnUnserved(app)
		return nil
	})
}

// ScheduleBackfillCmd starts the schedule for years gone by.
type ScheduleBackfillCmd struct {
	scheduleFlags
	From int  `required:"" help:"First collection year."`
	To   int  `required:"" help:"Last collection year."`
	Yes  bool `help:"Don't ask."`
}

// Run lists the refreshes, asks, and starts them one after the other.
func (c *ScheduleBackfillCmd) Run(app *App) error {
	if c.From > c.To {
		return fmt.Errorf("--from %d is after --to %d", c.From, c.To)
	}
	return c.with(app, func(ctx context.Context, s *session, h client.ScheduleHandle) error {
		at := s.project.Temporal.Schedule
		zone, err := time.LoadLocation(at.TimeZone)
		if err != nil {
			return err
		}
		if _, err := h.Describe(ctx); err != nil {
			return err
		}
		var fills []client.ScheduleBackfill
		for y := c.From; y <= c.To; y++ {
			due := time.Date(y, time.Month(at.Month), at.Day, at.Hour, at.Minute, 0, 0, zone)
			if workflows.ScheduledYear(due) < y {
				due = due.AddDate(1, 0, 0)
			}
			if due.After(time.Now()) {
				return fmt.Errorf("the refresh of %d isn't due before %s", y, s.local(due))
			}
			fmt.Fprintf(app.Out, "refresh of %d, as due on %s\n", y, s.local(due))
			fills = append(fills, client.ScheduleBackfill{
				Start: due.Add(-time.Minute), End: due.Add(time.Minute), Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL})
		}
		if !c.Yes {
			fmt.Fprint(app.Err, "start these, one after the other? [y/N] ")
			answer, _ := bufio.NewReader(app.In).ReadString('\n')
			if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
				return errors.New("nothing was started")
			}
		}
		if err := h.Backfill(ctx, client.ScheduleBackfillOptions{Backfill: fills}); err != nil {
			return err
		}
		fmt.Fprintln(app.Out, "asked for; 'throughline runs list' shows them")
		s.warnUnserved(app)
		return nil
	})
}

// ScheduleDeleteCmd takes the schedule away.
type ScheduleDeleteCmd struct {
	scheduleFlags
}

// Run takes the schedule away.
func (c *ScheduleDeleteCmd) Run(app *App) error {
	return c.with(app, func(ctx context.Context, _ *session, h client.ScheduleHandle) error {
		if err := h.Delete(ctx); err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s is gone\n", c.ID)
		return nil
	})
}
