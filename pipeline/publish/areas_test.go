package publish

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"throughline/pipeline/duck"
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
		{"the expectation was off by 4.4", "E92000001", "backtest", "authority_error", "2025 to 2025", "4.4||2|"},
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
	if n := one(t, db, "select count(*) from suppression_log where output = 'area_sheet' and rule = 'secondary'"); n == "0" {
		t.Error("nothing is hidden to protect another figure")
	}
}

// positions: of 800 children 140, 17.5 per cent, have three or more placements: in Barking and Dagenham 25 per cent of 400, in Barnet 10 per cent of 300. Both are beyond the limits of
// a funnel that isn't widened, 17.5 +- 3.09 x the root of 17.5 x 82.5 / 400, 5.9, and / 300, 6.8. But the areas differ by more than chance: the z are 3.95, -3.42, -1.25 and -1.53, the mean of
// their squares is (15.60 + 11.70 + 1.56 + 2.34) / 4 = 7.8, and no z is winsorised among four. Limits widened by 2.8 hold both.
func positions(t *testing.T, db *duck.DB) {
	want := "E09000002|25|400|within|within|17.5|7.8"
	if got := one(t, db, "select area_code, value, denominator, position, position_without_uasc, target, round(dispersion, 1) from area_position where item = 'sta01' and area_code = 'E09000002'"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// 5 of Brent's 59 who are no asylum-seeking children: their share is hidden, and so is where it lies.
	want = "10|within||"
	if got := one(t, db, "select value, position, position_without_uasc, symbol from area_position where item = 'sta01' and area_code = 'E09000005'"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestProtectLeavesDoubt hides by turns in sums drawn at random, and then tries all numbers that a reader could: each hidden count of 1 to 5 must be left at least
// three numbers that it could be.
func TestProtectLeavesDoubt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hid := 0
	for range 3000 {
		s := sum{total: &areaCount{}}
		for range 2 + r.IntN(3) {
			n := r.IntN(12)
			s.parts = append(s.parts, &areaCount{n: n, hidden: n >= 1 && n <= 5})
			s.total.n += n
		}
		s.total.hidden = s.total.n >= 1 && s.total.n <= 5
		protect([]sum{s}, 1, 5, 3)
		if !s.total.shown() {
			for _, p := range s.parts {
				if p.n > 0 && !p.shown() {
					hid++
				}
			}
			continue
		}
		possible := make([]map[int]bool, len(s.parts))
		var try func(i, left int, taken []int)
		try = func(i, left int, taken []int) {
			if i == len(s.parts) {
				if left == 0 {
					for k, n := range taken {
						if possible[k] == nil {
							possible[k] = map[int]bool{}
						}
						possible[k][n] = true
					}
				}
				return
			}
			low, high := s.parts[i].n, s.parts[i].n
			switch {
			case s.parts[i].hidden:
				low, high = 1, 5
			case s.parts[i].secondary:
				low, high = 6, s.total.n
			}
			for n := low; n <= min(high, left); n++ {
				try(i+1, left-n, append(taken, n))
			}
		}
		try(0, s.total.n, nil)
		for i, p := range s.parts {
			if p.hidden && len(possible[i]) < 3 {
				t.Fatalf("part %d of %s could only be one of %d numbers", i, describeSum(s), len(possible[i]))
			}
		}
	}
	if hid == 0 {
		t.Error("no total was ever hidden")
	}
}

func describeSum(s sum) string {
	text := fmt.Sprintf("%d =", s.total.n)
	for _, p := range s.parts {
		text += fmt.Sprintf(" %d(%t %t)", p.n, p.hidden, p.secondary)
	}
	return text
}
