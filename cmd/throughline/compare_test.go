package main

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"throughline/linkage/compare"
	"throughline/pipeline/duck"
)

// namesWithSlips gives n seeded pairs to compare: strings of few and of many different letters, some of several bytes, up to 150 letters
// long and some empty; and names with letters lost, doubled, replaced, exchanged or accented. Half the pairs have nothing to do with each other.
func namesWithSlips(n int) (a, b []string) {
	r := rand.New(rand.NewPCG(903, 1))
	names := strings.Fields("Smith Jones Taylor Williams Brown O'Brien Nguyễn Muñoz García Kowalski Łukaszewski Müller Weiß Sørensen Öztürk Şahin " +
		"Begum Khan Hussain Okonkwo Adeyemi Christopherson Featherstonehaugh Anne-Marie Zoë Chloë Siân Seán Renée Mississippi Hannah 李小龙 Αθηνά")
	alphabets := []string{"ab", "aab", "abc", "aàéß", "日本aé", "abcdefghijklmnopqrstuvwxyz", "AaBb '-"}
	for range n {
		letters := []rune(alphabets[r.IntN(len(alphabets))])
		word := func() []rune {
			if r.IntN(3) == 0 {
				return []rune(names[r.IntN(len(names))])
			}
			w := make([]rune, r.IntN([]int{2, 4, 8, 16, 150}[r.IntN(5)]))
			for i := range w {
				w[i] = letters[r.IntN(len(letters))]
			}
			return w
		}
		x, y := word(), word()
		if r.IntN(2) == 0 {
			y = slices.Clone(x)
			for range r.IntN(5) {
				if len(y) < 2 {
					break
				}
				switch i := r.IntN(len(y) - 1); r.IntN(4) {
				case 0:
					y[i], y[i+1] = y[i+1], y[i]
				case 1:
					y[i] = letters[r.IntN(len(letters))]
				case 2:
					y = slices.Delete(y, i, i+1)
				case 3:
					y = slices.Insert(y, i, y[i])
				}
			}
		}
		a, b = append(a, string(x)), append(b, string(y))
	}
	return a, b
}

// SQL models and Go code compare names by one measure: what compare says equals what DuckDB says.
func TestCompareEqualsDuckDB(t *testing.T) {
	ctx := context.Background()
	db, err := duck.Open("", duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const n, part = 30_000, 500
	a, b := namesWithSlips(n)
	compared := 0
	for from := 0; from < n; from += part {
		var q strings.Builder
		q.WriteString("select a, b, jaro_similarity(a, b), jaro_winkler_similarity(a, b), levenshtein(a, b), damerau_levenshtein(a, b) from (values ")
		for i := from; i < from+part; i++ {
			if i > from {
				q.WriteString(", ")
			}
			q.WriteString("(" + duck.Literal(a[i]) + ", " + duck.Literal(b[i]) + ")")
		}
		q.WriteString(") v(a, b)")
		rows, err := db.Select(ctx, q.String())
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var x, y string
			var jaro, winkler float64
			var levenshtein, damerau int
			if err := rows.Scan(&x, &y, &jaro, &winkler, &levenshtein, &damerau); err != nil {
				t.Fatal(err)
			}
			compared++
			if got := compare.Jaro(x, y); math.Abs(got-jaro) > 1e-12 {
				t.Errorf("Jaro(%q, %q) is %.15f, DuckDB's %.15f", x, y, got, jaro)
			}
			if got := compare.JaroWinkler(x, y); math.Abs(got-winkler) > 1e-12 {
				t.Errorf("JaroWinkler(%q, %q) is %.15f, DuckDB's %.15f", x, y, got, winkler)
			}
			if got := compare.Levenshtein(x, y); got != levenshtein {
				t.Errorf("Levenshtein(%q, %q) is %d, DuckDB's %d", x, y, got, levenshtein)
			}
			if got := compare.Damerau(x, y); got != damerau {
				t.Errorf("Damerau(%q, %q) is %d, DuckDB's %d", x, y, got, damerau)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if compared != n {
		t.Errorf("compared %d pairs of %d", compared, n)
	}
}
