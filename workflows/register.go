package workflows

import (
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// registry is what a worker and a test environment have in common.
type registry interface {
	RegisterWorkflow(w any)
	RegisterActivity(a any)
}

// Register makes every workflow and activity known to a worker.
func Register(r registry, a *Activities) {
	r.RegisterWorkflow(AnnualRefresh)
	r.RegisterWorkflow(Ingest)
	r.RegisterWorkflow(Link)
	r.RegisterWorkflow(Build)
	r.RegisterWorkflow(Publish)
	r.RegisterActivity(a)
}

// NewWorker makes a worker for one task queue. It isn't started.
func NewWorker(c client.Client, queue string, a *Activities) worker.Worker {
	w := worker.New(c, queue, worker.Options{
		MaxConcurrentActivityExecutionSize: a.Settings.Concurrency.Activities,
		// A worker that died leaves its workflows' next steps in a queue of its own; after this time another takes them.
		StickyScheduleToStartTimeout: 2 * time.Second,
		// How often progress reaches the server at most. Cancellations come back the same way.
		MaxHeartbeatThrottleInterval:     2 * time.Second,
		DefaultHeartbeatThrottleInterval: 2 * time.Second,
		// How long a stage has to put its things away when the program is told to end.
		WorkerStopTimeout: 5 * time.Second,
	})
	Register(w, a)
	return w
}
