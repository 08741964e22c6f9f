package examine

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// sortedZip writes the parts of a workbook in order of name, whatever order they come in, so that equal workbooks are equal bytes.
type sortedZip struct {
	to    io.Writer
	parts map[string]*bytes.Buffer
}

// Create begins a part.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	if z.parts == nil {
		z.parts = map[string]*bytes.Buffer{}
	}
	z.parts[name] = &bytes.Buffer{}
	return z.parts[name], nil
}

// AddFS is there because a workbook's writer must have it; no part comes that way.
func (z *sortedZip) AddFS(fs.FS) error { return fs.ErrInvalid }

// Close writes the parts.
func (z *sortedZip) Close() error {
	w := zip.NewWriter(z.to)
	for _, name := range slices.Sorted(maps.Keys(z.parts)) {
		part, err := w.Create(name)
		if err != nil {
			return err
		}
		if _, err := part.Write(z.parts[name].Bytes()); err != nil {
			return err
		}
	}
	return w.Close()
}
