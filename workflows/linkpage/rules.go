package linkpage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// Figures of a pass, as the rows name them.
const (
	joined             = "joined"
	doubtful           = "doubtful"
	estimatedPrecision = "estimated precision"
	meanWeight         = "mean weight"
	candidatePairs     = "pairs"
	pairsAlone         = "pairs alone"
	pairsCompared      = "pairs compared"
)

// passes shows what each pass did, in order, and how sure its links are.
func (p *page) passes() {
	rows, checked := p.section("pass"), p.section("evaluation_pass")
	g := gridOf(rows, item, subgroup)
	does := map[string]string{}
	for _, x := range rows {
		if x.Subgroup == candidatePairs {
			does[x.Item] = x.Note
		}
	}
	all := keys(rows, item)
	total := 0.0
	var active, most []string
	for _, id := range all {
		if n := g[[2]string{id, joined}].Value; n > 0 {
			total += n
			active = append(active, id)
			most = append(most, id)
		}
		if n := g[[2]string{id, doubtful}].Value; n > 0 {
			p.care("passes", "Pass %s joined nothing: its links are expected to be wrong too often. It had %s pairs.", id, p.said(n))
		}
	}
	asks := func(id string) string {
		if does[id] == "" {
			return ""
		}
		return id + ": " + does[id] + "."
	}
	slices.SortStableFunc(most, func(a, b string) int {
		return cmp.Compare(g[[2]string{b, joined}].Value, g[[2]string{a, joined}].Value)
	})
	if len(active) > 0 {
		for i, few := range chunks(active, mostBars) {
			bars := report.Bars{X: "Pass", Y: "Pairs joined", Series: []report.Series{{Name: "Joined"}}}
			for _, id := range few {
				n := g[[2]string{id, joined}].Value
				bars.Axis = append(bars.Axis, id)
				v, part := p.countOf(g[[2]string{id, joined}]), percent.String(known(100*n/total))
				if v.Symbol != "" {
					part = "" // it would tell the count
				}
				bars.Series[0].Values, bars.Notes = append(bars.Series[0].Values, v), append(bars.Notes, part)
			}
			finding := fmt.Sprintf("%s made %s of all links", most[0], percent.String(known(100*g[[2]string{most[0], joined}].Value/total)))
			if i > 0 {
				finding = ""
			}
			p.draw(picture{finding: finding, plain: "Links made by each pass, continued",
				message: fmt.Sprintf("Of %s links, pass %s made %s, the most of any.", p.said(total), most[0], p.said(g[[2]string{most[0], joined}].Value)),
				measure: "Pairs that brought two clusters together, by pass, with their share of all links", who: "Pairs of records that a pass proposed", figure: bars,
				read: "Passes stand in the order in which they were tried; later ones only get what earlier ones left. Passes that joined nothing are in the table.",
				note: asks(most[0])})
		}
		p.precisionOf(active, g, checked, asks)
		p.weightOf(active, g, asks)
	}
	if len(all) == 0 {
		return
	}
	p.show(p.pivot("Passes in the order in which they are tried", []string{"Pass"}, rows, item, subgroup, code))
	p.say("Pairs are what a pass proposed. Joined brought two clusters together; confirmed were together already; ambiguous were refused since another record fitted as well; refused met a cannot-link; doubtful were not joined since the pass is expected to be wrong too often.")
	t := report.Table{Caption: "What each pass asks", Head: []string{"Pass", "What it asks"}}
	for _, id := range all {
		t.Rows = append(t.Rows, []report.Cell{report.Words(id), report.Words(does[id])})
	}
	p.fold("What each pass asks", t)
}

