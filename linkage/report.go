package linkage

import "throughline/linkage/score"

// Report is all that a run says about its linkage, for a person or a page: figures, and patterns of agreement with counts. It holds no
// value of a record, no token and no key.
type Report struct {
	Title      string            `json:"title"`      // what was linked, such as "annual linkage", or a spec's title
	Made       map[string]string `json:"made"`       // provenance by name: run id, hashes of rules, models and data, version of the program
	Rows       []QualityRow      `json:"rows"`       // the long table, as Quality gives it and more
	Models     []*score.Model    `json:"models"`     // one a model kind; empty when links were made by rules alone
	Weights    []Histogram       `json:"weights"`    // one a model kind; empty when nothing was scored
	Thresholds []ThresholdTable  `json:"thresholds"` // one a model kind
	Patterns   []PatternRow      `json:"patterns"`   // the commonest and the greyest of each model kind
	Review     ReviewSummary     `json:"review"`
}

// Histogram tells how many pairs of a model kind have which match weight, and what became of them.
type Histogram struct {
	Kind string `json:"kind"` // of the model
	Bins []Bin  `json:"bins"` // rising, without gaps
}

// Bin counts the pairs whose match weight is From or more and less than To, in bits. A pair is counted under one outcome.
type Bin struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Outcomes
	True *int64 `json:"true,omitempty"` // pairs of any outcome that are about one child; nil: the truth isn't known
}

// Outcomes count pairs by what became of them.
type Outcomes struct {
	Joined    int64 `json:"joined"`    // together in the end
	Refused   int64 `json:"refused"`   // kept apart by a cannot-link
	Ambiguous int64 `json:"ambiguous"` // kept apart since another record fitted as well
	Left      int64 `json:"left"`      // below the threshold
}

// Pairs is how many there are in all.
func (o Outcomes) Pairs() int64 { return o.Joined + o.Refused + o.Ambiguous + o.Left }

// ThresholdTable tells what would follow from each threshold of a model kind.
type ThresholdTable struct {
	Kind   string         `json:"kind"`
	Rows   []ThresholdRow `json:"rows"`   // rising by weight
	Chosen float64        `json:"chosen"` // match weight in bits from which pairs are joined
	Why    string         `json:"why"`    // how it was chosen, as a part of a sentence
}

// ThresholdRow is what follows when pairs of a weight and above are joined. Shares are from 0 to 1.
type ThresholdRow struct {
	Weight      float64 `json:"weight"`      // match weight in bits
	Probability float64 `json:"probability"` // that a pair of this weight is a match, by the model
	Links       int64   `json:"links"`       // pairs of the weight and above
	Precision   float64 `json:"precision"`   // expected by the model, as the two after it
	Recall      float64 `json:"recall"`
	F1          float64 `json:"f1"`
	// Against known truth; nil where it isn't known.
	TruePrecision *float64 `json:"true_precision,omitempty"`
	TrueRecall    *float64 `json:"true_recall,omitempty"`
	TrueF1        *float64 `json:"true_f1,omitempty"`
}

// PatternRow is one pattern of agreement and the pairs that show it.
type PatternRow struct {
	Kind        string   `json:"kind"`
	Pattern     uint64   `json:"pattern,string"` // score.Pattern; text, since JSON readers cut whole numbers at 53 bits
	Levels      []string `json:"levels"`         // level of each of the model's comparisons in words; "missing" where a side has no value
	Pairs       int64    `json:"pairs"`
	Weight      float64  `json:"weight"`      // match weight in bits
	Probability float64  `json:"probability"` // that such a pair is a match, by the model
	Outcomes
}

// ReviewSummary counts what was given to people to look at, and what they said.
type ReviewSummary struct {
	Queued    []ReviewCount `json:"queued"`    // by reason
	Decided   []ReviewCount `json:"decided"`   // by outcome
	Reviewers int           `json:"reviewers"` // distinct people who decided
}

// ReviewCount is a number of cases of one reason or outcome.
type ReviewCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}
