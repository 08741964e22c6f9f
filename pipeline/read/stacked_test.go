package read

import (
	"fmt"
	"strings"
	"testing"

	"throughline/schemas"
)

func TestSpan(t *testing.T) {
	for in, want := range map[string]schemas.Year{
		"2022": 2022, "2017-18": 2018, "201819": 2019, "2019/20": 2020, "1920": 2020, "21/22": 2022, "21-22": 2022, "2021": 2021, "2021.0": 2021, "2021/2022": 2022, "20212022": 2022,
		"1999-00": 2000, "199900": 2000, "2122": 2022,
		"": 0, "2017-19": 0, "14032021": 0, "22": 0, "2022-": 0, "31/03/2022": 0, "20-19": 0, "x": 0, "-2022": 0, "1950": 0, "1718192": 0, "2017--18": 0, "٢٠٢٢": 0,
	} {
		got, ok := span(in)
		if ok != (want != 0) || ok && got != want {
			t.Errorf("%q: %d %v, want %d", in, got, ok, want)
		}
	}
}

func TestStacked(t *testing.T) {
	d, q := dataset(t)
	in := "LA,YEAR,CHILD,DOB,MISSING,MIS_START,MIS_END\n" +
		"Birmingham,2020,100_330,2012-03-01,M,2019-05-01,2019-05-03\n" +
		"E08000025,2019/20,101_331,2012-03-01,M,2019-05-01,\n" + // another's code stays
		"330,1920,102_E08000025,2012-03-01,M,2019-05-01,\n" +
		"Bristol City of,2020,103,2012-03-01,A,2019-05-01,\n" +
		"BIRMINGHAM CITY COUNCIL,2021,104_330,2012-03-01,M,2020-05-01,\n" +
		"Atlantis,2020,105_330,2012-03-01,M,2019-05-01,\n" +
		"Birmingham,someday,106_330,2012-03-01,M,2019-05-01,\n"
	f := Open("stack.csv", []byte(in), d, 0, q)[0]
	same(t, show(t, []*File{f}), "stack.csv stacked csv Missing | 100,2012-03-01,M,2019-05-01,2019-05-03 | 101_331,2012-03-01,M,2019-05-01, | 102,2012-03-01,M,2019-05-01, | "+
		"103,2012-03-01,A,2019-05-01, | 104,2012-03-01,M,2020-05-01, | 105_330,2012-03-01,M,2019-05-01, no_return | 106_330,2012-03-01,M,2019-05-01, no_return")
	if got := fmt.Sprint(f.Returns()); got != "[{E06000023 2020} {E08000025 2020} {E08000025 2021}]" {
		t.Error(got)
	}
	if p, n := f.Lost(); n != 2 || p.Line != 7 || p.Message != "LA is no authority, or YEAR no year, in 2 of 7 rows, which are in no return: line 7, 8" {
		t.Errorf("%d lost: %+v", n, p)
	}
	many := Open("a.csv", []byte("LA,YEAR,CHILD,LS\n"+strings.Repeat("Atlantis,2020,1,C2\n", 9)), d, 0, q)[0]
	if p, n := many.Lost(); n != 9 || !strings.HasSuffix(p.Message, ": line 2, 3, 4, 5, 6 and 4 more") || !many.IsStack() {
		t.Errorf("%d lost: %+v", n, p)
	}
	one := f.Of(Return{"E08000025", 2020})
	same(t, show(t, []*File{one}), "stack.csv stacked csv Missing | 100,2012-03-01,M,2019-05-01,2019-05-03 | 101_331,2012-03-01,M,2019-05-01, | 102,2012-03-01,M,2019-05-01,")
	same(t, show(t, []*File{f.Of(Return{"E06000023", 2020})}), "stack.csv stacked csv Missing | 103,2012-03-01,A,2019-05-01,")
	if got := fmt.Sprint(one.Returns(), one.Rows, f.Rows); got != "[{E08000025 2020}] 3 7" {
		t.Error(got)
	}
	var at []int
	f.Of(Return{"E08000025", 2021}).Each(func(r *Row) error { at = append(at, r.Line, r.Row); return nil })
	if fmt.Sprint(at) != "[6 5]" {
		t.Errorf("line and row %v: a row keeps the place that it has in the file", at)
	}
	if none := f.Of(Return{"E08000025", 1999}); none.Rows != 0 || show(t, []*File{none}) != "stack.csv stacked csv Missing" {
		t.Errorf("a return that isn't there has %d rows", none.Rows)
	}
	social := Open("a.csv", []byte("CHILD,SW_ID,LA,YEAR\n1,SW1,330,2023\n1,SW1,330,2024\n"), d, 0, q)[0]
	for year, want := range map[schemas.Year]string{2023: "missing_column not_collected | 1", 2024: "missing_column | 1"} {
		if got := show(t, []*File{social.Of(Return{"E08000025", year})}); !strings.Contains(got, "SWEpisodes "+want) {
			t.Errorf("in %d: %s", year, got)
		}
	}
	plain := Open("a.csv", []byte(missing), d, 2020, q)[0]
	if _, n := plain.Lost(); n != 0 || plain.IsStack() || plain.Returns() != nil || plain.Of(Return{}) != plain {
		t.Error("a file of one return is taken for several")
	}
}

