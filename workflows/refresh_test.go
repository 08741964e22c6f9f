package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"throughline/workflows"
	"throughline/workflows/settings"
	"throughline/workflows/stagetest"
)

// quietLog drops what the test environment says of the failures that a test asks for.
type quietLog struct{}

func (quietLog) Debug(string, ...any) {}
func (quietLog) Info(string, ...any)  {}
func (quietLog) Warn(string, ...any)  {}
func (quietLog) Error(string, ...any) {}

// environment has every workflow and activity, with stages that do what a test wants.
func environment(t *testing.T, f *stagetest.Fake, change func(*settings.Settings)) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	cfg, err := settings.Default()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(cfg)
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLog{})
	env := suite.NewTestWorkflowEnvironment()
	workflows.Register(env, &workflows.Activities{Stages: f, Settings: cfg, Log: hclog.NewNullLogger()})
	env.SetTestTimeout(20 * time.Second)
	return env
}

// refresh runs AnnualRefresh to its end.
func refresh(t *testing.T, env *testsuite.TestWorkflowEnvironment, in workflows.RefreshInput) (*workflows.RefreshResult, error) {
	t.Helper()
	env.ExecuteWorkflow(workflows.AnnualRefresh, in)
	if !env.IsWorkflowCompleted() {
		t.Fatal("the workflow didn't end")
	}
	if err := env.GetWorkflowError(); err != nil {
		return nil, err
	}
	var out workflows.RefreshResult
	if err := env.GetWorkflowResult(&out); err != nil {
		t.Fatal(err)
	}
	return &out, nil
}

// kind is the type of the failure with which a workflow ended.
func kind(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return ""
}

func stagesOf(p workflows.RefreshProgress) []workflows.Stage {
	var out []workflows.Stage
	for _, s := range p.Stages {
		out = append(out, s.Stage)
	}
	return out
}

func TestRefreshRunsEveryStageOnce(t *testing.T) {
	f := &stagetest.Fake{Deliver: 450}
	out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{Year: 2024})
	if err != nil {
		t.Fatal(err)
	}
	want := []workflows.Stage{"plan", "ingest", "link", "build", "publish"}
	if got := stagesOf(out.RefreshProgress); !slices.Equal(want, got) {
		t.Errorf("%v, want %v", got, want)
	}
	if want := (workflows.IngestTotals{Deliveries: 450, Files: 900, Rows: 45000, Kept: 45000}); out.Ingest != want {
		t.Errorf("%+v, want %+v", out.Ingest, want)
	}
	for stage, want := range map[string]int{"plan": 1, "deliveries": 3, "ingest": 450, "link": 1, "build": 1, "publish": 1} {
		if got := f.Calls(stage); got != want {
			t.Errorf("%s was called %d times, want %d", stage, got, want)
		}
	}
	if out.RunID != stagetest.RunID || out.Publish.Vintage != "2024" || out.Stage != workflows.EndStage {
		t.Errorf("%+v", out)
	}
}

func TestRefreshDoesNothingTwice(t *testing.T) {
	f := &stagetest.Fake{Deliver: 5, UpToDate: true}
	out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{})
	if err != nil || !out.UpToDate || f.Calls("ingest") != 0 {
		t.Fatal(out, err, f.Calls("ingest"))
	}
}

func TestOneStageAlone(t *testing.T) {
	f := &stagetest.Fake{Deliver: 5, UpToDate: true}
	out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{Stages: []workflows.Stage{workflows.LinkStage}})
	if err != nil {
		t.Fatal(err)
	}
	if want, got := []workflows.Stage{"plan", "link"}, stagesOf(out.RefreshProgress); !slices.Equal(want, got) {
		t.Errorf("%v, want %v", got, want)
	}
	_, err = refresh(t, environment(t, f, nil), workflows.RefreshInput{Stages: []workflows.Stage{"lunch"}})
	if kind(err) != workflows.SettingsWrong {
		t.Errorf("a stage that there isn't: %v", err)
	}
}

