package linkpage

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"flag"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/linkage"
	"throughline/pipeline/report"
)

var keep = flag.String("keep", "", "also write the sample page to this file, to look at it")

func render(t *testing.T, r *linkage.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// made is the page before it is written.
func made(t *testing.T, r *linkage.Report, o Options) *report.Findings {
	t.Helper()
	p := newPage(r, o)
	for _, s := range sections() {
		p.part = &report.Part{ID: s.id}
		s.make(p)
		p.out.Parts = append(p.out.Parts, *p.part)
	}
	p.summary()
	p.others()
	return p.out
}

var (
	tag      = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)>`)
	style    = regexp.MustCompile(`(?s)<style>.*?</style>`)
	idAttr   = regexp.MustCompile(` id="([^"]*)"`)
	refAttr  = regexp.MustCompile(` (?:href="#|aria-labelledby=")([^"]*)"`)
	svgText  = regexp.MustCompile(`(?s)<svg .*?</svg>`)
	figures  = regexp.MustCompile(`(?s)<figure id="([^"]*)".*?</figure>`)
	tables   = regexp.MustCompile(`(?s)<table>.*?</table>`)
	csvLink  = regexp.MustCompile(`data:text/csv[^,]*,([^"]*)"`)
	loadAttr = regexp.MustCompile(`(?i)\b(?:src|srcset|href|action|poster|xlink:href)="([^"#][^"]*)"|url\(|@import`)
)

// sound fails the test when a page is not well formed, loads something, or holds a figure that is none.
func sound(t *testing.T, text string) {
	t.Helper()
	text = style.ReplaceAllString(text, "")
	var open []string
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		switch {
		case m[2] == "meta" || strings.HasSuffix(m[3], "/"):
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("</%s> closes %v", m[2], open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("never closed: %v", open)
	}
	ids := map[string]bool{}
	for _, m := range idAttr.FindAllStringSubmatch(text, -1) {
		if ids[m[1]] {
			t.Errorf("id %s stands twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range refAttr.FindAllStringSubmatch(text, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] {
				t.Errorf("nothing has the id %s", id)
			}
		}
	}
	for _, s := range sections() {
		if !ids[s.id] {
			t.Errorf("no section %s", s.id)
		}
	}
	for _, m := range loadAttr.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "data:text/csv") && !strings.HasPrefix(m[1], "data:application/json") {
			t.Errorf("page refers to %s", m[0])
		}
	}
	words := regexp.MustCompile(`"data:[^"]*"`).ReplaceAllString(text, "")
	for _, bad := range []string{"NaN", "Inf", "%!", "<no value>", "ZgotmplZ"} {
		if i := strings.Index(words, bad); i >= 0 {
			t.Errorf("page has %s: ...%s", bad, words[max(0, i-100):i+20])
		}
	}
	for _, s := range svgText.FindAllString(text, -1) {
		if !strings.Contains(s, "<title id=") || !strings.Contains(s, "<desc id=") || !strings.Contains(s, `role="img"`) {
			t.Errorf("a drawing has no title or description: %.200s", s)
		}
	}
	for _, m := range figures.FindAllStringSubmatch(text, -1) {
		for _, want := range []string{"<svg", "<table>", `class="read"`, `download="` + m[1] + `.csv"`} {
			if !strings.Contains(m[0], want) {
				t.Errorf("figure %s has no %s", m[1], want)
			}
		}
	}
}

