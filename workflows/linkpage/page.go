package linkpage

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/linkage/score"
	"throughline/pipeline/report"
)

// sourceNames are what sources are called when Options has no name for them.
var sourceNames = map[string]string{
	"ssda903": "looked-after returns", "npd": "school data", "mhsds": "mental health services", "hes": "hospitals", "cin_census": "children in need census", "wellbeing_survey": "wellbeing survey",
}

// Options say for whom the page is.
type Options struct {
	Invented bool              // the children are made up: the page says so first
	Rounded  bool              // counts are to the nearest 10 and those of 1 to 5 hidden; else they are exact and the page says so
	Names    map[string]string // what to call authorities and sources, by code; a code without a name stands as it is
}

// Render writes the page.
func Render(w io.Writer, r *linkage.Report, o Options) error {
	p := newPage(r, o)
	for _, s := range sections() {
		part := report.Part{ID: s.id, Title: s.title, Intro: s.intro}
		p.part = &part
		s.make(p)
		if len(part.Blocks) == 0 {
			p.say("%s", s.none)
		}
		p.out.Parts = append(p.out.Parts, part)
	}
	p.summary()
	p.others()
	if err := report.WriteFindings(w, p.out); err != nil {
		return fmt.Errorf("linkage page: %w", err)
	}
	return nil
}

// section is a part of the page: make adds its blocks to p.part, and none is said when there are no data for any.
type section struct {
	id, title, intro, none string
	make                   func(p *page)
}

// sections are the parts of the page, in order.
func sections() []section {
	return []section{
		{"rates", "Who was linked", "How many records each source sent, and what share of them could be linked, by year.",
			"No records by source and year are given.", (*page).rates},
		{"identifiers", "Identifiers", "A link can only be as good as what it rests on: how complete each identifier is, by source, year and authority. Cells are shaded where fewer than 95% have the identifier, darker below 80% and darkest below 50%.",
			"No completeness of identifiers is given.", (*page).identifiers},
		{"rejected", "Input that was not used", "Records, rows and values that were set aside before anything was compared.",
			"Nothing was rejected.", (*page).rejected},
		{"passes", "Passes", "Rules and scores are tried in order, the surest first. A pass never undoes what an earlier one did, so what a pass adds depends on its place.",
			"No pass was tried.", (*page).passes},
		{"blocking", "Blocking and its cost", "Pairs are compared only when they share a value that few records have. What no rule brings together is never compared: it is missed.",
			"No blocking is reported.", (*page).blocking},
		{"cannot-links", "Cannot-links and overrides", "What stops two records from becoming one child, whatever their score, and where that was lifted.",
			"No cannot-link was needed.", (*page).cannotLinks},
		{"model", "Model: m and u", "For each level on which two values may agree: m, how often matches show it, and u, how often other pairs do. log2(m/u) is the level's weight in bits; the weights of a pair's levels add up. Comparisons are taken as independent, which twins and siblings are not.",
			"No model was used: links were made by rules alone.", (*page).models},
		{"weights", "Match weights", "How strongly the pairs that were compared speak for one child, and what became of them.",
			"No pair was scored: links were made by rules alone.", (*page).weights},
		{"patterns", "Typical pairs", "How the weight of a pair comes about. A pair is shown by its pattern of agreement alone; no value of any record is on this page.",
			"No patterns of agreement are given.", (*page).patterns},
		{"thresholds", "Thresholds", "What would follow from joining at another weight.",
			"No thresholds are given: links were made by rules alone.", (*page).thresholds},
		{"sensitivity", "Headline figures at three thresholds", "Whether what the data say about children depends on where the threshold lies.",
			"Headline figures at other thresholds are not given.", (*page).sensitivity},
		{"truth", "Against known truth", "Where it is known who is who, links can be checked one by one.",
			"The truth is not known for these records: precision and recall on this page are estimates, and have not been checked.", (*page).truth},
		{"subgroups", "Linked against unlinked", "Who is more likely to be missed. Figures on linked children stand for all children only as far as the two are alike.",
			"No comparison of linked and unlinked records by subgroup is given.", (*page).subgroups},
		{"clusters", "Cluster sizes", "How many records became one child. A very large cluster is more often a chain of false links than a child who moved that often.",
			"No cluster sizes are given.", (*page).clusters},
		{"churn", "Changes of person ids", "What happened to children's ids since the snapshot before. Ids that merge or split change figures that were already published.",
			"No changes of ids are reported.", (*page).churn},
		{"review", "Clerical review", "Pairs that people were asked to judge by their patterns of agreement. What they decide holds whatever a later model says.",
			"Nothing was queued for review, and nothing was decided by people.", (*page).review},
		{"provenance", "Provenance", "What this page is about, so that the run can be repeated and checked.",
			"No provenance is given.", (*page).provenance},
	}
}

