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
	"sort"
	"strconv"
	"strings"

	"throughline/schemas"
)

// National is the supplier's code of a dataset that comes in one delivery for all of England.
const National = "E92000001"

// File is one file as received.
type File struct {
	Path   string // slash-separated, relative to the inbox
	SHA256 string // hex
	Bytes  int64
}

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
}

// Open opens an inbox. Links that lead out of it are never followed.
func Open(dir string, s *schemas.Schema) (*Inbox, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	return &Inbox{root: root, schema: s}, nil
}

// Close releases the folder.
func (b *Inbox) Close() error { return b.root.Close() }

var (
	yearName     = regexp.MustCompile(`^(19|20)[0-9]{2}$`)
	receivedName = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`)
)

// Scan lists every delivery, in order of dataset, year and supplier, with the hash of every file. A folder that can't be placed is an
// error that says what was expected there.
func (b *Inbox) Scan() ([]Delivery, error) {
	var out []Delivery
	var bad []error
	wrong := func(p, format string, args ...any) {
		bad = append(bad, fmt.Errorf("%s: %s", path.Join("inbox", p), fmt.Sprintf(format, args...)))
	}
	for _, ds := range b.list(".") {
		if ds == "reference" {
			continue
		}
		d := b.schema.Dataset(ds)
		if d == nil {
			wrong(shown(ds), "a folder that is no dataset\nhint: the folders here are %s and reference; an own extract needs a file in schemas/extracts", b.datasets())
			continue
		}
		for _, y := range b.list(ds) {
			if !yearName.MatchString(y) {
				wrong(ds, "a folder that is no year\nhint: name it for the year that ends on 31 March, such as 2024")
				continue
			}
			year, _ := strconv.Atoi(y)
			for _, la := range b.list(path.Join(ds, y)) {
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

var plainName = regexp.MustCompile(`^[A-Za-z_-]{1,30}$`)

// shown is a folder's name when it is a plain word, which says nothing of a child.
func shown(name string) string {
	if plainName.MatchString(name) {
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

// list gives the names of folders in a folder, in order.
func (b *Inbox) list(p string) []string {
	entries, err := fs.ReadDir(b.root.FS(), p)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
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
	for _, r := range b.list(p) { // ISO dates sort by time
		if !receivedName.MatchString(r) {
			return nil, fmt.Errorf("inbox/%s: a folder that is no date of receipt\nhint: name it like 2024-09-30", p)
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

func (b *Inbox) files(p string) ([]File, error) {
	entries, err := fs.ReadDir(b.root.FS(), p)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !e.Type().IsRegular() {
			return nil, fmt.Errorf("inbox/%s: a link, pipe or device among the files\nhint: put the file itself there", p)
		}
		f, err := b.hash(path.Join(p, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out, nil
}

func (b *Inbox) hash(p string) (File, error) {
	r, err := b.root.Open(p)
	if err != nil {
		return File{}, err
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, r)
	return File{Path: p, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n}, err
}

// ErrChanged says that a file isn't what it was when it was listed.
var ErrChanged = errors.New("a file in the inbox changed while the run was under way\nhint: start the refresh again: it takes the inbox as it now is")

// Read gives a file's content, which must be what was listed.
func (b *Inbox) Read(f File) ([]byte, error) {
	content, err := b.root.ReadFile(f.Path)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrChanged, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, ErrChanged
	}
	return content, nil
}

// PostcodeTable lists the reference file of postcodes; ok is false when there is none.
func (b *Inbox) PostcodeTable() (f File, ok bool, err error) {
	const p = "reference/postcodes.csv"
	if _, err := b.root.Stat(p); errors.Is(err, fs.ErrNotExist) {
		return File{}, false, nil
	}
	f, err = b.hash(p)
	return f, err == nil, err
}
