package report

import (
	"encoding/csv"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Value is a number for publication, or the symbol that stands in its place. The zero Value is the number 0.
type Value struct {
	N      float64
	Symbol string // c, k, x or z; empty when N may be shown
}

// Shown is a value that may be shown.
func Shown(n float64) Value { return Value{N: n} }

// Hidden is a value of which only the symbol is shown.
func Hidden(symbol string) Value { return Value{Symbol: symbol} }

// Format says how numbers of a chart or column are written.
type Format struct {
	Decimals int    // digits after the point
	Digits   int    // digits that count, in place of Decimals, so that small shares keep theirs; 0: Decimals rules
	Suffix   string // such as "%"; empty for a count
}

// plain writes n without parting its thousands.
func (f Format) plain(n float64) string {
	if f.Digits == 0 {
		return strconv.FormatFloat(n, 'f', f.Decimals, 64)
	}
	decimals := f.Digits - 1
	if n != 0 {
		decimals -= int(math.Floor(math.Log10(math.Abs(n))))
	}
	return strconv.FormatFloat(n, 'f', min(max(decimals, 0), 12), 64)
}

// Percent writes whole percentages.
var Percent = Format{Suffix: "%"}

// String writes a value for people: thousands parted by commas, a symbol in brackets.
func (f Format) String(v Value) string {
	if v.Symbol != "" {
		return "[" + v.Symbol + "]"
	}
	return group(f.plain(v.N)) + f.Suffix
}

// group parts thousands by commas.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "\u2212", s[1:]
		if strings.Trim(s, "0.") == "" {
			sign = ""
		}
	}
	whole, frac, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	return sign + whole
}

// Cell is one cell of a table: words, or a value.
type Cell struct {
	Text   string // shown when Value is nil
	Value  *Value
	Format Format
}

// Words is a cell with words.
func Words(s string) Cell { return Cell{Text: s} }

// Number is a cell with a value.
func Number(v Value, f Format) Cell { return Cell{Value: &v, Format: f} }

// String writes the cell for people.
func (c Cell) String() string {
	if c.Value == nil {
		return c.Text
	}
	return c.Format.String(*c.Value)
}

// Numeric reports whether the cell holds a value, so that it is set flush right.
func (c Cell) Numeric() bool { return c.Value != nil }

// Table is a table with a head row; the first column names the row.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]Cell
	Shade   bool // shades each column of numbers in thirds, darker for higher
	// Cuts shade by limits that hold for the whole table in place of Shade: values from the first up are left white, lower ones are
	// shaded, darkest below the last. Three at most, falling; nil for none.
	Cuts []float64
	// CutColumns is how many columns after the first Cuts hold for; 0: all.
	CutColumns int
}

// CSV is the table as RFC 4180 text. A column of values in which a symbol stands is followed by a column of its symbols, so
// that numbers stay numbers. Words that a spreadsheet would take for a formula get a leading apostrophe.
func (t Table) CSV() string {
	symbols := make([]bool, len(t.Head))
	for _, r := range t.Rows {
		for i, c := range r {
			symbols[i] = symbols[i] || c.Value != nil && c.Value.Symbol != ""
		}
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	line := func(cell func(i int) (string, string)) {
		var out []string
		for i := range t.Head {
			v, s := cell(i)
			out = append(out, v)
			if symbols[i] {
				out = append(out, s)
			}
		}
		_ = w.Write(out) // a strings.Builder takes everything
	}
	line(func(i int) (string, string) { return Plain(t.Head[i]), Plain(t.Head[i]) + " symbol" })
	for _, r := range t.Rows {
		line(func(i int) (string, string) {
			c := r[i]
			switch {
			case c.Value == nil:
				return Plain(c.Text), ""
			case c.Value.Symbol != "":
				return "", c.Value.Symbol
			}
			return c.Format.plain(c.Value.N), ""
		})
	}
	w.Flush()
	return b.String()
}

var plainNumber = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// Plain keeps spreadsheet programs from taking words of a CSV file for a formula.
func Plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && !plainNumber.MatchString(s) {
		return "'" + s
	}
	return s
}

// shades is, for every cell, 0 for none and 1 to 3 for the third of its column that its value lies in.
func (t Table) shades() [][]int {
	out := make([][]int, len(t.Rows))
	for i := range t.Rows {
		out[i] = make([]int, len(t.Head))
	}
	for i, r := range t.Rows {
		for col := range r {
			for _, cut := range t.Cuts {
				if v := r[col].Value; (t.CutColumns == 0 || col <= t.CutColumns) && v != nil && v.Symbol == "" && v.N < cut {
					out[i][col]++
				}
			}
		}
	}
	if !t.Shade || t.Cuts != nil {
		return out
	}
	for col := range t.Head {
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range t.Rows {
			if v := r[col].Value; v != nil && v.Symbol == "" {
				low, high = min(low, v.N), max(high, v.N)
			}
		}
		if high <= low {
			continue
		}
		for i, r := range t.Rows {
			if v := r[col].Value; v != nil && v.Symbol == "" {
				out[i][col] = 1 + min(2, int(3*(v.N-low)/(high-low)))
			}
		}
	}
	return out
}