// An authority that changed is the one that was in force; names vary in capitals, signs and the words about what a place is.
func TestAuthoritiesOfAYear(t *testing.T) {
	d, q := dataset(t)
	for _, c := range []struct{ la, year, want string }{
		{"Buckinghamshire", "2020", "E10000002"}, {"Buckinghamshire", "2022", "E06000060"}, {"Bournemouth", "2018", "E06000028"},
		{"st. helens", "2020", "E08000013"}, {"ST HELENS", "2020", "E08000013"}, {"City of York", "2020", "E06000014"}, {"Kingston Upon Hull, City of", "2020", "E06000010"},
		{"Telford and Wrekin", "2020", "E06000020"}, {"Telford & Wrekin", "2020", "E06000020"}, {"330.0", "2020", "E08000025"}, {"Southend on Sea", "2020", "E06000033"}, {"London Borough of Barnet", "2020", "E09000003"}, {"King's Place", "2020", ""}, {"", "2020", ""}, {" - ", "2020", ""}, {"London", "2020", ""},
		{"City of London", "2020", "E09000001"}, {"City of London Corporation", "2020", ""}, {"The", "2020", ""},
	} {
		f := Open("a.csv", []byte(fmt.Sprintf("CHILD,LS,LA,YEAR\n1,C2,\"%s\",%s\n", c.la, c.year)), d, 0, q)[0]
		if r := f.Returns(); len(r) != 1 && c.want != "" || len(r) == 1 && r[0].LA != c.want {
			t.Errorf("%s in %s: %v, want %s", c.la, c.year, r, c.want)
		}
	}
}

func TestYearOf(t *testing.T) {
	d, q := dataset(t)
	episodes := func(rows ...string) string { return "CHILD,DECOM,DEC\n" + strings.Join(rows, "\n") + "\n" }
	many := func(n int, row string) (out []string) {
		for range n {
			out = append(out, row)
		}
		return out
	}
	join := func(parts ...[]string) (out []string) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	for name, c := range map[string]struct {
		files []string
		year  schemas.Year
		why   string
	}{
		"ends of episodes": {[]string{episodes(join(many(412, "1,01/05/2015,01/06/2023"), many(18, "2,01/05/2015,01/06/2013"), many(300, "3,01/05/2016,"))...)}, 2024,
			"412 of 430 episode ends lie between 1 April 2023 and 31 March 2024"},
		"the last and the first day": {[]string{episodes("1,01/05/2015,01/04/2023", "1,01/05/2015,31/03/2024", "1,01/05/2015,2024-03-31", "1,01/05/2015,31/03/2024 00:00:00")}, 2024,
			"4 of 4 episode ends lie between 1 April 2023 and 31 March 2024"},
		"a slip into the next century":              {[]string{episodes(join(many(20, "1,01/05/2015,01/06/2023"), many(1, "1,01/05/2093,01/06/2093"))...)}, 2024, "20 of 21 episode ends"},
		"reviews of other years make no difference": {[]string{episodes(many(20, "1,01/05/2015,01/06/2023")...), "CHILD,REVIEW\n" + strings.Repeat("1,01/02/2028\n", 50)}, 2024, "20 of 20 episode ends"},
		"starts after the ends":                     {[]string{episodes(join(many(20, "1,01/05/2015,01/06/2022"), many(30, "1,01/05/2023,"))...)}, 0, "20 of 20 episode ends lie between 1 April 2022 and 31 March 2023, but 30 of 50 episodes start after it"},
		"two ends":                                  {[]string{episodes(join(many(2, "1,01/05/2015,01/06/2019"), many(30, "1,01/05/2023,"), many(1, "1,01/05/2033,"))...)}, 2024, "30 of 35 dates lie between 1 April 2023 and 31 March 2024, and 1 after it"},
		"no ends":                                   {[]string{"CHILD,REVIEW\n" + strings.Repeat("1,01/02/2024\n", 50) + strings.Repeat("1,01/02/2023\n", 100)}, 2024, "50 of 150 dates"},
		"many years":                                {[]string{episodes(join(many(20, "1,01/05/2015,01/06/2022"), many(20, "1,01/05/2023,01/06/2024"), many(3, "1,01/05/2015,01/06/2026"))...)}, 0, "the ends of episodes don't agree on a year: of 43, 3 in 2026-27, 20 in 2024-25, 20 in 2022-23"},
		"births alone":                              {[]string{"CHILD,SEX,DOB,ETHNIC\n1,1,04/03/2012,WBRI\n"}, 0, "no date in the files tells the year"},
		"dates that aren't":                         {[]string{episodes("1,2023/06/01,06/01/23", "1,13/13/2023,x")}, 0, "no date in the files tells the year"},
		"nothing":                                   {nil, 0, "no date in the files tells the year"},
	} {
		t.Run(name, func(t *testing.T) {
			var files []*File
			for _, x := range c.files {
				files = append(files, Open("2019.csv", []byte(x), d, 0, q)...)
			}
			y, why := YearOf(files)
			if y != c.year || !strings.HasPrefix(why, c.why) {
				t.Errorf("%d: %s\nwant %d: %s", y, why, c.year, c.why)
			}
		})
	}
}
