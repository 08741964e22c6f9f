package read

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// litter are files that desktops leave in folders; names that begin with a dot are passed over too.
var litter = []string{"Thumbs.db", "desktop.ini"}

// archive tells a workbook from a zip of files, and from other forms that are zips within.
func (o opening) archive(content []byte) []*File {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return o.refused(Zip, "a zip file or workbook that is damaged or not whole: send it again")
	}
	has := func(name string) bool {
		return slices.ContainsFunc(z.File, func(f *zip.File) bool {
			return strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name)
		})
	}
	switch {
	case has("xl/workbook.xml"):
		return o.workbook(content, z)
	case has("xl/workbook.bin"):
		return o.refused(Workbook, "a workbook of the binary form (.xlsb): save it as .xlsx")
	case has("mimetype") && has("content.xml"):
		return o.refused(Workbook, "an OpenDocument file: save it as .xlsx, or each sheet as CSV")
	case has("word/document.xml"):
		return o.refused(Workbook, "a text document: send the tables as CSV or as a workbook")
	case o.zipped:
		return o.refused(Zip, "a zip within a zip: unpack it first")
	}
	return o.members(z)
}

// members opens the files of a zip, in order of name.
func (o opening) members(z *zip.Reader) []*File {
	var files []*zip.File
	var total uint64
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		hidden := slices.ContainsFunc(strings.Split(name, "/"), func(p string) bool { return p == "__MACOSX" || strings.HasPrefix(p, ".") })
		if strings.HasSuffix(name, "/") || hidden || slices.Contains(litter, path.Base(name)) {
			continue
		}
		if f.UncompressedSize64 > maxMember {
			return o.refused(Zip, fmt.Sprintf("a file in it has %d MB, and %d is the most that is unpacked", f.UncompressedSize64>>20, maxMember>>20))
		}
		total += f.UncompressedSize64
		files = append(files, f)
	}
	switch {
	case len(files) == 0:
		return o.refused(Zip, "the zip file is empty")
	case len(files) > maxMembers:
		return o.refused(Zip, fmt.Sprintf("%d files are in it, and %d is the most that is unpacked", len(files), maxMembers))
	case total > maxUnpacked:
		return o.refused(Zip, fmt.Sprintf("its files have %d MB together, and %d is the most that is unpacked", total>>20, maxUnpacked>>20))
	}
	slices.SortStableFunc(files, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	var out []*File
	for i, f := range files {
		in := o.inner(strings.ReplaceAll(f.Name, `\`, "/"), "file", i)
		in.zipped = true
		if f.Flags&1 != 0 {
			out = append(out, in.refused(Zip, "protected by a password: take the password off and zip it again")...)
			continue
		}
		content, err := unpack(f)
		if err != nil {
			out = append(out, in.refused(Zip, "this part of the zip is damaged: send it again")...)
			continue
		}
		out = append(out, in.open(content)...)
	}
	return out
}

// unpack reads a member, which has the size and the checksum that the zip says.
func unpack(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if err == nil && uint64(len(content)) != f.UncompressedSize64 {
		err = zip.ErrFormat
	}
	return content, err
}
