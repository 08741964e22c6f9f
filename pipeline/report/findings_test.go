package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// findingsSample is a page with every kind of figure that only such pages have.
func findingsSample() *Findings {
	panels := Panels{From: []float64{-2, -1, 0, 1}, To: []float64{-1, 0, 1, 2}, X: "Match weight, bits", Y: "Pairs", XFormat: Format{Decimals: 1},
		Series: []Series{{"Joined", values(0, 0, 20, 310)}, {"Left apart", values(120000, 40, 2, -1)}}, Marks: []Mark{{At: .5, Name: "threshold"}}}
	traces := Traces{At: []float64{4, 8, 16}, X: "Threshold", Y: "Per cent", XFormat: Format{Decimals: 1}, Format: Format{Decimals: 1, Suffix: "%"},
		Series: []Series{{"Precision", values(97.5, 99, 99.9)}, {"Recall", values(99, 98, -1)}}, Marks: []Mark{{At: 20, Name: "chosen"}}}
	forest := Forest{Axis: []string{"All", "F", "M"}, Groups: []string{"", "Sex", "Sex"}, X: "Who", Y: "Difference", Format: Format{Decimals: 2},
		Series: []Estimates{{"Difference", []Value{Shown(0), Shown(-.2), Hidden("x")}, []Value{Shown(-.1), Shown(-.3), Hidden("x")}, []Value{Shown(.1), Shown(-.1), Hidden("x")}}}, Marks: []Mark{{At: 0, Name: "alike"}}}
	odds := Odds{Groups: []string{"sex", "sex"}, Axis: []string{"equal", "differ"}, X: "Level", Y: "Share of pairs", Head: "weight",
		A: Series{"m", []Value{Shown(.99), Shown(.01)}}, B: Series{"u", []Value{Shown(.5), Hidden("x")}}, Notes: []string{"+1.0", "\u22125.6"}}
	fall := Waterfall{Steps: []Step{{"Prior", "any pair", -12}, {"UPN", "equal, and a note that is much too long for the room beside the bars of the picture", 20}, {"Sex", "differ", -4.5}}, X: "Comparison", Y: "Bits",
		Format: Format{Decimals: 1}, Total: "Total", Marks: []Mark{{At: 2, Name: "threshold"}}}
	funnel := Funnel{X: "Children", Y: "Share", Format: Percent, Target: 20, TargetName: "England 20%",
		Points: []FunnelPoint{{"Ashby", 60, 31, "above 95%", false}, {"Barton", 190, 19, "within", true}, {"Cole", 8, 75, "within", false}},
		Limits: []FunnelLimits{{8, 0, 0, 62.5, 87.5}, {60, 5, 10, 31, 38}, {200, 11.3, 14.5, 25.5, 28.7}}}
	var blocks []Block
	for i, f := range []Figure{panels, traces, forest, odds, fall, funnel} {
		c := chart([]string{"panels", "traces", "forest", "odds", "waterfall", "funnel"}[i], "A finding <&>", f)
		c.Read = "How to read it."
		blocks = append(blocks, Block{Heading: "One part", Words: "Words & more.", Chart: &c})
	}
	table := Table{Caption: "Shares", Head: []string{"Year", "UPN", "Weak"}, Cuts: []float64{95, 80, 50}, CutColumns: 1, Rows: [][]Cell{
		{Words("2016"), Number(Shown(96), Percent), Number(Shown(2), Percent)}, {Words("2017"), Number(Shown(80), Percent), Number(Shown(2), Percent)}, {Words("2018"), Number(Shown(49), Percent), Number(Hidden("x"), Percent)}}}
	blocks = append(blocks, Block{Table: &Folded{Table: table}}, Block{Table: &Folded{Table: table, Fold: "Once more"}}, Block{Links: []Link{{"A page", "areas/a.html"}}})
	return &Findings{Title: "Linkage", Lead: "How sure.", Stamp: "Run 1", Notices: []Notice{{"Invented data.", "All of it.", true}}, Summary: []string{"In short."},
		Cards: []Card{{"Links", "12", "of 20", "first"}}, Cautions: []Caution{{"Take care.", "First", "first"}}, Parts: []Part{{ID: "first", Title: "First", Intro: "Why.", Blocks: blocks}}, Foot: "Made."}
}

