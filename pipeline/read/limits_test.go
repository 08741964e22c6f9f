package read

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
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
		"a workbook too large":         {rawZip(t, zip.FileHeader{Name: "xl/workbook.xml", UncompressedSize64: maxMember + 1}, text), "u.zip workbook unreadable_file"},
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
