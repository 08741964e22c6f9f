package linkpage

import (
	"strings"
	"testing"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// evaluated are counts and shares of links by age, all of them known.
func evaluated(right, wrong, missed [2]float64) (rows []linkage.QualityRow) {
	for i, g := range []string{"", "age: 5 and over", "age: under 5"} {
		r, f, m := right[0]+right[1], wrong[0]+wrong[1], missed[0]+missed[1]
		if i > 0 {
			r, f, m = right[i-1], wrong[i-1], missed[i-1]
		}
		for _, x := range []struct {
			item string
			v    float64
		}{{"precision", r / (r + f)}, {"recall", r / (r + m)}, {"right", r}, {"false", f}, {"missed", m}} {
			note := "share of links that are right"
			if x.v > 1 || x.item == "right" || x.item == "false" || x.item == "missed" {
				note = "links"
			}
			rows = append(rows, linkage.QualityRow{Section: "evaluation", Item: "pairs: " + x.item, Subgroup: g, Value: x.v, Note: note})
		}
	}
	return rows
}

// line is the truth table's line of a group, as text.
func truthLine(t *testing.T, r *linkage.Report, group string) string {
	t.Helper()
	for _, part := range made(t, r, Options{Rounded: true}).Parts {
		for _, b := range part.Blocks {
			if part.ID != "truth" || b.Chart == nil || b.Chart.Table == nil {
				continue
			}
			for _, row := range b.Chart.Table.Rows {
				var s []string
				for _, c := range row {
					s = append(s, c.String())
				}
				if s[1] == group {
					return strings.Join(s, "|")
				}
			}
		}
	}
	t.Fatalf("no line of %s", group)
	return ""
}

func TestNoShareBesideAHiddenCount(t *testing.T) {
	r := &linkage.Report{Rows: evaluated([2]float64{900, 100}, [2]float64{40, 3}, [2]float64{80, 20})}
	// 3 false ones under 5 are hidden, so are the 40 of those older, and precision of both; recall of both can be shown.
	if got := truthLine(t, r, "under 5"); !strings.HasPrefix(got, "Age|under 5|100|[c]|20|[c]|[c]|[c]|83.33%") {
		t.Errorf("under 5: %s", got)
	}
	if got := truthLine(t, r, "5 and over"); !strings.HasPrefix(got, "Age|5 and over|900|[c]|80|[c]|[c]|[c]|91.84%") {
		t.Errorf("5 and over: %s", got)
	}
	if got := truthLine(t, r, "all"); !strings.HasPrefix(got, "|all|1,000|40|100|95.88%") {
		t.Errorf("all: %s", got)
	}
	r = &linkage.Report{Rows: evaluated([2]float64{900, 100}, [2]float64{0, 3}, [2]float64{80, 20})}
	if got := truthLine(t, r, "5 and over"); !strings.HasPrefix(got, "Age|5 and over|900|0|80|100.00%") {
		t.Errorf("none false among those older: %s", got)
	}
	if text := render(t, r, Options{Rounded: true}); strings.Contains(text, "99.70%") {
		t.Error("precision of 3 false in 1,003 is shown")
	}
}

func TestNoCountHiddenAlone(t *testing.T) {
	rows := []linkage.QualityRow{
		{Section: "records", Item: "npd", Subgroup: "2020", Value: 3}, {Section: "records", Item: "npd", Subgroup: "2021", Value: 50}, {Section: "records", Item: "npd", Subgroup: "2022", Value: 70},
		{Section: "linkage_rate", Item: "npd", Subgroup: "2020", Value: 1}, {Section: "linkage_rate", Item: "npd", Subgroup: "2021", Value: .5}, {Section: "linkage_rate", Item: "npd", Subgroup: "2022", Value: 66. / 70},
	}
	p := newPage(&linkage.Report{Rows: rows}, Options{Rounded: true})
	counted := gridOf(p.table["records"], item, subgroup)
	var got []string
	for i, x := range rows {
		if i < 3 {
			got = append(got, report.Format{}.String(p.countOf(x)))
		} else {
			got = append(got, percent.String(p.rate(x, counted)))
		}
	}
	if s := strings.Join(got, " "); s != "[c] [c] 70 [c] [c] [c]" {
		t.Errorf("shown: %s; want two of the counts hidden, their rates with them, and that of 4 who are not linked", s)
	}
	var parts []string
	for _, v := range p.parts(100, 2, 0, 40) {
		parts = append(parts, report.Format{}.String(v))
	}
	if s := strings.Join(parts, " "); s != "100 [c] 0 [c]" {
		t.Errorf("parts of a pattern: %s", s)
	}
}
