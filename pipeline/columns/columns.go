package columns

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say how a file is written.
type Options struct {
	Delimiter byte // between the fields of a CSV; 0: a tab for .tsv, else a comma
}

// File is an open file, between two rows.
type File struct {
	name  string
	file  *os.File
	size  int64
	names []string
	rows  rowReader
	row   int64
	err   error
}

// rowReader is one format.
type rowReader interface {
	// next fills cells with the wanted fields of the next row, and tells whether there was one.
	next(cells [][]byte) (bool, error)
	// where is the place of the row last read, for a person.
	where() string
	// done is how many bytes of the file are behind it, about.
	done() int64
}

// Open opens the file at path, Parquet if its name ends in .parquet and CSV otherwise. Columns are its names as the first line of the CSV,
// or the Parquet schema, has them.
func Open(path string, o Options) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out := &File{name: filepath.Base(path), file: f}
	if err := out.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", out.name, err), f.Close())
	}
	return out, nil
}

func (f *File) open(o Options) error {
	at, err := f.file.Stat()
	if err != nil {
		return err
	}
	if at.IsDir() {
		return errors.New("is a folder\nhint: name one CSV or Parquet file")
	}
	f.size = at.Size()
	ext := strings.ToLower(filepath.Ext(f.name))
	if ext == ".parquet" {
		f.rows, f.names, err = openParquet(f.file, f.size)
		return err
	}
	if o.Delimiter == 0 {
		o.Delimiter = ','
		if ext == ".tsv" {
			o.Delimiter = '\t'
		}
	}
	f.rows, f.names, err = openCSV(f.file, o.Delimiter)
	return err
}

// Names are the file's columns, in order.
func (f *File) Names() []string { return f.names }

// Want says which columns rows will have, and in which order. It is called once, before the first row.
func (f *File) Want(names []string) error {
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = slices.Index(f.names, n)
		if at[i] < 0 {
			return fmt.Errorf("%s: no column %q\nhint: the first line must name the columns; it has %d, none of them so", f.name, n, len(f.names))
		}
		if slices.Contains(f.names[at[i]+1:], n) {
			return fmt.Errorf("%s: two columns are called %q\nhint: name them apart", f.name, n)
		}
	}
	var err error
	switch r := f.rows.(type) {
	case *csvRows:
		r.want(at)
	case *parquetRows:
		err = r.want(at)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// Next puts the fields of the next row into cells, which has a place for each wanted column. They are the File's memory until the next
// call. A missing field is empty. It reports whether there was a row.
func (f *File) Next(cells [][]byte) bool {
	if f.err != nil {
		return false
	}
	ok, err := f.rows.next(cells)
	if err != nil {
		f.err = fmt.Errorf("%s:%s: %w", f.name, f.rows.where(), err)
		return false
	}
	if ok {
		f.row++
	}
	return ok
}

// Where is the file and the place of the row last read in it, to go before what is wrong with it.
func (f *File) Where() string { return f.name + ":" + f.rows.where() }

// Rows is how many rows were read.
func (f *File) Rows() int64 { return f.row }

// Progress is how many bytes of how many are read, about.
func (f *File) Progress() (done, total int64) { return min(f.rows.done(), f.size), f.size }

// Err is why there are no more rows; nil at the end.
func (f *File) Err() error { return f.err }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
