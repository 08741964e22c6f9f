package workflows_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"throughline/workflows"
)

// TestReplay replays the recorded histories with the workflows as they are now. A history that no longer fits is a run that
// an upgrade would break half way: give the change a workflow.GetVersion instead of a new recording.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("there are no histories to replay in testdata/histories")
	}
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflow(workflows.AnnualRefresh)
	r.RegisterWorkflow(workflows.Ingest)
	r.RegisterWorkflow(workflows.Link)
	r.RegisterWorkflow(workflows.Build)
	r.RegisterWorkflow(workflows.Publish)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			h, err := client.HistoryFromJSON(bytes.NewReader(b), client.HistoryJSONOptions{})
			if err != nil {
				t.Fatal(err)
			}
			// Children are named for their parent.
			id := h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
			err = r.ReplayWorkflowHistoryWithOptions(quietLog{}, h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
