package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"weak"

	"throughline/linkage"
	"throughline/pipeline/lake"
	"throughline/workflows"
)

// Kinds of what steps of one run's linkage leave for each other, sealed in the link zone.
const (
	recordsKind = "records"
	blockKind   = "block"
	scoreKind   = "score"
	modelKind   = "model"
)

// workDir holds a folder for each run, in the link zone.
const workDir = "work"

// fileBytes is how much of an artifact goes into one file: what is sealed or opened at a time is in memory several times.
const fileBytes = 64 << 20

// rowBytes is how much goes into one row of such a file.
const rowBytes = 1 << 20

// piece is a row of an artifact's file.
type piece struct{ Data []byte }

// step finds what a step of a run left by its note, or does it. What use reads must be as the note says: when use fails, the step is done
// again, with the same result.
func step[N any](l *linking, name string, use func(*N) error, do func() (*N, error)) (*N, error) {
	name = "link/" + name
	note := new(N)
	ok, err := l.lake.ReadRun(l.id, name, note)
	if err != nil {
		return nil, err
	}
	if ok && use(note) == nil {
		return note, nil
	}
	if note, err = do(); err != nil {
		return nil, err
	}
	if err := l.lake.WriteRun(l.id, name, note); err != nil {
		return nil, err
	}
	return note, use(note)
}

// cutName is the folder of the notes of one way to cut.
func cutName(c workflows.LinkCut) string {
	if c.Since != "" {
		return fmt.Sprintf("since-%.12s-%d", c.Since, c.Parts)
	}
	return fmt.Sprintf("%d-%d", c.Shards, c.Parts)
}

func (l *linking) workName(kind string) string { return workDir + "/" + l.id + "/" + kind }

// put seals an artifact.
func (l *linking) put(kind string, content []byte) ([]lake.File, error) {
	w := &pieceWriter{l: l, name: l.workName(kind)}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	return w.close()
}

// get reads what put sealed.
func (l *linking) get(kind string, files []lake.File) ([]byte, error) {
	return io.ReadAll(l.open(kind, files))
}

// open reads what put sealed, a file at a time.
func (l *linking) open(kind string, files []lake.File) io.Reader {
	return &pieces{l: l, name: l.workName(kind), files: files}
}

// verify reports whether files are there as they were written.
func (l *linking) verify(files []lake.File) error {
	for _, f := range files {
		if _, err := l.lake.Verify(f); err != nil {
			return err
		}
	}
	return nil
}

// pieceWriter seals what is written to it, in files of fileBytes.
type pieceWriter struct {
	l     *linking
	name  string
	buf   []byte
	files []lake.File
}

func (w *pieceWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), fileBytes-len(w.buf))
		w.buf = append(w.buf, b[:k]...)
		b = b[k:]
		if len(w.buf) == fileBytes {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (w *pieceWriter) flush() error {
	var rows []piece
	for b := w.buf; len(b) > 0; {
		k := min(len(b), rowBytes)
		rows = append(rows, piece{b[:k]})
		b = b[k:]
	}
	f, err := lake.Seal(w.l.lake, w.l.seal, w.name, rows)
	w.files, w.buf = append(w.files, f), w.buf[:0]
	return err
}

func (w *pieceWriter) close() ([]lake.File, error) {
	if len(w.buf) > 0 {
		if err := w.flush(); err != nil {
			return nil, err
		}
	}
	return w.files, nil
}

// pieces reads an artifact, a file at a time.
type pieces struct {
	l     *linking
	name  string
	files []lake.File
	rows  []piece
}

func (r *pieces) Read(b []byte) (int, error) {
	for len(r.rows) == 0 {
		if len(r.files) == 0 {
			return 0, io.EOF
		}
		var err error
		if r.rows, err = lake.Unseal[piece](r.l.lake, r.l.seal, r.name, r.files[0]); err != nil {
			return 0, err
		}
		r.files = r.files[1:]
	}
	n := copy(b, r.rows[0].Data)
	if r.rows[0].Data = r.rows[0].Data[n:]; len(r.rows[0].Data) == 0 {
		r.rows = r.rows[1:]
	}
	return n, nil
}

// recordsInUse are the records that steps at work in this process have in memory, so that steps beside each other share them.
type recordsInUse struct {
	mu   sync.Mutex
	what string // hash of the files
	at   weak.Pointer[linkage.Records]
}

// recordsNote says where a run's records are.
type recordsNote struct {
	Records []lake.File `json:"records"`
	Count   int         `json:"count"`
}

const recordsFile = "link/records.json"

// found reads the records that the run gathered before; nil when they aren't there.
func (l *linking) found() (*linkage.Records, error) {
	var note recordsNote
	if ok, err := l.lake.ReadRun(l.id, recordsFile, &note); err != nil || !ok {
		return nil, err
	}
	what := digest(note.Records)
	l.inUse.mu.Lock()
	defer l.inUse.mu.Unlock()
	if r := l.inUse.at.Value(); r != nil && l.inUse.what == what {
		return r, nil
	}
	r, err := linkage.LoadRecords(l.open(recordsKind, note.Records))
	if err != nil {
		return nil, nil // lost or broken: they are gathered again
	}
	l.inUse.what, l.inUse.at = what, weak.Make(r)
	return r, nil
}

// records finds the run's records, or gathers and keeps them.
func (l *linking) records(ctx context.Context, p workflows.Progress) (*linkage.Records, error) {
	if r, err := l.found(); r != nil || err != nil {
		return r, err
	}
	r, err := l.gather(ctx, p)
	if err != nil {
		return nil, err
	}
	w := &pieceWriter{l: l, name: l.workName(recordsKind)}
	if err := r.Save(w); err != nil {
		return nil, err
	}
	note := recordsNote{Count: r.Len()}
	if note.Records, err = w.close(); err != nil {
		return nil, err
	}
	return r, l.lake.WriteRun(l.id, recordsFile, note)
}

// sweepWork removes what the linkage of other runs left and no run can use any more: a run can be published only on top of the snapshot
// that it started from, and needs nothing of any run but its own and that snapshot's.
func (s *Stages) sweepWork(id string) error {
	root := s.lake.Path("link/" + workDir)
	runs, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	current, err := s.lake.Current()
	if err != nil {
		return err
	}
	published := ""
	if current != "" {
		snap, err := s.lake.Snapshot(current)
		if err != nil {
			return rejected(workflows.WorkspaceBroken, err)
		}
		published = snap.RunID
	}
	for _, d := range runs {
		if d.Name() == id || d.Name() == published {
			continue
		}
		if r, err := s.run(d.Name()); err == nil && r.Parent == current {
			continue
		}
		if err := os.RemoveAll(s.lake.Path("link/" + workDir + "/" + d.Name())); err != nil {
			return err
		}
	}
	return nil
}
