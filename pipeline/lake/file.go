package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Lake is the folder that holds everything kept.
type Lake struct{ root string }

// Open returns the lake in a folder, which need not exist yet.
func Open(dir string) *Lake { return &Lake{root: dir} }

// Path is where a file of the lake lies on disk.
func (l *Lake) Path(rel string) string { return filepath.Join(l.root, filepath.FromSlash(rel)) }

// File names one file of the lake and what must be in it.
type File struct {
	Path   string `json:"path"`   // slash-separated, relative to the lake
	Rows   int64  `json:"rows"`   // data rows; 0 for a file that isn't a table
	Bytes  int64  `json:"bytes"`  //
	SHA256 string `json:"sha256"` // hex
}

// ErrCorrupt is wrapped by an error about a file that isn't what its manifest says.
var ErrCorrupt = errors.New("the file isn't what its manifest says")

// Verify checks a file against its hash and returns its path on disk.
func (l *Lake) Verify(f File) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
		return "", fmt.Errorf("%s: outside the lake: %w", f.Path, ErrCorrupt)
	}
	p := l.Path(f.Path)
	r, err := os.Open(p)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.Path, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.SHA256 || n != f.Bytes {
		return "", fmt.Errorf("%s: %w\nhint: bring the file back from a copy, or remove the lake's snapshot and refresh again", f.Path, ErrCorrupt)
	}
	return p, nil
}

// Read returns the content of a file, verified.
func (l *Lake) Read(f File) ([]byte, error) {
	b, err := os.ReadFile(l.Path(f.Path))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, fmt.Errorf("%s: %w", f.Path, ErrCorrupt)
	}
	return b, nil
}

// put writes content under dir/<hash>ext. The same content is written once.
func (l *Lake) put(dir, ext string, content []byte, rows int64) (File, error) {
	sum := sha256.Sum256(content)
	f := File{Path: dir + "/" + hex.EncodeToString(sum[:]) + ext, Rows: rows, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	if _, err := l.Verify(f); err == nil {
		return f, nil
	}
	return f, writeFile(l.Path(f.Path), content, false)
}

// WriteFile writes a whole file so that a reader sees all of it or none, and that it stays: temporary name, sync, rename, sync of the
// folder.
func WriteFile(path string, content []byte) error {
	if err := writeFile(path, content, true); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func writeFile(path string, content []byte, sync bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = t.Write(content)
	if sync {
		err = errors.Join(err, t.Sync())
	}
	if err = errors.Join(err, t.Close()); err == nil {
		err = os.Rename(t.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	return nil
}

// Sync makes files and their folders last through a loss of power. Until then a file that was lost is only missed, since every read
// checks it, and made again: so stages write without waiting for the disk, and publishing waits once for all.
func (l *Lake) Sync(files []File) error {
	dirs := map[string]bool{}
	for _, f := range files {
		p := l.Path(f.Path)
		r, err := os.Open(p)
		if err != nil {
			return err
		}
		if err := errors.Join(r.Sync(), r.Close()); err != nil {
			return err
		}
		for d := filepath.Dir(p); len(d) >= len(l.root); d = filepath.Dir(d) {
			dirs[d] = true
		}
	}
	for _, d := range slices.Sorted(maps.Keys(dirs)) {
		if err := SyncDir(d); err != nil {
			return err
		}
	}
	return nil
}

// SyncDir makes renames in a folder last through a loss of power.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Sweep removes what a killed process left half written. Call it while no other process writes.
func (l *Lake) Sweep() error {
	return filepath.WalkDir(l.root, func(p string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(d.Name(), ".tmp-") {
			err = os.Remove(p)
		}
		return err
	})
}