// page is the page while it is made.
type page struct {
	r      *linkage.Report
	o      Options
	table  table
	out    *report.Findings
	part   *report.Part
	known  map[string]bool // sections of rows that the page has looked at
	closed map[named]bool  // counts that a page to be published hides
	charts int
	spine  string // source whose records are linked to each other, and those of others to them; empty when the rows don't tell

	place, when, source string // of every chart

	warned, thin []string // models whose training gave warnings, and levels that had too few pairs, for the summary
}

func newPage(r *linkage.Report, o Options) *page {
	if o.Rounded {
		r = withoutFew(r)
	}
	p := &page{r: r, o: o, table: table{}, known: map[string]bool{}, out: &report.Findings{}}
	for _, x := range r.Rows {
		if math.IsInf(x.Value, 0) {
			x.Value = math.NaN()
		}
		p.table[x.Section] = append(p.table[x.Section], x)
		if x.Section == "linkage_rate" && strings.Contains(x.Note, "any other record") {
			p.spine = x.Item
		}
	}
	if o.Rounded {
		p.closed = closed(p.table)
	}
	title := cmp.Or(r.Title, "Linkage")
	p.out.Title = "Linkage quality: " + title
	p.out.Lead = "Which records were taken to be about the same child, how sure that is, and who may have been missed."
	p.source = "Linkage report of the run"
	p.out.Stamp = "Run not named"
	if run := p.made("run"); run != "" {
		p.out.Stamp = "Run " + run
	}
	p.out.Foot = "Made by throughline from the linkage report of the run."
	p.place, p.when = p.placeAndTime()
	if o.Invented {
		p.out.Notices = append(p.out.Notices, report.Notice{Loud: true, Head: "Invented data.", Text: "Every child is made up by a computer. Nothing here says anything about real children or real authorities."})
	}
	disclosure := report.Notice{Head: "Disclosure control.", Text: "None has been applied: counts are exact. For use where the run was made; not for release."}
	if o.Rounded {
		disclosure.Text = "Counts are to the nearest 10, and counts of 1 to 5 are hidden [c]; where one alone of several that add up would be hidden, another is hidden too. Shares come from exact counts; those of which either count is hidden are hidden with it."
	}
	p.out.Notices = append(p.out.Notices, disclosure)
	return p
}

// made is a line of provenance whose name is, or begins with, the word.
func (p *page) made(word string) string {
	for _, k := range slices.Sorted(maps.Keys(p.r.Made)) {
		if first, _, _ := strings.Cut(strings.ReplaceAll(k, "_", " "), " "); strings.EqualFold(first, word) {
			return p.r.Made[k]
		}
	}
	return ""
}

// placeAndTime are what the rows speak of.
func (p *page) placeAndTime() (place, when string) {
	years, holders := map[string]bool{}, map[string]bool{}
	for _, section := range []string{"records", "linkage_rate", "completeness"} {
		for _, x := range p.table[section] {
			switch {
			case isYear(x.Subgroup):
				years[x.Subgroup] = true
			case x.Subgroup != "":
				holders[x.Subgroup] = true
			}
		}
	}
	place, when = "All authorities of the run", "All years of the run"
	if n := len(holders); n > 0 {
		place = plural(n, "authority", "authorities")
	}
	if ys := slices.Sorted(maps.Keys(years)); len(ys) > 0 {
		when = ys[0]
		if len(ys) > 1 {
			when += " to " + ys[len(ys)-1]
		}
	}
	return place, when
}

// say adds a paragraph.
func (p *page) say(format string, args ...any) {
	p.part.Blocks = append(p.part.Blocks, report.Block{Words: fmt.Sprintf(format, args...)})
}

func (p *page) heading(s string) {
	p.part.Blocks = append(p.part.Blocks, report.Block{Heading: s})
}

// show adds a table, open.
func (p *page) show(t report.Table) { p.fold("", t) }

