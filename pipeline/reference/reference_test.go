package reference

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"throughline/schemas"
	"throughline/schemas/identifier"
)

func TestTheAreaOfAnAuthority(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, la, place string
		in              bool
	}{
		{"its own code", "E08000025", "E08000025", true},
		{"a neighbour", "E08000025", "E08000026", false},
		{"a county's area is today's two authorities", "E10000021", "E06000061", true},
		{"and the other", "E10000021", "E06000062", true},
		{"a county may lie outside one of the two that shared it", "E06000061", "E10000021", false},
		{"one of the two isn't the other", "E06000061", "E06000062", false},
		{"an authority that was merged lies in the one of today", "E06000029", "E06000058", true},
		{"and in it by a table of before", "E06000058", "E06000029", true},
		{"two that were merged were two", "E06000029", "E06000028", false},
		{"a code that was changed", "E08000016", "E08000038", true},
		{"and by a table of before", "E08000038", "E08000016", true},
	} {
		if got := area(s.Authorities, c.la)[c.place]; got != c.in {
			t.Errorf("%s: %s in %s is %v", c.name, c.place, c.la, got)
		}
	}
}

func TestPostcodeTable(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":             {"", "reference/postcodes.csv:1: EOF"},
		"no column":         {"postcode,easting,northing\n", "reference/postcodes.csv:1: no column la_code_9"},
		"quotes left open":  {"postcode,la_code_9,easting,northing\n\"AB1 2CD,E1,1,2\n", "reference/postcodes.csv:2: quotes that don't match"},
		"names of old":      {" PCDS ,Oslaua,OSEAST1M,osnrth1m\nAB1 2CD,E1,1,2\n", ""},
		"a blank line":      {"postcode,la_code_9,easting,northing\nAB1 2CD,E1,1,2\r\n\r\nAB1 2CE,E1,1,2", ""},
		"no postcode":       {"postcode,la_code_9,easting,northing\nx,E1,1,2\n", "reference/postcodes.csv:2: not a postcode"},
		"no number":         {"postcode,la_code_9,easting,northing\nAB1 2CD,E1,x,2\n", "reference/postcodes.csv:2: not a postcode"},
		"a cell too few":    {"postcode,la_code_9,easting,northing\nAB1 2CD,E1\n", "reference/postcodes.csv:2: "},
		"not on the grid":   {"postcode,la_code_9,easting,northing\nAB1 2CD,E1,,\n", ""},
		"a byte order mark": {"\ufeffpostcode,la_code_9,easting,northing\nAB1 2CD,E1,1,2\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePostcodes("reference/postcodes.csv", []byte(c.in), nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || err != nil && strings.Contains(err.Error(), "AB1") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTheDirectoryOfTheONS(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePostcodes("x.csv", []byte("pcds,oslaua,oscty,oseast1m,osnrth1m,doterm\n"+
		"B1 1AA,E08000025,E99999999,400000,300000,\nS1 1AA,S12000033,S99999999,400000,316093,\nOX1 1AA,E07000178,E10000025,400000,305000,\n"), s.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		la, home, place, wantLA, location string
		miles                             float64
	}{
		{"E08000025", "B11AA", "B11AA", "E08000025", "IN", 0},
		{"E08000025", "B11AA", "S11AA", "SCO", "OUT", 10},
		{"E10000025", "B11AA", "OX11AA", "E10000025", "IN", 3.1},
		{"E08000025", "B11AA", "ZZ11ZZ", "", "", math.NaN()},
		{"E08000025", "B11AA", "B11AA9", "", "", math.NaN()},
		{"E08000025", "B11AA", "", "", "", math.NaN()},
	} {
		d := p.Derive(c.la, c.home, c.place)
		if d.LA != c.wantLA || d.Location != c.location || d.Miles != c.miles && !(math.IsNaN(d.Miles) && math.IsNaN(c.miles)) {
			t.Errorf("%s from %s: %+v", c.place, c.home, d)
		}
	}
}

// A postcode that was given up stays known; of two holders of one, the newer counts, wherever it stands.
func TestPostcodesThatEnd(t *testing.T) {
	rows := []string{"B1 1AA,E1,1,1,198001,199512", "B1 1AA,E2,1,1,199801,", "B1 1AB,E3,1,1,198001,200206", "B1 1AC,E4,1,1,198001,198501", "B1 1AC,E5,1,1,199001,199906"}
	for range 2 {
		p, err := ParsePostcodes("x.csv", []byte("pcds,oslaua,oseast1m,osnrth1m,dointr,doterm\n"+strings.Join(rows, "\n")), nil)
		if err != nil {
			t.Fatal(err)
		}
		for unit, want := range map[string]string{"B11AA": "E2", "B11AB": "E3", "B11AC": "E5"} {
			if got := p.Derive("", "", unit).Code; got != want {
				t.Errorf("%s lies in %s, want %s", unit, got, want)
			}
		}
		if p.Len() != 3 || p.Newest() != "2002-06" {
			t.Errorf("%d postcodes, newest %s", p.Len(), p.Newest())
		}
		slices.Reverse(rows)
	}
}