func TestChildrenAreNamedForTheirDelivery(t *testing.T) {
	var ids []string
	env := environment(t, &stagetest.Fake{Deliver: 2}, nil)
	env.SetOnChildWorkflowStartedListener(func(i *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		ids = append(ids, strings.TrimPrefix(i.WorkflowExecution.ID, "default-test-workflow-id/"))
	})
	if _, err := refresh(t, env, workflows.RefreshInput{}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	want := []string{"build", "ingest/ssda903/2015/E06000001", "ingest/ssda903/2016/E06000001", "link", "publish"}
	if !slices.Equal(want, ids) {
		t.Errorf("%v, want %v", ids, want)
	}
}

func TestNoMoreDeliveriesInFlightThanAllowed(t *testing.T) {
	var now, most int
	env := environment(t, &stagetest.Fake{Deliver: 30}, func(s *settings.Settings) { s.Concurrency.Deliveries = 3 })
	env.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) { now++; most = max(most, now) })
	env.SetOnChildWorkflowCompletedListener(func(*workflow.Info, converter.EncodedValue, error) { now-- })
	if _, err := refresh(t, env, workflows.RefreshInput{}); err != nil {
		t.Fatal(err)
	}
	if most != 3 {
		t.Errorf("%d in flight, want 3", most)
	}
}

func TestAFailureIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures int
		kind     string
		calls    int
	}{
		{"twice, then it works", 2, "", 3},
		{"always: as often as temporal.yaml says", 99, workflows.StageFailed, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &stagetest.Fake{Deliver: 1}
			f.OnLink = func(context.Context, workflows.RunInput) (*workflows.LinkResult, error) {
				if f.Calls("link") <= c.failures {
					return nil, errors.New("no space left on device")
				}
				return &workflows.LinkResult{}, nil
			}
			_, err := refresh(t, environment(t, f, func(s *settings.Settings) { s.Retry.Tries = 4 }), workflows.RefreshInput{})
			if kind(err) != c.kind || f.Calls("link") != c.calls {
				t.Fatalf("%v, called %d times", err, f.Calls("link"))
			}
		})
	}
}

// inSteps is a run whose linkage is cut.
func inSteps() *stagetest.Fake {
	return &stagetest.Fake{Deliver: 1, Cut: workflows.LinkCut{Shards: 4, Parts: 3}}
}

func TestLinkInSteps(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  workflows.LinkCut
		want map[string]int
	}{
		{"small: in one go", workflows.LinkCut{}, map[string]int{"link prepare": 1, "link": 1}},
		{"cut", workflows.LinkCut{Shards: 4, Parts: 3}, map[string]int{"link prepare": 1, "link block": 4, "link score": 3, "link train": 1, "link cluster": 1}},
		{"since another run", workflows.LinkCut{Shards: 1, Parts: 3, Since: "a1"}, map[string]int{"link prepare": 1, "link block": 1, "link score": 3, "link train": 1, "link cluster": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &stagetest.Fake{Deliver: 1, Cut: c.cut}
			out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{})
			if err != nil || out.Link == nil || out.Link.Spine != "spine" {
				t.Fatal(out, err)
			}
			for _, step := range []string{"link prepare", "link", "link block", "link score", "link train", "link cluster"} {
				if f.Calls(step) != c.want[step] {
					t.Errorf("%s was called %d times, want %d", step, f.Calls(step), c.want[step])
				}
			}
		})
	}
}

// Every shard and part is asked for once, and every shard before the first part.
func TestShardsComeBeforeParts(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, fmt.Sprintf(format, args...))
	}
	f := inSteps()
	f.OnBlock = func(_ context.Context, in workflows.LinkBlockInput) (*workflows.LinkBlockResult, error) {
		say("block %d of %d into %d", in.Shard, in.Shards, in.Parts)
		return &workflows.LinkBlockResult{}, nil
	}
	f.OnScore = func(_ context.Context, in workflows.LinkScoreInput) (*workflows.LinkScoreResult, error) {
		say("score %d of %d from %d", in.Part, in.Parts, in.Shards)
		return &workflows.LinkScoreResult{}, nil
	}
	if _, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{}); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 7 || !strings.HasPrefix(asked[3], "block") || !strings.HasPrefix(asked[4], "score") {
		t.Fatal(asked)
	}
	slices.Sort(asked)
	want := []string{"block 0 of 4 into 3", "block 1 of 4 into 3", "block 2 of 4 into 3", "block 3 of 4 into 3", "score 0 of 3 from 4", "score 1 of 3 from 4", "score 2 of 3 from 4"}
	if !slices.Equal(want, asked) {
		t.Errorf("%v, want %v", asked, want)
	}
}

func TestAShardThatFailsIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures int
		kind     string
		scored   int
	}{
		{"twice, then it works", 2, "", 3},
		{"always", 99, workflows.StageFailed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inSteps()
			var mu sync.Mutex
			failed, whole := 0, 0
			f.OnBlock = func(_ context.Context, in workflows.LinkBlockInput) (*workflows.LinkBlockResult, error) {
				mu.Lock()
				defer mu.Unlock()
				if in.Shard == 2 && failed < c.failures {
					failed++
					return nil, errors.New("no space left on device")
				}
				whole++
				return &workflows.LinkBlockResult{}, nil
			}
			_, err := refresh(t, environment(t, f, func(s *settings.Settings) { s.Retry.Tries = 4 }), workflows.RefreshInput{})
			if kind(err) != c.kind || f.Calls("link score") != c.scored || failed != min(c.failures, 4) {
				t.Fatalf("%v, %d parts scored, %d failures", err, f.Calls("link score"), failed)
			}
			if c.kind == "" && whole != 4 {
				t.Errorf("%d shards, of which only the one that failed is done again", whole)
			}
		})
	}
}

// A shard that can't be cured ends the run, and is not waited for by those beside it.
func TestAShardThatCantBeCuredEndsTheRest(t *testing.T) {
	f := inSteps()
	f.OnBlock = func(ctx context.Context, in workflows.LinkBlockInput) (*workflows.LinkBlockResult, error) {
		if in.Shard == 0 {
			return nil, &workflows.Rejected{Kind: workflows.WorkspaceBroken, Err: errors.New("hash differs")}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{})
	if kind(err) != workflows.WorkspaceBroken || f.Calls("link score") != 0 {
		t.Fatal(err)
	}
}

func TestWhatTryingAgainCantCure(t *testing.T) {
	for _, c := range []struct {
		name string
		link func() (*workflows.LinkResult, error)
		kind string
	}{
		{"a rejection keeps its kind", func() (*workflows.LinkResult, error) {
			return nil, fmt.Errorf("spine: %w", &workflows.Rejected{Kind: workflows.WorkspaceBroken, Err: errors.New("hash differs")})
		}, workflows.WorkspaceBroken},
		{"a panic", func() (*workflows.LinkResult, error) { panic("secret") }, workflows.StagePanicked},
		{"a panic of the runtime", func() (*workflows.LinkResult, error) { var r *workflows.LinkResult; r.Spine = "x"; return r, nil }, workflows.StagePanicked},
		{"a result that is data", func() (*workflows.LinkResult, error) {
			return &workflows.LinkResult{Spine: strings.Repeat("x", 65<<10)}, nil
		}, workflows.ResultTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &stagetest.Fake{}
			f.OnLink = func(context.Context, workflows.RunInput) (*workflows.LinkResult, error) { return c.link() }
			_, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{})
			if kind(err) != c.kind || f.Calls("link") != 1 || f.Calls("build") != 0 {
				t.Fatalf("%v, called %d times", err, f.Calls("link"))
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("what was panicked with is in the history: %v", err)
			}
		})
	}
}

// rejecting is a run in which some returns can't be used.
func rejecting(n int, which ...int) *stagetest.Fake {
	f := &stagetest.Fake{Deliver: n}
	f.OnIngest = func(_ context.Context, in workflows.IngestInput) (*workflows.IngestResult, error) {
		if slices.Contains(which, in.Year) {
			return nil, &workflows.Rejected{Kind: workflows.ReturnRejected, Err: errors.New("header.csv: no column CHILD")}
		}
		return &workflows.IngestResult{Rows: 10}, nil
	}
	return f
}

