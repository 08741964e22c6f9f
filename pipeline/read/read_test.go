package read

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

var loaded = sync.OnceValues(func() (*schemas.Schema, error) { return schemas.Load(nil) })

func schema(t testing.TB) *schemas.Schema {
	t.Helper()
	s, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dataset(t testing.TB) (*schemas.Dataset, *finding.Quoter) {
	t.Helper()
	s := schema(t)
	return s.Dataset("ssda903"), finding.NewQuoter(s)
}

const missing = "CHILD,DOB,MISSING,MIS_START,MIS_END\n1000001,04/03/2012,M,01/05/2019,03/05/2019\n1000002,05/03/2012,A,01/06/2019,\n"

// text shows what was read: the module, its rules, and the rows with theirs.
func text(t *testing.T, content []byte) string {
	t.Helper()
	d, q := dataset(t)
	f := Open("a.csv", content, d, 2020, q)[0]
	var b strings.Builder
	if f.Module != nil {
		b.WriteString(f.Module.ID)
	}
	for _, p := range f.Problems {
		b.WriteString(" " + p.Rule)
	}
	if f.Module == nil {
		return b.String()
	}
	n := int64(0)
	if err := f.Each(func(r *Row) error {
		n++
		b.WriteString(" | " + strings.Join(r.Cells, ","))
		for _, p := range r.Problems {
			b.WriteString(" " + p.Rule)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != f.Rows {
		t.Errorf("Rows is %d, %d came", f.Rows, n)
	}
	return b.String()
}

func TestForms(t *testing.T) {
	const rows = "Missing | 1000001,04/03/2012,M,01/05/2019,03/05/2019 | 1000002,05/03/2012,A,01/06/2019,"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(missing)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ in, want string }{
		"as it should be":             {missing, rows},
		"byte order mark and CRLF":    {"\ufeff" + strings.ReplaceAll(missing, "\n", "\r\n"), rows},
		"UTF-16":                      {utf16, rows},
		"columns in another order":    {"MIS_END,MIS_START,MISSING,DOB,CHILD\n03/05/2019,01/05/2019,M,04/03/2012,1000001\n,01/06/2019,A,05/03/2012,1000002\n", rows},
		"lower case and blanks":       {strings.Replace(missing, "CHILD,DOB", " child , Dob ", 1), rows},
		"blank rows before and after": {",,,,\n\n" + missing + ",,,,\n", rows},
		"quoted":                      {strings.ReplaceAll(missing, "1000001", `"1000001"`), rows},
		"NULL for blank":              {strings.Replace(missing, "01/06/2019,\n", "01/06/2019,NULL\n", 1), rows},
		"one column more":             {"CHILD,DOB,MISSING,MIS_START,MIS_END,TEST_COLUMN\n1000001,04/03/2012,M,01/05/2019,03/05/2019,x\n", "Missing extra_column | 1000001,04/03/2012,M,01/05/2019,03/05/2019"},
		"one column less":             {"CHILD,DOB,MISSING,MIS_START\n1000001,04/03/2012,M,01/05/2019\n", "Missing missing_column | 1000001,04/03/2012,M,01/05/2019,"},
		"a row too short":             {"CHILD,DOB,MISSING,MIS_START,MIS_END\n1000001,04/03/2012,M\n", "Missing | 1000001,04/03/2012,M,, ragged_row"},
		"a row too long":              {"CHILD,DOB,MISSING,MIS_START,MIS_END\n1000001,04/03/2012,M,01/05/2019,,x\n", "Missing | 1000001,04/03/2012,M,01/05/2019, ragged_row"},
		"a quotation mark left open":  {strings.Replace(missing, "1000001", `"1000001`, 1), strings.Replace(rows, "03/05/2019 |", "03/05/2019 open_quote |", 1)},
		"a mark closed too early":     {strings.Replace(missing, "1000001", `"1000001"x`, 1), strings.Replace(strings.Replace(rows, "03/05/2019 |", "03/05/2019 open_quote |", 1), "1000001", "1000001 x", 1)},
		"marks in two cells":          {strings.Replace(missing, "1000001,04/03/2012", `10"00001,"04/03/2012`, 1), strings.Replace(strings.Replace(rows, "03/05/2019 |", "03/05/2019 open_quote |", 1), "1000001", "10 00001", 1)},
		"line ends of old programs":   {strings.ReplaceAll(missing, "\n", "\r"), rows},
		"a column twice":              {"CHILD,DOB,MISSING,MIS_START,MIS_END,DOB\n1000001,04/03/2012,M,01/05/2019,03/05/2019,x\n", "Missing column_twice | 1000001,04/03/2012,M,01/05/2019,03/05/2019"},
		"a list of children":          {"CHILD,SEX,DOB,NAME\n1000001,1,04/03/2012,x\n", " unknown_file"},
		"a header and no rows":        {"CHILD,DOB,MISSING,MIS_START,MIS_END\n", "Missing"},
		"empty":                       {"", " unreadable_file"},
		"another XML":                 {"<?xml version=\"1.0\"?><EXPSSDA904/>", " unreadable_file"},
		"a workbook":                  {"PK\x03\x04rest", " unreadable_file"},
		"NUL bytes":                   {"CHILD\x00", " unreadable_file"},
		"another table":               {"a,b,c\n1,2,3\n", " unknown_file"},
		"without the child":           {"DOB,MISSING,MIS_START,MIS_END\n04/03/2012,M,01/05/2019,\n", " unknown_file"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(t, []byte(c.in)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLinesPointIntoTheFile(t *testing.T) {
	d, q := dataset(t)
	f := Open("a.csv", []byte("\n\n"+missing), d, 2020, q)[0]
	var lines []int
	if err := f.Each(func(r *Row) error { lines = append(lines, r.Line); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[0] != 4 || lines[1] != 5 {
		t.Errorf("lines %v", lines)
	}
}

// Every sort of header finds its module, and each module its own.
func TestEveryModuleIsKnownByItsHeader(t *testing.T) {
	s := schema(t)
	q := finding.NewQuoter(s)
	for _, d := range s.Datasets {
		for _, m := range d.Modules {
			var head []string
			for _, c := range m.Columns {
				head = append(head, c.Name)
			}
			f := Open("x.csv", []byte(strings.Join(head, ",")+"\n"), d, 2027, q)[0]
			if f.Module != m {
				t.Errorf("%s/%s was taken for %v", d.ID, m.ID, f.Module)
			}
		}
	}
}
