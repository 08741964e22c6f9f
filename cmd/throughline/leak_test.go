//go:build integration

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"throughline/pipeline/check"
	"throughline/pipeline/duck"
	"throughline/schemas/identifier"
	"throughline/workflows/project"
)

// canaries are what identifies some children, in every spelling that is searched for.
type canaries struct {
	words map[string]string      // upper-case run of letters and digits, or a date → what it is
	keys  map[string][]time.Time // child_key → the child's dates of birth
	few   []string               // values searched for in encoded form too
}

// readCanaries takes the identifiers of n children from the files as received: of returns, and of extracts.
func readCanaries(t *testing.T, p *project.Project, n int) *canaries {
	t.Helper()
	e, err := p.Encoder()
	if err != nil {
		t.Fatal(err)
	}
	c := &canaries{words: map[string]string{}, keys: map[string][]time.Time{}}
	children := map[string]map[string]bool{} // by dataset
	var files []string
	for _, pattern := range []string{"ssda903/*/*/*", "*/*/*/*", "ssda903/*/*/*/*"} {
		more, err := filepath.Glob(filepath.Join(p.Sub("inbox"), pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, f := range files {
		rel, err := filepath.Rel(p.Sub("inbox"), f)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(rel, string(filepath.Separator))
		b, err := os.ReadFile(f)
		if err != nil || len(parts) < 4 {
			continue
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 2 {
			continue
		}
		at := map[string]int{}
		for i, h := range rows[0] {
			at[strings.ToUpper(strings.TrimSpace(h))] = i
		}
		id := "RECORD_ID"
		if parts[0] == "ssda903" {
			id = "CHILD"
		}
		if _, ok := at[id]; !ok {
			continue
		}
		for _, row := range rows[1:] {
			get := func(h string) string {
				if i, ok := at[h]; ok && i < len(row) {
					return strings.TrimSpace(row[i])
				}
				return ""
			}
			who := check.NormaliseID(get(id))
			if children[parts[0]] == nil {
				children[parts[0]] = map[string]bool{}
			}
			child := parts[2] + "/" + who
			if len(who) < 7 || !children[parts[0]][child] && len(children[parts[0]]) >= n {
				continue
			}
			children[parts[0]][child] = true
			if parts[0] == "ssda903" { // an extract's record_id is the holder's own number, but is replaced all the same
				c.add(who, "CHILD")
			} else {
				c.add(who, "record_id")
			}
			if u, kind := identifier.UPN(get("UPN")); kind == identifier.UPNValid || kind == identifier.UPNTemporary || kind == identifier.UPNInvalid && len(u) > 8 {
				c.add(u, "UPN")
			}
			if x, ok := identifier.NHSNumber(get("NHSNUMBER")); ok {
				c.add(x, "NHS number")
			}
			for _, h := range []string{"HOME_POST", "PL_POST", "POSTCODE"} {
				if pc, ok := identifier.ParsePostcode(get(h)); ok {
					c.add(pc.Unit, "postcode")
				}
			}
			if d, err := time.Parse("02/01/2006", get("DOB")); err == nil {
				k := e.Key(parts[0], parts[2], who)
				key := fmt.Sprintf("%x-%x-%x-%x-%x", k[0:4], k[4:6], k[6:8], k[8:10], k[10:16])
				if !slices.Contains(c.keys[key], d) {
					c.keys[key] = append(c.keys[key], d)
				}
				if parts[0] == "ssda903" {
					c.words[d.Format("02/01/2006")] = "date of birth"
				}
			}
			if len(c.few) < 40 {
				c.few = append(c.few, who)
			}
		}
	}
	if len(children["ssda903"]) < n {
		t.Fatalf("only %d children in the inbox", len(children["ssda903"]))
	}
	kinds := map[string]int{}
	for _, what := range c.words {
		kinds[what]++
	}
	t.Logf("%d children of the returns, and %d, %d, %d, %d of extracts; words to search for: %v", len(children["ssda903"]), len(children["npd"]), len(children["mhsds"]),
		len(children["cin_census"]), len(children["wellbeing_survey"]), kinds)
	return c
}

func (c *canaries) add(v, what string) {
	if len(v) >= 6 || what == "postcode" && len(v) >= 5 {
		c.words[v] = what
	}
}

// text searches bytes for words: runs of letters and digits, two such runs with a blank between (a postcode), and dates.
func (c *canaries) text(b []byte, hit func(what, word string)) {
	word := func(w string) {
		if what, ok := c.words[strings.ToUpper(w)]; ok {
			hit(what, w)
		}
	}
	alnum := func(x byte) bool { return x >= '0' && x <= '9' || x >= 'A' && x <= 'Z' || x >= 'a' && x <= 'z' }
	lastFrom, lastTo := -1, -1
	for i := 0; i < len(b); {
		if !alnum(b[i]) {
			i++
			continue
		}
		j := i
		for j < len(b) && alnum(b[j]) {
			j++
		}
		if j-i <= 24 {
			word(string(b[i:j]))
			if lastTo >= 0 && lastTo == i-1 && b[lastTo] == ' ' && j-i == 3 {
				word(string(b[lastFrom:lastTo]) + string(b[i:j]))
			}
			if j-i == 2 && j+8 <= len(b) && b[j] == '/' && b[j+3] == '/' {
				word(string(b[i : j+8]))
			}
		}
		lastFrom, lastTo = i, j
		i = j
	}
}

// everywhere searches one file in every form in which a value may lie there.
func (c *canaries) everywhere(b []byte, hit func(what, word string)) {
	c.text(b, hit)
	c.text(bytes.ReplaceAll(b, []byte{0}, nil), hit) // UTF-16
	for _, v := range c.few {
		for _, form := range []string{hex.EncodeToString([]byte(v)), base64.StdEncoding.EncodeToString([]byte(v))[:len(v)/3*4], base64.StdEncoding.EncodeToString([]byte("x" + v))[2 : (len(v)+1)/3*4],
			base64.StdEncoding.EncodeToString([]byte("xx" + v))[3 : (len(v)+2)/3*4]} {
			if len(form) > 7 && bytes.Contains(b, []byte(form)) {
				hit("encoded identifier", form)
			}
		}
	}
	if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
		if plain, err := io.ReadAll(z); err == nil {
			c.text(plain, hit)
		}
	}
}

// search looks through every file below dir except inbox and truth, and below the folder of keys; Parquet and databases are decoded.
func (c *canaries) search(t *testing.T, dirs ...string) (hits []string, files, values int) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(dir, path)
			if d.IsDir() && (rel == "inbox" || rel == "truth") {
				return filepath.SkipDir
			}
			hit := func(what, word string) { hits = append(hits, fmt.Sprintf("%s: %s %s", rel, what, word)) }
			c.text([]byte(rel), hit)
			if !d.Type().IsRegular() {
				return nil
			}
			files++
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			switch filepath.Ext(path) {
			case ".parquet":
				values += c.parquet(t, b, hit)
			case ".duckdb":
				values += c.database(t, path, hit)
			default:
				c.everywhere(b, hit)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hits, files, values
}

// value searches one decoded value; born are the dates of birth of the child that the row is about.
func (c *canaries) value(v any, born []time.Time, hit func(what, word string)) {
	switch x := v.(type) {
	case nil:
	case string:
		c.text([]byte(x), hit)
	case int64:
		if what, ok := c.words[strconv.FormatInt(x, 10)]; ok {
			hit(what, strconv.FormatInt(x, 10))
		}
	case time.Time:
		if slices.ContainsFunc(born, x.Equal) {
			hit("date of birth of the row's child", x.Format(time.DateOnly))
		}
	}
}

// dates that may fall on a birth are left out, and the documentation says so: a newborn's episode starts on its first days.
func mayBeBirth(column string) bool {
	return slices.Contains([]string{"DECOM", "date", "decom", "start_date", "first_entry", "CPPstartDate", "CINreferralDate"}, column)
}

func (c *canaries) parquet(t *testing.T, b []byte, hit func(what, word string)) (n int) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	cols := f.Schema().Columns()
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		buf := make([]parquet.Row, 256)
		for {
			k, err := rows.ReadRows(buf)
			for _, r := range buf[:k] {
				var born []time.Time
				for _, v := range r {
					if name := cols[v.Column()][0]; name == "child_key" && !v.IsNull() {
						x := v.ByteArray()
						born = c.keys[fmt.Sprintf("%x-%x-%x-%x-%x", x[0:4], x[4:6], x[6:8], x[8:10], x[10:16])]
					}
				}
				for _, v := range r {
					name := cols[v.Column()][0]
					n++
					switch leaf, _ := f.Schema().Lookup(name); {
					case v.IsNull():
					case v.Kind() == parquet.ByteArray:
						c.value(string(v.ByteArray()), nil, hit)
					case v.Kind() == parquet.Int32 && leaf.Node.Type().String() == "DATE":
						if !mayBeBirth(name) {
							c.value(time.Unix(int64(v.Int32())*86400, 0).UTC(), born, hit)
						}
					case v.Kind() == parquet.Int32:
						c.value(int64(v.Int32()), nil, hit)
					}
				}
			}
			if err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (c *canaries) database(t *testing.T, path string, hit func(what, word string)) (n int) {
	t.Helper()
	ctx := t.Context()
	db, err := duck.OpenReadOnlyLocked(path, duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range column(ctx, t, db, "select table_name from duckdb_tables() where schema_name = 'main' and not temporary order by 1") {
		r, err := db.Query(ctx, "select * from "+duck.Quote(table))
		if err != nil {
			t.Fatal(err)
		}
		key := slices.IndexFunc(r.Columns, func(c duck.Column) bool { return c.Name == "child_key" })
		for r.Next() {
			row := r.Values()
			var born []time.Time
			if key >= 0 && row[key] != nil {
				born = c.keys[fmt.Sprint(row[key])]
			}
			for i, v := range row {
				n++
				if _, date := v.(time.Time); !date || !mayBeBirth(r.Columns[i].Name) {
					c.value(v, born, func(what, word string) { hit(what+" in "+table+"."+r.Columns[i].Name, word) })
				}
			}
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func column(ctx context.Context, t *testing.T, db *duck.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.Select(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// plant puts what the search must find among the files: a value in each form in which it could leak.
func plant(t *testing.T, p *project.Project, c *canaries) (want int) {
	t.Helper()
	pick := func(what string) string {
		for _, w := range sortedWords(c.words) {
			if c.words[w] == what {
				return w
			}
		}
		t.Fatalf("no %s to plant", what)
		return ""
	}
	write := func(name string, b []byte) {
		want++
		if err := os.WriteFile(filepath.Join(p.Dir, "lake", name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pc := pick("postcode")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprintf(z, "upn=%s", pick("UPN"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	wide := strings.Join(strings.Split("child "+pick("CHILD")+" ", ""), "\x00")
	write("plain.log", []byte("reading child="+strings.ToLower(pick("CHILD"))+" now"))
	write("post.json", []byte(`{"at":"`+pc[:len(pc)-3]+" "+pc[len(pc)-3:]+`"}`))
	write("born.txt", []byte("x "+pick("date of birth")+" y"))
	write("hex.bin", []byte("00"+hex.EncodeToString([]byte(c.few[0]))))
	write("b64.bin", []byte(base64.StdEncoding.EncodeToString([]byte("ab"+c.few[1]+"c"))))
	write("nhs.bin", []byte("\x01"+pick("NHS number")+"\x02"))
	write("wide.txt", []byte(wide))
	write("zipped", zipped.Bytes())
	write("born-"+pick("CHILD")+".csv", nil)
	var table bytes.Buffer
	w := parquet.NewGenericWriter[struct {
		PLACE string `parquet:"PLACE,optional"`
	}](&table)
	if _, err := w.Write([]struct {
		PLACE string `parquet:"PLACE,optional"`
	}{{pick("UPN")}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write("x.parquet", table.Bytes())
	var key string
	for _, k := range sortedWords(c.keys) {
		key = k
		break
	}
	db, err := duck.Open(filepath.Join(p.Dir, "lake", "x.duckdb"), duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), "create table leak as select ?::uuid as child_key, ?::date as REVIEW", key, c.keys[key][0].Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return want + 1
}

func sortedWords[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Nothing that identifies a child is in anything written outside the inbox; and the search would find it.
func TestNothingIdentifyingIsWritten(t *testing.T) {
	dir := runDemo(t, filepath.Join(t.TempDir(), "demo"), "--children", "400", "--seed", "11")
	p, err := project.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := readCanaries(t, p, 200)
	hits, files, values := c.search(t, dir, filepath.Dir(p.KeyPath))
	t.Logf("searched %d files, %d decoded values", files, values)
	for i, h := range hits {
		if i == 20 {
			t.Errorf("… %d hits in all", len(hits))
			break
		}
		t.Error(h)
	}
	if files < 100 || values < 10000 {
		t.Errorf("the search saw too little to mean anything")
	}
	t.Run("analysis", func(t *testing.T) { analyse(t, dir) }) // here, since a demo large enough for it takes a minute
	want := plant(t, p, c)
	found, _, _ := c.search(t, dir)
	seen := map[string]bool{}
	for _, h := range found[min(len(hits), len(found)):] {
		seen[strings.SplitN(h, ":", 2)[0]] = true
	}
	if len(seen) != want {
		t.Errorf("of %d planted values the search found %d: %v", want, len(seen), sortedWords(seen))
	}
	t.Logf("planted %d, found %d", want, len(seen))
}
