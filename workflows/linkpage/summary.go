package linkpage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// card adds a figure to the summary.
func (p *page) card(label, value, note, link string) {
	p.out.Cards = append(p.out.Cards, report.Card{Label: label, Value: value, Note: note, Link: link})
}

// linkedShare is the share of a source's records of all years that are linked, and how many there are.
func (p *page) linkedOf(source string) (linked, all float64, ok bool) {
	g := gridOf(p.table["records"], item, subgroup)
	for _, x := range p.table["linkage_rate"] {
		if x.Item != source || !finite(x.Value) {
			continue
		}
		if n, has := g[[2]string{source, x.Subgroup}]; has && finite(n.Value) {
			linked += x.Value * n.Value
			all += n.Value
			ok = n.Value > 0 || ok
		}
	}
	return linked, all, ok
}

// summary says first what a reader needs most: what was linked, how sure it is, where the threshold lies and why, and what to be careful about.
func (p *page) summary() {
	run, estimate := p.section("run"), p.section("estimate")
	say := func(format string, args ...any) { p.out.Summary = append(p.out.Summary, fmt.Sprintf(format, args...)) }
	records, okRecords := value(run, "records")
	persons, okPersons := value(run, "persons")
	sources := keys(p.table["records"], item)
	if okRecords && okPersons {
		from := ""
		if len(sources) > 0 {
			from = " of " + list(p.names(sources))
		}
		say("%s distinct records%s, %s, were brought together as %s children.", upper(p.said(records)), from, p.when, p.said(persons))
		p.card("Records", p.said(records), "distinct records of all sources, years joined", "rates")
		p.card("Children", p.said(persons), "in the spine, each with one id", "clusters")
	}
	var parts []string
	for _, s := range sources {
		if linked, all, ok := p.linkedOf(s); ok && s != p.spine {
			rate := percent.String(known(100 * linked / all))
			parts = append(parts, fmt.Sprintf("%s of the yearly records of %s", rate, p.name(s)))
			p.card("Linked: "+p.name(s), rate, fmt.Sprintf("of %s records, all years", p.said(all)), "rates")
			if linked/all < .9 {
				p.care("rates", "%s of the records of %s are linked to no child.", percent.String(known(100*(1-linked/all))), p.name(s))
			}
		}
	}
	if len(parts) > 0 {
		say("Linked to a child: %s.", list(parts))
	}
	if len(p.warned) > 0 {
		p.care("model", "Training gave warnings for %s.", list(p.warned))
	}
	if len(p.thin) > 0 {
		p.care("model", "Levels with too few pairs to learn from: %s. Their weights are smoothed or declared, not measured.", list(p.thin))
	}
	p.errors(run, estimate)
	p.whyThreshold(say)
	if all, ok := value(p.table["evaluation"], "pairs: precision"); ok && !p.fewKnown() {
		recall, _ := value(p.table["evaluation"], "pairs: recall")
		say("Here it is known who is who: %s of links between returns are right, and %s of the links that should be there were made.", almost(all), almost(recall))
		p.card("Precision, known", almost(all), "share of links between returns that are right", "truth")
		p.card("Recall, known", almost(recall), "share of true links between returns that were made", "truth")
	} else if !p.hasTruth() {
		p.care("truth", "Precision, recall and expected errors are estimates: the truth is not known here, so they have not been checked.")
	}
	p.cautionIdentifiers()
	slices.SortStableFunc(p.out.Cautions, func(a, b report.Caution) int { return cmp.Compare(rank(a.Link), rank(b.Link)) })
	if len(p.out.Summary) == 0 {
		say("The report of this run holds no figures on what was linked.")
	}
}

// heaviest are the parts whose cautions touch results most, in order; those of other parts come after.
var heaviest = []string{"truth", "subgroups", "sensitivity", "rates", "identifiers", "thresholds", "passes", "clusters"}

func rank(part string) int {
	if i := slices.Index(heaviest, part); i >= 0 {
		return i
	}
	return len(heaviest)
}

