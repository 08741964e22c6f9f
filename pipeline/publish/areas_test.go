package publish

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/duck"
	"throughline/pipeline/report"
)

// TestAreaSheet holds the sheets of the fixture's four authorities and two health areas to the policy, and to what would give a hidden figure away.
func TestAreaSheet(t *testing.T) {
	_, db := publishTo(t, invented(t), filepath.Join(t.TempDir(), "publication.duckdb"), options(t))
	cases := []struct{ name, area, section, item, period, want string }{
		{"a count of 4 is hidden", "E09000002", "need", "borderline", "2025", "|||c"},
		{"the next smallest of the bands is hidden with it", "E09000002", "need", "concern", "2025", "|||c"},
		{"so is its count", "E09000002", "need", "concern_count", "2025", "|||c"},
		{"and shares that are made from it", "E09000002", "response", "linked", "2025", "|||c"},
		{"the other band is shown", "E09000002", "need", "normal", "2025", "52|26|50|"},
		{"a mean is rounded half up from whole numbers", "E09000003", "need", "mean", "2025", "15.1||20|"},
		{"a count is shown", "E09000003", "need", "concern_count", "2025", "6|||"},
		{"a true 0 is shown", "E09000004", "need", "concern", "2025", "0|0|12|"},
		{"nobody to count", "E09000004", "response", "linked", "2025", "|0|0|z"},
		{"three small counts hide one another, their total is shown", "E09000005", "need", "coverage", "2025", "89|8|9|"},
		{"a health area shows what its authorities show", "ZX1", "need", "coverage", "2025", "70|70|100|"},
		{"and hides what would give away one of theirs", "ZX1", "need", "borderline", "2025", "|||c"},
		{"also where it is one of several figures", "ZX1", "response", "contact", "2025", "|||c"},
		{"12 normal scores of one authority are shown, 3 of the other not, nor the sum", "ZX2", "need", "normal", "2025", "|||c"},
		{"England's counts are rounded", "E92000001", "need", "coverage", "2025", "70|90|130|"},
		{"a median is rounded half up", "E09000002", "waits", "wait_median", "2023 to 2025", "16||20|"},
		{"nine in ten of twenty", "E09000002", "waits", "wait_p90", "2023 to 2025", "80||20|"},
		{"two small reasons are hidden, 7 of 12 is with them, since 5 would be left", "E09000002", "waits", "refused_another_service", "2023 to 2025", "|||c"},
		{"all referrals were closed or seen: 9 waits are too few for a median", "E09000003", "waits", "wait_median", "2023 to 2025", "|||c"},
		{"10 are not", "E09000004", "waits", "wait_median", "2023 to 2025", "21||10|"},
		{"but too few for nine in ten", "E09000004", "waits", "wait_p90", "2023 to 2025", "|||c"},
		{"by home", "ZX1", "home", "wait_median", "2023 to 2025", "17||40|"},
		{"5.4 expected are 5, and hidden", "E09000004", "expected", "high_scores", "2026", "|||c"},
		{"9.5 are 10", "E09000003", "expected", "high_scores", "2026", "10|||"},
		{"10 were expected, 3 came, which is hidden", "E09000005", "expected", "high_scores", "2025", "10|||"},
		{"with few areas the forecast whose outcome is hidden is left out of the error", "E92000001", "backtest", "authority_error", "2025 to 2025", "1.7||1|"},
		{"the share of high scores is hidden where need hides it", "E09000002", "position", "rec03_concern", "2025", "|||c"},
		{"a share with fewer than 6 is hidden", "E09000004", "position", "sta01", "2025", "|||c"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := one(t, db, fmt.Sprintf("select value, numerator, denominator, symbol from area_sheet where area_code = '%s' and section = '%s' and item = '%s' and period = '%s'", c.area, c.section, c.item, c.period))
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("positions", func(t *testing.T) { positions(t, db) })
	for _, q := range []string{
		"select * from area_sheet where (value is null) <> (symbol is not null)",
		"select * from area_sheet where symbol = 'c' and (section <> 'expected' and numerator is not null or denominator is not null or lower is not null or upper is not null or position is not null)",
		"select * from area_sheet where geographic_level <> 'National' and numerator between 1 and 5",
		"select * from area_sheet where geographic_level <> 'National' and denominator between 1 and 5",
		"select * from area_position where (value is null) and symbol = 'c' and (position is not null or position_without_uasc is not null or denominator is not null or low_95 is not null)",
		"select * from area_sheet s where symbol in ('c', 'k') and not exists (select 1 from suppression_log l where l.output = 'area_sheet' and l.area_code = s.area_code and l.measure = s.section || '/' || s.item and l.time_period = s.period)",
		// a health area with all of its authorities but one
		`select * from (select h.area_code, h.section, h.item, h.period, count(*) filter (where l.symbol = 'c') as hidden
			from area_sheet h join (values ('ZX1', 'E09000002'), ('ZX1', 'E09000003'), ('ZX2', 'E09000004'), ('ZX2', 'E09000005')) m(h, la) on m.h = h.area_code
			join area_sheet l on l.area_code = m.la and l.section = h.section and l.item = h.item and l.period = h.period
			where h.symbol is null and h.unit in ('children', 'per cent') group by all) where hidden = 1 and section <> 'position'`,
	} {
		if got := all(t, db, q); len(got) > 0 {
			t.Errorf("%v\n%s", got, q)
		}
	}
	// The log must not tell small counts from those that only protect them.
	if got := strings.Join(all(t, db, "select distinct rule from suppression_log where output = 'area_sheet' and symbol = 'c'"), " "); got != "protected" {
		t.Errorf("reasons %q, want one for all", got)
	}
}

// positions: of 129 children 90 have a score, 69.8 per cent. The z of the authorities, (50/60 - .69767) / sqrt(.69767 x .30233 / 60) and so on, are 2.29, -2.72, -.95 and 1.25; the mean of
// their squares is (5.24 + 7.41 + .90 + 1.56) / 4 = 3.78, and no z is winsorised among four. Limits are widened by its root, 1.94, and hold 83 per cent of 60, which lies beyond
// those that aren't: 69.8 + 1.96 x 5.9 = 81.4.
func positions(t *testing.T, db *duck.DB) {
	want := "E09000002|83|60|within|69.8|3.78"
	if got := one(t, db, "select area_code, value, denominator, position, target, dispersion from area_position where item = 'rec01' and area_code = 'E09000002'"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// Of the four authorities Bexley alone hides its placements: England's share would give them away, and so would the target.
	want = "25|400|within|within|||"
	if got := one(t, db, "select value, denominator, position, position_without_uasc, target, dispersion, low_95 from area_position where item = 'sta01' and area_code = 'E09000002'"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// 5 of Brent's 59 who are no asylum-seeking children: their share is hidden, and so is where it lies.
	want = "10|within||"
	if got := one(t, db, "select value, position, position_without_uasc, symbol from area_position where item = 'sta01' and area_code = 'E09000005'"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAreaPages holds that every area has its page and the index leads to it, that no page says a hidden figure, and that links and files resolve.
func TestAreaPages(t *testing.T) {
	research, out := invented(t), filepath.Join(t.TempDir(), "publication.duckdb")
	_, db := publishTo(t, research, out, options(t))
	pages, err := AreaPages(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{"../report.html": "", "report.html": ""}
	for _, p := range pages {
		var b bytes.Buffer
		if err := report.WriteFindings(&b, p.Page); err != nil {
			t.Fatal(p.File, err)
		}
		text[strings.TrimPrefix(p.File, "areas/")] = b.String()
		if *keep != "" {
			if err := os.WriteFile(filepath.Join(filepath.Dir(*keep), filepath.Base(p.File)), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	codes := all(t, db, "select distinct area_code from area_sheet where geographic_level <> 'National' order by all")
	if len(codes) != 6 || len(pages) != 7 {
		t.Errorf("%d areas have %d pages, with the index", len(codes), len(pages))
	}
	href := regexp.MustCompile(`href="([^"]*)"`)
	for name, page := range text {
		if page != "" && !strings.Contains(page, "Invented data.") {
			t.Errorf("%s doesn't say that the data are invented", name)
		}
		for _, m := range href.FindAllStringSubmatch(page, -1) {
			to, isID := strings.CutPrefix(m[1], "#")
			switch {
			case strings.HasPrefix(m[1], "data:"):
			case isID && !strings.Contains(page, ` id="`+to+`"`):
				t.Errorf("%s has nothing called %s", name, m[1])
			case !isID:
				if _, ok := text[m[1]]; !ok {
					t.Errorf("%s leads to %s, which isn't there", name, m[1])
				}
			}
		}
	}
	for _, code := range codes {
		if !strings.Contains(text["index.html"], `href="`+code+`.html"`) {
			t.Errorf("the index doesn't lead to %s", code)
		}
	}
	// Each cell of a page's tables is what area_sheet has for it: a hidden one is [c] and nothing else.
	cases := []struct{ area, row, want string }{
		{"E09000002", "Borderline (14 to 16)", "[c] [c]"}, {"E09000002", "Children with a high score", "[c] 30"}, {"E09000003", "Mean score", "15.1 13.7"},
		{"E09000005", "High (17 or more)", "[c] 32%"}, {"E09000002", "Half were seen within", "16 days 20 days"}, {"E09000003", "Half were seen within", "[c] 20 days"},
		{"E09000005", "Three placements or more", "10% within [c] [c] 2025"}, {"E09000002", "High SDQ scores", "[c] [c] 32% [x] 2025"}, {"E09000003", "2026", "10 [x] 3 16"},
		{"E09000004", "2026", "[c] [x] [c] [c]"}, {"E09000005", "2025", "10 [c] 4 16"},
	}
	w, err := readAreaWording()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Sections {
		for _, i := range s.Items {
			for _, code := range all(t, db, fmt.Sprintf(`select area_code from area_sheet where section = '%s' and item = '%s' and symbol = 'c' and period in ('2025', '2023 to 2025')
				and geographic_level <> 'National' and section in ('need', 'response', 'waits')`, s.Section, i.Item)) {
				cases = append(cases, struct{ area, row, want string }{code, i.Label, "[c]"})
			}
		}
	}
	if len(cases) < 40 {
		t.Errorf("only %d cells are looked at", len(cases))
	}
	for _, c := range cases {
		row := regexp.MustCompile(`<th scope="row">` + regexp.QuoteMeta(c.row) + `</th>(.*)</tr>`).FindStringSubmatch(text[c.area+".html"])
		if row == nil {
			t.Errorf("%s has no row %s", c.area, c.row)
			continue
		}
		var cells []string
		for _, m := range regexp.MustCompile(`<td[^>]*>([^<]*)</td>`).FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, m[1])
		}
		if got := strings.Join(cells, " "); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s, %s: got %s, want %s", c.area, c.row, got, c.want)
		}
	}
	for _, want := range []string{"missed what came by 1.7 children", "Expecting as many as in the year before missed by"} {
		if !strings.Contains(strings.Join(strings.Fields(text["E09000003.html"]), " "), want) {
			t.Errorf("the sheet doesn't say %q", want)
		}
	}
}

// With one authority England is that authority: its shares would tell what the authority hides.
func TestEnglandOfOneAuthority(t *testing.T) {
	research, out := invented(t), filepath.Join(t.TempDir(), "publication.duckdb")
	db, err := duck.Open(research, duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Exec(t.Context(), `delete from area_member where la <> 'E09000002';
		delete from area_need where area_code <> 'E09000002'; insert into area_need select * replace ('National' as geographic_level, 'E92000001' as area_code) from area_need;
		delete from area_wait where area_code <> 'E09000002'; insert into area_wait select * replace ('National' as geographic_level, 'E92000001' as area_code) from area_wait; checkpoint`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, published := publishTo(t, research, out, options(t))
	got := all(t, published, "select item, symbol, england from area_sheet where area_code = 'E09000002' and section = 'need' and period = '2025' order by item")
	want := "borderline|c| concern|c| concern_count|c| coverage||83 eligible||60 mean||14 normal||52"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := all(t, published, "select section, item from area_sheet e join area_sheet l using (section, item, period) where e.area_code = 'E92000001' and l.area_code = 'E09000002' and l.symbol = 'c' and e.symbol is null and section in ('need', 'response', 'waits') order by all"); len(got) > 0 {
		t.Errorf("England shows what its one authority hides: %v", got)
	}
	if _, err := AreaPages(t.Context(), out); err != nil {
		t.Error(err)
	}
}

// Real data that nobody has let go say so on every sheet.
func TestAreaPagesOfRealData(t *testing.T) {
	out := filepath.Join(t.TempDir(), "publication.duckdb")
	o := options(t)
	o.Vintage.Demo = false
	publishTo(t, invented(t), out, o)
	pages, err := AreaPages(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if n := p.Page.Notices; len(n) != 1 || !strings.HasPrefix(n[0].Text, "Not for release") {
			t.Errorf("%s: notices are %v", p.File, n)
		}
	}
}

// TestProtectLeavesDoubt hides by turns in sums drawn at random, and then tries all numbers that a reader could: each hidden count of 1 to 5 must be left at least
// three numbers that it could be.
func TestProtectLeavesDoubt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	totals := 0
	for range 3000 {
		s := sum{total: &areaCount{}, totalFirst: r.IntN(2) == 0}
		for range 2 + r.IntN(4) {
			n := r.IntN(12)
			if r.IntN(2) == 0 {
				n = r.IntN(3)
			}
			s.parts = append(s.parts, &areaCount{n: n, hidden: n >= 1 && n <= 5})
			s.total.n += n
		}
		s.total.hidden = s.total.n >= 1 && s.total.n <= 5
		protect([]sum{s}, 1, 5, 3)
		from, to := s.total.n, s.total.n
		if s.total.hidden {
			from, to = 1, 5
		}
		if s.total.secondary {
			from, to = 6, s.total.n+10
			totals++
		}
		all := append([]*areaCount{s.total}, s.parts...)
		if !slices.ContainsFunc(all, (*areaCount).shown) {
			continue // there is nothing left to hide
		}
		possible := make([]map[int]bool, len(all))
		for i := range possible {
			possible[i] = map[int]bool{}
		}
		var try func(i, left int, taken []int)
		try = func(i, left int, taken []int) {
			if i == len(s.parts) {
				if left == 0 {
					for k, n := range taken {
						possible[k][n] = true
					}
				}
				return
			}
			p := s.parts[i]
			low, high := p.n, p.n
			switch {
			case p.hidden:
				low, high = 1, 5
			case p.secondary && p.n == 0:
				low, high = 0, 5
			case p.secondary:
				low, high = 6, left
			}
			for n := low; n <= min(high, left); n++ {
				try(i+1, left-n, append(taken, n))
			}
		}
		for n := from; n <= to; n++ {
			try(0, n, []int{n})
		}
		for i, p := range all {
			if p.hidden && len(possible[i]) < 3 {
				t.Fatalf("count %d of %s could only be one of %d numbers", i, describeSum(s), len(possible[i]))
			}
		}
	}
	if totals == 0 {
		t.Error("no total was ever hidden to protect its parts")
	}
}

func describeSum(s sum) string {
	text := fmt.Sprintf("%d =", s.total.n)
	for _, p := range s.parts {
		text += fmt.Sprintf(" %d(%t %t)", p.n, p.hidden, p.secondary)
	}
	return text
}