// precisionOf compares the passes' precision: estimated, and known where the truth is.
func (p *page) precisionOf(active []string, g grid, checked []linkage.QualityRow, asks func(string) string) {
	truth := map[string]float64{}
	for _, x := range checked {
		truth[x.Item] = x.Value
	}
	figure := report.Forest{X: "Pass", Y: "Per cent of links that are right", Format: sure, Series: []report.Estimates{{Name: "Estimated"}}}
	if len(truth) > 0 {
		figure.Series = append(figure.Series, report.Estimates{Name: "Known"})
	}
	lowest, who := math.Inf(1), ""
	for _, id := range active {
		x, ok := g[[2]string{id, estimatedPrecision}]
		v := report.Hidden("x")
		if ok {
			v = share(x.Value)
		}
		if v.Symbol == "" && v.N < lowest {
			lowest, who = v.N, id
		}
		figure.Axis = append(figure.Axis, id)
		figure.Series[0].Values = append(figure.Series[0].Values, v)
		if len(truth) > 0 {
			k := report.Hidden("x")
			if t, ok := truth[id]; ok {
				k = share(t)
				if n := g[[2]string{id, joined}].Value; p.fewApart(t*n, (1-t)*n) {
					k = report.Hidden("c")
				}
			}
			figure.Series[1].Values = append(figure.Series[1].Values, k)
		}
	}
	if who == "" {
		return
	}
	if lowest < 95 {
		p.care("passes", "Pass %s is the least sure that made links: %s of them are expected to be right.", who, percent.String(report.Shown(lowest)))
	}
	p.draw(picture{finding: fmt.Sprintf("Least sure: %s, %s expected right", who, percent.String(report.Shown(lowest))), plain: "Precision of each pass",
		message: fmt.Sprintf("Precision of each pass that made links. The lowest estimate is %s, of pass %s.", sure.String(report.Shown(lowest)), who),
		measure: "Share of a pass's links that are right: as expected, moved by what UPNs say where they can judge; and as known, where it is", who: "Links that the pass made", figure: figure,
		read: "Further right is surer. The axis doesn't start at 0. A pass whose known precision lies well below its estimate is worse than its rule promises.", note: asks(who)})
}

// weightOf shows the mean match weight of the links of each pass, where they were scored.
func (p *page) weightOf(active []string, g grid, asks func(string) string) {
	figure := report.Forest{X: "Pass", Y: "Mean match weight of its pairs, bits", Format: bits, Series: []report.Estimates{{Name: "Mean weight"}}}
	lowest, who, measure := math.Inf(1), "", ""
	for _, id := range active {
		if x, ok := g[[2]string{id, meanWeight}]; ok && finite(x.Value) && x.Value != 0 { // 0: not scored
			measure = x.Note
			figure.Axis = append(figure.Axis, id)
			figure.Series[0].Values = append(figure.Series[0].Values, known(x.Value))
			if x.Value < lowest {
				lowest, who = x.Value, id
			}
		}
	}
	if who == "" {
		return
	}
	for _, t := range p.r.Thresholds {
		if len(p.r.Thresholds) == 1 && finite(t.Chosen) {
			figure.Marks = []report.Mark{{At: t.Chosen, Name: "threshold " + bits.String(report.Shown(t.Chosen))}}
		}
	}
	p.draw(picture{finding: fmt.Sprintf("Lowest mean weight: %s, %s bits", who, bits.String(report.Shown(lowest))), plain: "Mean match weight of each pass",
		message: fmt.Sprintf("Mean match weight of the pairs of each pass. The lowest is %s bits, of pass %s.", bits.String(report.Shown(lowest)), who),
		measure: "Mean match weight by pass: " + cmp.Or(measure, "bits, without the prior"), who: "Pairs that the pass tried", figure: figure,
		read: "What rules join is scored too. A rule whose pairs weigh little joins records that agree on little else: look at it first.", note: asks(who)})
}

// blocking shows what each rule looked at, what it cost, and what it alone finds.
func (p *page) blocking() {
	rows := p.section("blocking")
	if len(rows) == 0 {
		return
	}
	columns := keys(rows, subgroup)
	figure, measure := "", ""
	for _, c := range [][2]string{{pairsAlone, "Pairs that no other rule proposes"}, {pairsCompared, "Pairs that share a value of the rule"}, {"largest block", "Records in the largest block: its pairs grow with the square"}} {
		if figure == "" && slices.Contains(columns, c[0]) {
			figure, measure = c[0], c[1]
		}
	}
	if figure != "" {
		g := gridOf(rows, item, subgroup)
		bars := report.Bars{X: "Rule", Y: measure, Series: []report.Series{{Name: upper(figure)}}}
		ids := keys(rows, item)
		slices.SortStableFunc(ids, func(a, b string) int {
			return cmp.Compare(g[[2]string{b, figure}].Value, g[[2]string{a, figure}].Value)
		})
		for _, id := range ids[:min(len(ids), mostBars)] {
			bars.Axis = append(bars.Axis, id)
			bars.Series[0].Values = append(bars.Series[0].Values, p.count(g[[2]string{id, figure}].Value))
		}
		top := ids[0]
		read := "What a rule alone proposes would never be compared without it. One that alone proposes nothing only costs time."
		if figure != pairsAlone {
			read = "Long bars are where time goes. What each rule alone proposes is not given."
		}
		p.draw(picture{finding: fmt.Sprintf("%s: %s has most, %s", upper(figure), top, p.said(g[[2]string{top, figure}].Value)), plain: "Blocking rules compared", measure: measure,
			who: "Pairs of records that share a blocking value", figure: bars, read: read})
	}
	p.show(p.pivot("Blocking rules", []string{"Rule"}, rows, item, subgroup, code))
	refused := 0.0
	for _, x := range rows {
		if x.Subgroup == "blocks refused" {
			refused += x.Value
		}
	}
	if refused > 0 {
		p.say("%s values were shared by too many records and not used for blocking: pairs that share nothing else were not compared.", upper(p.said(refused)))
	}
}