// fold adds a table that is closed at first under the words given.
func (p *page) fold(words string, t report.Table) {
	if len(t.Rows) > 0 {
		p.part.Blocks = append(p.part.Blocks, report.Block{Table: &report.Folded{Table: t, Fold: words}})
	}
}

// picture is what one chart says of itself; the rest is the same for all.
type picture struct {
	finding string // title when it has ten words or fewer
	plain   string // title otherwise
	message string
	read    string
	measure string
	who     string
	note    string
	figure  report.Figure
	table   *report.Table
}

// draw adds a chart.
func (p *page) draw(x picture) {
	title := x.finding
	if n := len(strings.Fields(title)); n == 0 || n > 10 || strings.Contains(title, "[x]") {
		title = x.plain
	}
	if f := strings.Fields(title); len(f) > 10 {
		title = strings.Join(f[:10], " ")
	}
	p.charts++
	p.part.Blocks = append(p.part.Blocks, report.Block{Chart: &report.Chart{ID: fmt.Sprintf("%s-chart-%d", p.part.ID, p.charts), Title: title,
		Message: cmp.Or(x.message, title+"."), Read: x.read, Measure: x.measure, Source: p.source, Population: x.who, Place: p.place, Time: p.when,
		Note: x.note, Figure: x.figure, Table: x.table}})
}

// care adds something to be careful about; the part is where it is told in full.
func (p *page) care(part, format string, args ...any) {
	label := part
	for _, s := range sections() {
		if s.id == part {
			label = s.title
		}
	}
	p.out.Cautions = append(p.out.Cautions, report.Caution{Text: fmt.Sprintf(format, args...), Label: label, Link: part})
}

// name is what to call a code: an authority, a source.
func (p *page) name(code string) string {
	if n := p.o.Names[code]; n != "" {
		return n
	}
	if n := sourceNames[code]; n != "" {
		return n
	}
	return strings.ReplaceAll(code, "_", " ")
}

// model is the model of a kind; nil when the report has none.
func (p *page) model(kind string) *score.Model {
	for _, m := range p.r.Models {
		if m != nil && m.Kind == kind {
			return m
		}
	}
	return nil
}

// several is the kind as a suffix of titles when there is more than one.
func several(n int, kind string) string {
	if n < 2 || kind == "" {
		return ""
	}
	return ", " + strings.ReplaceAll(kind, "_", " ")
}

// provenance is what was made of what.
func (p *page) provenance() {
	t := report.Table{Caption: "What the run was made of", Head: []string{"Name", "Value"}}
	for _, k := range slices.Sorted(maps.Keys(p.r.Made)) {
		t.Rows = append(t.Rows, []report.Cell{report.Words(upper(strings.ReplaceAll(k, "_", " "))), report.Words(p.r.Made[k])})
	}
	p.show(t)
	t = report.Table{Caption: "Models", Head: []string{"Model", "Prior", "Prior from", "Comparisons", "Fingerprint", "Hash"}}
	for _, m := range p.r.Models {
		if m != nil {
			t.Rows = append(t.Rows, []report.Cell{report.Words(m.Kind), number(m.Prior, digits), report.Words(string(m.PriorFrom)), number(float64(len(m.Comparisons)), report.Format{}),
				report.Words(m.Fingerprint), report.Words(m.Hash)})
		}
	}
	p.show(t)
	if p.o.Rounded {
		p.say("[c] stands for a count of 1 to 5, or what would give one away, [x] for a figure that is not available, [z] for one that does not apply since there is nothing to count.")
	} else {
		p.say("[x] stands for a figure that is not available, [z] for one that does not apply since there is nothing to count.")
	}
}

// others shows the rows that no section has looked at.
func (p *page) others() {
	t := report.Table{Caption: "Other figures of the run", Head: []string{"Section", "Item", "Subgroup", "Value", "What it counts"}}
	for _, section := range slices.Sorted(maps.Keys(p.table)) {
		if p.known[section] {
			continue
		}
		for _, x := range p.table[section] {
			t.Rows = append(t.Rows, []report.Cell{report.Words(section), report.Words(x.Item), report.Words(p.name(x.Subgroup)), p.cell(x), report.Words(x.Note)})
		}
	}
	if len(t.Rows) == 0 {
		return
	}
	part := report.Part{ID: "other", Title: "Other figures", Intro: "Figures of the run that stand under no other heading.", Blocks: []report.Block{{Table: &report.Folded{Table: t}}}}
	p.out.Parts = append(p.out.Parts, part)
}
