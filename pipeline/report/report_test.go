package report

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	update = flag.Bool("update", false, "rewrite testdata/golden.html")
	keep   = flag.String("keep", "", "also write the sample page to this file, to look at it")
)

// values are shown values; a negative number stands for a hidden one.
func values(ns ...float64) []Value {
	var out []Value
	for _, n := range ns {
		if n < 0 {
			out = append(out, Hidden("c"))
		} else {
			out = append(out, Shown(n))
		}
	}
	return out
}

func chart(id, title string, f Figure) Chart {
	return Chart{ID: id, Title: title, Message: "What " + id + " shows, in words & figures <with care>.", Measure: "Children, rounded to the nearest 10",
		Source: "Invented returns", Population: "Children looked after on 31 March", Place: "England", Time: "2016 to 2025", Figure: f}
}

// sample is a report with every kind of figure.
func sample() *Report {
	var years []string
	for y := 2016; y <= 2025; y++ {
		years = append(years, fmt.Sprint(y))
	}
	lines := chart("stock-flow", "Children in care rose to 4,210 by 2025", Lines{Axis: years, X: "Year ending 31 March", Y: "Children", Mark: 4, MarkName: "2020", Series: []Series{
		{"In care on 31 March", values(3520, 3600, 3700, 3810, 3900, 3950, 4020, 4100, 4180, 4210)},
		{"Started in the year", values(1480, 1500, 1510, 1490, 1390, 1300, 1410, 1500, 1550, 1520)},
		{"Ceased in the year", values(1400, 1410, 1400, 1380, 1310, 1260, 1340, 1420, -1, 1490)}}})
	lines.Note = "A note on 2024."
	stacked := Stacked{Axis: years, X: "Year", Y: "Share of children", Format: Percent, Series: []Series{
		{"Foster care", values(74, 74, 73, 72, 72, 71, 70, 69, 68, 67)}, {"Children's homes", values(11, 11, 12, 12, 13, 13, 14, 15, 16, 17)},
		{"Placed for adoption", values(5, 5, 4, 4, 3, 3, 3, 3, 3, 3)}, {"Other", values(10, 10, 11, 12, 12, 13, 13, 13, 13, 13)}}}
	bands := Stacked{Axis: years[6:], X: "Year", Y: "Share of scores", Format: Percent, Ordered: true, Series: []Series{
		{"Concern", values(38, 39, 39, 40)}, {"Borderline", values(13, 12, 13, 13)}, {"Normal", values(49, 49, 48, 47)}}}
	ribbon := Ribbon{Axis: []string{"0", "1", "2", "3", "4", "5", "6"}, X: "Whole years in care", Y: "SDQ score", Format: Format{Decimals: 1},
		Low: values(9, 8, 8, 7.5, 7, 7, -1), Mid: values(15, 14, 14, 13.5, 13, 13, -1), High: values(21, 20.5, 20, 19, 19, 18.5, -1),
		MidName: "Median", BandName: "Middle half of children", Coverage: values(60, 74, 78, 80, 79, 77, 70), CoverageName: "Share with a score",
		Lines: []Rule{{At: 17, Name: "17: cause for concern"}}}
	curves := Curves{Times: []float64{0, 3, 6, 12, 24, 36, 60}, X: "Months since entering care", Y: "Share of children", Format: Percent, Stacked: true,
		Series: []Series{{"Returned home", values(0, 9, 14, 20, 25, 27, 28)}, {"Adopted", values(0, 0, 1, 4, 9, 11, 12)},
			{"Special guardianship or child arrangements", values(0, 1, 3, 7, 11, 13, 14)}, {"Other", values(0, 2, 3, 5, 8, 11, 15)}},
		AtRisk: []Series{{"Still in care", values(9800, 8500, 7600, 6000, 4100, 2900, 1200)}}}
	steps := curves
	steps.Stacked, steps.Series = false, []Series{{"Back in care", values(0, 3, 6, 9, 13, 15, -1)}}
	bars := Bars{Axis: []string{"Score of 17 or more", "Linked to a health record", "Referred", "Seen"}, X: "Step", Y: "Children", Series: []Series{{"Children", values(1240, 1030, 520, 410)}},
		Notes: []string{"100%", "83%", "42%", "33%"}}
	grouped := Bars{Axis: []string{"Girls", "Boys"}, X: "Sex", Y: "Per cent", Format: Percent, Series: []Series{{"2024", values(33, 41)}, {"2025", values(34, -1)}}}
	dots := Dots{Axis: []string{"England", "North East", "London"}, X: "Region", Y: "Per cent", Format: Percent, Values: values(10, 12, 8), Focus: 0}
	mosaic := Mosaic{Columns: [2]string{"SDQ below 17", "SDQ 17 or more"}, Rows: [2]string{"Life satisfaction 5 or more", "Life satisfaction 4 or less"},
		Shares: [2][2]Value{{Shown(52), Shown(9)}, {Shown(28), Shown(11)}}, Counts: [2][2]Value{{Shown(520), Shown(90)}, {Shown(280), Shown(110)}}, Focus: [2][2]bool{{false, true}, {true, false}}}
	histogram := Histogram{Classes: []string{"50-59", "60-69", "70-79", "80-89"}, X: "Per cent with a score", Y: "Authorities", Counts: values(3, 9, 14, 4)}
	table := Table{Caption: "The indicators, England", Head: []string{"Indicator", "Value", "Children", "Coverage"}, Shade: true, Rows: [][]Cell{
		{Words("SDQ score received"), Number(Shown(78), Percent), Number(Shown(4210), Format{}), Number(Shown(100), Percent)},
		{Words("=SUM(A1)"), Number(Hidden("c"), Percent), Number(Shown(1000), Format{}), Number(Shown(92), Percent)},
		{Words("Change in score"), Number(Shown(-1.3), Format{Decimals: 1}), Number(Shown(200), Format{}), Number(Shown(55), Percent)}}}
	area := table
	area.Caption = "Barking & Dagenham beside London and England"
	return &Report{Title: "Looked-after children, 2016 to 2025", Lead: "What ten years of returns say.", Vintage: "2025-0123456789ab", Demo: true,
		Disclosure: "Small counts are hidden and large ones rounded. Hidden numbers may still be worked out from totals: don't publish.",
		Cards:      []Card{{"In care on 31 March 2025", "4,210", "up 1% on the year", "stock-flow"}, {"SDQ score received", "78%", "of 2,100 children aged 5 to 16", "bands"}},
		Sections: []Section{
			{ID: "care", Title: "Coming into care and leaving it", Intro: "How many, and how.", Charts: []Chart{lines, chart("mix", "Foster care fell to 67% of placements by 2025", stacked),
				chart("exits", "28% had returned home five years after entry", curves), chart("reentry", "15% were back in care within three years", steps)}},
			{ID: "recovery", Title: "Recovery", Charts: []Chart{chart("bands", "40% of scores were a cause for concern in 2025", bands), chart("sdq-years", "Median SDQ fell from 15 to 13 over years", ribbon),
				chart("contact", "33% of children with high scores were seen", bars), chart("pictures", "Only 11% are low on both", mosaic)}},
			{ID: "other", Title: "Other shapes", Charts: []Chart{chart("sexes", "Boys score higher than girls", grouped), chart("regions", "The North East has the highest share", dots),
				chart("spread", "Most authorities score 70 to 79 per cent", histogram)}, Tables: []Table{table}},
		},
		Areas: []Area{{"E09000002", "Barking & Dagenham", "London", area}}, About: []string{"How it was made."}}
}