func TestOneBadReturnBlocksNoOther(t *testing.T) {
	f := rejecting(30, 2016)
	_, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{})
	if kind(err) != workflows.PartialRun || f.Calls("ingest") != 30 || f.Calls("link") != 0 {
		t.Fatalf("%v, ingest called %d times, link %d", err, f.Calls("ingest"), f.Calls("link"))
	}
	for _, want := range []string{"3 of 30 deliveries", "ssda903 2016 E06000002: header.csv: no column CHILD", "--allow-partial"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't in %v", want, err)
		}
	}

	f = rejecting(30, 2016)
	out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{AllowPartial: true})
	if err != nil {
		t.Fatal(err)
	}
	if out.Ingest.Rejected != 3 || out.Ingest.Deliveries != 27 || out.Ingest.Rows != 270 || out.Publish == nil || len(out.Rejected) != 3 {
		t.Fatalf("%+v", out)
	}
}

func TestPublishRefusesAPartialRun(t *testing.T) {
	f := &stagetest.Fake{Deliver: 1}
	f.OnPublish = func(_ context.Context, in workflows.PublishInput) (*workflows.PublishResult, error) {
		if !in.AllowPartial {
			return nil, &workflows.Rejected{Kind: workflows.PartialRun, Err: errors.New("1 file is quarantined")}
		}
		return &workflows.PublishResult{Partial: true}, nil
	}
	if _, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{}); kind(err) != workflows.PartialRun {
		t.Error(err)
	}
	if out, err := refresh(t, environment(t, f, nil), workflows.RefreshInput{AllowPartial: true}); err != nil || !out.Publish.Partial {
		t.Error(out, err)
	}
}

func TestCancelReachesTheStage(t *testing.T) {
	f := &stagetest.Fake{Deliver: 1}
	heard := make(chan struct{})
	f.OnBuild = func(ctx context.Context, _ workflows.RunInput) (*workflows.BuildResult, error) {
		<-ctx.Done()
		close(heard)
		return nil, ctx.Err()
	}
	env := environment(t, f, nil)
	env.SetOnActivityStartedListener(func(i *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if i.ActivityType.Name == "Build" {
			time.AfterFunc(100*time.Millisecond, env.CancelWorkflow)
		}
	})
	_, err := refresh(t, env, workflows.RefreshInput{})
	var canceled *temporal.CanceledError
	if !errors.As(err, &canceled) || f.Calls("publish") != 0 {
		t.Fatal(err)
	}
	<-heard
}

func TestScheduledYear(t *testing.T) {
	for _, c := range []struct {
		due  string
		want int
	}{{"2024-09-01T05:00:00Z", 2024}, {"2024-03-31T22:00:00Z", 2023}, {"2024-04-01T05:00:00Z", 2024}, {"2025-01-01T00:00:00Z", 2024}} {
		due, err := time.Parse(time.RFC3339, c.due)
		if err != nil {
			t.Fatal(err)
		}
		if got := workflows.ScheduledYear(due); got != c.want {
			t.Errorf("%s covers %d, want %d", c.due, got, c.want)
		}
		env := environment(t, &stagetest.Fake{}, nil)
		err = env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(due)))
		if err != nil {
			t.Fatal(err)
		}
		out, err := refresh(t, env, workflows.RefreshInput{Scheduled: true})
		if err != nil || out.Year != c.want {
			t.Errorf("%s ran %v, %v; want %d", c.due, out, err, c.want)
		}
	}
}

func TestALongHistoryIsCut(t *testing.T) {
	f := &stagetest.Fake{Deliver: 450}
	env := environment(t, f, nil)
	env.SetContinueAsNewSuggested(true)
	_, err := refresh(t, env, workflows.RefreshInput{Year: 2024, By: "ann"})
	var again *workflow.ContinueAsNewError
	if !errors.As(err, &again) {
		t.Fatal(err)
	}
	var in workflows.RefreshInput
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &in); err != nil {
		t.Fatal(err)
	}
	if in.Resume.Offset != 200 || in.Resume.Progress.Ingest.Deliveries != 200 || in.By != "ann" {
		t.Fatalf("%+v", in)
	}
	out, err := refresh(t, environment(t, f, nil), in)
	if err != nil {
		t.Fatal(err)
	}
	if f.Calls("ingest") != 450 || f.Calls("plan") != 1 || out.Ingest.Deliveries != 450 || len(out.Stages) != 5 {
		t.Fatalf("%+v", out)
	}
}