func TestWriteFindings(t *testing.T) {
	var a, b bytes.Buffer
	if err := WriteFindings(&a, findingsSample()); err != nil {
		t.Fatal(err)
	}
	if err := WriteFindings(&b, findingsSample()); err != nil || a.String() != b.String() {
		t.Errorf("two writings differ, %v", err)
	}
	text := raw.ReplaceAllString(a.String(), "")
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
	svgs := svgText.FindAllString(text, -1)
	if len(svgs) != 6 || len(open) > 0 {
		t.Errorf("%d drawings, want 6; never closed: %v", len(svgs), open)
	}
	for _, s := range svgs {
		for _, bad := range []string{"NaN", "Inf", "rotate", "%!"} {
			if strings.Contains(s, bad) {
				t.Errorf("a drawing has %s in it", bad)
			}
		}
		if !strings.Contains(s, "<title id=") || !strings.Contains(s, "<desc id=") {
			t.Error("a drawing has no title or description")
		}
	}
	for _, want := range []string{`class="read">How to read it.`, "Take care.", "Once more</summary>", "A finding &lt;&amp;&gt;", "Figure 6", `<a href="areas/a.html">A page</a>`, `>Barton</text>`, `class="banner demo"`, "s3\">49%", "s0\">96%", "s1\">80%", "s0\">2%"} {
		if !strings.Contains(text, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if strings.Contains(text, "<script") {
		t.Error("the page has a script")
	}
}

func TestFindingsValidate(t *testing.T) {
	cases := []struct {
		name string
		do   func(*Findings)
		want string
	}{
		{"a stamp is said", func(f *Findings) { f.Stamp = "" }, "must be said"},
		{"a part's id is its own", func(f *Findings) { f.Parts[0].ID = "main" }, "stands twice"},
		{"a card leads somewhere", func(f *Findings) { f.Cards[0].Link = "nowhere" }, `nothing has the id "nowhere"`},
		{"a caution leads somewhere", func(f *Findings) { f.Cautions[0].Link = "nowhere" }, `nothing has the id "nowhere"`},
		{"a chart keeps its rules", func(f *Findings) { f.Parts[0].Blocks[0].Chart.Population = "" }, "no population"},
		{"classes rise", func(f *Findings) {
			f.Parts[0].Blocks[0].Chart.Figure = Panels{From: []float64{1, 0}, To: []float64{2, 1}, Series: []Series{{"s", values(1, 1)}}}
		}, "classes don't rise"},
		{"seven panels are too many", func(f *Findings) {
			f.Parts[0].Blocks[0].Chart.Figure = Panels{From: []float64{1}, To: []float64{2}, Series: make([]Series, 7)}
		}, "7 panels"},
		{"places rise", func(f *Findings) {
			f.Parts[0].Blocks[1].Chart.Figure = Traces{At: []float64{2, 2}, Series: []Series{{"s", values(1, 1)}}}
		}, "places don't rise"},
		{"an interval has two ends", func(f *Findings) {
			f.Parts[0].Blocks[2].Chart.Figure = Forest{Axis: []string{"a"}, Series: []Estimates{{Name: "s", Values: values(1), Low: values(0)}}}
		}, "intervals of s"},
		{"m is above 0", func(f *Findings) {
			f.Parts[0].Blocks[3].Chart.Figure = Odds{Groups: []string{"g"}, Axis: []string{"a"}, Notes: []string{""}, A: Series{"m", values(0)}, B: Series{"u", values(1)}}
		}, "no probability above 0"},
		{"a waterfall has parts", func(f *Findings) { f.Parts[0].Blocks[4].Chart.Figure = Waterfall{Total: "Total"} }, "nothing to add up"},
		{"a table has three limits at most", func(f *Findings) { f.Parts[0].Blocks[6].Table.Cuts = make([]float64, 4) }, "4 limits"},
		{"a funnel without its area", func(f *Findings) { f.Parts[0].Blocks[5].Chart.Figure = Funnel{Limits: make([]FunnelLimits, 2)} }, "no area is marked"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := findingsSample()
			c.do(f)
			if err := WriteFindings(&bytes.Buffer{}, f); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFreeTicks(t *testing.T) {
	cases := []struct {
		low, high float64
		want      []float64
	}{
		{92.3, 99.9, []float64{92, 94, 96, 98, 100}},
		{-.31, .06, []float64{-.4, -.3, -.2, -.1, 0, .1}},
		{5, 5, []float64{4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6}},
		{0, 100, []float64{0, 20, 40, 60, 80, 100}},
	}
	for _, c := range cases {
		got := freeTicks(c.low, c.high, 5)
		for i := range got {
			got[i] = math.Round(got[i]*1000) / 1000
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("freeTicks(%v, %v) = %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

func TestDigits(t *testing.T) {
	f := Format{Digits: 2}
	for n, want := range map[float64]string{0.000123: "0.00012", 0.5: "0.50", 0: "0.0", 12345: "12,345", -0.034: "\u22120.034", 1: "1.0"} {
		if got := f.String(Shown(n)); got != want {
			t.Errorf("%v is written %s, want %s", n, got, want)
		}
	}
}

func TestDecades(t *testing.T) {
	for k, want := range map[float64]string{0: "1", -1: "0.1", -4: "0.0001", -6: "10\u207b\u2076", -12: "10\u207b\u00b9\u00b2"} {
		if got := decade(k); got != want {
			t.Errorf("10 to %v is written %s, want %s", k, got, want)
		}
	}
}

// A waterfall's total is the sum of its steps, in the picture and in the table.
func TestWaterfallAddsUp(t *testing.T) {
	w := findingsSample().Parts[0].Blocks[4].Chart.Figure.(Waterfall)
	rows := w.table().Rows
	if got := rows[len(rows)-1][2].String(); got != "3.5" {
		t.Errorf("the total is %s, want 3.5", got)
	}
	var c canvas
	w.draw(&c)
	for _, want := range []string{">+20.0<", ">\u22124.5<", ">3.5<", "\u2026<"} {
		if !strings.Contains(c.b.String(), want) {
			t.Errorf("the picture has no %s", want)
		}
	}
}