func write(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteIsTheSameEveryTime(t *testing.T) {
	got := write(t, sample())
	if again := write(t, sample()); again != got {
		t.Error("two writings differ")
	}
	if *keep != "" {
		if err := os.WriteFile(*keep, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGolden(t *testing.T) {
	r := sample()
	r.Sections, r.Areas = []Section{{ID: "care", Title: "Care", Charts: r.Sections[0].Charts[:1]}}, nil
	got := write(t, r)
	path := filepath.Join("testdata", "golden.html")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(old), len(now)) {
		if old[i] != now[i] {
			t.Fatalf("%s:%d: want %s\ngot %s\n(write it anew with -update)", path, i+1, old[i], now[i])
		}
	}
	if len(old) != len(now) {
		t.Errorf("%s has %d lines, the page %d", path, len(old), len(now))
	}
}

var (
	tag      = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)>`)
	raw      = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)
	idAttr   = regexp.MustCompile(` id="([^"]*)"`)
	refAttr  = regexp.MustCompile(` (?:href="#|aria-labelledby="|for="|value="(?:area-))([^"]*)"`)
	loadAttr = regexp.MustCompile(`(?i)\b(src|srcset|href|action|poster|data|xlink:href)="([^"#][^"]*)"|url\(([^)]*)\)|@import`)
	svgText  = regexp.MustCompile(`(?s)<svg .*?</svg>`)
)

