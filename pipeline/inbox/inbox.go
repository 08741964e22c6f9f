// Package inbox lists what was received: a folder a dataset, in it a folder a year, in it a folder a supplier, in it the files of a
// delivery, with a folder of its date for each resubmission. Nothing in the inbox is ever changed.
package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"throughline/pipeline/finding"
	"throughline/schemas"
)

// National is the supplier's code of a dataset that comes in one delivery for all of England.
const National = "E92000001"

// File is one file as received. A plan keeps it, so it never has the name that somebody gave the file.
type File struct {
	Path   string // slash-separated, relative to the inbox, its last part as finding.Quoter.Name shows it
	Place  int    // among the files of its folder, 0 for the first in order of name
	SHA256 string // hex
	Bytes  int64
}

// Name is the last part of the path.
func (f File) Name() string { return path.Base(f.Path) }

// Load is one delivery of a year: the first, or a resubmission.
type Load struct {
	Received string // date folder; empty for files that lie in the supplier's folder itself
	Files    []File // in order of path
}

// Delivery is all that one supplier sent for one year.
type Delivery struct {
	Dataset string
	Year    schemas.Year
	LA      string // ONS code of the supplier
	Loads   []Load // in order of receipt; the last is what holds
}

// Inbox is a folder of files as received.
type Inbox struct {
	root   *os.Root
	schema *schemas.Schema
	quote  *finding.Quoter
}

// Open opens an inbox. Links that lead out of it are never followed.
func Open(dir string, s *schemas.Schema) (*Inbox, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	return &Inbox{root: root, schema: s, quote: finding.NewQuoter(s)}, nil
}

// Close releases the folder.
func (b *Inbox) Close() error { return b.root.Close() }

var yearName = regexp.MustCompile(`^(19|20)[0-9]{2}$`)

var litter = []string{"Thumbs.db", "desktop.ini"}

// Litter reports whether a file is one that desktops and office programs leave in folders: it is passed over.
func Litter(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || slices.Contains(litter, name)
}

// Scan lists every delivery, in order of dataset, year and supplier, with the hash of every file. A folder that can't be placed is an
// error that says what was expected there.
func (b *Inbox) Scan() ([]Delivery, error) {
	var out []Delivery
	var bad []error
	wrong := func(p, format string, args ...any) {
		bad = append(bad, fmt.Errorf("%s: %s", path.Join("inbox", p), fmt.Sprintf(format, args...)))
	}
	folders := func(p, below string) []string {
		names, others, err := b.list(p)
		if err != nil {
			bad = append(bad, err)
		}
		if others > 0 && p != "." {
			wrong(p, "files or links beside the folders (%d), which nothing would read\nhint: %s", others, below)
		}
		return names
	}
	for _, ds := range folders(".", "") {
		if ds == ReferenceFolder {
			continue
		}
		d := b.schema.Dataset(ds)
		if d == nil {
			wrong(b.shown(ds), "a folder that is no dataset\nhint: the folders here are %s and reference; an own extract needs a file in schemas/extracts", b.datasets())
			continue
		}
		for _, y := range folders(ds, "a file belongs in the folder of its year and supplier, such as 2024/E08000025") {
			if !yearName.MatchString(y) {
				wrong(ds, "a folder that is no year\nhint: name it for the year that ends on 31 March, such as 2024")
				continue
			}
			year, _ := strconv.Atoi(y)
			for _, la := range folders(path.Join(ds, y), "a file belongs in the folder of its supplier, such as E08000025") {
				p := path.Join(ds, y, la)
				if err := b.supplier(d, la); err != "" {
					wrong(path.Join(ds, y), "%s", err)
					continue
				}
				loads, err := b.loads(p)
				if err != nil {
					return nil, err
				}
				if len(loads) > 0 {
					out = append(out, Delivery{Dataset: ds, Year: schemas.Year(year), LA: la, Loads: loads})
				}
			}
		}
	}
	return out, errors.Join(bad...)
}

// shown is a folder's name when it says nothing of a child.
func (b *Inbox) shown(name string) string {
	if b.quote.Name(name, 0) == name {
		return name
	}
	return ""
}

func (b *Inbox) datasets() string {
	var names []string
	for _, d := range b.schema.Datasets {
		names = append(names, d.ID)
	}
	return strings.Join(names, ", ")
}

func (b *Inbox) supplier(d *schemas.Dataset, la string) string {
	if d.Supplier == "england" {
		if la != National {
			return fmt.Sprintf("a folder that is no supplier of %s\nhint: it comes for all of England; name the folder %s", d.ID, National)
		}
		return ""
	}
	if _, ok := b.schema.Authorities.Find(la); !ok {
		return "a folder that is no local authority\nhint: name it for the authority's ONS code, such as E08000025; 'throughline codes authorities' lists them"
	}
	return ""
}

