package review

import (
	"cmp"
	"math"
	"slices"

	"throughline/linkage"
	"throughline/linkage/score"
)

// Reason is why a case is in the queue.
type Reason string

// Reasons, in the order in which they are told.
const (
	Grey        Reason = "grey"        // the match probability is near the threshold
	Rivals      Reason = "rivals"      // another record fitted as well
	Twins       Reason = "twins"       // another child looks like one of the two, as twins do
	Authorities Reason = "authorities" // a link of a person with more than two authorities
	Reused      Reason = "reused"      // a number that seems to have been used for two children
	Lifted      Reason = "lifted"      // a cannot-link was lifted
	Crossed     Reason = "crossed"     // a cannot-link stands between records that agree strongly
	Weak        Reason = "weak"        // the rule that found the pair is expected to be wrong too often
	Opposed     Reason = "opposed"     // a rule joined what weighs for two children
)

// Reasons are all reasons, in order.
var Reasons = []Reason{Grey, Rivals, Twins, Authorities, Reused, Lifted, Crossed, Weak, Opposed}

// Short is the reason in a word or three.
func (r Reason) Short() string { return reasonWords[r][0] }

// Does is the reason as a sentence without its stop.
func (r Reason) Does() string { return reasonWords[r][1] }

var reasonWords = map[Reason][2]string{
	Grey:        {"near the threshold", "the match probability is near the threshold, below it or above"},
	Rivals:      {"rivals", "another record fitted as well, so nothing was joined"},
	Twins:       {"twins", "another child looks like one of the two, as twins do, and no identifier tells them apart"},
	Authorities: {"several authorities", "a link of a child with records of more than two authorities"},
	Reused:      {"number used twice", "a CHILD number that seems to have been used for two children"},
	Lifted:      {"cannot-link lifted", "an override lifted what otherwise keeps two records apart"},
	Crossed:     {"kept apart", "the strongest identifier agrees, but a cannot-link keeps the two apart"},
	Weak:        {"weak rule", "the rule that found the pair is expected to be wrong too often to join"},
	Opposed:     {"rule against score", "a rule joined two records that agree in so little else that it weighs for two children"},
}

// Case is a pair of records, or one record, for a person to look at. A and B are for the link zone alone.
type Case struct {
	ID          string
	A, B        linkage.Key // A before B; equal when the case is about one record
	Reasons     []string    // of Reason, in their order
	Kind        string      // which model judged
	Pattern     uint64      // score.Pattern
	Weight      float64     // match weight in bits; 0 without a model
	Probability float64     // that the two are one child, by the model; 0 without one
	Trusted     bool        // the model learned enough to join pairs
	Threshold   float64     // weight from which the score joins, in bits; 0 when the model isn't trusted
	Pass        string      // what tried the pair; empty when nothing did
	Outcome     string      // linkage.Outcome; empty for one record
	Constraint  string      // that refused it
	Override    string      // that was needed
	Rivals      int         // other persons that fit one of the two about as well
	Twins       int         // other persons' records that look like one of the two
	Authorities int         // of the person, or of the two persons together
	SameHolder  bool        // one authority, or one that succeeded it
	RecordYears int         // how many change their person, at least, when the decision does
	YearsA      []int       // collection years in which A was sent
	YearsB      []int
	SourceA     string
	SourceB     string
	Use         float64 // how useful a decision is: 0 and more
}

// One reports whether the case is about a single record.
func (c *Case) One() bool { return c.A == c.B }

// Levels of a case's pattern.
func (c *Case) Levels() score.Pattern { return score.Pattern(c.Pattern) }

// plausible is the match probability below which rivals and twins are no reason to look soon: the score is sure already.
const plausible = 0.05

// use tells how useful a decision is: how near the verdict was, from 1 at the threshold and half as much every four bits away from it, times
// log2 of one more than the record-years that hang on it. Where weights don't tell (rivals, twins, cannot-links, models that learned too
// little), nearness is at least a half; where a person spans authorities, a quarter.
func (c *Case) use() float64 {
	near := 0.5
	if c.Trusted {
		near = math.Exp2(-math.Abs(c.Weight-c.Threshold) / 4)
		for _, r := range c.Reasons {
			switch {
			case c.Probability < plausible:
			case Reason(r) == Authorities:
				near = max(near, 0.25)
			case Reason(r) != Grey:
				near = max(near, 0.5)
			}
		}
	}
	return near * math.Log2(1+float64(max(1, c.RecordYears)))
}

// reasons why a pair is looked at.
func reasons(d *linkage.Doubt) []string {
	joined := d.Outcome == linkage.Joined
	scored := d.Outcome == linkage.Left || joined && d.Pass == "score" && d.Probability < linkage.Sure
	var out []string
	for _, x := range []struct {
		why Reason
		is  bool
	}{
		{Grey, scored},
		{Rivals, d.Outcome == linkage.Ambiguous},
		{Twins, d.Twins > 0 && !d.Witness && d.Outcome != linkage.Refused},
		{Authorities, joined && d.Authorities > 2 && !d.SameHolder && d.Sources[0] == d.Sources[1]},
		{Reused, d.Reused},
		{Lifted, d.Override != ""},
		{Crossed, d.Outcome == linkage.Refused},
		{Weak, d.Outcome == linkage.Doubtful},
		{Opposed, joined && d.Pass != "score" && d.Trusted && d.Weight < 0},
	} {
		if x.is {
			out = append(out, string(x.why))
		}
	}
	return out
}

