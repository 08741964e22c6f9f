package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJaroWinkler(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		jaro, jw   float64
	}{
		{"Winkler's own", "MARTHA", "MARHTA", 0.944444444444444, 0.961111111111111},
		{"another length", "DIXON", "DICKSONX", 0.766666666666667, 0.813333333333333},
		{"letters far apart", "DWAYNE", "DUANE", 0.822222222222222, 0.84},
		{"no bonus at 0.7 or below", "abcd", "abxy", 0.666666666666667, 0.666666666666667},
		{"both empty", "", "", 0, 0},
		{"one empty", "", "a", 0, 0},
		{"equal", "a", "a", 1, 1},
		{"two letters exchanged have no partner in reach", "ab", "ba", 0, 0},
		{"an accented letter is two bytes", "é", "è", 2. / 3, 2. / 3},
	} {
		if j, w := Jaro(c.a, c.b), JaroWinkler(c.a, c.b); math.Abs(j-c.jaro) > 1e-12 || math.Abs(w-c.jw) > 1e-12 {
			t.Errorf("%s: got %.15f and %.15f, want %.15f and %.15f", c.name, j, w, c.jaro, c.jw)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name, a, b           string
		levenshtein, damerau int
	}{
		{"both empty", "", "", 0, 0},
		{"one empty", "", "abc", 3, 3},
		{"the classic", "kitten", "sitting", 3, 3},
		{"neighbours exchanged", "smtih", "smith", 2, 1},
		{"exchanged, then edited again", "ca", "abc", 3, 2},
		{"an exchange across an insertion", "ab", "bxa", 3, 2},
		{"an accent against another", "é", "è", 1, 1},
		{"an accent against none", "josé", "jose", 2, 2},
	} {
		if l, d := Levenshtein(c.a, c.b), Damerau(c.a, c.b); l != c.levenshtein || d != c.damerau {
			t.Errorf("%s: got %d and %d, want %d and %d", c.name, l, d, c.levenshtein, c.damerau)
		}
	}
}

// pairs gives n seeded pairs: unrelated strings, and strings with up to four slips, of alphabets from two letters to 26.
func pairs(n int) (out [][2]string) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		letters := "abcdefghijklmnopqrstuvwxyz"[:[]int{2, 3, 8, 26}[r.IntN(4)]]
		word := func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = letters[r.IntN(len(letters))]
			}
			return b
		}
		longest := []int{4, 12, 40, 150}[r.IntN(4)]
		a := word(r.IntN(longest))
		b := word(r.IntN(longest))
		if r.IntN(2) == 0 {
			b = slices.Clone(a)
			for range r.IntN(5) {
				if len(b) < 2 {
					break
				}
				switch i := r.IntN(len(b) - 1); r.IntN(4) {
				case 0:
					b[i], b[i+1] = b[i+1], b[i]
				case 1:
					b[i] = letters[r.IntN(len(letters))]
				case 2:
					b = slices.Delete(b, i, i+1)
				case 3:
					b = slices.Insert(b, i, letters[r.IntN(len(letters))])
				}
			}
		}
		out = append(out, [2]string{string(a), string(b)})
	}
	return out
}

// matrix is Levenshtein and Damerau as the textbooks have them, with a whole matrix each.
func matrix(a, b string) (levenshtein, damerau int) {
	l := make([][]int, len(a)+1)
	d := make([][]int, len(a)+2)
	far := len(a) + len(b)
	for i := range l {
		l[i] = make([]int, len(b)+1)
	}
	for i := range d {
		d[i] = make([]int, len(b)+2)
		d[i][0] = far
		if i > 0 {
			d[i][1] = i - 1
			l[i-1][0] = i - 1
		}
	}
	for j := range len(b) + 2 {
		d[0][j] = far
		if j > 0 {
			d[1][j] = j - 1
			l[0][j-1] = j - 1
		}
	}
	var lastRow [256]int
	for i := 1; i <= len(a); i++ {
		lastCol := 0
		for j := 1; j <= len(b); j++ {
			k, m, cost := lastRow[b[j-1]], lastCol, 1
			if a[i-1] == b[j-1] {
				cost, lastCol = 0, j
			}
			l[i][j] = min(l[i-1][j-1]+cost, l[i][j-1]+1, l[i-1][j]+1)
			d[i+1][j+1] = min(d[i][j]+cost, d[i+1][j]+1, d[i][j+1]+1, d[k][m]+(i-k-1)+1+(j-m-1))
		}
		lastRow[a[i-1]] = i
	}
	return l[len(a)][len(b)], d[len(a)+1][len(b)+1]
}

