package publish

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
	"throughline/schemas"
)

// datasets have the rules that the findings of testdata/research.sql are about.
var datasets = []*schemas.Dataset{{ID: "ssda903", Rulesets: schemas.Span{First: 2022, Last: 2027}, Rules: []*schemas.Rule{
	{Code: "301"}, {Code: "302", FirstYear: 2024}, {Code: "303", Versions: []schemas.RuleVersion{{From: 2025}}},
	{Code: "304", Needs: []string{"last_year"}}, {Code: "305", LastYear: 2023}, {Code: "306"},
}}}

func TestTrend(t *testing.T) {
	out := filepath.Join(t.TempDir(), "publication.duckdb")
	_, db := publishTo(t, invented(t), out, options(t))
	const england = " and geographic_level = 'National'"
	cases := []struct{ name, columns, where, want string }{
		{"a rule is summed over authorities, per 1,000 rows of its table", "suppliers, findings, rows, rate", "year = 2025 and rule = '301'" + england, "2|50|2000|25"},
		{"rules before the first ruleset are those of that one", "ruleset, status, rate", "year = 2018 and rule = '301'" + england, "2022|applied|75"},
		{"a rule that found nothing in a year in which it was applied is at 0", "status, findings, rate", "year = 2019 and rule = '301'" + england, "applied|0|0"},
		{"before it began a rule isn't at 0", "status, findings, rate, symbol", "year = 2023 and rule = '302'" + england, "not in force|||z"},
		{"nor after it ended", "status, findings, rate, symbol", "year = 2024 and rule = '305'" + england, "not in force|||z"},
		{"a rule on two years isn't applied in the first", "status, rate, symbol", "year = 2018 and rule = '304'" + england, "no year before||x"},
		{"but is in the second", "status, rate", "year = 2019 and rule = '304'" + england, "applied|0"},
		{"a rule that could be applied to nobody has no rate", "status, findings, rate, symbol", "year = 2023 and rule = '304'" + england, "skipped|||x"},
		{"one that could be applied to some is held against their rows alone", "status, rows, rate", "year = 2022 and rule = '304'" + england, "applied|1000|0"},
		{"a table that wasn't sent has no rate", "status, rate, symbol", "year = 2023 and rule = '306'" + england, "no rows||x"},
		{"a rule is known by what it said", "version", "year = 2025 and rule = '303'" + england, "2025"},
		{"a hidden count of 1 stands for 2", "findings, findings_low, findings_high", "year = 2024 and rule = 'code'" + england, "14|13|17"},
		{"and one of 5 too", "findings, findings_low, findings_high", "year = 2025 and rule = 'code'" + england, "14|13|17"},
		{"all rules, all rows, without files; the header's hidden rows stand for 2", "findings, rows, rate", "dataset = 'ssda903' and year = 2025 and rule = 'Total' and severity = 'error'" + england, "211|2502|84.3"},
		{"warnings apart", "findings, findings_low, findings_high", "dataset = 'ssda903' and year = 2025 and rule = 'Total' and severity = 'warning'" + england, "64|63|67"},
		{"the same rules in tables that came every year", "findings, rows, rate", "dataset = 'ssda903' and year = 2025 and rule = 'Total alike' and severity = 'error'" + england, "50|2000|25"},
		{"an authority", "area_name, findings, rows, rate", "year = 2025 and rule = 'Total' and severity = 'error' and area_code = 'E09000003'", "Barnet|30|1000|30"},
		{"by the same rules", "findings, rate", "year = 2018 and rule = 'Total alike' and severity = 'error' and area_code = 'E09000003'", "90|90"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := one(t, db, "select "+c.columns+" from finding_trend where "+c.where); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if n := one(t, db, "select count(*) from finding_trend where (rate is null) <> (symbol is not null) or geographic_level = 'Local authority' and area_code = 'E92000001'"); n != "0" {
		t.Errorf("%s rows have both a rate and a symbol, or neither, or take a national body for an authority", n)
	}
	t.Run("report", func(t *testing.T) { trendTables(t, out) })
}

// trendTables holds what the page says of changes.
func trendTables(t *testing.T, out string) {
	r, err := ReportData(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Sections, func(s report.Section) bool { return s.ID == "returns" })
	if i < 0 || len(r.Sections[i].Charts) != 1 || len(r.Sections[i].Tables) != 3 {
		t.Fatalf("the section on returns is at %d, or hasn't one chart and three tables", i)
	}
	s := r.Sections[i]
	lines := func(t report.Table) (out []string) {
		for _, r := range t.Rows {
			var cells []string
			for _, c := range r {
				cells = append(cells, c.String())
			}
			out = append(out, strings.Join(cells, "|"))
		}
		return out
	}
	for _, c := range []struct {
		name  string
		table report.Table
		want  []string
	}{
		{"rules", s.Tables[0], []string{
			"302: a new rule found|episodes|Stage 2, error|80|1|40.0|20.0|[not in force]|up|",
			"303: a changed rule found|episodes|Stage 2, error|70|1|35.0|5.0|0.0|the rule changed|the rule changed",
			"301: an old rule found|episodes|Stage 1, error|50|2|25.0|26.0|75.0|no clear change|down",
			"306: a rule on visits found|visits|Integrity, warning|50|1|100.0|0.0|[x]|up|",
			"code: a code found|episodes|On reading, warning|14|2|7.0|7.0|0.0|no clear change|up",
			"304: a rule on two years found|episodes|Stage 2, error|11|1|5.5|0.0|0.0|up|up",
		}},
		{"authorities", s.Tables[1], []string{
			"Barking and Dagenham|1,502|181|120.5|41.3|20.0|22.0|60.0|no clear change|down",
			"Barnet|1,000|30|30.0|2.0|30.0|30.0|90.0|no clear change|down",
		}},
		{"years", s.Charts[0].Numbers(), []string{
			"2018|2022|2,000|91.5|91.5|91.5|75.0|0.0|0.0", "2019|2022|2,000|0.0|0.0|0.0|0.0|0.0|0.0", "2020|2022|2,000|75.0|75.0|75.0|75.0|0.0|0.0",
			"2021|2022|2,000|0.0|0.0|0.0|0.0|0.0|0.0", "2022|2022|2,000|0.0|0.0|0.0|0.0|0.0|0.0", "2023|2023|2,000|0.0|0.0|0.0|0.0|0.0|0.0",
			"2024|2024|2,500|40.8|40.8|40.8|26.0|5.6|7.0", "2025|2025|2,502|84.3|84.3|84.3|25.0|25.6|7.0",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lines(c.table); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
	if want := "Errors per 1,000 rows, same rules: from 75.0 to 25.0"; s.Charts[0].Title != want {
		t.Errorf("the chart says %q, want %q", s.Charts[0].Title, want)
	}
}

// TestFindingsHideWhatTheyHide changes every hidden count to another that is hidden too: nothing that is published may tell.
func TestFindingsHideWhatTheyHide(t *testing.T) {
	tables := []string{"return_finding", "return_quality", "finding_trend", "suppression_log"}
	hashes := func(research string) (out []string) {
		_, db := publishTo(t, research, filepath.Join(t.TempDir(), "publication.duckdb"), options(t))
		for _, name := range tables {
			h, err := duck.TableHash(t.Context(), db, "main", name)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, h)
		}
		return out
	}
	research := invented(t)
	want := hashes(research)
	db, err := duck.Open(research, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := one(t, db, "select count(*) from return_finding where findings between 1 and 5"); n != "3" {
		t.Fatalf("%s counts are hidden, want 3", n)
	}
	err = db.Exec(t.Context(), `update return_finding set findings = 6 - findings where findings between 1 and 2 or findings between 4 and 5;
		update return_finding set findings = 4 where dataset = 'hes';
		update return_quality q set findings = coalesce((select sum(f.findings) from return_finding f where (f.dataset, f.year, f.la, f.module) = (q.dataset, q.year, q.la, q.module)), 0); checkpoint`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for i, got := range hashes(research) {
		if got != want[i] {
			t.Errorf("%s tells of counts that are hidden", tables[i])
		}
	}
}

// In a small population nobody may leave care in one of the ways: the report tells of it as of none.
func TestAWayOutThatNobodyTakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "publication.duckdb")
	_, db := publishTo(t, invented(t), out, options(t))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	own, err := duck.Open(out, duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(own.Exec(t.Context(), "delete from chart_exits_incidence where way_out = 'adoption'"), own.Checkpoint(t.Context()), own.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReportData(t.Context(), out); err != nil {
		t.Error(err)
	}
}