// New makes the queue of a run, most useful cases first. Id names a pair; one record is a pair with itself. Cases that decisions settle are
// left out.
func New(r *linkage.Result, decisions []linkage.Decision, id func(a, b linkage.Key) string) []Case {
	var out []Case
	for i := range r.Doubts {
		d := &r.Doubts[i]
		c := Case{A: d.A, B: d.B, Reasons: reasons(d), Kind: d.Kind, Pattern: uint64(d.Pattern), Weight: d.Weight, Probability: d.Probability, Trusted: d.Trusted,
			Threshold: d.Threshold, Pass: d.Pass, Outcome: string(d.Outcome), Constraint: d.Constraint, Override: d.Override, Rivals: d.Rivals, Twins: d.Twins,
			Authorities: d.Authorities, SameHolder: d.SameHolder, RecordYears: d.RecordYears, YearsA: d.Years[0], YearsB: d.Years[1], SourceA: d.Sources[0], SourceB: d.Sources[1]}
		out = append(out, c)
	}
	node := map[linkage.Key]*linkage.Node{}
	if len(r.Reviews) > 0 {
		for i := range r.Nodes {
			node[r.Nodes[i].Key] = &r.Nodes[i]
		}
	}
	for _, x := range r.Reviews {
		c := Case{A: x.Key, B: x.Key, Reasons: []string{string(Reused)}, Authorities: 1, SameHolder: true}
		if n := node[x.Key]; n != nil {
			c.Kind, c.SourceA, c.SourceB, c.RecordYears = n.Source, n.Source, n.Source, n.RecordYears
			c.YearsA = []int{n.FirstYear}
			if n.LastYear != n.FirstYear {
				c.YearsA = append(c.YearsA, n.LastYear)
			}
		}
		out = append(out, c)
	}
	settled := map[[2]linkage.Key]bool{}
	for _, d := range linkage.Standing(decisions) {
		settled[[2]linkage.Key{d.A, d.B}] = true
	}
	out = slices.DeleteFunc(out, func(c Case) bool { return settled[[2]linkage.Key{c.A, c.B}] })
	for i := range out {
		out[i].ID, out[i].Use = id(out[i].A, out[i].B), out[i].use()
	}
	slices.SortFunc(out, func(a, b Case) int { return cmp.Or(cmp.Compare(b.Use, a.Use), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Group is the cases of one kind and pattern, in the order in which they were given.
type Group struct {
	Kind    string
	Pattern score.Pattern
	Cases   []Case
	Of      int // cases of the whole queue with this pattern
}

// Groups gathers cases by pattern, in the order of their most useful case. All is the whole queue, of which cases may be a part.
func Groups(cases, all []Case) []Group {
	type key struct {
		kind    string
		pattern uint64
		one     bool
	}
	of := func(c *Case) key { return key{c.Kind, c.Pattern, c.One()} }
	total := map[key]int{}
	for i := range all {
		total[of(&all[i])]++
	}
	at := map[key]int{}
	var out []Group
	for _, c := range cases {
		k := of(&c)
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, Group{Kind: c.Kind, Pattern: c.Levels(), Of: total[k]})
		}
		out[i].Cases = append(out[i].Cases, c)
	}
	return out
}

// Summary counts what was queued, by reason, and decided. A case stands once under each of its reasons.
func Summary(cases []Case, decisions []linkage.Decision) linkage.ReviewSummary {
	var out linkage.ReviewSummary
	queued := map[string]int64{}
	for i := range cases {
		for _, r := range cases[i].Reasons {
			queued[r]++
		}
	}
	for _, r := range Reasons {
		if n := queued[string(r)]; n > 0 {
			out.Queued = append(out.Queued, linkage.ReviewCount{Name: r.Short(), Count: n})
		}
	}
	decided := map[string]int64{}
	people := map[string]bool{}
	for _, d := range linkage.Standing(decisions) {
		decided[Verdict(d)]++
		people[d.Reviewer] = true
	}
	for _, v := range verdicts {
		if n := decided[v]; n > 0 {
			out.Decided = append(out.Decided, linkage.ReviewCount{Name: v, Count: n})
		}
	}
	out.Reviewers = len(people)
	return out
}

var verdicts = [...]string{"one child", "two children", "number is one child's"}

// Verdict is a decision in words.
func Verdict(d linkage.Decision) string {
	switch {
	case d.A == d.B:
		return verdicts[2]
	case d.Same:
		return verdicts[0]
	}
	return verdicts[1]
}

// Rows are the figures of a run's review for its quality table.
func Rows(cases []Case, decisions []linkage.Decision) []linkage.QualityRow {
	s := Summary(cases, decisions)
	row := func(item, subgroup string, n int64, note string) linkage.QualityRow {
		return linkage.QualityRow{Section: "review", Item: item, Subgroup: subgroup, Value: float64(n), Note: note}
	}
	out := []linkage.QualityRow{row("queued", "", int64(len(cases)), "cases that wait for a person")}
	for _, x := range s.Queued {
		out = append(out, row("queued", x.Name, x.Count, "a case counts once under each of its reasons"))
	}
	total := int64(0)
	for _, x := range s.Decided {
		total += x.Count
	}
	out = append(out, row("decided", "", total, "cases that people decided; their word stands whatever the model says"))
	for _, x := range s.Decided {
		out = append(out, row("decided", x.Name, x.Count, "by the last word on each case"))
	}
	return append(out, row("reviewers", "", int64(s.Reviewers), "people whose decisions stand"))
}

// Has reports whether a case has a reason.
func (c *Case) Has(r Reason) bool { return slices.Contains(c.Reasons, string(r)) }
