package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/pipeline/finding"
	"throughline/pipeline/read"
	"throughline/schemas"
)

var heads = map[string]string{
	"header":    "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB",
	"episodes":  "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN",
	"uasc":      "CHILD,SEX,DOB,DUC",
	"reviews":   "CHILD,DOB,REVIEW,REVIEW_CODE",
	"prev_perm": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM",
	"missing":   "CHILD,DOB,MISSING,MIS_START,MIS_END",
	"oc2":       "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,TEETH_CHECK,HEALTH_ASSESSMENT,SUBSTANCE_MISUSE,INTERVENTION_RECEIVED,INTERVENTION_OFFERED",
}

const (
	child = "1000001,1,04/03/2012,WBRI,B801200005001,,"
	stay  = "1000001,05/06/2019,S,C2,N1,U4,PR1,,,,AB1 2CD,AB1 3CD,SC123456"
)

type table map[string][]string // module → rows

func load(t testing.TB) *schemas.Schema {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func delivery(c *Checker, d *schemas.Dataset, y schemas.Year, in table) *Delivery {
	out := &Delivery{Dataset: d, Year: y}
	names := make([]string, 0, len(in))
	for n := range in {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		out.Files = append(out.Files, c.Open(n+".csv", []byte(heads[n]+"\n"+strings.Join(in[n], "\n")+"\n"), d, y)...)
	}
	return out
}

// rules shows what was found, as module:row COLUMN:rule.
func rules(found []finding.Finding) string {
	var out []string
	for _, f := range found {
		out = append(out, strings.Trim(fmt.Sprintf("%s:%d %s:%s", f.Module, f.Row, f.Column, f.Rule), ":"))
	}
	return strings.ReplaceAll(strings.Join(out, ", "), " :", " ")
}

func TestRules(t *testing.T) {
	s := load(t)
	c := New(s)
	ep := func(change ...string) string { return strings.NewReplacer(change...).Replace(stay) }
	for name, x := range map[string]struct {
		year schemas.Year // 2020 when 0
		in   table
		want string
	}{
		"a return without mistakes has no findings":           {in: table{"header": {child}, "episodes": {stay}}},
		"a blank that is always needed is named":              {in: table{"header": {child}, "episodes": {ep("C2", "")}}, want: "Episodes:1 LS:required_blank"},
		"a code of later years is refused before them":        {in: table{"header": {child}, "episodes": {ep("U4", "K3")}}, want: "Episodes:1 PLACE:code_of_other_year"},
		"an old code of sex in a new year is named, and read": {year: 2025, in: table{"header": {child}, "uasc": {"1000001,M,04/03/2012,"}}, want: "Header:1 SEX:code_of_other_year"},
		"a code that no year accepts is no code":              {in: table{"header": {child}, "episodes": {ep("U4", "A1")}}, want: "Episodes:1 PLACE:not_a_code"},
		"a code of another column is no code":                 {in: table{"header": {child}, "episodes": {ep("U4", "PR1")}}, want: "Episodes:1 PLACE:not_a_code"},
		"a code in words is read":                             {in: table{"header": {strings.Replace(child, ",1,", ",Male,", 1)}, "episodes": {stay}}, want: "Header:1 SEX:word_for_code"},
		"a number with .0 is read":                            {in: table{"header": {strings.Replace(child, ",1,", ",1.0,", 1)}, "episodes": {strings.Replace(stay, "1000001", "1000001.0", 1)}}},
		"a date with its month first is refused":              {in: table{"header": {child}, "episodes": {ep("05/06/2019", "06/13/2019")}}, want: "Episodes:1 DECOM:bad_date"},
		"no date of a column written month first is read": {in: table{"header": {child}, "reviews": {"1000001,04/03/2012,06/13/2019,PN1", "1000001,04/03/2012,06/14/2019,PN1", "1000001,04/03/2012,06/15/2019,PN1", "1000001,04/03/2012,05/06/2019,PN1"}},
			want: "Reviews:0 REVIEW:month_first, Reviews:1 REVIEW:bad_date, Reviews:2 REVIEW:bad_date, Reviews:3 REVIEW:bad_date, Reviews:4 REVIEW:bad_date"},
		"a date of the year 219 is refused":                 {in: table{"header": {child}, "episodes": {ep("05/06/2019", "05/06/0219")}}, want: "Episodes:1 DECOM:bad_date"},
		"the last day of the year belongs to it":            {in: table{"header": {child}, "episodes": {ep("05/06/2019", "31/03/2020")}}},
		"the day after doesn't":                             {in: table{"header": {child}, "episodes": {ep("05/06/2019", "01/04/2020")}}, want: "Episodes:1 DECOM:after_year_end"},
		"DUC may lie after the year":                        {in: table{"header": {child}, "uasc": {"1000001,1,04/03/2012,04/03/2030"}}},
		"DEC on the day of DECOM is refused":                {in: table{"header": {child}, "episodes": {ep("PR1,,", "PR1,05/06/2019,E5")}}, want: "Episodes:1 DEC:ends_before_start"},
		"a child may be missing for less than a day":        {in: table{"header": {child}, "missing": {"1000001,04/03/2012,M,01/05/2019,01/05/2019"}}},
		"a missing spell can't end before it began":         {in: table{"header": {child}, "missing": {"1000001,04/03/2012,M,01/05/2019,30/04/2019"}}, want: "Missing:1 MIS_END:ends_before_start"},
		"a REC that can't be read is named once":            {in: table{"header": {child}, "episodes": {ep("PR1,,", "PR1,05/08/2019,E77")}}, want: "Episodes:1 REC:not_a_code"},
		"a newborn may come into care on the day of birth":  {in: table{"header": {strings.Replace(child, "04/03/2012", "05/06/2019", 1)}, "episodes": {stay}}},
		"a birth after the year is impossible":              {in: table{"header": {strings.Replace(child, "2012", "2021", 1)}}, want: "Header:1 DOB:dob_impossible"},
		"a birth 27 years before is impossible":             {in: table{"header": {strings.Replace(child, "04/03/2012", "31/03/1993", 1)}}, want: "Header:1 DOB:dob_impossible"},
		"a birth 26 years before is a care leaver's":        {in: table{"header": {strings.Replace(child, "04/03/2012", "01/04/1993", 1)}}},
		"a date of birth that differs from Header's":        {in: table{"header": {child}, "reviews": {"1000001,05/03/2012,01/05/2019,PN1"}}, want: "Reviews:1 DOB:dob_differs"},
		"a sex that differs from Header's":                  {in: table{"header": {child}, "uasc": {"1000001,2,04/03/2012,"}}, want: "UASC:1 SEX:sex_differs"},
		"a child who isn't in Header":                       {in: table{"header": {child}, "reviews": {"1000002,05/03/2012,01/05/2019,PN1"}}, want: "Reviews:1 not_in_header"},
		"without a Header nobody is missing from it":        {in: table{"reviews": {"1000002,05/03/2012,01/05/2019,PN1"}}},
		"a second row with one key":                         {in: table{"header": {child}, "reviews": {"1000001,04/03/2012,01/05/2019,PN1", "1000001,04/03/2012,01/05/2019,PN2"}}, want: "Reviews:2 duplicate_key"},
		"two rows whose key can't be read aren't one":       {in: table{"header": {child}, "reviews": {"1000001,04/03/2012,x,PN1", "1000001,04/03/2012,y,PN1"}}, want: "Reviews:1 REVIEW:bad_date, Reviews:2 REVIEW:bad_date"},
		"an unknown day and month is written zz":            {in: table{"header": {child}, "prev_perm": {"1000001,04/03/2012,P1,330,zz/zz/2015"}}},
		"31 February is no date, whatever the year":         {in: table{"header": {child}, "prev_perm": {"1000001,04/03/2012,P1,330,31/02/zzzz"}}, want: "PrevPerm:1 DATE_PERM:bad_date"},
		"29 February may be one in a year that isn't known": {in: table{"header": {child}, "prev_perm": {"1000001,04/03/2012,P1,330,29/02/zzzz"}}},
		"NaN is no number":                                  {in: table{"header": {child}, "oc2": {"1000001,04/03/2012,nAn,,,,,,,,,"}}, want: "OC2:1 SDQ_SCORE:bad_number"},
		"a score of 41 is out of range":                     {in: table{"header": {child}, "oc2": {"1000001,04/03/2012,41,,,,,,,,,"}}, want: "OC2:1 SDQ_SCORE:bad_number"},
		// What slipped into the next column.
		"a date of birth in the next column":              {in: table{"header": {child}, "reviews": {"1000001,,04/03/2012,PN1"}}, want: "Reviews:1 DOB:required_blank, Reviews:1 REVIEW:dob_in_other_column"},
		"a date of birth in a partial date":               {in: table{"header": {child}, "prev_perm": {"1000001,04/03/2012,P1,330,04/03/2012"}}, want: "PrevPerm:1 DATE_PERM:dob_in_other_column"},
		"its day and month in a partial date":             {in: table{"header": {child}, "prev_perm": {"1000001,04/03/2012,P1,330,04/03/zzzz"}}, want: "PrevPerm:1 DATE_PERM:dob_in_other_column"},
		"a date of birth that another module gives":       {in: table{"header": {child}, "missing": {"1000001,05/03/2012,M,05/03/2012,"}}, want: "Missing:1 DOB:dob_differs, Missing:1 MIS_START:dob_in_other_column"},
		"a date of birth that is impossible":              {in: table{"header": {strings.Replace(child, "2012", "1912", 1)}, "missing": {"1000001,04/03/2012,M,04/03/1912,"}}, want: "Header:1 DOB:dob_impossible, Missing:1 MIS_START:dob_in_other_column"},
		"a date of birth known from a later module alone": {in: table{"episodes": {ep("PR1,,", "PR1,05/08/2019,E5", "05/06/2019", "01/02/2019")}, "reviews": {"1000001,05/08/2019,01/09/2019,PN1"}}, want: "Episodes:1 DEC:dob_in_other_column"},
		"a row that slipped as a whole":                   {in: table{"header": {child}, "reviews": {",1000001,04/03/2012,01/05/2019"}}, want: "Reviews:1 CHILD:required_blank, Reviews:1 DOB:bad_date, Reviews:1 REVIEW_CODE:not_a_code, Reviews:1 REVIEW:dob_in_other_column"},
		"CHILD in a column for homes":                     {in: table{"header": {child}, "episodes": {ep("SC123456", "1000001")}}, want: "Episodes:1 URN:id_in_other_column"},
		"another child's number is a home's too":          {in: table{"header": {child, strings.Replace(child, "1000001", "1000002", 1)}, "episodes": {ep("SC123456", "1000002")}}},
		"but not in a row that slipped":                   {in: table{"header": {child}, "episodes": {strings.Replace(ep("SC123456", "1000001"), "1000001", "x", 1)}}, want: "Episodes:1 not_in_header, Episodes:1 URN:id_in_other_column"},
	} {
		t.Run(name, func(t *testing.T) {
			y := x.year
			if y == 0 {
				y = 2020
			}
			rows := 0
			res, err := c.Check(delivery(c, s.Dataset("ssda903"), y, x.in), func(*Row) error { rows++; return nil })
			if err != nil {
				t.Fatal(err)
			}
			if got := rules(res.Findings); got != x.want {
				t.Errorf("got  %s\nwant %s", got, x.want)
			}
			for _, r := range x.in {
				rows -= len(r)
			}
			if rows != 0 {
				t.Errorf("%d rows too many came through", rows)
			}
			for _, f := range res.Findings {
				for _, id := range []string{"1000001", "04/03/2012", "B801200005001", "AB1"} {
					if strings.Contains(f.String(), id) {
						t.Errorf("%s shows %s", f, id)
					}
				}
			}
		})
	}
}

// A child whom no Header row names has the date of birth and sex that the UASC file tells.
func TestUnlistedChildHasWhatOtherModulesTell(t *testing.T) {
	s := load(t)
	c := New(s)
	in := table{"header": {child}, "uasc": {"1000002,1,05/03/2006,05/03/2024"}}
	res, err := c.Check(delivery(c, s.Dataset("ssda903"), 2020, in), func(*Row) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.People {
		if p.ID == "1000002" && p.Unlisted && p.UASC && p.Sex == "M" && p.DOB.Format(time.DateOnly) == "2006-03-05" {
			return
		}
	}
	t.Errorf("not among %d people", len(res.People))
}

// A number of three digits may pass for a code; when it is a child's it never shows.
func TestAShortNumberOfAChildIsNotQuoted(t *testing.T) {
	s := load(t)
	c := New(s)
	res, err := c.Check(delivery(c, s.Dataset("ssda903"), 2020, table{"header": {strings.Replace(child, "1000001", "471", 1)}, "reviews": {",471,01/05/2019,471"}}), func(*Row) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Findings {
		if strings.Contains(f.String(), "471") {
			t.Error(f)
		}
	}
}

func TestWhatWasOpenLastYearMustComeBack(t *testing.T) {
	s := load(t)
	c := New(s)
	d := s.Dataset("ssda903")
	closed := strings.Replace(stay, "PR1,,", "PR1,05/08/2019,E5", 1)
	before, err := c.OpenOf(delivery(c, d, 2020, table{"header": {child}, "episodes": {stay, strings.Replace(closed, "1000001", "1000002", 1),
		strings.Replace(strings.Replace(stay, "1000001", "1000003", 1), "PR1,,", "PR1,5/8,E5", 1)}}))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		in   table
		want string
	}{
		"still open":             {table{"episodes": {stay}}, ""},
		"closed":                 {table{"episodes": {strings.Replace(closed, "2019,E5", "2020,E5", 1)}}, ""},
		"with another DECOM":     {table{"episodes": {strings.Replace(stay, "05/06/2019", "06/06/2019", 1)}}, "episodes.csv:2: an episode of this child that was open last year isn't in this return (last year's episodes.csv:2)"},
		"not at all":             {table{"episodes": {}}, "episodes.csv: a child with an episode open last year has none in this return (last year's episodes.csv:2)"},
		"no file that is usable": {table{"header": {child}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := delivery(c, d, 2021, x.in)
			now.Previous = before
			res, err := c.Check(now, func(*Row) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range res.Findings {
				got += f.String()
			}
			if got != x.want {
				t.Errorf("got  %s\nwant %s", got, x.want)
			}
		})
	}
}

func TestAge(t *testing.T) {
	day := func(s string) time.Time {
		d, ok := ParseDate(s)
		if !ok {
			t.Fatal(s)
		}
		return d
	}
	for _, x := range []struct {
		born, at string
		want     int
	}{
		{"04/03/2012", "03/03/2020", 7}, {"04/03/2012", "04/03/2020", 8}, {"04/03/2012", "04/03/2012", 0},
		{"29/02/2012", "27/02/2013", 0}, {"29/02/2012", "28/02/2013", 1}, {"29/02/2012", "28/02/2016", 3}, {"29/02/2012", "29/02/2016", 4},
	} {
		if got := Age(day(x.born), day(x.at)); got != x.want {
			t.Errorf("born %s, at %s: %d, want %d", x.born, x.at, got, x.want)
		}
	}
}

// Whatever stands in whatever column: every row comes through, the child's own date of birth is in no date but those that may fall on a
// birth, and no text that is kept holds an identifier of the child.
func TestIdentifiersNeverSurvive(t *testing.T) {
	s := load(t)
	c := New(s)
	const id, upn, nhs, home, born = "1234567", "B801200005001", "9434765919", "AB12CD", "04/03/2012"
	birth, _ := ParseDate(born)
	words := []string{id, upn, nhs, home, "AB1 2CD", born, "2012-03-04", "04/03/2012 00:00:00", id + ".0", " " + id + " ", "B80120000500A", "Amy Smith", "", "1", "M", "01/05/2019", "SC123456", "x\x1b[2J"}
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 0))
		d := s.Datasets[r.IntN(len(s.Datasets))]
		var files []*read.File
		sent := 0
		for _, m := range d.Modules {
			var head, about, row []string
			for _, col := range m.Columns {
				head = append(head, col.Name)
				about = append(about, map[schemas.Role]string{schemas.Child: id, schemas.Record: id, schemas.DOB: born, schemas.UPNRole: upn, schemas.NHSRole: nhs, schemas.Home: home}[col.Role])
				v := words[r.IntN(len(words))]
				if (col.Role == schemas.Child || col.Role == schemas.Record) && (m.Identity || m.Holds == schemas.Children || r.IntN(4) > 0) {
					v = id
				}
				row = append(row, v)
			}
			text := strings.Join(head, ",") + "\n"
			if m.Identity || m.Holds == schemas.Children {
				text += strings.Join(about, ",") + "\n"
			}
			text += strings.Join(row, ",") + "\n"
			f := c.Open("a.csv", []byte(text), d, 2027)[0]
			if !m.Identity {
				sent += int(f.Rows)
			}
			files = append(files, f)
		}
		came := 0
		res, err := c.Check(&Delivery{Dataset: d, Year: 2027, Files: files}, func(r *Row) error {
			came++
			for i, col := range r.Module.Columns {
				v := r.Values[i]
				switch {
				case col.Role != "" || !v.Set:
				case col.Type == schemas.Date && !col.MayBeDOB && v.Date.Equal(birth):
					t.Errorf("%s.%s keeps the date of birth", r.Module.ID, col.Name)
				case col.Type == schemas.PartialDate && v.Parts == [3]int{4, 3, 2012}:
					t.Errorf("%s.%s keeps the date of birth", r.Module.ID, col.Name)
				case (col.Type == schemas.Int || col.Type == schemas.Number) && v.Num == 1234567:
					t.Errorf("%s.%s keeps the child's number", r.Module.ID, col.Name)
				case slices.Contains([]string{id, upn, nhs, home, "B80120000500A", "AMY SMITH"}, strings.ToUpper(v.Text)):
					t.Errorf("%s.%s keeps %s", r.Module.ID, col.Name, v.Text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if came != sent {
			t.Fatalf("%d rows of %d came through", came, sent)
		}
		for _, f := range res.Findings {
			for _, w := range []string{id, upn, nhs, "AB1", born, "2012", "Amy", "\x1b"} {
				if strings.Contains(f.String(), w) {
					t.Errorf("%s shows %s", f, w)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Of a row whose cells may have slipped only codes are kept: another date may be the birth of a child of whom nothing else tells it.
func TestOfARowThatSlippedOnlyCodesAreKept(t *testing.T) {
	s := load(t)
	c := New(s)
	for name, x := range map[string]struct{ module, row, want string }{
		"a cell too many":            {"reviews", "4711,,12/05/2011,01/02/2024,PN1", "CHILD"},
		"a cell too few":             {"oc2", "4711,12/05/2011,4711,,0", "CHILD DOB CONVICTED"},
		"a quotation mark left open": {"reviews", "4711,12/05/2011,12/05/2011,\"PN1", "CHILD DOB REVIEW_CODE"},
		"nobody's":                   {"episodes", strings.NewReplacer("1000001", "", "05/06/2019", "12/05/2011", "SC123456", "1234567").Replace(stay), "RNE LS CIN PLACE PLACE_PROVIDER HOME_POST PL_POST"},
		"one whose CHILD is a name":  {"episodes", strings.NewReplacer("1000001", "Amy.Smith", "SC123456", "1234567").Replace(stay), "RNE LS CIN PLACE PLACE_PROVIDER HOME_POST PL_POST"},
		"one with cells in place":    {"reviews", "4711,12/05/2011,01/02/2024,PN1", "CHILD DOB REVIEW REVIEW_CODE"},
	} {
		t.Run(name, func(t *testing.T) {
			var kept []string
			_, err := c.Check(delivery(c, s.Dataset("ssda903"), 2024, table{x.module: {x.row}}), func(r *Row) error {
				for i, col := range r.Module.Columns {
					if r.Values[i].Set {
						kept = append(kept, col.Name)
					}
				}
				return nil
			})
			if got := strings.Join(kept, " "); err != nil || got != x.want {
				t.Errorf("kept %q (%v), want %q", got, err, x.want)
			}
		})
	}
	// last year's episode isn't lost all the same
	d := delivery(c, s.Dataset("ssda903"), 2021, table{"header": {child}, "episodes": {strings.TrimSuffix(stay, ",SC123456")}})
	began, _ := ParseDate("05/06/2019")
	d.Previous = OpenEpisodes{"1000001": {{DECOM: began, File: "episodes.csv", Line: 2}}}
	res, err := c.Check(d, func(*Row) error { return nil })
	if got := rules(res.Findings); err != nil || got != "Episodes:1 ragged_row" {
		t.Errorf("found %s (%v), want the ragged row alone", got, err)
	}
}

func TestNumbersAreThoseThatPeopleWrite(t *testing.T) {
	for s, want := range map[string]bool{"0": true, "12": true, "-3": true, "+3": true, "12.0": true, "12.": true, "0.33333333333333333333333333": true,
		"": false, "-": false, ".5": false, "1e9": false, "NaN": false, "0x1": false, "1.2.3": false, "1 2": false, "--1": false, "1.-2": false, "١": false} {
		if plainNumber(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for s, want := range map[string]string{" ab 1 ": "AB1", "12.0": "12", "A\u00a0B": "AB", "007": "007", "é.0": "É", "1\t2": "12"} {
		if got := NormaliseID(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// FuzzCheck: no bytes that somebody sends as a file panic, or lose a row.
func FuzzCheck(f *testing.F) {
	s := load(f)
	c := New(s)
	for n, rows := range (table{"header": {child}, "episodes": {stay}, "prev_perm": {"1000001,04/03/2012,P1,330,zz/zz/2015"}}) {
		f.Add([]byte(heads[n]+"\n"), []byte(strings.Join(rows, "\n")))
	}
	f.Fuzz(func(t *testing.T, head, rows []byte) {
		file := c.Open("a.csv", append(append([]byte(nil), head...), rows...), s.Dataset("ssda903"), 2020)[0]
		var n int64
		if _, err := c.Check(&Delivery{Dataset: s.Dataset("ssda903"), Year: 2020, Files: []*read.File{file, file}}, func(*Row) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		if file.Module != nil && n != 2*file.Rows {
			t.Fatalf("%d rows of %d", n, 2*file.Rows)
		}
	})
}
