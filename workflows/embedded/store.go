package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives/timestamp"
	"go.temporal.io/server/schema/sqlite"
)

const (
	databaseFile = "temporal.db"
	stampFile    = "temporal.db.version"
	clusterName  = "active"
)

// stamp names the tables that this program's server works with.
func stamp() string {
	return "sqlite schema " + sqlite.Version + ", visibility " + sqlite.VisibilityVersion + "\n"
}

// database is how the server opens its file. Every commit is on the disk before it is answered, so that what a run has done
// survives a power cut, and a writer waits for another instead of giving up.
func database(dir string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: uriPath(filepath.Join(dir, databaseFile)),
		ConnectAttributes: map[string]string{
			"mode": "rw", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000",
		},
	}
}

// prepare makes the tables when there are none, refuses those of another version, and makes the namespace.
func prepare(dir, namespace string, retention time.Duration) error {
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, os.ErrNotExist) {
		if err := create(dir); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(dir, stampFile))
	if err != nil {
		return err
	}
	if string(have) != stamp() {
		return fmt.Errorf("%s was made by another version of the program (%s, this one has %s)\n"+
			"hint: finish unfinished runs with that version, then move the folder %s away; the lake and the outputs don't need it",
			filepath.Join(dir, databaseFile), strings.TrimSpace(string(have)), strings.TrimSpace(stamp()), dir)
	}
	ns, err := sqlite.NewNamespaceConfig(clusterName, namespace, false, nil)
	if err != nil {
		return err
	}
	ns.Detail.Config.Retention = timestamp.DurationPtr(retention)
	return sqlite.CreateNamespaces(database(dir), ns)
}

// create makes the tables under another name and renames the file when it is whole: a death half way leaves nothing that
// looks like a database.
func create(dir string) error {
	next := filepath.Join(dir, fmt.Sprintf("%s.new-%d", databaseFile, os.Getpid()))
	if err := removeNew(dir); err != nil {
		return err
	}
	if err := touch(next); err != nil {
		return err
	}
	cfg := &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      uriPath(next),
		ConnectAttributes: map[string]string{"mode": "rw", "journal_mode": "off", "synchronous": "0"},
	}
	if err := sqlite.SetupSchema(cfg); err != nil {
		return fmt.Errorf("%s: %w", next, err)
	}
	if err := writeSynced(filepath.Join(dir, stampFile), []byte(stamp())); err != nil {
		return err
	}
	if err := syncPath(next); err != nil {
		return err
	}
	if err := os.Rename(next, filepath.Join(dir, databaseFile)); err != nil {
		return err
	}
	return syncPath(dir)
}

// removeNew sweeps what an interrupted create left.
func removeNew(dir string) error {
	left, err := filepath.Glob(filepath.Join(escapeGlob(dir), databaseFile+".new-*"))
	if err != nil {
		return err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// escapeGlob makes filepath.Glob take a folder's name literally.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// writeSynced puts a small file in place in one step, readable by its owner alone.
func writeSynced(path string, b []byte) error {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// syncPath makes a file or a folder's entries survive a power cut.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
