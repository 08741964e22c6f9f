package duck

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	_ "github.com/marcboeker/go-duckdb" // the driver named duckdb
)

// Options say what a database may use.
type Options struct {
	MemoryLimit string // as DuckDB writes it, such as "2GB"; empty: 2GB
	Threads     int    // 0: 2
	TempDir     string // where what does not fit in memory goes; empty: a folder of its own beside the database, removed by Close
	ReadOnly    bool   // no table may change; temporary ones may still be made
	NoSpill     bool   // what does not fit in memory is an error: nothing of it may reach a disk
	Locked      bool   // no file but the database's own can be reached, and no setting changed any more
}

// DB is one connection to an open database; Beside gives another. Its methods may be called from several goroutines; they then take turns.
type DB struct {
	pool *sql.DB // nil for one that Connect gave
	conn *sql.Conn
	path string
}

// opened counts databases, so that two open at once never share a folder to spill to.
var opened atomic.Int64

// Open opens the database at path, making it when there is none and o allows; an empty path is a database in memory.
func Open(path string, o Options) (*DB, error) {
	if o.MemoryLimit == "" {
		o.MemoryLimit = "2GB"
	}
	if o.Threads == 0 {
		o.Threads = 2
	}
	if path != "" {
		p, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		path = p
		if strings.ContainsAny(path, "?%#") {
			return nil, fmt.Errorf("%s: a database's path can't hold ?, %% or #", path)
		}
	}
	if o.TempDir == "" {
		beside := path
		if path == "" {
			beside = filepath.Join(os.TempDir(), "throughline.duckdb")
		}
		o.TempDir = fmt.Sprintf("%s.tmp-%d-%d", beside, os.Getpid(), opened.Add(1))
	}
	set := url.Values{}
	set.Set("memory_limit", o.MemoryLimit)
	set.Set("threads", strconv.Itoa(o.Threads))
	if o.NoSpill {
		o.TempDir = ""
	}
	set.Set("temp_directory", o.TempDir)
	set.Set("autoinstall_known_extensions", "false")
	set.Set("autoload_known_extensions", "false")
	if o.ReadOnly {
		set.Set("access_mode", "READ_ONLY")
	}
	pool, err := sql.Open("duckdb", path+"?"+set.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	db := &DB{pool: pool, path: path}
	if db.conn, err = pool.Conn(context.Background()); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if o.Locked {
		for _, s := range []string{"set enable_external_access = false", "set lock_configuration = true"} {
			if err := db.Exec(context.Background(), s); err != nil {
				return nil, errors.Join(err, db.Close())
			}
		}
	}
	return db, nil
}

// OpenReadOnlyLocked opens an existing database for readers: nothing in it can be changed, no other file can be reached from SQL,
// and no setting can be changed to allow either.
func OpenReadOnlyLocked(path string, o Options) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	o.ReadOnly, o.Locked = true, true
	return Open(path, o)
}

// Exec runs statements whose rows nobody wants. Arguments stand for the ? of the last one. A done ctx interrupts it.
func (db *DB) Exec(ctx context.Context, query string, args ...any) error {
	_, err := db.conn.ExecContext(ctx, query, args...)
	return err
}

// Select runs a query row by row, for the few rows that Go code needs; Query is for many. The caller closes the rows before the
// next call of db.
func (db *DB) Select(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.conn.QueryContext(ctx, query, args...)
}

// Row reads the first row of a query into dest.
func (db *DB) Row(ctx context.Context, query string, dest ...any) error {
	return db.conn.QueryRowContext(ctx, query).Scan(dest...)
}

// Beside is another connection to the same open database, for a statement that runs while another does. The caller closes it before db.
func (db *DB) Beside(ctx context.Context) (*DB, error) {
	db.pool.SetMaxOpenConns(db.pool.Stats().MaxOpenConnections + 1)
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &DB{conn: conn, path: db.path}, nil
}

// Checkpoint writes the log into the database's file.
func (db *DB) Checkpoint(ctx context.Context) error { return db.Exec(ctx, "checkpoint") }

// Close closes the database. Call Checkpoint before it when the file is to stand alone.
func (db *DB) Close() error {
	if db.pool == nil { // one beside another
		return db.conn.Close()
	}
	return errors.Join(db.conn.Close(), db.pool.Close())
}

// Column is a column of a table or of a result.
type Column struct {
	Name string
	Type string // in DuckDB's words: VARCHAR, SMALLINT, INTEGER, BIGINT, DOUBLE, BOOLEAN, DATE, UUID, VARCHAR[]
}

// Describe is the columns of a table or view, in order.
func (db *DB) Describe(ctx context.Context, schema, table string) ([]Column, error) {
	rows, err := db.Select(ctx, `select column_name, data_type from duckdb_columns()
		where database_name = current_database() and schema_name = ? and table_name = ? order by column_index`, schema, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Column
	for rows.Next() {
		var c Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Quote is name as an SQL identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal is s as an SQL string.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// TableHash is the SHA-256 (hex) of a table's columns and of its rows as a multiset: their order does not count, how often each
// stands in the table does. Two builds of the same run have equal hashes, on the same version of DuckDB.
func TableHash(ctx context.Context, db *DB, schema, table string) (string, error) {
	cols, err := db.Describe(ctx, schema, table)
	if err != nil {
		return "", err
	}
	if len(cols) == 0 {
		return "", fmt.Errorf("no table %s.%s", schema, table)
	}
	h := sha256.New()
	for _, c := range cols {
		fmt.Fprintf(h, "%s\x00%s\x00", c.Name, c.Type)
	}
	var n int64
	var sum string
	q := fmt.Sprintf("select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from %s.%s t", Quote(schema), Quote(table))
	if err := db.Row(ctx, q, &n, &sum); err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%d\x00%s", n, sum)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ParquetView makes a view schema.name over Parquet files with these columns, cast to their types. The list is taken as it stands:
// no pattern in a path means anything, and folders named like year=2024 add no columns. Without files the view is empty.
func (db *DB) ParquetView(ctx context.Context, schema, name string, files []string, cols []Column) error {
	var b strings.Builder
	fmt.Fprintf(&b, "create or replace view %s.%s as select ", Quote(schema), Quote(name))
	for i, c := range cols {
		if i > 0 {
			b.WriteString(", ")
		}
		from := Quote(c.Name)
		if len(files) == 0 {
			from = "null"
		}
		fmt.Fprintf(&b, "cast(%s as %s) as %s", from, c.Type, Quote(c.Name))
	}
	if len(files) == 0 {
		b.WriteString(" where false")
		return db.Exec(ctx, b.String())
	}
	b.WriteString(" from read_parquet([")
	for i, f := range files {
		if !filepath.IsAbs(f) {
			return fmt.Errorf("%s: a view over Parquet needs whole paths", f)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Literal(escapeGlob(f)))
	}
	b.WriteString("], hive_partitioning = false)")
	return db.Exec(ctx, b.String())
}

// escapeGlob puts each character that a pattern gives a meaning into a class of its own.
func escapeGlob(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}