func TestPageIsWellFormed(t *testing.T) {
	text := raw.ReplaceAllString(write(t, sample()), "")
	void := []string{"meta", "link", "br", "img", "input"}
	var open []string
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		switch {
		case slices.Contains(void, m[2]), strings.HasSuffix(m[3], "/"):
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
			if !ids[id] && !ids["area-"+id] {
				t.Errorf("nothing has the id %s", id)
			}
		}
	}
	for _, want := range []string{`<html lang="en-GB">`, `<main id="main">`, `<nav aria-label=`, `<header`, `<footer>`, `class="skip" href="#main"`, "Invented data."} {
		if !strings.Contains(text, want) {
			t.Errorf("page has no %s", want)
		}
	}
	level := 0
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(text, -1) {
		now := int(m[1][0] - '0')
		if now > level+1 {
			t.Errorf("heading level jumps from %d to %d", level, now)
		}
		level = now
	}
}

func TestPageLoadsNothing(t *testing.T) {
	for _, m := range loadAttr.FindAllStringSubmatch(write(t, sample()), -1) {
		if !strings.HasPrefix(m[2], "data:text/csv") && !strings.HasPrefix(m[2], "data:application/json") {
			t.Errorf("page refers to %s", m[0])
		}
	}
}

func TestEveryChartHasItsWordsTableAndFiles(t *testing.T) {
	r := sample()
	text := write(t, r)
	svgs := svgText.FindAllString(text, -1)
	n := 0
	for _, s := range r.Sections {
		for _, c := range s.Charts {
			n++
			_, fig, ok := strings.Cut(text, `<figure id="`+c.ID+`"`)
			if !ok {
				t.Fatalf("no figure %s", c.ID)
			}
			fig, _, _ = strings.Cut(fig, "</figure>")
			for _, want := range []string{`role="img"`, "<title id=", "<desc id=", "<table>", "<caption>", `download="` + c.ID + `.csv"`, `download="` + c.ID + `.vl.json"`} {
				if !strings.Contains(fig, want) {
					t.Errorf("%s: no %s", c.ID, want)
				}
			}
			m := regexp.MustCompile(`data:text/csv[^,]*,([^"]*)"`).FindStringSubmatch(fig)
			b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("&#43;", "+", "%2b", "+").Replace(m[1]))
			if err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			if rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll(); err != nil || len(rows) != len(c.Numbers().Rows)+1 {
				t.Errorf("%s: CSV has %d rows, %v", c.ID, len(rows), err)
			}
			if spec, err := c.VegaLite(); err != nil || !json.Valid(spec) {
				t.Errorf("%s: Vega-Lite: %v", c.ID, err)
			}
		}
	}
	if len(svgs) != n {
		t.Errorf("%d drawings for %d charts", len(svgs), n)
	}
	for _, s := range svgs {
		for _, bad := range []string{"NaN", "Inf", "rotate", "%!"} {
			if strings.Contains(s, bad) {
				t.Errorf("a drawing has %s in it: %.200s", bad, s)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	cases := []struct {
		name string
		do   func(*Report)
		want string
	}{
		{"a title of eleven words is refused", func(r *Report) { r.Sections[0].Charts[0].Title = "a b c d e f g h i j k" }, "title has 11 words"},
		{"a chart says its population", func(r *Report) { r.Sections[0].Charts[0].Population = "" }, "no population"},
		{"two charts can't have one id", func(r *Report) { r.Sections[0].Charts[1].ID = "stock-flow" }, "stands twice"},
		{"five colours are too many", func(r *Report) {
			r.Sections[0].Charts[0].Figure = Lines{Axis: []string{"a"}, Series: make([]Series, 5)}
		}, "at most 4 colours"},
		{"a series must fill its axis", func(r *Report) {
			r.Sections[0].Charts[0].Figure = Lines{Axis: []string{"a", "b"}, Series: []Series{{"s", values(1)}}}
		}, "1 values for 2 places"},
		{"a part of a whole isn't negative", func(r *Report) {
			r.Sections[0].Charts[0].Figure = Stacked{Axis: []string{"a"}, Series: []Series{{"s", []Value{Shown(-1)}}}}
		}, "is negative"},
		{"times rise", func(r *Report) {
			r.Sections[0].Charts[0].Figure = Curves{Times: []float64{3, 3}, AtRisk: []Series{{"all", values(1, 1)}}}
		}, "don't rise"},
		{"a row is as long as the head", func(r *Report) { r.Sections[2].Tables[0].Rows[0] = nil }, "row 1 has 0 cells"},
		{"the state of disclosure control is said", func(r *Report) { r.Disclosure = "" }, "must be said"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := sample()
			c.do(r)
			err := r.Validate()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if Write(&bytes.Buffer{}, r) == nil {
				t.Error("written all the same")
			}
		})
	}
}

func TestContrast(t *testing.T) {
	if got := Contrast("#000000", "#FFFFFF"); got != 21 {
		t.Errorf("black on white is %v, want 21", got)
	}
	for _, c := range append(append([]string{RestColour, FocusColour}, Categorical...), Sequential...) {
		if got := Contrast(edge(c), paper); got < 3 {
			t.Errorf("%s with its outline is %.2f to 1 on white, want 3", c, got)
		}
		if got := Contrast(on(c), c); got < 4.5 {
			t.Errorf("text on %s is %.2f to 1, want 4.5", c, got)
		}
	}
	for _, c := range []string{ink, softInk, Categorical[2]} {
		if got := Contrast(c, paper); got < 4.5 {
			t.Errorf("text in %s is %.2f to 1 on white, want 4.5", c, got)
		}
	}
	if got := Contrast(softInk, "#F3F5F7"); got < 4.5 {
		t.Errorf("soft text on the banner is %.2f to 1, want 4.5", got)
	}
}

func TestFormat(t *testing.T) {
	cases := []struct {
		name string
		v    Value
		f    Format
		want string
	}{
		{"thousands are parted", Shown(1234567), Format{}, "1,234,567"},
		{"three digits aren't", Shown(999), Format{}, "999"},
		{"a negative mean has a minus sign", Shown(-1.3), Format{Decimals: 1}, "\u22121.3"},
		{"nothing is never negative", Shown(-0.01), Format{Decimals: 1}, "0.0"},
		{"a symbol stands in brackets", Hidden("k"), Percent, "[k]"},
		{"a percentage", Shown(67), Percent, "67%"},
	}
	for _, c := range cases {
		if got := c.f.String(c.v); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCSVKeepsSymbolsApart(t *testing.T) {
	got := sample().Sections[2].Tables[0].CSV()
	want := "Indicator,Value,Value symbol,Children,Coverage\r\n" +
		"SDQ score received,78,,4210,100\r\n'=SUM(A1),,c,1000,92\r\nChange in score,-1.3,,200,55\r\n"
	if got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestTicks(t *testing.T) {
	cases := []struct {
		low, high float64
		want      []float64
	}{
		{0, 4210, []float64{0, 1000, 2000, 3000, 4000, 5000}},
		{0, 100, []float64{0, 20, 40, 60, 80, 100}},
		{-1.4, 0.6, []float64{-1.5, -1, -0.5, 0, 0.5, 1}},
		{0, 0, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
	}
	for _, c := range cases {
		got := ticks(c.low, c.high, 5)
		for i := range got {
			got[i] = math.Round(got[i]*1000) / 1000
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("ticks(%v, %v) = %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

func TestSpreadKeepsLabelsApartAndInside(t *testing.T) {
	got := spread([]label{{10, 20, 0}, {12, 20, 1}, {95, 20, 2}}, 0, 100)
	for i, l := range got {
		if l.at-l.size/2 < 0 || l.at+l.size/2 > 100 {
			t.Errorf("label %d at %v is outside", l.index, l.at)
		}
		if i > 0 && l.at-got[i-1].at < 20 {
			t.Errorf("labels %d and %d overlap", got[i-1].index, l.index)
		}
	}
}

// Shares that were rounded one by one end at 100 all the same, with their figures as they are; a bar that hides a part ends before.
func TestBarsOfSharesEndAtAHundred(t *testing.T) {
	s := Stacked{Axis: []string{"over", "under", "k", "c"}, X: "Year", Y: "Share", Format: Percent, Series: []Series{
		{"one", []Value{Shown(74), Shown(71), Shown(90), Shown(60)}},
		{"two", []Value{Shown(13), Shown(11), Shown(9), Shown(38)}},
		{"three", []Value{Shown(14), Shown(17), Hidden("k"), Hidden("c")}}}}
	for i, want := range []float64{100, 100, 100, 98} {
		if got := s.sum(i) * s.stretch(i); math.Abs(got-want) > 1e-9 {
			t.Errorf("bar %s ends at %v, want %v", s.Axis[i], got, want)
		}
	}
	var c canvas
	s.draw(&c)
	for _, want := range []string{">74%<", ">14%<", ">100%<", ">[c]<"} {
		if !strings.Contains(c.b.String(), want) {
			t.Errorf("the picture has no %s", want)
		}
	}
	if strings.Contains(c.b.String(), ">120%<") || strings.Contains(c.b.String(), ">[k]<") {
		t.Error("the axis goes beyond 100, or a k part leaves a mark")
	}
}
