package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// Input is a file as received.
type Input struct {
	Path   string `json:"path"` // relative to the delivery's folder, with an unsafe name replaced by a number
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// ModuleCount counts one module of a delivery.
type ModuleCount struct {
	Module      string `json:"module"` // empty for files that are no module's
	Files       int    `json:"files"`
	Rows        int64  `json:"rows"` // data rows as sent
	Kept        int64  `json:"kept"` // rows in the lake; 0 for an identity module, of which only tokens are kept
	Quarantined int64  `json:"quarantined"`
}

// Load is what became of one delivery: all that one supplier sent for one year, resubmissions included.
type Load struct {
	Dataset string            `json:"dataset"`
	Year    int               `json:"year"`
	LA      string            `json:"la"` // ONS code of the supplier
	Inputs  []Input           `json:"inputs"`
	Basis   string            `json:"basis"` // hash of all that decides the result: inputs, schema, code, key
	Tables  map[string][]File `json:"tables"`
	Sealed  map[string][]File `json:"sealed"` // link zone: identity, address, stay
	Finding File              `json:"finding"`
	Counts  []ModuleCount     `json:"counts"`
	// FindingCounts has the number of findings of each module, rule and column.
	FindingCounts []FindingCount `json:"finding_counts"`
	// Skipped are the rules of the collection that were not applied to the delivery's last load, in order of code.
	Skipped []SkippedRule `json:"skipped"`
}

// SkippedRule is a rule that was not applied, and why. Without findings it has not been passed.
type SkippedRule struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// FindingCount counts findings of one kind.
type FindingCount struct {
	Module   string `json:"module"`
	Rule     string `json:"rule"`
	Kind     string `json:"kind"`  // reading, or the kind of a rule of the collection
	Title    string `json:"title"` // what it finds, in a few words
	Severity string `json:"severity"`
	Column   string `json:"column"`
	N        int64  `json:"n"`
}

// Files are all files of the load, in a fixed order.
func (l *Load) Files() []File {
	var out []File
	for _, m := range []map[string][]File{l.Tables, l.Sealed} {
		for _, k := range sortedKeys(m) {
			out = append(out, m[k]...)
		}
	}
	if l.Finding.Path != "" {
		out = append(out, l.Finding)
	}
	return out
}

// Snapshot is the manifest of one run: everything that a reader may use, with hashes.
type Snapshot struct {
	RunID   string          `json:"run_id"`
	Basis   string          `json:"basis"`  // hash of all inputs, settings, schema, code and key: equal for two runs that must give the same
	Parent  string          `json:"parent"` // snapshot that CURRENT held before; empty for the first
	Year    int             `json:"year"`
	Vintage string          `json:"vintage"` // folder under outputs/
	Schema  string          `json:"schema"`  // hash over the schema files
	Code    string          `json:"code"`    // version of the program
	Key     string          `json:"key"`     // fingerprint of the project's key
	Models  string          `json:"models"`  // hash over the SQL models
	Loads   []string        `json:"loads"`   // ids of the loads
	Partial bool            `json:"partial"` // a file was quarantined
	Files   []File          `json:"files"`   // of all loads and of the spine
	Spine   map[string]File `json:"spine"`   // the person spine: node, edge, membership, event
	Tables  []Hash          `json:"tables"`  // content of every table of both databases
}

// Hash names the content of one table of a database.
type Hash struct {
	Database string `json:"database"`
	Table    string `json:"table"`
	Rows     int64  `json:"rows"`
	Hash     string `json:"hash"`
}

// PutJSON writes a manifest under dir/<hash>.json and returns the hash. The same content has the same hash.
func (l *Lake) PutJSON(dir string, v any) (id string, err error) {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return "", err
	}
	f, err := l.put(dir, ".json", append(b, '\n'), 0)
	return f.SHA256, err
}

