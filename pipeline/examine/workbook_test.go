package examine

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// messy is a small return with mistakes of every sort: by file.
var messy = map[string]string{
	"header.csv": `CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
1000001,1,04/03/2012,WBRI,A801200005001,,
1000002,1,05/03/2012,WBRI,B801200005001,,
`,
	"episodes.csv": `CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
1000002,05/06/2019,S,C2,N1,U4,PR1,,,,AB1 2CD,AB1 3CD,SC123456
1000001,05/06/2019,S,C2,N1,U4,PR1,01/08/2019,X1,CARPL,AB1 2CD,AB1 3CD,SC123456
1000001,01/08/2019,P,C2,N1,SMITH,PR1,01/10/2019,X1,CARPL,AB1 2CD,AB1 4CD,SC123456
1000001,01/10/2019,P,C2,N1,=1+1,PR1,01/09/2019,X1,CARPL,AB1 2CD,AB1 4CD,1000001
`,
	"reviews.csv": `CHILD,DOB,REVIEW,REVIEW_CODE
1000001,04/03/2012,04/03/2012,PN1
1000001,05/03/2012,05/07/2019,PN1
`,
	"notes.csv": "child,remark\n1000001,telephoned\n",
}

func sources(files map[string]string) []Source {
	var out []Source
	for n, c := range files {
		out = append(out, Source{n, []byte(c)})
	}
	slices.SortFunc(out, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func look(t testing.TB, files map[string]string, o Options) []*Return {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := New(s, s.Dataset("ssda903"))
	defer x.Close()
	returns, err := x.Examine(t.Context(), sources(files), o)
	if err != nil {
		t.Fatal(err)
	}
	return returns
}

// opened is a workbook as a spreadsheet program sees it.
func opened(t *testing.T, returns []*Return, showIDs bool, limits bookLimits) (*excelize.File, string) {
	t.Helper()
	var b bytes.Buffer
	if err := writeWorkbook(&b, returns, showIDs, limits); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, p := range z.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return f, all.String()
}

// cellOfRow is the address of a column in the row of a sheet that has some value in a column.
func cellOfRow(t *testing.T, f *excelize.File, sheet, key, value, column string) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil || len(rows) == 0 {
		t.Fatal(sheet, err)
	}
	k, c := slices.Index(rows[0], key), slices.Index(rows[0], column)
	if k < 0 || c < 0 {
		t.Fatalf("%s has no %s or %s: %v", sheet, key, column, rows[0])
	}
	for i, r := range rows[1:] {
		if len(r) > k && r[k] == value {
			at, err := excelize.CoordinatesToCellName(c+1, i+2)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("%s has no row with %s %s", sheet, key, value)
	return ""
}

func value(t *testing.T, f *excelize.File, sheet, at string) string {
	t.Helper()
	v, err := f.GetCellValue(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func fillOf(t *testing.T, f *excelize.File, sheet, at string) string {
	t.Helper()
	id, err := f.GetCellStyle(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(s.Fill.Color, "")
}

func TestWorkbookMarksCells(t *testing.T) {
	returns := look(t, messy, Options{Year: 2020, LA: "E08000025"})
	f, all := opened(t, returns, false, sheetLimits)
	if got, want := f.GetSheetList(), []string{"Summary", "Findings", "Header", "Episodes", "Reviews"}; !slices.Equal(got, want) {
		t.Errorf("sheets %v, want %v", got, want)
	}
	for _, id := range []string{"1000001", "1000002", "04/03/2012", "05/03/2012", "A801200005001", "AB1", "SMITH"} {
		if strings.Contains(all, id) {
			t.Errorf("the workbook holds %s", id)
		}
	}
	at := func(row, column string) string { return cellOfRow(t, f, "Episodes", "row", row, column) }
	for _, c := range []struct{ row, column, value, fill string }{
		{"3", "CHILD", Hidden, ""}, {"3", "PL_POST", Hidden, ""}, {"3", "DECOM", "01/08/2019", ""},
		{"3", "PLACE", "a value of the shape AAAAA", errorFill}, {"4", "DEC", "01/09/2019", errorFill}, {"4", "URN", Hidden, errorFill},
	} {
		where := at(c.row, c.column)
		if v, fill := value(t, f, "Episodes", where), fillOf(t, f, "Episodes", where); v != c.value || fill != c.fill {
			t.Errorf("row %s: %s is %q on %q, want %q on %q", c.row, c.column, v, fill, c.value, c.fill)
		}
	}
	comments, err := f.GetComments("Episodes")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(comments, func(c excelize.Comment) bool {
		return c.Cell == at("3", "PLACE") && strings.Contains(c.Text, "146: unknown kind of placement")
	}) {
		t.Errorf("no comment names rule 146 at %s: %+v", at("3", "PLACE"), comments)
	}
	if v := value(t, f, "Episodes", at("3", "rules broken")); !strings.Contains(v, "146") {
		t.Errorf("row 3 breaks %q, want 146 among them", v)
	}
	finding := cellOfRow(t, f, "Findings", "rule", "146", "marked at")
	to := value(t, f, "Findings", finding)
	if linked, target, err := f.GetCellHyperLink("Findings", finding); err != nil || !linked || target != strings.Replace(to, "Episodes", "'Episodes'", 1) || to != "Episodes!"+at("3", "PLACE") {
		t.Errorf("finding 146 leads to %q (%v), says %q; the cell is %s", target, err, to, at("3", "PLACE"))
	}
}

func TestWorkbookWithIDsHoldsTextAsSent(t *testing.T) {
	f, _ := opened(t, look(t, messy, Options{Year: 2020}), true, sheetLimits)
	for column, want := range map[string]string{"CHILD": "1000001", "PLACE": "=1+1", "URN": "1000001", "HOME_POST": "AB1 2CD"} {
		at := cellOfRow(t, f, "Episodes", "row", "4", column)
		if v := value(t, f, "Episodes", at); v != want {
			t.Errorf("%s is %q, want %q", column, v, want)
		}
		if formula, err := f.GetCellFormula("Episodes", at); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", column, formula, err)
		}
		if typ, err := f.GetCellType("Episodes", at); err != nil || typ != excelize.CellTypeInlineString {
			t.Errorf("%s is of type %v (%v), want text", column, typ, err)
		}
	}
	if at := cellOfRow(t, f, "Findings", "rule", "146", "CHILD"); value(t, f, "Findings", at) != "1000001" {
		t.Errorf("Findings names child %q", value(t, f, "Findings", at))
	}
}

func TestWorkbookSummaryCounts(t *testing.T) {
	returns := look(t, messy, Options{Year: 2020, LA: "E08000025"})
	run, failed, skipped, errors, warnings := returns[0].Counts()
	without := 0
	for _, a := range returns[0].Rules {
		if a.Skipped == "last year's return isn't there" {
			without++
		}
	}
	f, _ := opened(t, returns, false, sheetLimits)
	rows, err := f.GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, r := range rows {
		text = append(text, strings.Join(r, "|"))
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"Birmingham (E08000025)", fmt.Sprintf("%d run, %d of them failed; %d skipped", run, failed, skipped),
		fmt.Sprintf("%s, %s", count(errors, "error"), count(warnings, "warning")), "146|stage 1|error|unknown kind of placement|2|Episodes",
		"Mend this first|file-3.csv is set aside and none of it checked", fmt.Sprintf("Last year's return isn't there: %d rules; give it with --previous", without), "--show-ids"} {
		if !strings.Contains(all, want) {
			t.Errorf("the summary doesn't say %q:\n%s", want, all)
		}
	}
	if n := strings.Count(all, "isn't there"); n != 1 {
		t.Errorf("the summary says %d times that last year's return isn't there, want it once above its rules", n)
	}
}

// What a rule warns of may be right: its note says when, in every form that people read; errors have none.
func TestNotesOfWarningsAreShown(t *testing.T) {
	warning := &finding.Rule{ID: "W1", Title: "odd", Severity: "warning", What: "odd", Hint: "look", Note: "Twins are often rightly flagged.", Kind: "stage2"}
	wrong := &finding.Rule{ID: "E1", Title: "wrong", Severity: "error", What: "wrong", Hint: "mend", Note: "Not for readers.", Kind: "stage2"}
	returns := look(t, map[string]string{"reviews.csv": "CHILD,DOB,REVIEW,REVIEW_CODE\n1000001,04/03/2012,05/07/2019,PN1\n"}, Options{Year: 2020, Rules: []string{"bad_date"}})
	for _, r := range []*finding.Rule{warning, wrong} {
		returns[0].Findings = append(returns[0].Findings, finding.Finding{Rule: r.ID, By: r, Module: "Reviews", File: "reviews.csv", Line: 2, Row: 1})
	}
	f, _ := opened(t, returns, false, sheetLimits)
	rows, err := f.GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := Text(&text, returns, 0, false); err != nil {
		t.Fatal(err)
	}
	for form, all := range map[string]string{"summary": fmt.Sprint(rows), "page": pageOf(t, returns, false), "screen": text.String()} {
		if !strings.Contains(all, warning.Note) || strings.Contains(all, wrong.Note) {
			t.Errorf("%s: the note of a warning isn't shown, or that of an error is", form)
		}
	}
}

// A sheet that is full says so, and everything else is still there.
func TestWorkbookSaysWhatDoesNotFit(t *testing.T) {
	returns := look(t, messy, Options{Year: 2020})
	f, _ := opened(t, returns, false, bookLimits{rows: 2, comments: 1, links: 1})
	rows, err := f.GetRows("Episodes")
	if err != nil || len(rows) != 3 {
		t.Errorf("Episodes has %d rows (%v), want a header and 2", len(rows), err)
	}
	comments, err := f.GetComments("Episodes")
	if err != nil || len(comments) != 1 {
		t.Errorf("Episodes has %d comments (%v), want 1", len(comments), err)
	}
	summary, err := f.GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range summary {
		if len(r) > 0 && r[0] == "Not all is here" {
			n++
		}
	}
	if n < 4 {
		t.Errorf("the summary names %d limits, want those of rows, comments, findings and links", n)
	}
}

func TestWorkbookOfAStackSaysWhoseEachRowIs(t *testing.T) {
	stack := map[string]string{"episodes.csv": "LA,YEAR," + strings.ReplaceAll(strings.ReplaceAll(messy["episodes.csv"], "\n1000001,", "\nBirmingham,2020,1000001,"), "\n1000002,05/06/2019,S,", "\nLeeds,2020,1000002,05/06/2019,Q,")}
	f, _ := opened(t, look(t, stack, Options{}), false, sheetLimits)
	if at := cellOfRow(t, f, "Episodes", "row", "3", "authority"); value(t, f, "Episodes", at) != "Birmingham" {
		t.Errorf("row 3 is of %q", value(t, f, "Episodes", at))
	}
	if at := cellOfRow(t, f, "Findings", "authority", "Leeds", "year"); value(t, f, "Findings", at) != "2020" {
		t.Errorf("a finding of Leeds is of %q", value(t, f, "Findings", at))
	}
}

func TestWorkbookIsTheSameBytes(t *testing.T) {
	returns := look(t, messy, Options{Year: 2020})
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Workbook(w, returns, true); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two workbooks of one result differ")
	}
}

// What was found on reading hides a value even when its own rule isn't asked for.
func TestWorkbookOfOneRuleHidesWhatOthersFound(t *testing.T) {
	f, all := opened(t, look(t, messy, Options{Year: 2020, Rules: []string{"146"}}), false, sheetLimits)
	if rows, err := f.GetRows("Episodes"); err != nil || len(rows) != 3 {
		t.Errorf("Episodes has %d rows (%v), want a header and the two that break rule 146", len(rows), err)
	}
	for _, id := range []string{"1000001", "SMITH"} {
		if strings.Contains(all, id) {
			t.Errorf("the workbook holds %s", id)
		}
	}
}

// A date of birth, number or name that slipped into another column stays hidden, though nothing else in the return says that it is one.
func TestWorkbookHidesRowsThatSlipped(t *testing.T) {
	returns := look(t, map[string]string{
		"reviews.csv": "CHILD,DOB,REVIEW,REVIEW_CODE\n4711,,12/05/2011,01/02/2020,PN1\n4712,,13/05/2011,\"PN1\n",
		"episodes.csv": strings.Split(messy["episodes.csv"], "\n")[0] + "\n,14/05/2011,S,C2,N1,U4,PR1,,,,AB1 2CD,AB1 3CD,1234567\n" +
			"Amy.Smith,15/05/2011,S,C2,N1,U4,PR1,,,,AB1 2CD,AB1 3CD,2345678\n",
	}, Options{Year: 2020})
	f, all := opened(t, returns, false, sheetLimits)
	for _, id := range []string{"05/2011", "1234567", "2345678", "Amy", "471"} {
		if strings.Contains(all, id) {
			t.Errorf("the workbook holds %s", id)
		}
	}
	if v := value(t, f, "Episodes", cellOfRow(t, f, "Episodes", "row", "1", "PLACE")); v != "U4" {
		t.Errorf("a known code of such a row stands as %q, want U4", v)
	}
}

// Files, sheets and members are named after children: only the owner's screen has those names. What the files hold is read the same.
func TestNamesOfFilesAreHiddenInFiles(t *testing.T) {
	missing := "CHILD,DOB\n1000001,04/03/2012\n"
	var zipped, sheets bytes.Buffer
	z := zip.NewWriter(&zipped)
	if w, err := z.Create("Amy Smith/missing Amy.csv"); err != nil {
		t.Fatal(err)
	} else if _, err := io.WriteString(w, missing); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	defer book.Close()
	if err := errors.Join(book.SetSheetName("Sheet1", "Amy Smith uasc"), book.SetSheetRow("Amy Smith uasc", "A1", &[]any{"CHILD", "SEX", "DOB"}),
		book.SetSheetRow("Amy Smith uasc", "A2", &[]any{"1000001", "1", "04/03/2012"}), book.Write(&sheets)); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"reviews Amy.csv": strings.Replace(missing, "2012", "2012x", 1), "Smith.zip": zipped.String(), "Amy.xlsx": sheets.String(), "Amy notes.csv": "child,remark\n1,x\n"}
	last := sources(map[string]string{"episodes Smith.csv": messy["episodes.csv"]})
	written := func(r []*Return) string {
		_, all := opened(t, r, false, sheetLimits)
		var b bytes.Buffer
		b.WriteString(all)
		if err := errors.Join(Page(&b, r, false), JSON(&b, r, false), CSV(&b, r, false), Text(&b, r, 0, false)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	hidden := look(t, files, Options{Year: 2020, Previous: last})
	if all := written(hidden); strings.Contains(all, "Amy") || strings.Contains(all, "Smith") {
		t.Errorf("a name stands in what is written: %s", regexp.MustCompile(`.{0,60}(Amy|Smith).{0,60}`).FindString(all))
	}
	shown := look(t, files, Options{Year: 2020, Previous: last, AsGiven: true})
	if all := written(shown); !strings.Contains(all, "reviews Amy.csv") || !strings.Contains(all, "Amy.xlsx/Amy Smith uasc") {
		t.Error("the owner's screen doesn't have the names that they gave")
	}
	modules := func(r []*Return) (out []string) {
		for _, f := range r[0].Files {
			m := ""
			if f.Module != nil {
				m = f.Module.ID
			}
			out = append(out, m)
		}
		return out
	}
	if got, want := modules(hidden), modules(shown); !slices.Equal(got, want) || !slices.Contains(got, "Reviews") || !slices.Contains(got, "UASC") {
		t.Errorf("modules %v, with names as given %v", got, want)
	}
}

// However many cells are marked, comments cost little.
func BenchmarkWorkbook(b *testing.B) {
	files := map[string]string{"header.csv": messy["header.csv"]}
	var e strings.Builder
	e.WriteString("CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n")
	for i := range 20000 {
		fmt.Fprintf(&e, "%d,05/06/2019,S,C2,N1,XX,PR9,,,,AB1 2CD,AB1 3CD,SC123456\n", 2000000+i)
	}
	files["episodes.csv"] = e.String()
	returns := look(b, files, Options{Year: 2020})
	b.ReportAllocs()
	for b.Loop() {
		if err := Workbook(io.Discard, returns, false); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(returns[0].Findings)), "findings")
}
