package read

import (
	"fmt"
	"strings"
	"testing"
)

// A return that was cut off on its way is refused, or has fewer rows. What it still has is as it was, but for the last row of a CSV file,
// which says that it has no end.
func TestCutFiles(t *testing.T) {
	d, q := dataset(t)
	var text strings.Builder
	text.WriteString("CHILD,DOB,MISSING,MIS_START,MIS_END,TEST_COLUMN\r\n")
	sheet := []any{"Missing", row("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END", "TEST_COLUMN")}
	for i := range 60 {
		fmt.Fprintf(&text, "%d,04/03/2012,M,%02d/05/2019,\"%02d/06/2019\",Zoë\r\n", 1000000+i, i%28+1, i%28+2)
		sheet = append(sheet, row(1000000+i, "04/03/2012", "M", fmt.Sprintf("%02d/05/2019", i%28+1), fmt.Sprintf("%02d/06/2019", i%28+2), "Zoë"))
	}
	var wide strings.Builder
	wide.WriteString("\xff\xfe")
	for _, c := range text.String() {
		wide.Write([]byte{byte(c), byte(c >> 8)})
	}
	children := strings.Builder{}
	for i := range 20 {
		children.WriteString(strings.NewReplacer("A1", fmt.Sprint("A", i), "B2", fmt.Sprint("B", i), "C3", fmt.Sprint("C", i)).Replace(xmlReturn[strings.Index(xmlReturn, "<CHILD>"):strings.Index(xmlReturn, "</EXP")]))
	}
	for name, in := range map[string]string{
		"r.csv":      text.String(),
		"utf16.csv":  wide.String(),
		"stack.csv":  strings.NewReplacer("\r\n10", "\r\n330,2020,10", "CHILD", "LA,YEAR,CHILD").Replace(text.String()),
		"r.xml":      "<EXPSSDA903>" + children.String() + "</EXPSSDA903>",
		"r.xlsx":     string(book(t, nil, sheet)),
		"r.zip":      string(packed(t, "missing.csv", text.String(), "return.xml", xmlReturn)),
		"stored.csv": strings.ReplaceAll(text.String(), "\r\n", "\r"),
	} {
		t.Run(name, func(t *testing.T) {
			whole := map[string][]string{} // of each file: its rows
			rows := func(f *File) (out []string) {
				f.Each(func(r *Row) error {
					s := fmt.Sprint(r.Line, strings.Join(r.Cells, ","))
					for _, p := range r.Problems {
						if p.Rule == "unfinished_line" {
							s = p.Rule
						}
					}
					out = append(out, s)
					return nil
				})
				return out
			}
			for _, f := range Open(name, []byte(in), d, 2020, q) {
				if f.Module == nil {
					t.Fatalf("whole: %+v", f.Problems)
				}
				whole[f.Name] = rows(f)
			}
			read, refused := 0, 0
			for p := range 100 {
				for _, f := range Open(name, []byte(in[:len(in)*p/100]), d, 2020, q) {
					if f.Module == nil {
						if len(f.Problems) == 0 {
							t.Errorf("%d%%: refused, and nothing says why", p)
						}
						refused++
						continue
					}
					read++
					got := rows(f)
					if len(got) > len(whole[f.Name]) || name != "r.csv" && name != "utf16.csv" && name != "stack.csv" && name != "stored.csv" {
						t.Errorf("%d%%: %d rows are read of a file cut off", p, len(got))
						continue
					}
					for i, r := range got {
						if r != whole[f.Name][i] && (r != "unfinished_line" || i != len(got)-1) {
							t.Errorf("%d%%: row %d is %s, not %s", p, i+1, r, whole[f.Name][i])
						}
					}
				}
			}
			t.Logf("read with fewer rows: %d, refused: %d", read, refused)
		})
	}
}