// errors says how many links are expected to be wrong, and how many missed.
func (p *page) errors(run, estimated []linkage.QualityRow) {
	wrong, okWrong := sum(estimated, "false")
	if !okWrong {
		wrong, okWrong = value(run, "expected false links")
	}
	missed, okMissed := sum(estimated, "missed")
	links := 0.0
	for _, x := range p.table["pass"] {
		if x.Subgroup == joined && finite(x.Value) {
			links += x.Value
		}
	}
	text, by, basis := "", "by the precision that passes are expected to have", "By the precision that passes are expected to have, about "
	if len(p.r.Models) > 0 {
		by, basis = "by the model", "By the model's own reckoning about "
	}
	if okWrong {
		note := "links that join two children, " + by
		text = fmt.Sprintf(basis+"%s links join two children who are not the same", p.expected(wrong))
		if links > 0 {
			text += fmt.Sprintf(" (%s in 1,000 of %s links)", bits.String(report.Shown(1000*wrong/links)), p.said(links))
			note = fmt.Sprintf("of %s links, %s: %s in 1,000", p.said(links), by, bits.String(report.Shown(1000*wrong/links)))
		}
		p.card("Expected false links", p.expected(wrong), note, "thresholds")
	}
	if okMissed {
		if text != "" {
			text += ", and about "
		} else {
			text = basis
		}
		text += p.expected(missed) + " true links were missed"
		p.card("Expected missed links", p.expected(missed), "true links among compared pairs that were not made, "+by, "thresholds")
	}
	if text != "" {
		p.out.Summary = append(p.out.Summary, text+".")
	}
	if okWrong && links > 0 && wrong/links > .02 {
		p.care("thresholds", "More than 2 in 100 links are expected to be wrong.")
	}
	t := report.Table{Caption: "Expected errors", Head: []string{"Figure", "Of", "Value", "What it counts"}}
	for _, x := range estimated {
		cell := p.cell(x)
		if !isShare(x) {
			cell = report.Number(p.count(x.Value), report.Format{})
			if !p.o.Rounded && x.Value < 10 {
				cell = number(x.Value, report.Format{Decimals: 1})
			}
		}
		t.Rows = append(t.Rows, []report.Cell{report.Words(upper(p.name(x.Item))), report.Words(cmp.Or(p.name(x.Subgroup), "all")), cell, report.Words(x.Note)})
	}
	p.append("thresholds", t)
	t = report.Table{Caption: "The run in figures", Head: []string{"Figure", "Value", "What it counts"}}
	for _, x := range run {
		t.Rows = append(t.Rows, []report.Cell{report.Words(upper(p.name(x.Item) + suffix(p.name(x.Subgroup)))), p.cell(x), report.Words(x.Note)})
		if x.Item == "records for review" && x.Value > 0 {
			p.care("review", "%s records carry a number that two children seem to have had.", upper(p.said(x.Value)))
		}
	}
	p.append("rates", t)
}

// append adds a table to a part that is there already.
func (p *page) append(part string, t report.Table) {
	for i := range p.out.Parts {
		if p.out.Parts[i].ID == part && len(t.Rows) > 0 {
			p.out.Parts[i].Blocks = append(p.out.Parts[i].Blocks, report.Block{Table: &report.Folded{Table: t}})
		}
	}
}

// sum adds up the counts whose item holds the word: those about everybody, or where there are none those of all subgroups.
func sum(rows []linkage.QualityRow, word string) (total float64, ok bool) {
	everybody := slices.ContainsFunc(rows, func(x linkage.QualityRow) bool {
		return strings.Contains(x.Item, word) && x.Subgroup == "" && !isShare(x)
	})
	for _, x := range rows {
		if strings.Contains(x.Item, word) && (x.Subgroup == "") == everybody && !isShare(x) && finite(x.Value) {
			total += x.Value
			ok = true
		}
	}
	return total, ok
}

// whyThreshold says where thresholds lie, and why.
func (p *page) whyThreshold(say func(string, ...any)) {
	type reason struct{ probability, why string }
	var order []reason
	weights := map[reason][]string{}
	for _, t := range p.r.Thresholds {
		if !finite(t.Chosen) {
			continue
		}
		r := reason{why: strings.TrimSuffix(t.Why, ".")}
		if m := p.model(t.Kind); m != nil {
			r.probability = fmt.Sprintf(", where the model gives a probability of %s that the two are one child", likely(m.Probability(t.Chosen)))
		}
		if weights[r] == nil {
			order = append(order, r)
		}
		text := bits.String(known(t.Chosen)) + " bits"
		if len(p.r.Thresholds) > 1 {
			text += " (" + p.name(t.Kind) + ")"
		}
		weights[r] = append(weights[r], text)
		if len(p.r.Thresholds) == 1 {
			p.card("Threshold", bits.String(known(t.Chosen))+" bits", "match weight from which scored pairs are joined", "thresholds")
		}
	}
	for _, r := range order {
		why := ""
		if r.why != "" {
			why = ". Chosen: " + r.why
		}
		say("Pairs that no rule decides are joined from a match weight of %s%s%s.", list(weights[r]), r.probability, why)
	}
	if len(p.r.Thresholds) == 0 && len(p.r.Models) == 0 && len(p.table["pass"]) > 0 {
		say("Links were made by rules alone; no threshold was set.")
	}
}

// cautionIdentifiers names identifiers of the returns that are much less complete somewhere than elsewhere.
func (p *page) cautionIdentifiers() {
	low := map[string]int{}
	all := map[string]int{}
	var order []string
	for _, x := range p.table["completeness"] {
		source, what, _ := strings.Cut(x.Item, ": ")
		if source != p.spine || isYear(x.Subgroup) || slices.Contains(weak, what) {
			continue
		}
		if all[what] == 0 {
			order = append(order, what)
		}
		all[what]++
		if x.Value < .5 {
			low[what]++
		}
	}
	for _, what := range order {
		if n := low[what]; n > 0 && n < all[what] {
			p.care("identifiers", "%s: %s of %d send it for fewer than half of their children.", upper(what), plural(n, "authority", "authorities"), all[what])
		}
	}
}