// cannotLinks shows what kept records apart, and what was lifted.
func (p *page) cannotLinks() {
	rows, lifted := p.section("cannot_link"), p.section("override")
	var totals, byPass []linkage.QualityRow
	for _, x := range rows {
		if x.Subgroup == "" {
			totals = append(totals, x)
		} else {
			byPass = append(byPass, x)
		}
	}
	if len(totals) > 0 {
		bars := report.Bars{X: "Cannot-link", Y: "Pairs refused", Series: []report.Series{{Name: "Pairs refused"}}}
		most, sum := totals[0], 0.0
		for _, x := range totals {
			bars.Axis = append(bars.Axis, p.name(x.Item))
			bars.Series[0].Values = append(bars.Series[0].Values, p.count(x.Value))
			sum += x.Value
			if x.Value > most.Value {
				most = x
			}
		}
		p.draw(picture{finding: fmt.Sprintf("Cannot-links refused %s pairs, most by: %s", p.said(sum), p.name(most.Item)), plain: "Pairs refused by each cannot-link",
			message: fmt.Sprintf("Cannot-links refused %s pairs, %s of them because of: %s.", p.said(sum), p.said(most.Value), p.name(most.Item)),
			measure: "Pairs that a pass would have joined, refused by a cannot-link", who: "Pairs of records that a pass proposed", figure: bars,
			read: "A pair may be refused by more than one pass and counts in each. A cannot-link that refuses far more than before tells of a change in the data, such as numbers used again."})
	}
	p.fold("By pass", p.pivot("Pairs refused, by pass and cannot-link", []string{"Pass"}, byPass, subgroup, item, code))
	t := report.Table{Caption: "Overrides: cannot-links that were lifted", Head: []string{"Override", "Times", "What it counts"}}
	for _, x := range lifted {
		t.Rows = append(t.Rows, []report.Cell{report.Words(p.name(x.Item)), p.counts(x.Value), report.Words(x.Note)})
	}
	p.show(t)
}

// mostSizes is how many classes of cluster size are drawn; the last holds all larger ones.
const mostSizes = 12

// clusters shows how many records became one child.
func (p *page) clusters() {
	rows := p.section("cluster_size")
	for _, what := range keys(rows, item) {
		count := map[int]float64{}
		largest, sum, alone := 0, 0.0, 0.0
		for _, x := range rows {
			n, err := strconv.Atoi(x.Subgroup)
			if x.Item != what || err != nil || n < 1 {
				continue
			}
			count[n] += x.Value
			largest = max(largest, n)
			sum += x.Value
			if n == 1 {
				alone = x.Value
			}
		}
		if largest == 0 {
			p.show(p.pivot("Cluster sizes: "+p.name(what), []string{"Size"}, rows, subgroup, item, p.words))
			continue
		}
		last := min(largest, mostSizes)
		if p.o.Rounded { // the largest cluster is somebody: few enough are pooled until they are no longer few
			for ; last > 1; last-- {
				tail := 0.0
				for k := last; k <= largest; k++ {
					tail += count[k]
				}
				if tail >= hideBelow {
					break
				}
			}
		}
		h := report.Histogram{X: upper(p.name(what)) + " in one child", Y: "Children"}
		for n := 1; n <= last; n++ {
			name, v := strconv.Itoa(n), count[n]
			if n == last && largest > last {
				name += "+"
				for k := n + 1; k <= largest; k++ {
					v += count[k]
				}
			}
			h.Classes = append(h.Classes, name)
			h.Counts = append(h.Counts, p.count(v))
		}
		finding, message := fmt.Sprintf("%s of children have one record", percent.String(known(100*alone/max(sum, 1)))), fmt.Sprintf("Of %s children, %s have one record", p.said(sum), p.said(alone))
		if !p.o.Rounded {
			finding += fmt.Sprintf("; the largest has %d", largest)
			message += fmt.Sprintf(" and the largest cluster has %d", largest)
		}
		p.draw(picture{finding: finding, plain: "Cluster sizes", message: message + ".",
			measure: "Children by number of " + p.name(what), who: "Children in the spine", figure: h,
			read: "Most children stay with one authority and one number, so the first bar should be by far the highest, and bars should fall steadily."})
		if largest >= 8 && !p.o.Rounded {
			p.care("clusters", "The largest cluster holds %d records. Such clusters should be looked at one by one.", largest)
		}
	}
}
