package read

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// steady opens a file twice: it reads the same, every row has a cell for each column, and no row is lost.
func steady(t *testing.T, name string, in []byte, d *schemas.Dataset, q *finding.Quoter) []*File {
	first := Open(name, in, d, 2020, q)
	if len(first) == 0 {
		t.Fatal("no file came of it")
	}
	a, b := show(t, first), show(t, Open(name, bytes.Clone(in), d, 2020, q))
	if a != b {
		t.Fatalf("read again:\n%s\nnot\n%s", b, a)
	}
	for _, f := range first {
		if f.Module == nil && len(f.Problems) == 0 {
			t.Fatal("set aside, and nothing says why")
		}
	}
	return first
}

// FuzzReadCSV: no input panics, no row is lost, lines are cut as encoding/csv cuts them, and rows written again read the same.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(missing))
	f.Add([]byte("CHILD,DOB,MISSING,MIS_START,MIS_END\n\"a\nb\",,\"\"\"\n"))
	f.Add([]byte("\xff\xfeC\x00H\x00"))
	f.Add([]byte("sep=;\nCHILD;LS;LA;YEAR\n1_330;C2;330;1920\n"))
	d, q := dataset(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		file := steady(t, "a.csv", in, d, q)[0]
		if file.Module == nil || file.Form != CSV {
			return
		}
		lines(t, in)
		var head []string
		for _, c := range file.Module.Sent() {
			head = append(head, c.Name)
		}
		again := [][]string{head}
		if err := file.Each(func(r *Row) error {
			again = append(again, slices.Clone(r.Cells))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(again); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(bytes.ReplaceAll(b.Bytes(), []byte("\n"), nil), "\r\"") {
			return // a line break or mark inside a value can't come back as it was
		}
		if slices.ContainsFunc(again[1:], blank) {
			return // blank in every column that is kept
		}
		second := Open("a.csv", b.Bytes(), d, 2020, q)[0]
		if second.Module != file.Module || second.Rows != file.Rows {
			t.Fatalf("written again: %v with %d rows, not %v with %d", second.Module, second.Rows, file.Module, file.Rows)
		}
		i := 1
		if err := second.Each(func(r *Row) error {
			if strings.Join(r.Cells, "\x00") != strings.Join(again[i], "\x00") {
				t.Fatalf("row %d changed: %q, %q", i, again[i], r.Cells)
			}
			i++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// lines holds split against encoding/csv.
func lines(t *testing.T, in []byte) {
	for _, l := range strings.Split(string(in), "\n") {
		got, open := split(l, ',', nil)
		if open || l == "" || len(got) > maxColumns || strings.Contains(l, "\r") {
			continue
		}
		r := csv.NewReader(strings.NewReader(l))
		r.LazyQuotes = true
		want, err := r.Read()
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q is cut to %q, not %q (%v)", l, got, want, err)
		}
	}
}

// FuzzReadXML: no input panics, and nothing is taken of what isn't well formed.
func FuzzReadXML(f *testing.F) {
	f.Add([]byte(xmlReturn))
	f.Add([]byte("<EXPSSDA903><CHILD><X><LS>C2</LS></X><X/>t</CHILD><CHILD/></EXPSSDA903>"))
	f.Add([]byte("<!DOCTYPE a><EXPSSDA903 a='1'><![CDATA[x]]>&#65;</EXPSSDA903>"))
	d, q := dataset(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		files := steady(t, "r.xml", in, d, q)
		if text, _, err := decode(in); err == nil {
			o := opening{name: "r.xml", d: d, y: 2020, quote: q}
			quick, slow := o.xmlReader(), o.xmlReader()
			if ok, err := quick.simple(text); ok {
				if slow := slow.general(text); (err == nil) != (slow == nil) {
					t.Fatalf("simple: %v, general: %v", err, slow)
				}
				for i := range quick.tables {
					if err == nil && quick.tables[i].text.String() != slow.tables[i].text.String() {
						t.Fatalf("%s is read otherwise in the simple way", d.Modules[i].ID)
					}
				}
			}
		}
		if files[0].Form != XML || files[0].Module == nil {
			return
		}
		text, _, _ := decode(in)
		x := xml.NewDecoder(strings.NewReader(text))
		x.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
		for {
			if _, err := x.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("taken, though %v", err)
			}
		}
	})
}

// FuzzReadWorkbook: neither a damaged workbook nor one whose sheet, texts or list of sheets somebody has forged panics.
func FuzzReadWorkbook(f *testing.F) {
	in := book(f, nil, []any{"Missing", missingHead, row(1000001, "04/03/2012", "M", 43586, 43588.5)}, []any{"uasc", row("CHILD")})
	parts := map[string][]byte{}
	z, err := zip.NewReader(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		f.Fatal(err)
	}
	var names []string
	for _, m := range z.File {
		if parts[m.Name], err = unpack(m); err != nil {
			f.Fatal(err)
		}
		names = append(names, m.Name)
	}
	const sheet, texts, list = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
	f.Add(in, parts[sheet], parts[texts], parts[list])
	f.Add([]byte("PK\x03\x04"), []byte(`<worksheet><sheetData><row r="3"><c r="B3" t="inlineStr"><is><t>CHILD</t></is></c><c r="C3" t="b"><v>1</v></c></row></sheetData></worksheet>`), []byte("<sst/>"), parts[list])
	d, q := dataset(f)
	f.Fuzz(func(t *testing.T, raw, one, two, three []byte) {
		steady(t, "b.xlsx", raw, d, q)
		var out []string
		for _, n := range names {
			p := parts[n]
			switch n {
			case sheet:
				p = one
			case texts:
				p = two
			case list:
				p = three
			}
			out = append(out, n, string(p))
		}
		steady(t, "b.xlsx", packed(t, out...), d, q)
	})
}