// read lists a folder in order of name, without what a desktop left there.
func (b *Inbox) read(p string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(b.root.FS(), p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\nhint: the folder must be readable", path.Join("inbox", p), nameless(err))
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return Litter(e.Name())
	}), nil
}

// nameless is an error without the name of the file that it is about.
func nameless(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// list gives the names of folders in a folder, in order, and how many other things are there.
func (b *Inbox) list(p string) (names []string, others int, err error) {
	entries, err := b.read(p)
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		} else {
			others++
		}
	}
	return names, others, err
}

func (b *Inbox) loads(p string) ([]Load, error) {
	files, err := b.files(p)
	if err != nil {
		return nil, err
	}
	var out []Load
	if len(files) > 0 {
		out = append(out, Load{Files: files})
	}
	dates, _, err := b.list(p)
	if err != nil {
		return nil, err
	}
	for _, r := range dates { // ISO dates sort by time
		if _, err := time.Parse(time.DateOnly, r); err != nil {
			return nil, fmt.Errorf("inbox/%s: a folder that is no date of receipt\nhint: name it like 2024-09-30", p)
		}
		if below, _, err := b.list(path.Join(p, r)); err != nil || len(below) > 0 {
			return nil, errors.Join(err, fmt.Errorf("inbox/%s/%s: a folder within a resubmission, which nothing would read\nhint: put its files beside it", p, r))
		}
		files, err := b.files(path.Join(p, r))
		if err != nil {
			return nil, err
		}
		if len(files) > 0 {
			out = append(out, Load{Received: r, Files: files})
		}
	}
	return out, nil
}

// names gives the names of files in a folder, in order. A link, pipe or device is an error: it may lead anywhere, or never end.
func (b *Inbox) names(p string) ([]string, error) {
	entries, err := b.read(p)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if !e.Type().IsRegular() {
			return nil, fmt.Errorf("inbox/%s: a link, pipe or device among the files\nhint: put the file itself there", p)
		}
		out = append(out, e.Name())
	}
	return out, nil
}

func (b *Inbox) files(p string) ([]File, error) {
	names, err := b.names(p)
	if err != nil {
		return nil, err
	}
	var out []File
	for i, n := range names {
		f, err := b.hash(p, n, i)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (b *Inbox) hash(dir, name string, place int) (File, error) {
	f := File{Path: path.Join(dir, b.quote.Name(name, place)), Place: place}
	r, err := b.root.Open(path.Join(dir, name))
	if err != nil {
		return f, fmt.Errorf("inbox/%s: %w", f.Path, nameless(err))
	}
	defer r.Close()
	h := sha256.New()
	if f.Bytes, err = io.Copy(h, r); err != nil {
		return f, fmt.Errorf("inbox/%s: %w", f.Path, nameless(err))
	}
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return f, nil
}

// ErrChanged says that a file isn't what it was when it was listed.
var ErrChanged = errors.New("a file in the inbox changed while the run was under way\nhint: start the refresh again: it takes the inbox as it now is")

// Read gives a file's content, which must be what was listed.
func (b *Inbox) Read(f File) ([]byte, error) {
	file, err := b.open(f)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrChanged, nameless(err))
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, ErrChanged
	}
	return content, nil
}

// Use reads a file that may be large, without holding it. Whether it is what was listed is known only after it was read: with an error,
// what fn made of it counts for nothing.
func (b *Inbox) Use(f File, fn func(*io.SectionReader) error) error {
	file, err := b.open(f)
	if err != nil {
		return err
	}
	defer file.Close()
	wrong := fn(io.NewSectionReader(file, 0, f.Bytes))
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return fmt.Errorf("%w (%w)", ErrChanged, nameless(err))
	}
	if hex.EncodeToString(h.Sum(nil)) != f.SHA256 { // what fn complains of may be due to that
		return ErrChanged
	}
	return wrong
}

func (b *Inbox) open(f File) (*os.File, error) {
	dir := path.Dir(f.Path)
	names, err := b.names(dir)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrChanged, err)
	}
	if f.Place >= len(names) {
		return nil, ErrChanged
	}
	file, err := b.root.Open(path.Join(dir, names[f.Place]))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrChanged, nameless(err))
	}
	return file, nil
}

// ReferenceFolder holds the tables that returns are held against, beside the folders of the datasets.
const ReferenceFolder = "reference"

// Reference lists one file of that folder by its path from the inbox; ok is false when it isn't there.
func (b *Inbox) Reference(name string) (f File, ok bool, err error) {
	dir := path.Dir(name)
	if _, err := b.root.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return File{}, false, nil
	}
	names, err := b.names(dir)
	if err != nil {
		return File{}, false, err
	}
	place := slices.Index(names, path.Base(name))
	if place < 0 {
		return File{}, false, nil
	}
	f, err = b.hash(dir, path.Base(name), place)
	return f, err == nil, err
}
