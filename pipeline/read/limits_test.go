package read

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"
	"time"
)

// rawZip makes a zip whose members say of themselves what h says.
func rawZip(t *testing.T, h zip.FileHeader, content string) []byte {
	t.Helper()
	var packed, out bytes.Buffer
	c, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	c.Write([]byte(content))
	c.Close()
	h.Method, h.CompressedSize64 = zip.Deflate, uint64(packed.Len())
	z := zip.NewWriter(&out)
	w, err := z.CreateRaw(&h)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packed.Bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What unpacks to more than any return is refused before it is unpacked; what says that it is smaller than it is, while it is.
func TestLimits(t *testing.T) {
	d, q := dataset(t)
	text := strings.Repeat("CHILD,LS\n", 1000)
	size := uint64(len(text))
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"a member too large":           {rawZip(t, zip.FileHeader{Name: "episodes.csv", UncompressedSize64: maxMember + 1}, text), "u.zip zip unreadable_file"},
		"a member that says less":      {rawZip(t, zip.FileHeader{Name: "episodes.csv", UncompressedSize64: 10}, text), "u.zip/episodes.csv zip zipped unreadable_file"},
		"a wrong checksum":             {rawZip(t, zip.FileHeader{Name: "episodes.csv", UncompressedSize64: size, CRC32: 1}, text), "u.zip/episodes.csv zip zipped unreadable_file"},
		"a password":                   {rawZip(t, zip.FileHeader{Name: "episodes.csv", UncompressedSize64: size, Flags: 1}, text), "u.zip/episodes.csv zip zipped unreadable_file"},
		"a workbook too large":         {rawZip(t, zip.FileHeader{Name: "xl/workbook.xml", UncompressedSize64: maxBook + 1}, text), "u.zip workbook unreadable_file"},
		"a workbook that says less":    {rawZip(t, zip.FileHeader{Name: "xl/workbook.xml", UncompressedSize64: 10}, text), "u.zip workbook unreadable_file"},
		"a child with too many fields": {[]byte("<EXPSSDA903><CHILD>" + strings.Repeat("<SEX/>", maxFields+2)), "u.zip xml unreadable_file"},
		"one field very often":         {[]byte("<EXPSSDA903><CHILD>" + strings.Repeat("<SEX/>", 200000) + "</CHILD></EXPSSDA903>"), "u.zip/Header xml Header column_twice | ,,,,,,,\nu.zip/Episodes xml Episodes"},
		"a member with a name of 4 KB": {rawZip(t, zip.FileHeader{Name: strings.Repeat("a1", 1<<11) + ".csv", UncompressedSize64: 10, CRC32: crc32.ChecksumIEEE([]byte("CHILD,DOB\n"))}, "CHILD,DOB\n"),
			"u.zip/file-1 csv zipped unknown_file"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			same(t, show(t, Open("u.zip", c.in, d, 2020, q)), c.want)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	long := "CHILD,LS\n1" + strings.Repeat(",", 2*maxColumns) + "\n2,C2" + strings.Repeat(`,"x"`, 2*maxColumns) + "\n"
	f := Open("a.csv", []byte(long), d, 2020, q)[0]
	f.body.each(func(r *raw) error {
		if len(r.cells) > maxColumns+1 {
			t.Errorf("line %d has %d cells", r.line, len(r.cells))
		}
		return nil
	})
}

// A small workbook that unpacks to much is refused before a structure is made of each of its elements.
func TestLimitsOfWorkbooks(t *testing.T) {
	d, q := dataset(t)
	plain := book(t, nil, []any{"Missing", missingHead, row("1", "", "M")})
	sheet := func(rows string) string { return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>" }
	many := strings.Repeat
	for name, c := range map[string]struct {
		part, content string
		refused       string // "" when it is read
	}{
		"elements within each other":          {"xl/worksheets/sheet1.xml", many("<a>", 1<<23), "too large"},
		"in a part that nobody knows":         {"xl/other.bin", many("<a>", 1<<23), "too large"},
		"shared texts":                        {"xl/sharedStrings.xml", "<sst>" + many("<si/>", maxElements+1) + "</sst>", "too large"},
		"styles":                              {"xl/styles.xml", "<styleSheet><cellXfs>" + many("<xf/>", maxElements+1) + "</cellXfs></styleSheet>", "too large"},
		"attributes":                          {"xl/styles.xml", "<styleSheet" + many(` a=""`, 1<<20) + "/>", "too large"},
		"cells of a row":                      {"xl/worksheets/sheet1.xml", sheet("<row>" + many("<c/>", maxColumns+1) + "</row>"), "too large"},
		"more than is unpacked":               {"xl/media/image1.png", many("\x00", maxBook), "too large"},
		"a sheet that isn't closed":           {"xl/worksheets/sheet1.xml", "<worksheet>" + many("<a/>", 100), "damaged"},
		"a picture":                           {"xl/media/image1.png", "\x89PNG" + many("\x00", 2*maxToken), ""},
		"drawings that aren't XML":            {"xl/drawings/vmlDrawing1.vml", "<xml><br></xml>", ""},
		"as many cells of a row as there are": {"xl/worksheets/sheet1.xml", sheet(many("<row>"+many("<c/>", maxColumns)+"</row>", 2)), "every sheet"},
	} {
		t.Run(name, func(t *testing.T) {
			in := withPart(t, plain, c.part, c.content)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f := Open("b.xlsx", in, d, 2020, q)[0]
			runtime.ReadMemStats(&after)
			switch {
			case c.refused == "" && f.Module == nil:
				t.Errorf("refused: %v", f.Problems)
			case c.refused == "too large" && (f.Module != nil || f.Problems[0].Message != tooLarge), c.refused != "" && c.refused != "too large" && !strings.Contains(f.Problems[0].Message, c.refused):
				t.Errorf("%v", f.Problems)
			}
			if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 200 {
				t.Errorf("%d MB of memory for a workbook of %d KB", made, len(in)>>10)
			}
			if _, err := OpenWorkbook(in); errors.Is(err, ErrTooLarge) != (c.refused == "too large") {
				t.Error(err)
			}
		})
	}
}

// Blank cells take time alone, so their number shows before they are read.
func TestBlankCellsAreCounted(t *testing.T) {
	d, q := dataset(t)
	rows := strings.Repeat("<row>"+strings.Repeat("<c/>", 999)+"</row>", maxCells/400)
	in := withPart(t, book(t, nil, []any{"Missing", missingHead}), "xl/worksheets/sheet1.xml", "<worksheet><sheetData>"+rows+"</sheetData></worksheet>")
	if f := Open("b.xlsx", in, d, 2020, q)[0]; f.Problems[0].Message != tooLarge {
		t.Errorf("%v", f.Problems)
	}
}

// withPart is a workbook with one part more, or another in place of one that it has.
func withPart(t *testing.T, in []byte, name, content string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range from.File {
		if f.Name != name {
			if err := z.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(content))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