// Whatever way of reading is the faster one, it reads what the slower one does.
func TestLinesAreReadAsCSV(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	for _, text := range []string{
		"a,b,c\n1,2,3\n", "a,b\r\n1,\r\n,2", `"a","b, c",d` + "\n" + `1,"",3`, "\"a\nb\",c\nd,e\n", `"a ""b"" c",d` + "\n", ",\n,\n", long + ",b\nc,\"" + long + "\n" + long + "\"\nd,e",
		"\"a\n\nb\",\"c\"\"\n\"\nd,e\n",
	} {
		r := csv.NewReader(strings.NewReader(text))
		l := &lines{in: bufio.NewReaderSize(strings.NewReader(text), 1<<18)}
		for {
			want, err := r.Read()
			got, err2 := l.next(nil)
			if err != nil || err2 != nil {
				if err != io.EOF || err2 != io.EOF {
					t.Errorf("%.30q: %v, want %v", text, err2, err)
				}
				break
			}
			if line, _ := r.FieldPos(0); line != l.line {
				t.Errorf("%.30q: line %d, want %d", text, l.line, line)
			}
			if s := string(bytes.Join(got, []byte("|"))); s != strings.ReplaceAll(strings.Join(want, "|"), "\r\n", "\n") {
				t.Errorf("%.30q: %.90q, want %.90q", text, s, want)
			}
		}
	}
}

func TestPostcodesAreReadAsElsewhere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	known := 0
	for range 300_000 {
		b := make([]byte, 4+rnd.IntN(6))
		for i := range b {
			b[i] = "ABGIOSWZ0129 a-"[rnd.IntN(15)]
		}
		if len(b) > 5 && rnd.IntN(2) == 0 { // most have some of the shape
			copy(b[len(b)-3:], "1AA")
		}
		want, ok := identifier.ParsePostcode(string(b))
		if got, ok2 := bare(b); ok != ok2 || got != want.Unit {
			t.Fatalf("%q is read as %q %v, and elsewhere as %q %v", b, got, ok2, want.Unit, ok)
		}
		if ok {
			known++
		}
	}
	if known < 1000 {
		t.Fatalf("only %d of them are postcodes", known)
	}
}

func TestTheDirectoryAsAZip(t *testing.T) {
	pack := func(files ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, f := range files {
			w, err := z.Create(f)
			if err == nil {
				_, err = io.WriteString(w, "pcds,oslaua,oseast1m,osnrth1m\nAB1 2CD,E08000025,1,2\nAB1 2CE,E08000025,x,2\n")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := pack("User Guide/guide.csv", "Data/multi_csv/ONSPD_FEB_2024_UK_AB.csv", "Data/ONSPD_FEB_2024_UK.csv", "Documents/names.csv")
	want := func(u string) bool { return u == "AB12CD" }
	for name, r := range map[string]io.Reader{"from any place": bytes.NewReader(good), "in order": io.MultiReader(bytes.NewReader(good))} {
		p, err := ReadPostcodes("o.zip", r, nil, want)
		if err != nil || p.Len() != 1 || p.Derive("", "", "AB12CD").Code != "E08000025" {
			t.Errorf("%s: %d postcodes, %v", name, p.Len(), err)
		}
	}
	if _, err := ReadPostcodes("o.zip", bytes.NewReader(good), nil, nil); err == nil || !strings.Contains(err.Error(), "o.zip/Data/ONSPD_FEB_2024_UK.csv:3: not a postcode") {
		t.Errorf("got %v", err)
	}
	for _, bad := range [][]byte{pack("a.csv"), pack("Data/ONSPD_A.csv", "Data/NSPL_B.csv"), good[:len(good)/2]} {
		if _, err := ReadPostcodes("o.zip", bytes.NewReader(bad), nil, nil); err == nil {
			t.Error("a zip without the one table was read")
		}
	}
}

// BenchmarkReadPostcodes reads a table of the size and layout of the whole directory, of which one authority's returns want a few thousand.
// Set THROUGHLINE_POSTCODES to the file.
func BenchmarkReadPostcodes(b *testing.B) {
	name := os.Getenv("THROUGHLINE_POSTCODES")
	if name == "" {
		b.Skip("no THROUGHLINE_POSTCODES")
	}
	for what, want := range map[string]func(string) bool{"some": func(u string) bool { return strings.HasPrefix(u, "AB1") }, "all": nil} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(name)
				if err != nil {
					b.Fatal(err)
				}
				p, err := ReadPostcodes(name, f, nil, want)
				if err != nil || p.Len() == 0 {
					b.Fatal(p.Len(), err)
				}
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-kept")
				runtime.KeepAlive(p)
				f.Close()
			}
		})
	}
}

// The page on reference tables names the rules that need each, and no others.
func TestThePageNamesTheRules(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/references.md")
	if err != nil {
		t.Fatal(err)
	}
	for heading, need := range map[string]string{"## Postcodes\n": "postcodes", "## Settings\n": "providers"} {
		_, section, ok := strings.Cut(string(page), heading)
		_, section, ok2 := strings.Cut(section, "Rules that need it: ")
		section, _, _ = strings.Cut(section, ".")
		if !ok || !ok2 {
			t.Fatalf("no rules under %s", heading)
		}
		var got, want []string
		for _, word := range regexp.MustCompile(`\([^)]*\)|;.*|,|and`).Split(section, -1) {
			if word = strings.TrimSpace(word); word != "" {
				got = append(got, word)
			}
		}
		for _, r := range s.Dataset("ssda903").Rules {
			if slices.Contains(r.Needs, need) {
				want = append(want, r.Code)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the page has %v, the rules are %v", need, got, want)
		}
	}
}
