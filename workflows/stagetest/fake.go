// Package stagetest has stages that do nothing, for tests of what happens around them.
package stagetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"throughline/workflows"
)

// Fake are Stages without data. The zero value is a run of no deliveries in which all goes well.
type Fake struct {
	Deliver   int               // deliveries in the run: ten years of as many authorities as that takes
	Takes     time.Duration     // how long each stage and delivery takes
	UpToDate  bool              // whether Plan says that nothing is to do
	Cut       workflows.LinkCut // how linkage is cut; zero: it isn't
	OnIngest  func(ctx context.Context, in workflows.IngestInput) (*workflows.IngestResult, error)
	OnLink    func(ctx context.Context, in workflows.RunInput) (*workflows.LinkResult, error)
	OnBlock   func(ctx context.Context, in workflows.LinkBlockInput) (*workflows.LinkBlockResult, error)
	OnScore   func(ctx context.Context, in workflows.LinkScoreInput) (*workflows.LinkScoreResult, error)
	OnBuild   func(ctx context.Context, in workflows.RunInput) (*workflows.BuildResult, error)
	OnPublish func(ctx context.Context, in workflows.PublishInput) (*workflows.PublishResult, error)

	mu    sync.Mutex
	calls map[string]int
}

var _ workflows.Stages = (*Fake)(nil)

// RunID is the id of every run of a Fake.
const RunID = "9f2c51d07ab3e684"

// Calls is how often a stage was called: plan, deliveries, ingest, link, link prepare, link block, link score,
// link train, link cluster, build or publish.
func (f *Fake) Calls(stage string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[stage]
}

func (f *Fake) call(stage string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[stage]++
}

// wait takes the stage's time, telling of it in tenths.
func (f *Fake) wait(ctx context.Context, p workflows.Progress) error {
	for i := range int64(10) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.Takes / 10):
			p(i+1, 10)
		}
	}
	return nil
}

// Plan fixes the run.
func (f *Fake) Plan(_ context.Context, in workflows.PlanInput) (*workflows.PlanResult, error) {
	f.call("plan")
	if in.Year == 0 {
		in.Year = 2024
	}
	return &workflows.PlanResult{RunID: RunID, Year: in.Year, Deliveries: f.Deliver, Done: f.UpToDate}, nil
}

// Deliveries lists SSDA903 returns of invented authorities.
func (f *Fake) Deliveries(_ context.Context, in workflows.DeliveriesInput) (*workflows.DeliveriesResult, error) {
	f.call("deliveries")
	var out workflows.DeliveriesResult
	for i := in.Offset; i < min(in.Offset+in.Limit, f.Deliver); i++ {
		out.Deliveries = append(out.Deliveries, workflows.Delivery{
			Dataset: "ssda903", Year: 2015 + i%10, Authority: fmt.Sprintf("E06%06d", i/10+1)})
	}
	return &out, nil
}

// Ingest keeps 100 rows of each delivery.
func (f *Fake) Ingest(ctx context.Context, in workflows.IngestInput, p workflows.Progress) (*workflows.IngestResult, error) {
	f.call("ingest")
	if f.OnIngest != nil {
		return f.OnIngest(ctx, in)
	}
	return &workflows.IngestResult{Load: "load", Files: 2, Rows: 100, Kept: 100}, f.wait(ctx, p)
}

// Link finds nobody.
func (f *Fake) Link(ctx context.Context, in workflows.RunInput, p workflows.Progress) (*workflows.LinkResult, error) {
	f.call("link")
	if f.OnLink != nil {
		return f.OnLink(ctx, in)
	}
	return &workflows.LinkResult{Spine: "spine"}, f.wait(ctx, p)
}

// LinkPrepare cuts as the Fake says.
func (f *Fake) LinkPrepare(context.Context, workflows.LinkPrepareInput, workflows.Progress) (*workflows.LinkCut, error) {
	f.call("link prepare")
	return &f.Cut, nil
}

// LinkBlock proposes ten pairs.
func (f *Fake) LinkBlock(ctx context.Context, in workflows.LinkBlockInput, p workflows.Progress) (*workflows.LinkBlockResult, error) {
	f.call("link block")
	if f.OnBlock != nil {
		return f.OnBlock(ctx, in)
	}
	return &workflows.LinkBlockResult{Pairs: 10, Compared: 100}, f.wait(ctx, p)
}

// LinkScore compares ten pairs.
func (f *Fake) LinkScore(ctx context.Context, in workflows.LinkScoreInput, p workflows.Progress) (*workflows.LinkScoreResult, error) {
	f.call("link score")
	if f.OnScore != nil {
		return f.OnScore(ctx, in)
	}
	return &workflows.LinkScoreResult{Pairs: 10}, f.wait(ctx, p)
}

// LinkTrain learns nothing.
func (f *Fake) LinkTrain(ctx context.Context, _ workflows.LinkInput, p workflows.Progress) (*workflows.LinkTrainResult, error) {
	f.call("link train")
	return &workflows.LinkTrainResult{Models: 1, Hash: "models"}, f.wait(ctx, p)
}

// LinkCluster finds nobody.
func (f *Fake) LinkCluster(ctx context.Context, _ workflows.LinkInput, p workflows.Progress) (*workflows.LinkResult, error) {
	f.call("link cluster")
	return &workflows.LinkResult{Spine: "spine"}, f.wait(ctx, p)
}

// Build runs no model.
func (f *Fake) Build(ctx context.Context, in workflows.RunInput, p workflows.Progress) (*workflows.BuildResult, error) {
	f.call("build")
	if f.OnBuild != nil {
		return f.OnBuild(ctx, in)
	}
	return &workflows.BuildResult{Models: 3}, f.wait(ctx, p)
}

// Publish shows nothing.
func (f *Fake) Publish(ctx context.Context, in workflows.PublishInput, p workflows.Progress) (*workflows.PublishResult, error) {
	f.call("publish")
	if f.OnPublish != nil {
		return f.OnPublish(ctx, in)
	}
	return &workflows.PublishResult{Vintage: "2024", Snapshot: in.RunID}, f.wait(ctx, p)
}