func TestPageOfEverything(t *testing.T) {
	o := Options{Invented: true, Names: map[string]string{"npd": "school census", "E09000003": "Barnet"}}
	text := render(t, sample(), o)
	if again := render(t, sample(), o); again != text {
		t.Error("two writings differ")
	}
	sound(t, text)
	if n := len(svgText.FindAllString(text, -1)); n < 20 {
		t.Errorf("%d charts, want 20 or more", n)
	}
	for _, want := range []string{
		"168,213 distinct records", "46,120 children", "2016 to 2025", // summary
		"joined from a match weight of 16.0 bits", "expected F1 is highest there",
		"about 212 links join two children", "about 904 true links were missed",
		"impossible_history", "in two places on one day", // unknown sections are kept
		"Barnet", "Invented data.", "None has been applied",
		"The commonest pair that was joined", "The greyest pair", "The heaviest pair that was refused",
		"sha256:0f3c5d1e9ab2", "2025-3f9a0b12c4d5",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, s := range sections() {
		if strings.Contains(text, s.none) {
			t.Errorf("section %s says that it has no data", s.id)
		}
	}
	if *keep != "" {
		if err := os.WriteFile(*keep, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEmptyReportSaysWhatIsMissing(t *testing.T) {
	text := render(t, &linkage.Report{}, Options{})
	sound(t, text)
	for _, s := range sections() {
		if s.id != "provenance" && !strings.Contains(text, strings.ReplaceAll(s.none, "'", "&#39;")) {
			t.Errorf("section %s doesn't say %q", s.id, s.none)
		}
	}
	if strings.Contains(text, "<svg") {
		t.Error("a chart of nothing")
	}
	if !strings.Contains(text, "are estimates: the truth is not known here") {
		t.Error("nothing warns that precision has not been checked")
	}
}

// Each part of the report alone, or with figures that are none, still gives a page.
func TestPartsAlone(t *testing.T) {
	tried := map[string]int{}
	for _, x := range sample().Rows {
		if tried[x.Section+x.Item]++; tried[x.Section+x.Item] > 2 {
			continue // the many rows of one kind are alike
		}
		for _, v := range []float64{0, math.NaN(), math.Inf(1), -1, 1e12} {
			r := &linkage.Report{Rows: []linkage.QualityRow{{Section: x.Section, Item: x.Item, Subgroup: x.Subgroup, Value: v, Note: x.Note}}}
			var b bytes.Buffer
			if err := Render(&b, r, Options{}); err != nil {
				t.Fatalf("%s %s %s of %v: %v", x.Section, x.Item, x.Subgroup, v, err)
			}
			sound(t, b.String())
		}
	}
	for name, cut := range map[string]func(*linkage.Report){
		"no models":          func(r *linkage.Report) { r.Models = nil },
		"no thresholds":      func(r *linkage.Report) { r.Thresholds = nil },
		"no rows":            func(r *linkage.Report) { r.Rows = nil },
		"a nil model":        func(r *linkage.Report) { r.Models = append(r.Models, nil) },
		"two models":         func(r *linkage.Report) { addScored(r, sampleModel("mental_health"), 9000) },
		"an untrained model": func(r *linkage.Report) { r.Models[0].Comparisons[0].Levels[0].M = 0 },
		"no truth": func(r *linkage.Report) {
			for i := range r.Thresholds[0].Rows {
				x := &r.Thresholds[0].Rows[i]
				x.TruePrecision, x.TrueRecall, x.TrueF1 = nil, nil, nil
			}
			for i := range r.Weights[0].Bins {
				r.Weights[0].Bins[i].True = nil
			}
		},
		"bins of nothing": func(r *linkage.Report) { r.Weights[0].Bins = []linkage.Bin{{From: 1, To: 2}} },
		"thresholds of no use": func(r *linkage.Report) {
			r.Thresholds[0].Chosen = math.NaN()
			r.Thresholds[0].Rows[3].Weight = math.Inf(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			cut(r)
			sound(t, render(t, r, Options{}))
		})
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&{{.}}]]>`
	r := sample()
	r.Title = evil
	for i := range r.Rows {
		if i%3 == 0 {
			r.Rows[i].Item += evil
		}
		if i%5 == 0 {
			r.Rows[i].Subgroup += evil
		}
		r.Rows[i].Note += evil
	}
	r.Rows = append(r.Rows, linkage.QualityRow{Section: evil, Item: "=HYPERLINK(1)", Value: 3})
	r.Made[evil] = evil
	m := r.Models[0]
	m.Kind, m.Warnings, m.Fingerprint = evil, []string{evil}, evil
	m.Comparisons[0].ID, m.Comparisons[0].Levels[0].ID, m.Comparisons[0].Levels[0].Does = evil, evil, evil
	r.Weights[0].Kind, r.Thresholds[0].Kind, r.Thresholds[0].Why = evil, evil, evil
	for i := range r.Patterns {
		r.Patterns[i].Kind, r.Patterns[i].Levels[0] = evil, evil
	}
	r.Review.Queued[0].Name = evil
	text := render(t, r, Options{Names: map[string]string{"npd": evil}})
	sound(t, text)
	for _, bad := range []string{"<script", "<img", "onerror=alert(2)>"} {
		if strings.Contains(text, bad) {
			t.Errorf("page has %s", bad)
		}
	}
	if !strings.Contains(text, "&lt;script&gt;") {
		t.Error("the words are gone")
	}
}

// The table under a chart holds what is drawn, its CSV holds the same, and both hold what the report says.
func TestTablesEqualCharts(t *testing.T) {
	r := sample()
	text := render(t, r, Options{})
	for _, m := range figures.FindAllStringSubmatch(text, -1) {
		link := csvLink.FindStringSubmatch(m[0])
		b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("&#43;", "+", "%2b", "+").Replace(link[1]))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows := strings.Count(tables.FindString(m[0]), "<tr>"); rows != len(lines) {
			t.Errorf("%s: table has %d rows, CSV %d", m[1], rows, len(lines))
		}
	}
	charts := map[string]report.Figure{}
	for _, p := range made(t, r, Options{}).Parts {
		for _, b := range p.Blocks {
			if b.Chart != nil {
				charts[b.Chart.Measure] = b.Chart.Figure
			}
		}
	}
	find := func(measure string) report.Figure {
		for k, f := range charts {
			if strings.Contains(k, measure) {
				return f
			}
		}
		t.Fatalf("no chart of %q", measure)
		return nil
	}
	panels := find("Pairs that were compared, by match weight").(report.Panels)
	for i, b := range r.Weights[0].Bins {
		for k, want := range []int64{b.Joined, b.Refused, b.Ambiguous, b.Left, *b.True} {
			if i < len(panels.From) && len(panels.From) == len(r.Weights[0].Bins) && panels.Series[k].Values[i].N != float64(want) {
				t.Errorf("bin %v, %s: drawn %v, want %d", b.From, panels.Series[k].Name, panels.Series[k].Values[i].N, want)
			}
		}
	}
	odds := find("m and u probability by level").(report.Odds)
	i := 0
	for _, c := range r.Models[0].Comparisons {
		for _, l := range c.Levels {
			if odds.A.Values[i].N != l.M || odds.B.Values[i].N != l.U || !strings.HasPrefix(odds.Notes[i], signed(l.Bits())) {
				t.Errorf("%s %s: drawn %v and %v, %s", c.ID, l.ID, odds.A.Values[i], odds.B.Values[i], odds.Notes[i])
			}
			i++
		}
	}
	traces := find("that the model expects when pairs of at least").(report.Traces)
	for i, x := range r.Thresholds[0].Rows {
		if math.Abs(traces.Series[0].Values[i].N-100*x.Precision) > 1e-9 || math.Abs(traces.Series[1].Values[i].N-100*x.Recall) > 1e-9 {
			t.Errorf("threshold %v: drawn %v and %v", x.Weight, traces.Series[0].Values[i], traces.Series[1].Values[i])
		}
	}
	differences := find("Standardised difference between").(report.Forest)
	at := slices.Index(differences.Axis, "yes")
	if e := differences.Series[0]; at < 0 || math.Abs(e.Values[at].N+.31) > 1e-9 || math.Abs(e.Low[at].N+.34) > 1e-9 || math.Abs(e.High[at].N+.28) > 1e-9 {
		t.Errorf("asylum-seeking children are drawn at %d as %v", at, e)
	}
}

// A waterfall ends at the weight of its pattern with the prior.
func TestWaterfallsAddUp(t *testing.T) {
	r := sample()
	n := 0
	for _, p := range made(t, r, Options{}).Parts {
		for _, b := range p.Blocks {
			if b.Chart == nil {
				continue
			}
			w, ok := b.Chart.Figure.(report.Waterfall)
			if !ok {
				continue
			}
			n++
			sum := 0.0
			for _, s := range w.Steps {
				sum += s.Value
			}
			if !slices.ContainsFunc(r.Patterns, func(x linkage.PatternRow) bool { return math.Abs(x.Weight+r.Models[0].PriorBits()-sum) < 1e-9 }) {
				t.Errorf("%s ends at %v, which is no pattern's weight", b.Chart.Title, sum)
			}
		}
	}
	if n != 3 {
		t.Errorf("%d waterfalls, want 3", n)
	}
}

func TestRoundedPageHidesSmallCounts(t *testing.T) {
	cases := []struct {
		in   float64
		want string
	}{{0, "0"}, {1, "[c]"}, {5, "[c]"}, {6, "10"}, {14, "10"}, {15, "20"}, {1234, "1,230"}}
	p := newPage(&linkage.Report{}, Options{Rounded: true})
	for _, c := range cases {
		if got := (report.Format{}).String(p.count(c.in)); got != c.want {
			t.Errorf("%v is shown as %s, want %s", c.in, got, c.want)
		}
	}
	text := render(t, sample(), Options{Rounded: true})
	sound(t, text)
	for _, exact := range []string{"168,213", "4,102", "41,031"} {
		if strings.Contains(text, exact) {
			t.Errorf("an exact count is shown: %s", exact)
		}
	}
	for _, p := range made(t, sample(), Options{Rounded: true}).Parts {
		for _, b := range p.Blocks {
			if b.Chart == nil {
				continue
			}
			if h, ok := b.Chart.Figure.(report.Histogram); ok && h.Classes[len(h.Classes)-1] != "6+" {
				t.Errorf("cluster sizes end with %s, want those of 6 and more, 12 children, pooled", h.Classes[len(h.Classes)-1])
			}
		}
	}
	if strings.Contains(text, "largest cluster") {
		t.Error("the size of the largest cluster is told")
	}
	if !strings.Contains(text, "168,210") || !strings.Contains(text, "[c]") {
		t.Error("no rounded count, or none hidden")
	}
}

func TestIntervals(t *testing.T) {
	cases := []struct {
		name string
		rows []linkage.QualityRow
		want estimate
	}{
		{"in the note", []linkage.QualityRow{{Item: "sex", Subgroup: "F", Value: -.3, Note: "standardised difference, 95% interval -0.34 to -0.26"}}, estimate{"sex", "F", -.3, -.34, -.26}},
		{"in brackets", []linkage.QualityRow{{Item: "sex", Subgroup: "F", Value: 1e-5, Note: "share (95% interval 0 to 2e-05)"}}, estimate{"sex", "F", 1e-5, 0, 2e-5}},
		{"in rows of their own", []linkage.QualityRow{{Item: "sex", Subgroup: "F: lower", Value: 1}, {Item: "sex", Subgroup: "F", Value: 2}, {Item: "sex", Subgroup: "F: upper", Value: 3}}, estimate{"sex", "F", 2, 1, 3}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rows := withoutIntervals(c.rows)
			if got := estimates(rows); len(got) != 1 || got[0] != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			for _, x := range rows {
				if strings.Contains(x.Note, "interval") {
					t.Errorf("the note still says %q", x.Note)
				}
			}
		})
	}
	if got := estimates([]linkage.QualityRow{{Item: "sex", Subgroup: "F", Value: 2}}); len(got) != 1 || !math.IsNaN(got[0].low) {
		t.Errorf("no interval is given, got %v", got)
	}
}

// A share is told by its words; a count that happens to be 0 or 1 stays a count.
func TestSharesAndCounts(t *testing.T) {
	p := newPage(&linkage.Report{}, Options{})
	for _, c := range []struct {
		row  linkage.QualityRow
		want string
	}{
		{linkage.QualityRow{Section: "blocking", Subgroup: "pairs compared", Note: "pairs that share a value"}, "0"},
		{linkage.QualityRow{Section: "pass", Subgroup: "estimated precision", Value: 1}, "100.00%"},
		{linkage.QualityRow{Section: "completeness", Item: "npd: UPN", Value: .5}, "50.00%"},
		{linkage.QualityRow{Section: "subgroup", Value: .25, Note: "share of records that are linked"}, "25.00%"},
		{linkage.QualityRow{Section: "other", Value: 1234}, "1,234"},
		{linkage.QualityRow{Section: "other", Value: .0012345}, "0.00123"},
		{linkage.QualityRow{Section: "other", Value: math.NaN()}, "[x]"},
	} {
		if got := p.cell(c.row).String(); got != c.want {
			t.Errorf("%+v is shown as %s, want %s", c.row, got, c.want)
		}
	}
}

func TestWilson(t *testing.T) {
	for _, c := range []struct{ k, n, low, high float64 }{{0, 10, 0, .2775}, {10, 10, .7225, 1}, {81, 263, .2553, .3662}} {
		low, high := wilson(c.k, c.n)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%v of %v: %.4f to %.4f, want %v to %v", c.k, c.n, low, high, c.low, c.high)
		}
	}
	if low, _ := wilson(0, 0); !math.IsNaN(low) {
		t.Error("nothing has an interval")
	}
}

func TestCautions(t *testing.T) {
	cases := []struct {
		name string
		do   func(*linkage.Report)
		want string
	}{
		{"a level without enough pairs", func(*linkage.Report) {}, "too few pairs to learn from"},
		{"a group that is missed more often", func(*linkage.Report) {}, "asylum-seeking: yes, against"},
		{"a group that is less common among the linked", func(*linkage.Report) {}, "asylum-seeking: yes, is under-represented among the linked by 0.310"},
		{"a pass that was not trusted", func(*linkage.Report) {}, "Pass p03_upn_dob_swapped joined nothing"},
		{"a session that didn't arrive", func(*linkage.Report) {}, "was stopped on its way"},
		{"one reviewer", func(r *linkage.Report) { r.Review.Reviewers = 1 }, "One person alone"},
		{"a queue that nobody looked at", func(r *linkage.Report) { r.Review.Decided = nil }, "none has been decided"},
		{"a large cluster", func(*linkage.Report) {}, "The largest cluster holds 9 records"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := sample()
			c.do(r)
			var all []string
			for _, x := range made(t, r, Options{}).Cautions {
				all = append(all, x.Text)
			}
			if !strings.Contains(strings.Join(all, "\n"), c.want) {
				t.Errorf("no caution says %q:\n%s", c.want, strings.Join(all, "\n"))
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	r := sample()
	b.ReportAllocs()
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := Render(&out, r, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len()), "B/page")
}
