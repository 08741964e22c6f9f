package reviewpage

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"throughline/linkage"
	"throughline/linkage/review"
	"throughline/linkage/score"
	"throughline/pipeline/report"
)

// Options say what the page shows.
type Options struct {
	Limit int // most cases; 0: all
}

// bits are written with one decimal.
var bits = report.Format{Decimals: 1}

// Render writes the page.
func Render(w io.Writer, q *review.Queue, o Options) error {
	cases := q.Cases
	if o.Limit > 0 && len(cases) > o.Limit {
		cases = cases[:o.Limit]
	}
	p := &page{q: q, cases: cases, out: &report.Findings{
		Title: "Cases for review",
		Lead:  "Pairs of records that rules and scores left open, or settled although something speaks against it. A person decides each; what they decide holds whatever a later model says.",
		Stamp: fmt.Sprintf("Run %.12s", q.RunID),
		Foot:  "Made by throughline from the queue of the run.",
	}}
	if q.Invented {
		p.out.Notices = append(p.out.Notices, report.Notice{Loud: true, Head: "Invented data.", Text: "Every child is made up by a computer."})
	}
	p.out.Notices = append(p.out.Notices, report.Notice{Head: "No values.", Text: "This page tells how records agree and how much that weighs. No name, number, date of birth or postcode is on it, and a case's name can't be led back to a child without the project's key. Counts are exact: for use where the run was made, not for release."})
	p.summary()
	p.how()
	p.reasons()
	p.patterns()
	p.single()
	p.decided()
	if err := report.WriteFindings(w, p.out); err != nil {
		return fmt.Errorf("review page: %w", err)
	}
	return nil
}

type page struct {
	q     *review.Queue
	cases []review.Case // that are shown
	out   *report.Findings
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Format{}.String(report.Shown(float64(n))) + " " + many
}

func (p *page) part(id, title, intro string, blocks ...report.Block) {
	p.out.Parts = append(p.out.Parts, report.Part{ID: id, Title: title, Intro: intro, Blocks: blocks})
}