// GetJSON reads a manifest by its hash, and refuses one that was changed.
func (l *Lake) GetJSON(dir, id string, v any) error {
	b, err := os.ReadFile(l.Path(dir + "/" + id + ".json"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != id {
		return fmt.Errorf("%s/%s.json: %w", dir, id, ErrCorrupt)
	}
	return json.Unmarshal(b, v)
}

// Manifest names a manifest that PutJSON wrote as a file of the lake.
func (l *Lake) Manifest(dir, id string) (File, error) {
	f := File{Path: dir + "/" + id + ".json", SHA256: id}
	st, err := os.Stat(l.Path(f.Path))
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	f.Bytes = st.Size()
	return f, nil
}

// LoadDir is the folder of a delivery's load manifests.
func LoadDir(dataset string, year int, la string) string {
	return fmt.Sprintf("loads/%s/year=%d/la=%s", dataset, year, la)
}

// TableDir is the folder of a module's Parquet files for one year and supplier.
func TableDir(dataset, module string, year int, la string) string {
	return fmt.Sprintf("%s/%s/year=%d/la=%s", dataset, strings.ToLower(module), year, la)
}

// FindLoad finds the load of a delivery with this basis; ok is false when there is none whose files are all there.
func (l *Lake) FindLoad(dataset string, year int, la, basis string) (id string, load *Load, ok bool) {
	dir := LoadDir(dataset, year, la)
	entries, err := os.ReadDir(l.Path(dir))
	if err != nil {
		return "", nil, false
	}
	for _, e := range entries {
		id, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON {
			continue
		}
		var got Load
		if l.GetJSON(dir, id, &got) != nil || got.Basis != basis {
			continue
		}
		for _, f := range got.Files() {
			if _, err := l.Verify(f); err != nil {
				return "", nil, false // it is written again, under the same names
			}
		}
		return id, &got, true
	}
	return "", nil, false
}

const snapshotDir = "snapshots"

// PutSnapshot makes a snapshot's files and the manifests of its loads last, then writes its own manifest.
func (l *Lake) PutSnapshot(s *Snapshot) (id string, err error) {
	if err := l.Sync(s.Files); err != nil {
		return "", err
	}
	id, err = l.PutJSON(snapshotDir, s)
	if err != nil {
		return "", err
	}
	return id, l.Sync([]File{{Path: snapshotDir + "/" + id + ".json"}})
}

// Snapshot reads a snapshot's manifest.
func (l *Lake) Snapshot(id string) (*Snapshot, error) {
	var s Snapshot
	return &s, l.GetJSON(snapshotDir, id, &s)
}

// Current is the id of the snapshot that readers use; empty before the first was published.
func (l *Lake) Current() (string, error) {
	b, err := os.ReadFile(l.Path("CURRENT"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}

// SetCurrent moves readers to a snapshot, in one step, if CURRENT still holds the one it was made from. Of several processes that try at
// once from the same snapshot, one succeeds.
func (l *Lake) SetCurrent(id, from string) (err error) {
	if _, err := l.Snapshot(id); err != nil {
		return err
	}
	lock, err := os.OpenFile(l.Path(".lock"), os.O_CREATE|os.O_RDWR, 0o600) // let go by the system when a process dies
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the lake: %w\nhint: the lake must lie on a disk that can lock files", err)
	}
	now, err := l.Current()
	if err != nil {
		return err
	}
	if now == id {
		return nil
	}
	if now != from {
		return fmt.Errorf("another run published %.12s while this one worked from %.12s\nhint: refresh again, on top of it", now, from)
	}
	return WriteFile(l.Path("CURRENT"), []byte(id+"\n"))
}

// Runs is the folder of plans and of what each stage of a run left, by run id.
func Runs(runID, name string) string { return path.Join("runs", runID, name) }

// WriteRun writes a stage's note of a run; ReadRun reads it back. ok is false when the stage has not ended yet, or its note was lost
// with the machine's power.
func (l *Lake) WriteRun(runID, name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return writeFile(l.Path(Runs(runID, name)), append(b, '\n'), false)
}

// ReadRun reads what WriteRun wrote.
func (l *Lake) ReadRun(runID, name string, v any) (ok bool, err error) {
	b, err := os.ReadFile(l.Path(Runs(runID, name)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return json.Unmarshal(b, v) == nil, nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
