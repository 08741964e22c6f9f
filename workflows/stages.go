package workflows

import "context"

// Stages are the steps of the annual refresh as plain functions of a project's files. Each may be called again with the same
// input: it then finds its work done, or does it again with the same result. What they return are counts and references;
// nothing about a child.
type Stages interface {
	// Plan reads what is in the inbox up to a year and fixes the run: its id is the hash of all its inputs.
	Plan(ctx context.Context, in PlanInput) (*PlanResult, error)
	// Deliveries lists a run's deliveries, a page at a time, in a fixed order.
	Deliveries(ctx context.Context, in DeliveriesInput) (*DeliveriesResult, error)
	// Ingest reads, checks and tokenises one delivery into the lake.
	Ingest(ctx context.Context, in IngestInput, p Progress) (*IngestResult, error)
	// Link makes the person spine over every delivery of the run, in one go.
	Link(ctx context.Context, in RunInput, p Progress) (*LinkResult, error)
	// LinkPrepare gathers the records of the run and says how linkage is cut. Where it is, the steps below do what Link does.
	LinkPrepare(ctx context.Context, in LinkPrepareInput, p Progress) (*LinkCut, error)
	// LinkBlock finds the pairs that one shard of the blocks proposes.
	LinkBlock(ctx context.Context, in LinkBlockInput, p Progress) (*LinkBlockResult, error)
	// LinkScore compares the pairs of one part, of all shards.
	LinkScore(ctx context.Context, in LinkScoreInput, p Progress) (*LinkScoreResult, error)
	// LinkTrain learns the models from all parts.
	LinkTrain(ctx context.Context, in LinkInput, p Progress) (*LinkTrainResult, error)
	// LinkCluster makes the person spine of all parts.
	LinkCluster(ctx context.Context, in LinkInput, p Progress) (*LinkResult, error)
	// Build runs the SQL models into research.duckdb.
	Build(ctx context.Context, in RunInput, p Progress) (*BuildResult, error)
	// Publish makes publication.duckdb and the report, and moves CURRENT.
	Publish(ctx context.Context, in PublishInput, p Progress) (*PublishResult, error)
}

// Progress is told how far a stage is, in whatever unit total is in.
type Progress func(done, total int64)

// PlanInput says what a refresh is to cover.
type PlanInput struct {
	Year int // last collection year; 0: the latest in the inbox
}

// PlanResult is a fixed run.
type PlanResult struct {
	RunID      string // hash of inputs, schema, code, settings and key fingerprint
	Year       int
	Deliveries int  // in the run
	Later      int  // deliveries of years after Year, left for a later run
	Done       bool // CURRENT already holds the result of this run
}

// DeliveriesInput asks for a page.
type DeliveriesInput struct {
	RunID         string
	Offset, Limit int
}

// Delivery names what one supplier sent for one year; resubmissions are part of it.
type Delivery struct {
	Dataset   string
	Year      int
	Authority string // ONS code; E92000001 for a national extract
}

// DeliveriesResult is a page of deliveries.
type DeliveriesResult struct{ Deliveries []Delivery }

// IngestInput names the delivery to ingest.
type IngestInput struct {
	RunID string
	Delivery
}

// IngestResult counts what a delivery held.
type IngestResult struct {
	Load             string // hash that names the delivery's part of the lake
	Files, Rows      int64  // read
	Kept             int64  // rows in the lake
	QuarantinedFiles int64
	QuarantinedRows  int64 // rows of quarantined files
	Findings         int64 // problems found
}

// RunInput names a planned run.
type RunInput struct{ RunID string }

// LinkPrepareInput names a planned run and says how it may be cut.
type LinkPrepareInput struct {
	RunID        string
	ShardRecords int // records of a shard; 0: the run isn't cut
}

// LinkCut says how a run's linkage is cut. The zero value says that it isn't: Link does it in one go.
type LinkCut struct {
	Shards int    // of the blocks of every rule, found apart
	Parts  int    // of the pairs, scored apart
	Since  string `json:",omitempty"` // run whose records and pairs are known: only what changed since is blocked, as one shard
}

// Whole reports whether linkage is not cut.
func (c LinkCut) Whole() bool { return c.Parts == 0 }

// LinkInput names a planned run and how its linkage is cut.
type LinkInput struct {
	RunID string
	LinkCut
}

// LinkBlockInput names one shard.
type LinkBlockInput struct {
	LinkInput
	Shard int // from 0
}

// LinkBlockResult counts what a shard proposes.
type LinkBlockResult struct {
	Pairs    int64 // proposed, each once
	Compared int64 // looked at: pairs that share a value of a rule
	Whole    int64 // to be looked at when nothing is known of a run before
}

// LinkScoreInput names one part.
type LinkScoreInput struct {
	LinkInput
	Part int // from 0
}

// LinkScoreResult counts a part.
type LinkScoreResult struct{ Pairs int64 }

// LinkTrainResult names what was learned.
type LinkTrainResult struct {
	Models int    // one for each kind of pairs
	Hash   string // of the models' file
}

// LinkResult counts the spine.
type LinkResult struct {
	Identities, Edges, Persons int64
	Spine                      string // hash of the spine's files
}

// BuildResult counts the models.
type BuildResult struct{ Models, Rows int64 }

// PublishInput names a run and what is allowed.
type PublishInput struct {
	RunID        string
	AllowPartial bool // publish although a file was quarantined
}

// PublishResult says what readers now see.
type PublishResult struct {
	Vintage  string // folder under outputs/
	Snapshot string // id that CURRENT holds
	Partial  bool
}

// Rejected is an error that trying again can't cure.
type Rejected struct {
	Kind string // one of the constants below
	Err  error
}

// Kinds of rejection.
const (
	ReturnRejected  = "ReturnRejected"  // the delivery can't be used at all
	PartialRun      = "PartialRun"      // something was quarantined and publishing that was not allowed
	WorkspaceBroken = "WorkspaceBroken" // a file of the lake isn't what its manifest says
	SettingsWrong   = "SettingsWrong"   // keys, configuration or schema can't be used
)

func (r *Rejected) Error() string { return r.Err.Error() }
func (r *Rejected) Unwrap() error { return r.Err }
