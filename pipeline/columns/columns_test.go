package columns_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/columns"
	"throughline/pipeline/duck"
)

// read is every row of a file, fields joined by a bar.
func read(t *testing.T, path string, o columns.Options, want ...string) ([]string, error) {
	t.Helper()
	f, err := columns.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if want == nil {
		want = f.Names()
	}
	if err := f.Want(want); err != nil {
		return nil, err
	}
	cells := make([][]byte, len(want))
	var out []string
	for f.Next(cells) {
		var row []string
		for _, c := range cells {
			row = append(row, string(c))
		}
		out = append(out, strings.Join(row, "|"))
	}
	if done, total := f.Progress(); f.Err() == nil && done != total {
		t.Errorf("%d of %d bytes read", done, total)
	}
	return out, f.Err()
}

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text, file string
		want       []string
		rows       []string
		err        string
	}{
		"plain":                              {text: "a,b,c\n1,2,3\n4,5,6\n", rows: []string{"1|2|3", "4|5|6"}},
		"no last line end, CRLF":             {text: "a,b\r\n1,2\r\n3,4", rows: []string{"1|2", "3|4"}},
		"byte order mark":                    {text: "\ufeffa,b\n1,2\n", rows: []string{"1|2"}},
		"some columns in other order":        {text: "a,b,c\n1,2,3\n", want: []string{"c", "a"}, rows: []string{"3|1"}},
		"empty fields":                       {text: "a,b,c\n,,\n", rows: []string{"||"}},
		"empty lines are no rows":            {text: "a,b\n1,2\n\n3,4\n\n", rows: []string{"1|2", "3|4"}},
		"an empty line of one column":        {text: "a\n1\n\n2\n", rows: []string{"1", "", "2"}},
		"quotes":                             {text: "a,b,c\n\"x,y\",\"say \"\"so\"\"\",z\n", rows: []string{`x,y|say "so"|z`}},
		"a quoted line end":                  {text: "a,b\n\"x\ny\",2\n3,4\n", rows: []string{"x\ny|2", "3|4"}},
		"a quoted head":                      {text: "\"a,1\",b\n1,2\n", want: []string{"a,1"}, rows: []string{"1"}},
		"tabs":                               {text: "a\tb\n1,5\t2\n", file: "x.tsv", rows: []string{"1,5|2"}},
		"quotes at either end":               {text: "a,b,c\n1,2,\"\"\n\"\",2,3\n", rows: []string{"1|2|", "|2|3"}},
		"a field too few":                    {text: "a,b\n1,2\n3\n", err: "x.csv:3: 1 fields, the first line has 2"},
		"a field too many":                   {text: "a,b\n1,2,3\n", err: "x.csv:2: 3 fields, the first line has 2"},
		"a field too many with quotes":       {text: "a,b\n1,\"2\",3\n", err: "x.csv:2: 3 fields"},
		"the line of a row after a long one": {text: "a,b\n\"x\n\ny\",2\n3\n", err: "x.csv:5: 1 fields"},
		"an open quote":                      {text: "a,b\n1,\"2\n3,4\n", err: "x.csv:2: a quote is never closed"},
		"text after a quote":                 {text: "a,b\n\"1\"x,2\n", err: "x.csv:2: something stands after a closing quote"},
		"not UTF-8":                          {text: "a,b\n1,M\xfcller\n", err: "x.csv:2: isn't UTF-8"},
		"UTF-16":                             {text: "\xff\xfea\x00,\x00", err: "is UTF-16"},
		"nothing":                            {text: "", err: "is empty"},
		"no such column":                     {text: "a,b\n", want: []string{"c"}, err: "no column \"c\"\nhint: the first line must name the columns; it has 2, none of them so"},
		"a column twice":                     {text: "a,a\n", want: []string{"a"}, err: "two columns are called \"a\""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.file == "" {
				c.file = "x.csv"
			}
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			rows, err := read(t, path, columns.Options{}, c.want...)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !slices.Equal(rows, c.rows) {
				t.Errorf("%q %v, want %q", rows, err, c.rows)
			}
		})
	}
}

func TestRowsOverTheEndOfTheBuffer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	var b strings.Builder
	b.WriteString("a;b\n")
	var want []string
	for i := range 3000 {
		x := strings.Repeat(string(rune('a'+i%26)), i)
		b.WriteString(x + ";\"" + x + "\"\n")
		want = append(want, x+"|"+x)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := read(t, path, columns.Options{Delimiter: ';'})
	if err != nil || !slices.Equal(rows, want) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestParquet(t *testing.T) {
	db, err := duck.Open("", duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(t.TempDir(), "x.parquet")
	q := `copy (select range as id, case when range % 3 = 0 then null else 'n' || range end as name, date '2010-02-28' + range::int as dob,
		range / 4.0 as share, 1.50::decimal(9,2) as money, true as yes, range::utinyint as small, timestamp '2020-01-02 03:04:05.25' as at,
		[1, 2] as list from range(%)) to ` + duck.Literal(path) + ` (row_group_size 2048)`
	for _, rows := range []string{"4", "0", "5000"} {
		if err := db.Exec(t.Context(), strings.Replace(strings.Replace(q, "%)", rows+")", 1), "range::utinyint", "(range % 200)::utinyint", 1)); err != nil {
			t.Fatal(err)
		}
		got, err := read(t, path, columns.Options{}, "name", "id", "dob", "share", "money", "yes", "small", "at")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"|0|2010-02-28|0|1.50|true|0|2020-01-02 03:04:05.25", "n1|1|2010-03-01|0.25|1.50|true|1|2020-01-02 03:04:05.25",
			"n2|2|2010-03-02|0.5|1.50|true|2|2020-01-02 03:04:05.25", "|3|2010-03-03|0.75|1.50|true|3|2020-01-02 03:04:05.25"}
		switch rows {
		case "4":
			if !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
		case "0":
			if len(got) != 0 {
				t.Errorf("%q", got)
			}
		default:
			if len(got) != 5000 || !strings.HasPrefix(got[4999], "n4999|4999|") || !slices.Equal(got[:4], want) {
				t.Errorf("%d rows", len(got))
			}
		}
	}
	if _, err := read(t, path, columns.Options{}, "list"); err == nil || !strings.Contains(err.Error(), "column \"list\" holds lists") {
		t.Error(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.parquet")
	if err := os.WriteFile(bad, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, bad, columns.Options{}); err == nil || !strings.Contains(err.Error(), "hint: is it a Parquet file?") {
		t.Error(err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"2\"\"\n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := columns.Open(path, columns.Options{})
		if err != nil {
			return
		}
		defer in.Close()
		if in.Want(in.Names()) != nil {
			return
		}
		cells := make([][]byte, len(in.Names()))
		for in.Next(cells) {
			for _, c := range cells {
				if len(c) > len(text) {
					t.Fatal("a field longer than the file")
				}
			}
		}
	})
}

func BenchmarkCSV(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.csv")
	text := "unique_id,year,la,child,sex,dob,ethnic,upn,home_post,pl_post,uasc\n" + strings.Repeat("1,2016,E06000001,7981636A,2,2011-07-03,WIRI,M805502115244,AR17 3TZ,AR3 4YY,0\n", 100_000)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cells := make([][]byte, 10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := columns.Open(path, columns.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Want(f.Names()[:10]); err != nil {
			b.Fatal(err)
		}
		for f.Next(cells) {
		}
		if f.Err() != nil || f.Rows() != 100_000 {
			b.Fatal(f.Rows(), f.Err())
		}
		f.Close()
	}
}
