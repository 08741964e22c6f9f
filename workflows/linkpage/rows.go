package linkpage

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"throughline/linkage"
	"throughline/pipeline/report"
)

// table is the report's rows by section, in their order.
type table map[string][]linkage.QualityRow

// section are the rows of a section, which the page then knows.
func (p *page) section(name string) []linkage.QualityRow {
	p.known[name] = true
	return p.table[name]
}

// value is the value of an item about everybody.
func value(rows []linkage.QualityRow, item string) (float64, bool) {
	for _, x := range rows {
		if x.Item == item && x.Subgroup == "" {
			return x.Value, finite(x.Value)
		}
	}
	return 0, false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// How figures are written.
var (
	percent  = report.Format{Decimals: 1, Suffix: "%"} // shares of people and records
	sure     = report.Format{Decimals: 2, Suffix: "%"} // precision, recall and the like, of which the second decimal counts
	bits     = report.Format{Decimals: 1}              // match weights
	decimals = report.Format{Decimals: 3}              // standardised differences
	digits   = report.Format{Digits: 3}                // small shares, and numbers of unknown size
)

// number is a cell with a number; one that is none is not available.
func number(f float64, how report.Format) report.Cell { return report.Number(known(f), how) }

// known is a number as a value; one that is none is not available.
func known(f float64) report.Value {
	if !finite(f) {
		return report.Hidden("x")
	}
	return report.Shown(f)
}

// share is a share of 0 to 1 as a value in per cent.
func share(f float64) report.Value { return known(f * 100) }

// hideBelow is the smallest count that may be shown, and roundTo what counts are rounded to, when the page is to be published.
//
// Source: the department's tables of looked-after children, as pipeline/publish follows them.
const (
	hideBelow = 6
	roundTo   = 10
)

// almost is a share of 0 to 1 in words: less than all never reads as 100%.
func almost(f float64) string {
	s := sure.String(share(f))
	if s == "100.00%" && f < 1 {
		return "over 99.99%"
	}
	return s
}

// likely is a probability in words: less than certain never reads as 1.
func likely(f float64) string {
	s := decimals.String(known(f))
	if s == "1.000" && f < 1 {
		return "over 0.999"
	}
	return s
}

// count is a number of records, pairs or children, as it may be shown.
func (p *page) count(f float64) report.Value {
	switch {
	case !finite(f):
		return report.Hidden("x")
	case !p.o.Rounded || f == 0:
		return report.Shown(math.Round(f))
	case math.Abs(f) < hideBelow-.5:
		return report.Hidden("c")
	}
	return report.Shown(math.Floor(f/roundTo+.5) * roundTo)
}

// said is a count in words.
func (p *page) said(f float64) string {
	v := p.count(f)
	if v.Symbol == "c" {
		return "a few"
	}
	return report.Format{}.String(v)
}

// expected is a count that a model expects, which need not be whole.
func (p *page) expected(f float64) string {
	if !p.o.Rounded && f > 0 && f < 10 {
		return report.Format{Decimals: 1}.String(report.Shown(f))
	}
	return p.said(f)
}

func (p *page) counts(f float64) report.Cell { return report.Number(p.count(f), report.Format{}) }

// isShare reports whether a row's value is a share of 0 to 1, not a count.
func isShare(x linkage.QualityRow) bool {
	if x.Section == "linkage_rate" || x.Section == "completeness" || x.Section == "validity" {
		return true
	}
	if strings.Contains(strings.ToLower(x.Note), "share of") {
		return true
	}
	for _, s := range []string{x.Item, x.Subgroup} {
		for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' || r > 'z' }) {
			if slices.Contains([]string{"share", "precision", "recall", "rate", "probability"}, w) {
				return true
			}
		}
	}
	return false
}

// cell is a row's value as its nature asks: a share, a whole count, or another number.
func (p *page) cell(x linkage.QualityRow) report.Cell {
	switch {
	case isShare(x) && x.Value >= 0 && x.Value <= 1:
		return report.Number(share(x.Value), sure)
	case x.Value == math.Trunc(x.Value):
		return report.Number(p.countOf(x), report.Format{})
	}
	return number(x.Value, digits)
}

func isYear(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 4 && n > 1900 && n < 2200
}

