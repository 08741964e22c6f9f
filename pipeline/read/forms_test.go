package read

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// show writes what was read of several files, one a line: name, form, module, rules, then the rows with theirs.
func show(t testing.TB, files []*File) string {
	t.Helper()
	var out []string
	for _, f := range files {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s", f.Name, f.Form)
		if f.Zipped {
			b.WriteString(" zipped")
		}
		if f.Module != nil {
			b.WriteString(" " + f.Module.ID)
		}
		for _, p := range f.Problems {
			b.WriteString(" " + p.Rule)
			if finding.Find(p.Rule) == nil {
				t.Errorf("no rule %s", p.Rule)
			}
		}
		if f.Module != nil {
			n := int64(0)
			if err := f.Each(func(r *Row) error {
				n++
				fmt.Fprintf(&b, " | %s", strings.Join(r.Cells, ","))
				if len(r.Cells) != len(f.Module.Sent()) {
					t.Errorf("%s: a row of %d cells in a module of %d columns", f.Name, len(r.Cells), len(f.Module.Sent()))
				}
				for _, p := range r.Problems {
					b.WriteString(" " + p.Rule)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if n != f.Rows {
				t.Errorf("%s: Rows is %d, %d came", f.Name, f.Rows, n)
			}
		}
		out = append(out, b.String())
	}
	return strings.Join(out, "\n")
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimSpace(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every form of text gives the same rows, with what may be doubted said.
func TestText(t *testing.T) {
	const rows = "Missing | 1000001,04/03/2012,M,01/05/2019,03/05/2019 | 1000002,05/03/2012,A,01/06/2019,"
	big := func(s string) string { // UTF-16, the other order
		b := []byte{0xfe, 0xff}
		for _, c := range []byte(s) {
			b = append(b, 0, c)
		}
		return string(b)
	}
	for name, c := range map[string]struct{ in, want string }{
		"UTF-16, high byte first":          {big(missing), rows},
		"UTF-16 without a mark":            {big(missing)[2:], rows},
		"Windows-1252":                     {strings.Replace(missing, "MIS_END\n", "MIS_END,Zo\xeb\n", 1), strings.Replace(strings.Replace(rows, "Missing", "Missing extra_column windows_1252", 1), "03/05/2019 |", "03/05/2019 ragged_row |", 1) + " ragged_row"},
		"semicolons":                       {strings.ReplaceAll(missing, ",", ";"), rows},
		"semicolons, and said so":          {"sep=;\n" + strings.ReplaceAll(missing, ",", ";"), rows},
		"tabs":                             {strings.ReplaceAll(missing, ",", "\t"), rows},
		"blank rows of semicolons":         {";;;;\n" + strings.ReplaceAll(missing, ",", ";"), rows},
		"None in a row before the header":  {"None,NULL,\n" + strings.ReplaceAll(missing, ",", ";"), rows},
		"None alone":                       {"None,NULL\n", " unreadable_file"},
		"a comma within semicolons":        {strings.Replace(strings.ReplaceAll(missing, ",", ";"), "1000001", "1,5", 1), strings.Replace(rows, "1000001", "1,5", 1)},
		"a quoted separator":               {strings.Replace(missing, "1000001", `"1,5"`, 1), strings.Replace(rows, "1000001", "1,5", 1)},
		"quoted marks":                     {strings.Replace(missing, "1000001", `"1""5"`, 1), strings.Replace(rows, "1000001", `1"5`, 1)},
		"the last line without an end":     {strings.TrimSuffix(missing, "\n"), rows + " unfinished_line"},
		"cut within the last line":         {strings.TrimSuffix(missing, "19,\n"), strings.TrimSuffix(rows, "19,") + ", ragged_row unfinished_line"},
		"cut within a letter":              {strings.TrimSuffix(missing, "\n") + "é,é\xc3", strings.TrimSuffix(rows, ",") + ",é ragged_row unfinished_line"},
		"a header alone, without an end":   {"CHILD,DOB,MISSING,MIS_START,MIS_END", "Missing"},
		"the XML form's name for a column": {strings.Replace(missing, "CHILD", "ChildID", 1), rows},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(t, []byte(c.in)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A thin header is usable when it, or the name, leaves no doubt.
func TestModules(t *testing.T) {
	d, q := dataset(t)
	for _, c := range []struct{ name, head, want string }{
		{"a.csv", "CHILD,LS,PLACE", "Episodes missing_column"},
		{"header.csv", "CHILD,LS,PLACE", "Episodes missing_column"},
		{"a.csv", "CHILD,SEX,DOB", "unknown_file"},
		{"header.csv", "CHILD,SEX,DOB", "Header missing_column module_by_name"},
		{"2024_uasc.csv", "CHILD,SEX,DOB", "UASC missing_column module_by_name"},
		{"reviews.csv", "CHILD,SEX,DOB", "unknown_file"}, // Reviews has no SEX
		{"reviews.csv", "CHILD,DOB", "Reviews missing_column module_by_name"},
		{"previous_permenance.csv", "CHILD,DOB", "PrevPerm missing_column module_by_name"},
		{"PrevPerm2024.csv", "CHILD,DOB", "PrevPerm missing_column module_by_name"},
		{"SSDA903_2020_sw_episodes.csv", "CHILD,DOB", "SWEpisodes missing_column module_by_name"},
		{"episodes.csv", "CHILD", "Episodes missing_column module_by_name"},
		{"social worker.csv", "CHILD", "SWEpisodes missing_column module_by_name"},
		{"DoLo.csv", "CHILD", "DoLo missing_column module_by_name not_collected"},
		{"placed_for_adoption.csv", "CHILD", "PlacedAdoption missing_column module_by_name"},
		{"AD1.csv", "CHILD", "AD1 missing_column module_by_name"},
		{"upload1.csv", "CHILD", "unknown_file"},
		{"oc2.csv", "CHILD,NAME", "OC2 missing_column module_by_name extra_column"},
		{"oc2.csv", "LS,PLACE", "unknown_file"},
		{"oc2.csv", "NAME", "unknown_file"},
		{"a.csv", "CHILD,REVIEW,MIS_START", "unknown_file"},
		{"a.csv", "CHILD,REVIEW,MIS_START,MISSING", "Missing missing_column extra_column"},
		{"a.csv", "CHILD,UASC", "Header missing_column"},
	} {
		f := Open(c.name, []byte(c.head+"\n"), d, 2024, q)[0]
		got := ""
		if f.Module != nil {
			got = f.Module.ID
		}
		for _, p := range f.Problems {
			got += " " + p.Rule
		}
		if got = strings.TrimSpace(got); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.name, c.head, got, c.want)
		}
	}
}

func TestMissingColumnsAreOneFinding(t *testing.T) {
	d, q := dataset(t)
	f := Open("a.csv", []byte("CHILD,DOB,MISSING\n"), d, 2024, q)[0]
	if len(f.Problems) != 1 || f.Problems[0].Message != "2 columns of Missing aren't there: MIS_START, MIS_END" || f.Has("MIS_END") || !f.Has("MISSING") || f.Has("NONE") {
		t.Errorf("%+v", f.Problems)
	}
	f = Open("a.csv", []byte("CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST\n"), d, 0, q)[0]
	if len(f.Problems) != 0 {
		t.Errorf("in an unknown year a column of some years is missed: %+v", f.Problems)
	}
}

// 03/04/2019 beside 03/25/2019 is no 3 April.
func TestMonthFirst(t *testing.T) {
	d, q := dataset(t)
	head := "CHILD,DOB,MISSING,MIS_START,MIS_END\n"
	american := head + "1,25/12/2012,M,03/25/2019,\n1,25/12/2012,M,03/26/2019,01/05/2019\n1,01/12/2012,M,03/27/2019,\n1,01/12/2012,M,03/04/2019,\n"
	same(t, show(t, Open("a.csv", []byte(american), d, 2020, q)), "a.csv csv Missing month_first | 1,25/12/2012,M,03/25/2019, | 1,25/12/2012,M,03/26/2019,01/05/2019 | "+
		"1,01/12/2012,M,03/27/2019, | 1,01/12/2012,M,03/04/2019,")
	Open("a.csv", []byte(american), d, 2020, q)[0].Each(func(r *Row) error {
		if fmt.Sprint(r.Unread) != "[false false false true false]" {
			t.Errorf("row %d: %v", r.Row, r.Unread)
		}
		return nil
	})
	ends := "CHILD,DECOM,DEC\n" + strings.Repeat("1,05/01/2015,03/25/2019\n", 3) + strings.Repeat("1,05/01/2015,04/01/2019\n", 20)
	if y, why := YearOf(Open("a.csv", []byte(ends), d, 0, q)); y != 2015 {
		t.Errorf("dates that aren't read tell the year %d: %s", y, why)
	}
	slips := head + "1,,M,03/25/2019,\n1,,M,03/26/2019,\n" // two are slips of the hand
	same(t, show(t, Open("a.csv", []byte(slips), d, 2020, q)), "a.csv csv Missing | 1,,M,03/25/2019, | 1,,M,03/26/2019,")
	late := head + strings.Repeat("1,,M,,\n", 6000) + strings.TrimPrefix(american, head)
	if f := Open("a.csv", []byte(late), d, 2020, q)[0]; len(f.Problems) != 1 || f.Problems[0].Message != "the month comes first in 3 dates, the day in 0" {
		t.Errorf("after many rows: %v", f.Problems)
	}
	mixed := american + strings.Repeat("1,,M,25/03/2019,\n", 3)
	if f := Open("a.csv", []byte(mixed), d, 2020, q)[0]; len(f.Problems) != 0 {
		t.Errorf("as many dates are day first: %v", f.Problems)
	}
}

// One authority's dates say nothing of another's in the same stack.
func TestMonthFirstInAStack(t *testing.T) {
	d, q := dataset(t)
	in := "LA,YEAR,CHILD,DOB,MISSING,MIS_START,MIS_END\n" + strings.Repeat("Leeds,2020,1,,M,25/03/2020,\n", 2)
	for i := range 4 {
		in += fmt.Sprintf("Birmingham,2020,1,,M,03/%d/2020,\n", 24+i)
	}
	in += "Birmingham,2020,1,,M,03/04/2019,\n"
	f := Open("a.csv", []byte(in), d, 0, q)[0]
	same(t, show(t, []*File{f.Of(Return{"E08000035", 2020})}), "a.csv stacked csv Missing | 1,,M,25/03/2020, | 1,,M,25/03/2020,")
	for range 2 { // asked again, it says it once
		of := f.Of(Return{"E08000025", 2020})
		if len(of.Problems) != 1 || of.Problems[0].Rule != "month_first" || of.Problems[0].Message != "the month comes first in 4 dates, the day in 0" {
			t.Errorf("%+v", of.Problems)
		}
		of.Each(func(r *Row) error {
			if !r.Unread[3] {
				t.Errorf("%s passes for a date", r.Cells[3])
			}
			return nil
		})
	}
	if got := Open("a.csv", []byte(strings.NewReplacer("Leeds", "x", "Birmingham", "x").Replace(in)), d, 0, q)[0].Problems; len(got) != 1 || got[0].Rule != "month_first" {
		t.Errorf("rows of no return: %+v", got)
	}
}

// A return in XML, with groups of names that nobody knows.
const xmlReturn = `<?xml version='1.0' encoding='us-ascii'?>
<EXPSSDA903>
<CHILD><HEADER><CHILDID>A1</CHILDID><UPN>UN1</UPN><SEX>2</SEX><DOB>04/03/2010</DOB><ETHNIC>WBRI</ETHNIC><UASC />
<AREVIEW><REVIEW>27/09/2019</REVIEW><REVIEW_CODE>PN0</REVIEW_CODE></AREVIEW>
<AREVIEW><REVIEW>14/01/2020</REVIEW><REVIEW_CODE>PN1</REVIEW_CODE></AREVIEW>
<MOTHER/><MC_DOB/><PERMANENCE><PREV_PERM/></PERMANENCE><OC2><SDQ_SCORE>21</SDQ_SCORE></OC2></HEADER>
<EPISODE><DECOM>06/01/2019</DECOM><RNE>S</RNE><PL>U4</PL><PL_POST>E7 5YR</PL_POST><DEC></DEC></EPISODE>
<SOMETHING><SW_ID>SW1</SW_ID><SW_DECOM>06/01/2019</SW_DECOM></SOMETHING>
</CHILD>
<CHILD><HEADER><CHILDID>B2</CHILDID><SEX>1</SEX><DOB>05/03/2003</DOB><UASC>1</UASC><IN_TOUCH>YES</IN_TOUCH><DATE_INT/><NB_ADOPTR> </NB_ADOPTR>
<COLOUR>blue</COLOUR><AMISSING><MISSING>M</MISSING><MIS_START>01/05/2019</MIS_START></AMISSING></HEADER></CHILD>
<CHILD><HEADER><CHILDID>C3</CHILDID><SEX>1</SEX><DOB>05/03/2004</DOB><UASC>0</UASC><DUC>05/03/2022</DUC><DATE_INT>05/03/2021</DATE_INT></HEADER></CHILD>
</EXPSSDA903>`

func TestXML(t *testing.T) {
	d, q := dataset(t)
	want := `
r.xml/Header xml Header unknown_element | A1,2,04/03/2010,WBRI,UN1,,, | B2,1,05/03/2003,,,,,1 | C3,1,05/03/2004,,,,,0
r.xml/Episodes xml Episodes | A1,06/01/2019,S,,,U4,,,,,,E7 5YR,
r.xml/UASC xml UASC | B2,1,05/03/2003, | C3,1,05/03/2004,05/03/2022
r.xml/Reviews xml Reviews | A1,04/03/2010,27/09/2019,PN0 | A1,04/03/2010,14/01/2020,PN1
r.xml/OC2 xml OC2 | A1,04/03/2010,21,,,,,,,,,
r.xml/OC3 xml OC3 | B2,05/03/2003,YES,,
r.xml/AD1 xml AD1 | C3,05/03/2004,05/03/2021,,,,,
r.xml/Missing xml Missing | B2,05/03/2003,M,01/05/2019,
r.xml/SWEpisodes xml SWEpisodes not_collected | A1,04/03/2010,SW1,06/01/2019,,`
	files := Open("r.xml", []byte(xmlReturn), d, 2020, q)
	same(t, show(t, files), want)
	if m := files[0].Problems[0].Message; m != "an element of the shape AAAAAA, 1 in the file" {
		t.Error(m)
	}
	if !files[0].Has("UASC") {
		t.Error("the flag isn't there")
	}
	var lines []int
	files[3].Each(func(r *Row) error { lines = append(lines, r.Line, r.Row); return nil })
	if fmt.Sprint(lines) != "[4 1 5 2]" {
		t.Errorf("lines and rows %v", lines)
	}
	one := strings.ReplaceAll(xmlReturn, "\n", "")
	same(t, show(t, Open("r.xml", []byte(one), d, 2020, q)), want)
	same(t, show(t, Open("r.xml", []byte("<EXPSSDA903/>"), d, 2020, q)), "r.xml/Header xml Header\nr.xml/Episodes xml Episodes")
	odd := map[string]string{
		"wrapped":               strings.NewReplacer("<AMISSING>", "<ALL><AMISSING>", "</AMISSING>", "</AMISSING></ALL>").Replace(xmlReturn),
		"comments and CDATA":    strings.Replace(strings.Replace(xmlReturn, "UN1", "<![CDATA[UN1]]>", 1), "<CHILD>", "<!-- x --><CHILD>", 1),
		"references":            strings.Replace(xmlReturn, "UN1", "&#85;N1", 1),
		"a mark before it":      "\ufeff" + xmlReturn,
		"attributes, namespace": strings.Replace(xmlReturn, "<EXPSSDA903>", `<EXPSSDA903 xmlns="urn:x" a='1'>`, 1),
	}
	for name, in := range odd {
		t.Run(name, func(t *testing.T) { same(t, show(t, Open("r.xml", []byte(in), d, 2020, q)), want) })
	}
	for name, c := range map[string]struct{ in, want string }{
		"a field twice": {"<EXPSSDA903><CHILD><HEADER><CHILDID>A</CHILDID><SEX>1</SEX><SEX>2</SEX></HEADER></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header column_twice | A,1,,,,,,\nr.xml/Episodes xml Episodes"},
		"text between elements": {"<EXPSSDA903><CHILD><HEADER><CHILDID>A</CHILDID>oh<SEX>1</SEX></HEADER></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header unknown_element | A,1,,,,,,\nr.xml/Episodes xml Episodes"},
		"a field of an episode in the header": {"<EXPSSDA903><CHILD><HEADER><CHILDID>A</CHILDID><DECOM>01/02/2020</DECOM></HEADER></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header unknown_element | A,,,,,,,\nr.xml/Episodes xml Episodes"},
		"fields of two modules in a group": {"<EXPSSDA903><CHILD><HEADER><CHILDID>A</CHILDID></HEADER><X><DECOM>01/02/2020</DECOM><REVIEW/></X></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header unknown_element | A,,,,,,,\nr.xml/Episodes xml Episodes"},
		"the header after the episodes": {"<EXPSSDA903><CHILD><EPISODE><DECOM>01/02/2020</DECOM></EPISODE><HEADER><CHILDID>A</CHILDID></HEADER></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header | A,,,,,,,\nr.xml/Episodes xml Episodes | A,01/02/2020,,,,,,,,,,,"},
		"Windows-1252": {"<EXPSSDA903><CHILD><HEADER><CHILDID>\xc9</CHILDID></HEADER></CHILD></EXPSSDA903>",
			"r.xml/Header xml Header windows_1252 | É,,,,,,,\nr.xml/Episodes xml Episodes"},
	} {
		t.Run(name, func(t *testing.T) { same(t, show(t, Open("r.xml", []byte(c.in), d, 2020, q)), c.want) })
	}
}

func TestXMLIsRefusedAsAWhole(t *testing.T) {
	d, q := dataset(t)
	for name, in := range map[string]string{
		"another root":          "<EXPSSDA904/>",
		"no end":                strings.TrimSuffix(xmlReturn, "</EXPSSDA903>"),
		"elements that cross":   strings.Replace(xmlReturn, "</RNE><PL>", "<PL></RNE>", 1),
		"a document type":       "<!DOCTYPE x [<!ENTITY a 'b'>]>" + xmlReturn[strings.Index(xmlReturn, "<EXP"):],
		"an entity of its own":  strings.Replace(xmlReturn, "UN1", "&a;", 1),
		"a second root":         xmlReturn + "<EXPSSDA903/>",
		"text after the root":   xmlReturn + "x",
		"an open attribute":     strings.Replace(xmlReturn, "<SEX>", "<SEX a=>", 1),
		"a control character":   strings.Replace(xmlReturn, "UN1", "\x01", 1),
		"elements without end":  "<EXPSSDA903>" + strings.Repeat("<a>", 100),
		"a comment not closed":  xmlReturn + "<!--",
		"a sign on its own (&)": strings.Replace(xmlReturn, "UN1", "a & b", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(t, Open("r.xml", []byte(in), d, 2020, q)); got != "r.xml xml unreadable_file" {
				t.Error(got)
			}
		})
	}
	npd := schema(t).Dataset("npd")
	same(t, show(t, Open("r.xml", []byte(xmlReturn), npd, 2020, q)), "r.xml xml unreadable_file")
}

// book makes a workbook: sheets in order, each with a name and rows.
func book(t testing.TB, change func(*excelize.File), sheets ...[]any) []byte {
	t.Helper()
	b := excelize.NewFile()
	defer b.Close()
	for i, s := range sheets {
		name := s[0].(string)
		if i == 0 {
			b.SetSheetName("Sheet1", name)
		} else if _, err := b.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for r, row := range s[1:] {
			cells := row.([]any)
			if err := b.SetSheetRow(name, fmt.Sprintf("A%d", r+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	if change != nil {
		change(b)
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func row(cells ...any) []any { return cells }

var missingHead = row("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END")

func TestWorkbook(t *testing.T) {
	d, q := dataset(t)
	day := schemas.Year(2020).First() // 1 April 2019
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"two sheets, an empty one and another": {book(t, nil,
			[]any{"Missing", missingHead, row("1000001", "04/03/2012", "M", "01/05/2019", "03/05/2019")},
			[]any{"empty"},
			[]any{"uasc", row("CHILD", "SEX", "DOB"), row("1000001", "1", "04/03/2012")},
			[]any{"Amy Smith", row("a", "b"), row("c", "d")}),
			"b.xlsx/Missing workbook Missing | 1000001,04/03/2012,M,01/05/2019,03/05/2019\n" +
				"b.xlsx/uasc workbook UASC missing_column module_by_name | 1000001,1,04/03/2012,\n" +
				"b.xlsx/sheet-4 workbook unknown_file"},
		"dates, days as numbers, floats and blanks": {book(t, nil,
			[]any{"Missing", row(), row(), missingHead, row(1000001.0, day, " M ", 43586, 43588.0), row(), row("1000002", "43586", "A", "03/05/19", "2019/05/03"), row("12E4", 2019, 1.0, "", nil)}),
			"b.xlsx/Missing workbook Missing | 1000001,01/04/2019,M,01/05/2019,03/05/2019 | 1000002,01/05/2019,A,03/05/19,2019/05/03 | 12E4,2019,1,,"},
		"a time of day stays": {book(t, nil, []any{"Missing", missingHead, row("1", 43586.5, "M")}), "b.xlsx/Missing workbook Missing | 1,01/05/2019 12:00:00,M,,"},
		"the system of 1904": {book(t, func(b *excelize.File) {
			on := true
			b.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &on})
		}, []any{"Missing", missingHead, row("1", 43586-1462, "M")}), "b.xlsx/Missing workbook Missing | 1,01/05/2019,M,,"},
		"a formula": {book(t, func(b *excelize.File) {
			b.SetCellFormula("Missing", "A2", "=1+1")
		}, []any{"Missing", missingHead, row(7, "04/03/2012", "M")}), "b.xlsx/Missing workbook Missing | 7,04/03/2012,M,,"},
		"a hidden sheet": {book(t, func(b *excelize.File) {
			b.SetSheetVisible("oc3", false)
		}, []any{"header", row("CHILD", "ETHNIC")}, []any{"oc3", row("CHILD", "DOB", "IN_TOUCH", "ACTIV", "ACCOM"), row("1", "", "YES")}),
			"b.xlsx/header workbook Header missing_column\nb.xlsx/oc3 workbook OC3 | 1,,YES,,"},
		"a row too long": {book(t, nil, []any{"Missing", missingHead, row("1", "", "M", "", "", "x")}), "b.xlsx/Missing workbook Missing | 1,,M,, ragged_row"},
		"a chart between the sheets": {book(t, func(b *excelize.File) {
			if err := b.AddChartSheet("chart", &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{{Values: "Missing!$A$1:$A$2"}}}); err != nil {
				t.Fatal(err)
			}
		}, []any{"Missing", missingHead, row("1", "", "M")}), "b.xlsx/Missing workbook Missing | 1,,M,,"},
		"dates as words": {book(t, nil, []any{"Missing", missingHead, row("1", "2012-03-04T00:00:00", "M", "2019-05-01T12:00:00.000Z", "2019-05-01")}),
			"b.xlsx/Missing workbook Missing | 1,2012-03-04 00:00:00,M,2019-05-01 12:00:00,2019-05-01"},
		"None in a row before the header": {book(t, nil, []any{"Missing", row("None", "NULL"), missingHead, row("1", "", "M")}), "b.xlsx/Missing workbook Missing | 1,,M,,"},
		"None alone":                      {book(t, nil, []any{"Missing", row("None")}), "b.xlsx workbook unreadable_file"},
		"nothing in it":                   {book(t, nil, []any{"Missing"}), "b.xlsx workbook unreadable_file"},
		"misspelt": {book(t, nil, []any{"previous_permenance", row("CHILD", "DOB")}, []any{"placed_for_adoption", row("CHILD", "DOB")}, []any{"social_worker", row("CHILD")}),
			"b.xlsx/previous_permenance workbook PrevPerm missing_column module_by_name\nb.xlsx/placed_for_adoption workbook PlacedAdoption missing_column module_by_name\n" +
				"b.xlsx/social_worker workbook SWEpisodes missing_column module_by_name not_collected"},
	} {
		t.Run(name, func(t *testing.T) { same(t, show(t, Open("b.xlsx", c.in, d, 2020, q)), c.want) })
	}
	f := Open("b.xlsx", book(t, nil, []any{"Amy\u202eSmith", missingHead}), d, 2020, q, AsGiven)
	same(t, show(t, f), `b.xlsx/Amy\u202eSmith workbook Missing`)
	var lines []int
	Open("b.xlsx", book(t, nil, []any{"x", row(), missingHead, row(), row("1")}), d, 2020, q)[0].Each(func(r *Row) error { lines = append(lines, r.Line, r.Row); return nil })
	if fmt.Sprint(lines) != "[4 1]" {
		t.Errorf("line and row %v", lines)
	}
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]string{"123.0": "123", "-1.00": "-1", "12E4": "12E4", "1.2E+3": "1200", "1E+20": "1E+20", "1.5": "1.5", "A.0": "A.0", "": "", "1.": "1.", "1-2.0": "1-2.0",
		"98380_351": "98380_351", "0012.0": "0012", "1.25E+1": "1.25E+1"} {
		if got := number(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// packed makes a zip of names and contents in turn.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(parts[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestZip(t *testing.T) {
	d, q := dataset(t)
	uasc := "CHILD,SEX,DOB,DUC\n1,1,04/03/2012,\n"
	in := packed(t, "2020/missing.csv", missing, "2020/", "", "__MACOSX/2020/._missing.csv", "x", ".DS_Store", "x", "2020/Thumbs.db", "x", "Amy Smith/uasc.csv", uasc, "Amy.csv", uasc,
		"book.xlsx", string(book(t, nil, []any{"uasc", row("CHILD", "SEX", "DOB", "DUC"), row("2")})), "inner.zip", string(packed(t, "uasc.csv", uasc)), "notes.txt", "nothing\n")
	want := `
u.zip/2020/missing.csv csv zipped Missing | 1000001,04/03/2012,M,01/05/2019,03/05/2019 | 1000002,05/03/2012,A,01/06/2019,
u.zip/folder-2/uasc.csv csv zipped UASC | 1,1,04/03/2012,
u.zip/file-3 csv zipped UASC | 1,1,04/03/2012,
u.zip/file-4/uasc workbook zipped UASC | 2,,,
u.zip/file-5 zip zipped unreadable_file
u.zip/file-6 csv zipped unknown_file`
	same(t, show(t, Open("u.zip", in, d, 2020, q)), want)
	shown := Open("u.zip", packed(t, "Amy Smith/uasc.csv", uasc), d, 2020, q, AsGiven)
	same(t, show(t, shown), "u.zip/Amy Smith/uasc.csv csv zipped UASC | 1,1,04/03/2012,")
	same(t, show(t, Open("u.zip", packed(t), d, 2020, q)), "u.zip zip unreadable_file")
	same(t, show(t, Open("u.zip", packed(t, "return.xml", xmlReturn), d, 2020, q)[:1]), "u.zip/return.xml/Header xml zipped Header unknown_element | A1,2,04/03/2010,WBRI,UN1,,, | B2,1,05/03/2003,,,,,1 | C3,1,05/03/2004,,,,,0")
	bad := packed(t, "uasc.csv", uasc)
	bad[len("PK")+40]++ // a byte of the compressed member
	same(t, show(t, Open("u.zip", bad, d, 2020, q)), "u.zip/uasc.csv zip zipped unreadable_file")
	var many []string
	for i := range maxMembers + 1 {
		many = append(many, fmt.Sprint(i), "")
	}
	same(t, show(t, Open("u.zip", packed(t, many...), d, 2020, q)), "u.zip zip unreadable_file")
}

func TestOtherFormsAreRefusedWithWhatToDo(t *testing.T) {
	d, q := dataset(t)
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1000)
	var locked bytes.Buffer
	b := excelize.NewFile()
	if err := b.Write(&locked, excelize.Options{Password: "x"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ in, want string }{
		"an old workbook":             {ole, "save it as .xlsx"},
		"a password":                  {locked.String(), "take the password off"},
		"a page called .xls":          {"<html><table><tr><td>CHILD</td></tr></table></html>", "save it as .xlsx or CSV"},
		"a workbook of 2003":          {`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`, "save it as .xlsx or CSV"},
		"a binary workbook":           {string(packed(t, "xl/workbook.bin", "x")), "save it as .xlsx"},
		"an OpenDocument table":       {string(packed(t, "mimetype", "x", "content.xml", "x")), "save it as .xlsx"},
		"a text document":             {string(packed(t, "word/document.xml", "x")), "as CSV or as a workbook"},
		"a zip that is cut":           {string(packed(t, "uasc.csv", "CHILD\n")[:60]), "send it again"},
		"a workbook without its head": {string(packed(t, "xl/workbook.xml", "x")), "save it again"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Open("a", []byte(c.in), d, 2020, q)[0]
			if f.Module != nil || len(f.Problems) != 1 || f.Problems[0].Rule != "unreadable_file" || !strings.Contains(f.Problems[0].Message, c.want) {
				t.Errorf("%+v", f.Problems)
			}
		})
	}
}