func (p *page) summary() {
	n := len(p.q.Cases)
	if n == 0 {
		p.out.Summary = append(p.out.Summary, "No case waits for a person.")
	} else {
		s := fmt.Sprintf("%s %s for a person.", upper(plural(n, "case", "cases")), map[bool]string{true: "waits", false: "wait"}[n == 1])
		if left := n - len(p.cases); left > 0 {
			s += fmt.Sprintf(" The page shows the %d that are most useful to decide and leaves out %s.", len(p.cases), plural(left, "other", "others"))
		}
		p.out.Summary = append(p.out.Summary, s+" Most useful are those near the threshold, or that weights alone can't settle, on which many record-years hang.")
	}
	sum := p.q.Summary()
	decided := int64(0)
	for _, x := range sum.Decided {
		decided += x.Count
	}
	groups := review.Groups(p.q.Cases, p.q.Cases)
	card := func(label string, v int, note, link string) {
		p.out.Cards = append(p.out.Cards, report.Card{Label: label, Value: report.Format{}.String(report.Shown(float64(v))), Note: note, Link: link})
	}
	card("Cases", n, "wait for a person", "why")
	card("Patterns", len(groups), "in which those cases agree", "patterns")
	if decided > 0 {
		card("Decided", int(decided), "cases, by "+plural(sum.Reviewers, "person", "people"), "decided")
	}
	if n := p.q.Waiting(); n > 0 {
		card("Decisions", n, "wait for the next run", "decided")
	}
	if sum.Reviewers == 1 && decided > 1 {
		p.out.Cautions = append(p.out.Cautions, report.Caution{Text: "One person alone decided all cases, so how far people agree is not known.", Label: "Decided so far", Link: "decided"})
	}
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// how tells how to decide.
func (p *page) how() {
	example := "CASE"
	for _, c := range p.cases {
		if !c.One() {
			example = c.ID
			break
		}
	}
	line := func(what, command string) []report.Cell {
		return []report.Cell{report.Words(what), report.Words(command)}
	}
	p.part("how", "How to decide", "Each case is decided by itself, never a whole pattern at once: that would be a rule, and rules belong in the rules file.",
		report.Block{Table: &report.Folded{Table: report.Table{Caption: "Commands", Head: []string{"To", "Type"}, Rows: [][]report.Cell{
			line("see one case", "throughline link review show "+example),
			line("say that the two are one child", "throughline link review decide "+example+" --same --reason \"WHY\" --reviewer \"NAME\""),
			line("say that they are two children", "throughline link review decide "+example+" --different --reason \"WHY\" --reviewer \"NAME\""),
			line("decide many from a file", "throughline link review import FILE.csv"),
			line("get that file, to fill in", "throughline link review list -o csv > FILE.csv"),
		}}}},
		report.Block{Words: "A reason says in general words what agrees or differs. It is kept with the decision, so it must hold nothing that identifies a child; what looks like a number, a date or a postcode is refused. On paper, tick the last column and write the reason beside it; the case's name can be typed in either case, and without its hyphen."},
		report.Block{Words: "Decisions hold from the next 'throughline link' or 'throughline refresh' on. A later decision on a case replaces the earlier; both are kept."})
}

// reasons tells why cases are in the queue.
func (p *page) reasons() {
	count := map[review.Reason]int{}
	for _, c := range p.q.Cases {
		for _, r := range c.Reasons {
			count[review.Reason(r)]++
		}
	}
	bars := report.Bars{X: "Reason", Y: "Cases", Series: []report.Series{{Name: "Cases"}}}
	t := report.Table{Caption: "What the reasons mean", Head: []string{"Reason", "Meaning", "Cases"}}
	for _, r := range review.Reasons {
		if n := count[r]; n > 0 {
			bars.Axis = append(bars.Axis, upper(r.Short()))
			bars.Series[0].Values = append(bars.Series[0].Values, report.Shown(float64(n)))
			t.Rows = append(t.Rows, []report.Cell{report.Words(upper(r.Short())), report.Words(upper(r.Does())), report.Number(report.Shown(float64(n)), report.Format{})})
		}
	}
	if len(t.Rows) == 0 {
		p.part("why", "Why they are asked", "Nothing is asked.")
		return
	}
	c := p.chart("why-chart", "Cases by reason", "Cases that wait for a person, by reason", bars)
	c.Brief = true
	p.part("why", "Why they are asked", "A case counts once under each of its reasons.", report.Block{Chart: c},
		report.Block{Table: &report.Folded{Table: t}})
}

func (p *page) chart(id, title, measure string, f report.Figure) *report.Chart {
	return &report.Chart{ID: id, Title: title, Message: measure + ".", Measure: measure, Source: "Queue of the run", Population: "Cases that wait for a person", Place: "All authorities of the run",
		Time: "All years of the run", Figure: f}
}

// patterns shows how pairs agree, each pattern with its cases.
func (p *page) patterns() {
	part := report.Part{ID: "patterns", Title: "Pairs by how they agree", Intro: "Pairs with one pattern agree in the same way in everything that is compared, so they weigh the same; what else is known of each is in its line. Patterns stand in the order of their most useful case. A figure starts from how rare one child is among pairs and adds what each comparison weighs, in bits: 3 bits more make one child eight times as likely. What isn't known of one of the two adds nothing and is left out."}
	n := 0
	for _, g := range review.Groups(p.cases, p.q.Cases) {
		if g.Cases[0].One() {
			continue
		}
		n++
		part.Blocks = append(part.Blocks, report.Block{Heading: fmt.Sprintf("Pattern %d: %s like this", n, plural(g.Of, "pair", "pairs"))})
		part.Blocks = append(part.Blocks, report.Block{Words: p.verdict(&g)})
		if m := p.q.Model(g.Kind); m != nil && g.Cases[0].Trusted {
			part.Blocks = append(part.Blocks, report.Block{Chart: p.waterfall(n, &g, m)})
		}
		part.Blocks = append(part.Blocks, report.Block{Table: &report.Folded{Table: p.table(n, &g)}})
	}
	if n == 0 {
		part.Intro = "No pair waits for a person."
	}
	p.out.Parts = append(p.out.Parts, part)
}

// little is a weight in bits, either way, that says hardly anything: odds of less than three to two.
const little = 0.5

// verdict tells a pattern in words.
func (p *page) verdict(g *review.Group) string {
	trusted := g.Cases[0].Trusted
	var agree, differ, idle, missing []string
	for _, a := range review.Agreements(p.q.Model(g.Kind), g.Pattern) {
		words := fmt.Sprintf("%s (%s)", a.What, a.How)
		switch {
		case a.Missing:
			missing = append(missing, a.What)
		case trusted && math.Abs(a.Bits) < little:
			idle = append(idle, words)
		case trusted && a.Bits > 0 || !trusted && !a.Differ:
			agree = append(agree, words)
		default:
			differ = append(differ, words)
		}
	}
	var out []string
	add := func(head string, of []string) {
		if len(of) > 0 {
			out = append(out, head+strings.Join(of, "; ")+".")
		}
	}
	if trusted {
		add("For one child: ", agree)
		add("For two: ", differ)
	} else {
		add("Agree: ", agree)
		add("Differ: ", differ)
	}
	add("Says little: ", idle)
	add("Not known of one of the two, or both: ", missing)
	switch {
	case trusted:
		out = append(out, fmt.Sprintf("The model takes such a pair for one child with probability %s.", g.Cases[0].Chance()))
	case p.q.Model(g.Kind) != nil:
		out = append(out, "Too few such pairs could be learned from, so no weight is given.")
	default:
		out = append(out, "No model judged such pairs.")
	}
	if more := g.Of - len(g.Cases); more > 0 {
		out = append(out, fmt.Sprintf("%s with this pattern %s not shown.", upper(plural(more, "more pair", "more pairs")), map[bool]string{true: "is", false: "are"}[more == 1]))
	}
	return strings.Join(out, " ")
}

func (p *page) waterfall(n int, g *review.Group, m *score.Model) *report.Chart {
	f := report.Waterfall{X: "Compared", Y: "Bits for one child (right) or for two (left)", Format: bits, Total: "Together"}
	agreements := review.Agreements(m, g.Pattern)
	for _, x := range m.Parts(g.Pattern) {
		switch x.ID {
		case score.PartPrior:
			f.Steps = append(f.Steps, report.Step{Name: "Before comparing", Value: rounded(x.Bits)})
		case score.PartTotal:
			f.Marks = append(f.Marks, report.Mark{At: m.PriorBits() + g.Cases[0].Threshold, Name: "joined from here"})
		default:
			a := agreements[0]
			agreements = agreements[1:]
			if !a.Missing {
				what, _, _ := strings.Cut(a.What, ",")
				f.Steps = append(f.Steps, report.Step{Name: upper(what), Note: a.How, Value: rounded(x.Bits)})
			}
		}
	}
	c := p.chart(fmt.Sprintf("pattern-%d", n), fmt.Sprintf("Pattern %d: what it weighs", n), "Match weight of a pair with this pattern, in bits, comparison by comparison", f)
	c.Population, c.Brief = "Pairs with this pattern", true
	return c
}

func rounded(v float64) float64 { return math.Round(v*10) / 10 }

// unbroken keeps the names of cases and spans of years on one line.
func unbroken(s string) string { return dashes.Replace(s) }

var dashes = strings.NewReplacer("-", "\u2011", "–", "\u2060–\u2060")

// table lists the cases of a pattern.
func (p *page) table(n int, g *review.Group) report.Table {
	t := report.Table{Caption: fmt.Sprintf("Cases with pattern %d", n), Head: []string{"Case", "Why", "Rules", "Sent in", "Where", "Authorities", "Rivals", "Twins", "Record-years", "Decision"}}
	number := func(n int) report.Cell { return report.Number(report.Shown(float64(n)), report.Format{}) }
	for i := range g.Cases {
		c := &g.Cases[i]
		t.Rows = append(t.Rows, []report.Cell{report.Words(unbroken(c.ID)), report.Words(c.Why()), report.Words(c.Did()), report.Words(unbroken(c.When())), report.Words(c.Where()), number(c.Authorities),
			number(c.Rivals), number(c.Twins), number(c.RecordYears), report.Words("☐\u00a0same ☐\u00a0different")})
	}
	return t
}

// single lists the cases about one record.
func (p *page) single() {
	t := report.Table{Caption: "Cases about one record", Head: []string{"Case", "Why", "Sent from and to", "Record-years", "Decision"}}
	for i := range p.cases {
		if c := &p.cases[i]; c.One() {
			t.Rows = append(t.Rows, []report.Cell{report.Words(unbroken(c.ID)), report.Words(c.Why()), report.Words(unbroken(c.When())), report.Number(report.Shown(float64(c.RecordYears)), report.Format{}), report.Words("☐\u00a0one child")})
		}
	}
	if len(t.Rows) > 0 {
		p.part("single", "Numbers used for two children", "One CHILD number whose date of birth and another value change so much that two children seem to have had it. It can't be split here: ask the authority for a return in which each child has a number. Where it is one child after all, say 'same'.",
			report.Block{Table: &report.Folded{Table: t}})
	}
}

// decided lists what people said, the latest first.
func (p *page) decided() {
	t := report.Table{Caption: "Decisions, the latest first", Head: []string{"Case", "Decision", "Reason", "Reviewer", "Date", "State"}}
	for i := range slices.Backward(p.q.Decisions) {
		d := &p.q.Decisions[i]
		t.Rows = append(t.Rows, []report.Cell{report.Words(unbroken(d.Case)), report.Words(upper(review.Verdict(d.Decision))), report.Words(d.Reason), report.Words(d.Reviewer),
			report.Words(time.Unix(d.AtUTC, 0).UTC().Format("2 January 2006")), report.Words(d.State())})
	}
	if len(t.Rows) == 0 {
		p.part("decided", "Decided so far", "Nobody has decided a case yet.")
		return
	}
	p.part("decided", "Decided so far", "By the last word on each case: "+counts(p.q.Summary().Decided)+".", report.Block{Table: &report.Folded{Table: t}})
}

func counts(of []linkage.ReviewCount) string {
	var out []string
	for _, x := range of {
		out = append(out, fmt.Sprintf("%s %d", x.Name, x.Count))
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}