// keys are the distinct keys of rows, in order of first appearance.
func keys(rows []linkage.QualityRow, key func(linkage.QualityRow) string) (out []string) {
	seen := map[string]bool{}
	for _, x := range rows {
		if k := key(x); !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

func item(x linkage.QualityRow) string     { return x.Item }
func subgroup(x linkage.QualityRow) string { return x.Subgroup }
func note(x linkage.QualityRow) string     { return x.Note }

// grid finds values by row and column.
type grid map[[2]string]linkage.QualityRow

func gridOf(rows []linkage.QualityRow, row, column func(linkage.QualityRow) string) grid {
	g := grid{}
	for _, x := range rows {
		g[[2]string{row(x), column(x)}] = x
	}
	return g
}

// pivot lays rows out with a line for each row key and a column for each column key. Cells without a value are not available.
func (p *page) pivot(caption string, head []string, rows []linkage.QualityRow, row, column func(linkage.QualityRow) string, first func(key string) []report.Cell) report.Table {
	g := gridOf(rows, row, column)
	columns := keys(rows, column)
	whole := map[string]bool{} // columns of counts
	for _, c := range columns {
		whole[c] = true
	}
	for _, x := range rows {
		if c := column(x); finite(x.Value) && x.Value != math.Trunc(x.Value) && !isShare(x) {
			whole[c] = false
		}
	}
	t := report.Table{Caption: caption, Head: slices.Clone(head)}
	for _, c := range columns {
		t.Head = append(t.Head, upper(p.name(c)))
	}
	for _, k := range keys(rows, row) {
		line := first(k)
		for _, c := range columns {
			switch x, ok := g[[2]string{k, c}]; {
			case !ok:
				line = append(line, report.Number(report.Hidden("x"), report.Format{}))
			case !whole[c] && !isShare(x):
				line = append(line, number(x.Value, report.Format{Decimals: 1}))
			default:
				line = append(line, p.cell(x))
			}
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// words makes the first cell of a line from its key.
func (p *page) words(key string) []report.Cell { return []report.Cell{report.Words(p.name(key))} }

// code makes the first cell of a line from a key that stays as it is, such as a pass.
func code(key string) []report.Cell { return []report.Cell{report.Words(key)} }

// upper sets the first letter in upper case.
func upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// plural is a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Format{}.String(report.Shown(float64(n))) + " " + many
}

// list joins words as a sentence does.
func list(s []string) string {
	if len(s) < 2 {
		return strings.Join(s, "")
	}
	return strings.Join(s[:len(s)-1], ", ") + " and " + s[len(s)-1]
}

// estimate is a figure with its interval.
type estimate struct {
	item, group string
	value       float64
	low, high   float64 // NaN when no interval is given
}

// Suffixes by which rows name the ends of an interval.
const (
	lowerEnd = ": lower"
	upperEnd = ": upper"
)

// intervalNote is an interval that a note ends with.
var intervalNote = regexp.MustCompile(`[,;(]? *(?:95% )?interval:? *\(?([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?) to ([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\)*$`)

// withoutIntervals moves intervals from notes to rows of their own, so that notes tell what is counted and no more.
func withoutIntervals(rows []linkage.QualityRow) (out []linkage.QualityRow) {
	for _, x := range rows {
		m := intervalNote.FindStringSubmatch(x.Note)
		if m == nil {
			out = append(out, x)
			continue
		}
		low, errLow := strconv.ParseFloat(m[1], 64)
		high, errHigh := strconv.ParseFloat(m[2], 64)
		x.Note = strings.TrimSuffix(x.Note, m[0])
		out = append(out, x)
		if errLow == nil && errHigh == nil {
			lower, upper := x, x
			lower.Subgroup, lower.Value = x.Subgroup+lowerEnd, low
			upper.Subgroup, upper.Value = x.Subgroup+upperEnd, high
			out = append(out, lower, upper)
		}
	}
	return out
}

// estimates joins each figure with the rows that hold the ends of its 95% interval: the same item and subgroup, with ": lower" or ": upper"
// after the subgroup.
func estimates(rows []linkage.QualityRow) (out []estimate) {
	at := map[[2]string]int{}
	for _, x := range rows {
		if strings.HasSuffix(x.Subgroup, lowerEnd) || strings.HasSuffix(x.Subgroup, upperEnd) {
			continue
		}
		at[[2]string{x.Item, x.Subgroup}] = len(out)
		out = append(out, estimate{x.Item, x.Subgroup, x.Value, math.NaN(), math.NaN()})
	}
	for _, x := range rows {
		if g, ok := strings.CutSuffix(x.Subgroup, lowerEnd); ok {
			if i, ok := at[[2]string{x.Item, g}]; ok {
				out[i].low = x.Value
			}
		}
		if g, ok := strings.CutSuffix(x.Subgroup, upperEnd); ok {
			if i, ok := at[[2]string{x.Item, g}]; ok {
				out[i].high = x.Value
			}
		}
	}
	return out
}

// wilson is the 95% interval of a share of k in n.
//
// Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (JASA 22, 1927).
func wilson(k, n float64) (low, high float64) {
	const z = 1.959964
	if n <= 0 {
		return math.NaN(), math.NaN()
	}
	s := k / n
	middle := (s + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(s*(1-s)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}
