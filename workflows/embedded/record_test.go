//go:build integration

package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"throughline/workflows"
	"throughline/workflows/embedded"
	"throughline/workflows/settings"
	"throughline/workflows/stagetest"
)

var record = flag.Bool("record", false, "record the histories that TestReplay replays; only from released code")

const histories = "../testdata/histories"

// TestRecord writes a history for each scenario, with stages that do nothing.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("records only with -record")
	}
	if err := os.MkdirAll(histories, 0o755); err != nil {
		t.Fatal(err)
	}
	signOff := func(s *settings.Settings) { s.SignOff.Required = true }
	say := func(s workflows.SignOff) func(context.Context, client.Client) error {
		return func(ctx context.Context, c client.Client) error {
			if err := at(ctx, c, workflows.SignOffStage); err != nil {
				return err
			}
			h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: "refresh/2024", UpdateName: workflows.SignOffUpdate,
				WaitForStage: client.WorkflowUpdateStageCompleted, Args: []any{s}})
			if err != nil {
				return err
			}
			return h.Get(ctx, nil)
		}
	}
	bad := func(_ context.Context, in workflows.IngestInput) (*workflows.IngestResult, error) {
		if in.Year == 2016 {
			return nil, &workflows.Rejected{Kind: workflows.ReturnRejected, Err: errors.New("header.csv: no column CHILD")}
		}
		return &workflows.IngestResult{Rows: 10, Kept: 10}, nil
	}
	flaky := &stagetest.Fake{Deliver: 2}
	flaky.OnLink = func(context.Context, workflows.RunInput) (*workflows.LinkResult, error) {
		if flaky.Calls("link") < 3 {
			return nil, errors.New("no space left on device")
		}
		return &workflows.LinkResult{}, nil
	}
	cut := workflows.LinkCut{Shards: 4, Parts: 3}
	lame := &stagetest.Fake{Cut: cut}
	lame.OnBlock = func(_ context.Context, in workflows.LinkBlockInput) (*workflows.LinkBlockResult, error) {
		if in.Shard == 2 && lame.Calls("link block") < 6 {
			return nil, errors.New("no space left on device")
		}
		return &workflows.LinkBlockResult{Pairs: 10, Compared: 100}, nil
	}
	broken := &stagetest.Fake{Cut: cut}
	broken.OnScore = func(ctx context.Context, in workflows.LinkScoreInput) (*workflows.LinkScoreResult, error) {
		if in.Part == 1 {
			return nil, &workflows.Rejected{Kind: workflows.WorkspaceBroken, Err: errors.New("hash differs")}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, c := range []struct {
		name   string
		stages *stagetest.Fake
		change func(*settings.Settings)
		in     workflows.RefreshInput
		act    func(context.Context, client.Client) error
		ends   bool // well
		child  string
	}{
		{name: "refresh_done", stages: &stagetest.Fake{Deliver: 25}, ends: true},
		{name: "refresh_up_to_date", stages: &stagetest.Fake{Deliver: 2, UpToDate: true}, ends: true},
		{name: "refresh_one_stage", stages: &stagetest.Fake{Deliver: 2}, in: workflows.RefreshInput{Stages: []workflows.Stage{workflows.BuildStage}}, ends: true},
		{name: "refresh_return_rejected", stages: &stagetest.Fake{Deliver: 12, OnIngest: bad}},
		{name: "refresh_partial_allowed", stages: &stagetest.Fake{Deliver: 12, OnIngest: bad}, in: workflows.RefreshInput{AllowPartial: true}, ends: true},
		{name: "refresh_link_tried_again", stages: flaky, ends: true},
		{name: "refresh_cancelled", stages: &stagetest.Fake{Deliver: 3, Takes: 3 * time.Second},
			act: func(ctx context.Context, c client.Client) error {
				if err := at(ctx, c, workflows.IngestStage); err != nil {
					return err
				}
				return c.CancelWorkflow(ctx, "refresh/2024", "")
			}},
		{name: "refresh_signed_off", stages: &stagetest.Fake{Deliver: 2}, change: signOff, ends: true,
			act: say(workflows.SignOff{Approved: true, By: "Bea", Release: stagetest.RunID})},
		{name: "refresh_sign_off_refused", stages: &stagetest.Fake{Deliver: 2}, change: signOff,
			act: say(workflows.SignOff{By: "Bea", Reason: "SDQ counts halved", Release: stagetest.RunID})},
		{name: "ingest_done", stages: &stagetest.Fake{Deliver: 2}, ends: true, child: "/ingest/ssda903/2015/E06000001"},
		{name: "ingest_rejected_return", stages: &stagetest.Fake{Deliver: 2, OnIngest: bad}, child: "/ingest/ssda903/2016/E06000001"},
		{name: "link_done", stages: &stagetest.Fake{}, ends: true, child: "/link"},
		{name: "link_small", stages: &stagetest.Fake{}, ends: true, child: "/link"},
		{name: "link_cut", stages: &stagetest.Fake{Cut: cut}, ends: true, child: "/link"},
		{name: "link_cut_since", stages: &stagetest.Fake{Cut: workflows.LinkCut{Shards: 1, Parts: 3, Since: "a41c"}}, ends: true, child: "/link"},
		{name: "link_cut_shard_tried_again", stages: lame, ends: true, child: "/link"},
		{name: "link_cut_part_broken", stages: broken, child: "/link"},
		{name: "link_cut_cancelled", stages: &stagetest.Fake{Cut: cut, Takes: 3 * time.Second}, child: "/link",
			act: func(ctx context.Context, c client.Client) error {
				if err := at(ctx, c, workflows.LinkStage); err != nil {
					return err
				}
				time.Sleep(time.Second)
				return c.CancelWorkflow(ctx, "refresh/2024", "")
			}},
		{name: "build_done", stages: &stagetest.Fake{}, ends: true, child: "/build"},
		{name: "publish_done", stages: &stagetest.Fake{}, ends: true, child: "/publish"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			s, err := embedded.Start(ctx, embedded.Options{Dir: t.TempDir(), Namespace: "throughline", Retention: 400 * 24 * time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			cfg, err := settings.Default()
			if err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				c.change(cfg)
			}
			log := hclog.NewNullLogger()
			cl, err := client.Dial(client.Options{HostPort: s.Address().Frontend, Namespace: "throughline", Logger: log, Identity: "recorder"})
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			w := workflows.NewWorker(cl, "throughline", &workflows.Activities{Stages: c.stages, Settings: cfg, Log: log})
			if err := w.Start(); err != nil {
				t.Fatal(err)
			}
			defer w.Stop()
			c.in.Year, c.in.By = 2024, "Ann"
			run, err := cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "refresh/2024", TaskQueue: "throughline"}, workflows.AnnualRefresh, c.in)
			if err != nil {
				t.Fatal(err)
			}
			if c.act != nil {
				if err := c.act(ctx, cl); err != nil {
					t.Fatal(err)
				}
			}
			if err := run.Get(ctx, nil); (err == nil) != c.ends {
				t.Fatal(err)
			}
			var h history.History
			events := cl.GetWorkflowHistory(ctx, "refresh/2024"+c.child, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			for events.HasNext() {
				e, err := events.Next()
				if err != nil {
					t.Fatal(err)
				}
				h.Events = append(h.Events, e)
			}
			b, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(&h)
			if err != nil {
				t.Fatal(err)
			}
			host, err := os.Hostname() // part of a queue's name
			if err != nil {
				t.Fatal(err)
			}
			b = bytes.ReplaceAll(b, []byte(`"`+host+":"), []byte(`"recorder:`))
			if err := os.WriteFile(filepath.Join(histories, c.name+".json"), append(b, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// at waits until the run is at a stage.
func at(ctx context.Context, c client.Client, want workflows.Stage) error {
	for {
		v, err := c.QueryWorkflow(ctx, "refresh/2024", "", workflows.ProgressQuery)
		var p workflows.RefreshProgress
		if err == nil && v.Get(&p) == nil && p.Stage == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