func TestEditsEqualTheWholeMatrix(t *testing.T) {
	for _, p := range pairs(20_000) {
		a, b := p[0], p[1]
		wantL, wantD := matrix(a, b)
		if l, d := Levenshtein(a, b), Damerau(a, b); l != wantL || d != wantD {
			t.Fatalf("%q and %q: got %d and %d, want %d and %d", a, b, l, d, wantL, wantD)
		}
		for k := range 6 {
			if got, want := DamerauAtMost(a, b, k), min(wantD, k+1); got != want {
				t.Fatalf("DamerauAtMost(%q, %q, %d) is %d, want %d", a, b, k, got, want)
			}
		}
	}
}

func TestComparisonsDontDependOnOrder(t *testing.T) {
	for _, p := range pairs(5_000) {
		a, b := p[0], p[1]
		if Levenshtein(a, b) != Levenshtein(b, a) || Damerau(a, b) != Damerau(b, a) {
			t.Errorf("%q and %q: the distance depends on the order", a, b)
		}
		if s := JaroWinkler(a, b); s < 0 || s > 1 {
			t.Errorf("%q and %q: %f", a, b, s)
		}
	}
}

func TestSoundex(t *testing.T) {
	for name, want := range map[string]string{ // most from the rules and examples of the National Archives of the United States
		"Robert": "R163", "Rupert": "R163", "Rubin": "R150", "Ashcraft": "A261", "Ashcroft": "A261", "Tymczak": "T522", "Pfister": "P236",
		"Honeyman": "H555", "Washington": "W252", "Lee": "L000", "Gutierrez": "G362", "Jackson": "J250", "VanDeusen": "V532", "o'brien": "O165",
		"": "", "123": "",
	} {
		if got := Soundex(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestDoubleMetaphone(t *testing.T) {
	for _, c := range []struct{ name, primary, alternate string }{
		{"Smith", "SM0", "XMT"}, {"Schmidt", "XMT", "SMT"}, {"Snider", "SNTR", "XNTR"}, {"Schneider", "XNTR", "SNTR"},
		{"Thomas", "TMS", "TMS"}, {"Thompson", "TMPS", "TMPS"}, {"Catherine", "K0RN", "KTRN"}, {"Katherine", "K0RN", "KTRN"},
		{"Michael", "MKL", "MXL"}, {"Richard", "RXRT", "RKRT"}, {"Bach", "PK", "PK"}, {"Caesar", "SSR", "SSR"}, {"Chianti", "KNT", "KNT"},
		{"Focaccia", "FKX", "FKX"}, {"McClellan", "MKLL", "MKLL"}, {"McHugh", "MK", "MK"}, {"Accident", "AKST", "AKST"},
		{"Czerny", "SRN", "XRN"}, {"Bacci", "PX", "PX"}, {"Edge", "AJ", "AJ"}, {"Edgar", "ATKR", "ATKR"}, {"Ghislane", "JLN", "JLN"},
		{"Hugh", "H", "H"}, {"Broughton", "PRTN", "PRTN"}, {"Laugh", "LF", "LF"}, {"McLaughlin", "MKLF", "MKLF"}, {"Cagney", "KKN", "KKN"},
		{"Agnes", "AKNS", "ANS"}, {"Tagliaro", "TKLR", "TLR"}, {"Biaggi", "PJ", "PK"}, {"Rogier", "RJ", "RJR"}, {"Hochmeier", "HKMR", "HKMR"},
		{"Jose", "HS", "HS"}, {"San Jacinto", "SNHS", "SNHS"}, {"Jankelowicz", "JNKL", "ANKL"}, {"Cabrillo", "KPRL", "KPR"},
		{"Gallegos", "KLKS", "KKS"}, {"Dumb", "TM", "TM"}, {"Thumb", "0M", "TM"}, {"Campbell", "KMPL", "KMPL"}, {"Island", "ALNT", "ALNT"},
		{"Carlisle", "KRLL", "KRLL"}, {"Sugar", "XKR", "SKR"}, {"Artois", "ART", "ARTS"}, {"Schooner", "SKNR", "SKNR"},
		{"Schermerhorn", "XRMR", "SKRM"}, {"Schenker", "XNKR", "SKNK"}, {"Wasserman", "ASRM", "FSRM"}, {"Arnow", "ARN", "ARNF"},
		{"Filipowicz", "FLPT", "FLPF"}, {"Wright", "RT", "RT"}, {"Xavier", "SF", "SFR"}, {"Breaux", "PR", "PR"}, {"Zhao", "J", "J"},
		{"Knight", "NT", "NT"}, {"Philip", "FLP", "FLP"}, {"Chemistry", "KMST", "KMST"}, {"Chorus", "KRS", "KRS"}, {"Orchestra", "ARKS", "ARKS"},
		{"Succeed", "SKST", "SKST"}, {"", "", ""}, {"123", "", ""},
	} {
		if p, a := DoubleMetaphone(c.name); p != c.primary || a != c.alternate {
			t.Errorf("%s: got %s and %s, want %s and %s", c.name, p, a, c.primary, c.alternate)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  ": "", "'": "", "smith": "smith", " Smith\t": "smith", "O'Brien": "obrien", "O’Brien": "obrien", "O' Brien": "o brien",
		"Anne-Marie": "anne marie", "ANNE  MARIE": "anne marie", "José": "jose", "Jose\u0301": "jose", "Łukasz": "lukasz", "Weiß": "weiss",
		"Søren Æble": "soren aeble", "St. John": "st john", "İbrahim": "ibrahim", "Σωκράτης": "σωκρατησ", "Ｊｏ": "jo", "a\xffb": "a b",
		"محمد": "محمد", "राम": "राम", "김": "김",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"O’Brien", "Łukasz", "a\xff", "İ", "ẞ", "ﬁ", "ǅ", "ſ", "김"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x := Fold(s)
		if y := Fold(x); y != x {
			t.Errorf("%q folds to %q, and that to %q", s, x, y)
		}
		if !utf8.ValidString(x) || strings.TrimSpace(x) != x || strings.Contains(x, "  ") {
			t.Errorf("%q folds to %q", s, x)
		}
		NameParts(s)
		Soundex(s)
		if p, a := DoubleMetaphone(s); len(p) > 4 || len(a) > 4 {
			t.Errorf("%q sounds like %q and %q", s, p, a)
		}
	})
}

func TestNameParts(t *testing.T) {
	for in, want := range map[string][]string{
		"": nil, "Mr": {"mr"}, "Mr John Smith": {"john", "smith"}, "SMITH, John": {"john", "smith"}, "Anne-Marie O'Neill": {"anne", "marie", "oneill"},
		"Ali Ali": {"ali"}, "Smith Master": {"master", "smith"},
	} {
		if got := NameParts(in); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNickname(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"bob", "robert", true}, {"rob", "bob", true}, {"alex", "alexandra", true}, {"alex", "alexander", true},
		{"alexander", "alexandra", false}, {"bob", "bob", false}, {"bob", "qqq", false}, {"", "bob", false}, {"mo", "muhammad", true},
	} {
		if Nickname(c.a, c.b) != c.want || Nickname(c.b, c.a) != c.want {
			t.Errorf("%s and %s: want %t", c.a, c.b, c.want)
		}
	}
	if got := FullNames("chris"); !slices.Equal(got, []string{"christine", "christopher"}) {
		t.Errorf("chris: %v", got)
	}
	if got := FullNames("qqq"); !slices.Equal(got, []string{"qqq"}) {
		t.Errorf("qqq: %v", got)
	}
}

func TestNicknameTable(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(nicknameTable, "\n"), "\n")
	if len(lines) < 150 || !slices.IsSorted(lines) {
		t.Errorf("%d groups, in the alphabet's order: %t", len(lines), slices.IsSorted(lines))
	}
	full := map[string]bool{}
	for _, l := range lines {
		names := strings.Split(l, ",")
		if len(names) < 2 || full[names[0]] {
			t.Errorf("%s: no other form, or a group twice", names[0])
		}
		full[names[0]] = true
		slices.Sort(names)
		if len(slices.Compact(names)) != len(strings.Split(l, ",")) {
			t.Errorf("%s: a form stands twice", l)
		}
		for _, n := range names {
			if n != Fold(n) || strings.Contains(n, " ") {
				t.Errorf("%q isn't one folded name", n)
			}
		}
	}
}

func TestShortStringsAllocateNothing(t *testing.T) {
	a, b := "christopherson", "kristoffersen"
	if n := testing.AllocsPerRun(100, func() {
		JaroWinkler(a, b)
		Levenshtein(a, b)
		Damerau(a, b)
		DamerauAtMost(a, b, 2)
		Nickname(a, b)
		Fold(a)
	}); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	words := strings.Fields("smith smyth jones johnson williams wiliams taylor tailor brown davies davis evans wilson thomas roberts robertson " +
		"khan patel ahmed ahmad walker wright white hughes edwards green hall lewis harris clarke clark jackson")
	for _, f := range []struct {
		name string
		do   func(a, b string)
	}{
		{"JaroWinkler", func(x, y string) { JaroWinkler(x, y) }},
		{"Levenshtein", func(x, y string) { Levenshtein(x, y) }},
		{"Damerau", func(x, y string) { Damerau(x, y) }},
		{"DamerauAtMost2", func(x, y string) { DamerauAtMost(x, y, 2) }},
		{"DamerauAtMost1", func(x, y string) { DamerauAtMost(x, y, 1) }},
		{"Soundex", func(x, _ string) { Soundex(x) }},
		{"DoubleMetaphone", func(x, _ string) { DoubleMetaphone(x) }},
		{"FoldPlain", func(x, _ string) { Fold(x) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				f.do(words[n%32], words[n/32%32])
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}