func TestProgressQuery(t *testing.T) {
	env := environment(t, &stagetest.Fake{Deliver: 4}, func(s *settings.Settings) { s.SignOff.Required = true })
	env.RegisterDelayedCallback(func() {
		v, err := env.QueryWorkflow(workflows.ProgressQuery)
		if err != nil {
			t.Error(err)
			return
		}
		var p workflows.RefreshProgress
		if err := v.Get(&p); err != nil {
			t.Error(err)
		}
		if p.Stage != workflows.SignOffStage || p.RunID != stagetest.RunID || p.Ingest.Deliveries != 4 || p.Started.IsZero() {
			t.Errorf("%+v", p)
		}
		env.CancelWorkflow()
	}, time.Hour)
	if _, err := refresh(t, env, workflows.RefreshInput{By: "ann"}); err == nil {
		t.Error("ended well")
	}
}

func TestSignOff(t *testing.T) {
	yes := workflows.SignOff{Approved: true, By: "Bea", Release: stagetest.RunID}
	with := func(change func(*workflows.SignOff)) workflows.SignOff { s := yes; change(&s); return s }
	for _, c := range []struct {
		name    string
		signOff workflows.SignOff
		refused string // part of the validator's words; empty: accepted
		kind    string // how the run ends
	}{
		{"yes publishes", yes, "", ""},
		{"no ends the run", with(func(s *workflows.SignOff) { s.Approved, s.Reason = false, "SDQ counts halved" }), "", workflows.SignOffRefused},
		{"no needs a reason", with(func(s *workflows.SignOff) { s.Approved = false }), "needs a reason", workflows.SignOffExpired},
		{"a blank name", with(func(s *workflows.SignOff) { s.By = " " }), "needs a name", workflows.SignOffExpired},
		{"who started it", with(func(s *workflows.SignOff) { s.By = " ANN" }), "somebody else must", workflows.SignOffExpired},
		{"a name that isn't listed", with(func(s *workflows.SignOff) { s.By = "Cy" }), "isn't among those", workflows.SignOffExpired},
		{"another release", with(func(s *workflows.SignOff) { s.Release = "0000" }), `"0000"`, workflows.SignOffExpired},
		{"no release", with(func(s *workflows.SignOff) { s.Release = "" }), "this run is " + stagetest.RunID, workflows.SignOffExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &stagetest.Fake{Deliver: 1}
			env := environment(t, f, func(s *settings.Settings) {
				s.SignOff = settings.SignOff{Required: true, By: []string{"bea", "ann"}, Wait: settings.Duration(24 * time.Hour)}
			})
			var refused error
			env.RegisterDelayedCallback(func() {
				env.UpdateWorkflow(workflows.SignOffUpdate, "1", &testsuite.TestUpdateCallback{
					OnAccept: func() {}, OnReject: func(err error) { refused = err }, OnComplete: func(any, error) {},
				}, c.signOff)
			}, time.Hour)
			out, err := refresh(t, env, workflows.RefreshInput{By: "ann"})
			if kind(err) != c.kind {
				t.Errorf("ended with %v, want %q", err, c.kind)
			}
			if c.refused == "" && refused != nil || c.refused != "" && (refused == nil || !strings.Contains(refused.Error(), c.refused)) {
				t.Errorf("refused with %v, want %q", refused, c.refused)
			}
			if published := f.Calls("publish") == 1; published != (c.kind == "") {
				t.Errorf("published: %v", published)
			}
			if err == nil && out.SignedOff.By != "Bea" {
				t.Errorf("%+v", out.SignedOff)
			}
		})
	}
}

func TestSignOffNeedsAStarter(t *testing.T) {
	env := environment(t, &stagetest.Fake{}, func(s *settings.Settings) { s.SignOff.Required = true })
	if _, err := refresh(t, env, workflows.RefreshInput{}); kind(err) != workflows.SettingsWrong {
		t.Error(err)
	}
}
