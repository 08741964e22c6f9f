package evaluate

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"throughline/pipeline/duck"
)

//go:embed figures.sql
var figuresSQL string

//go:embed compare.sql
var compareSQL string

//go:embed hidden.sql
var hiddenSQL string

// databases are the paths of what is compared: three research databases and the publication database of the run.
type databases struct{ Perfect, Messy, Run, Published string }

// Figure is one figure for England, made four times. A value is NaN where there is none.
type Figure struct {
	ID, Measure string  // of an indicator; or what is counted of the spells
	Title       string  // in plain words; empty for spells
	Tier        string  // core or extended; spells for what isn't an indicator
	Period      string  // reporting or academic year; empty: all years
	Kind        string  // value_kind of an indicator, or count or days
	Base        float64 // what the value is of in the run, such as children; NaN for a count
	Perfect     float64 // of returns without mistakes, truly linked
	Messy       float64 // of the run's returns, truly linked
	Run         float64 // of the run
	Published   float64 // NaN when it isn't shown, and for spells, which aren't published as such
	Symbol      string  // why it isn't shown; empty when it is
}

// Mess is what mistakes in returns do, Linkage what mistakes of linkage do, Publishing what rounding does, Whole all of them that there are.
func (f *Figure) Mess() float64       { return f.Messy - f.Perfect }
func (f *Figure) Linkage() float64    { return f.Run - f.Messy }
func (f *Figure) Publishing() float64 { return f.Published - f.Run }
func (f *Figure) Whole() float64 {
	if math.IsNaN(f.Published) {
		return f.Run - f.Perfect
	}
	return f.Published - f.Perfect
}

// Share says that the value is a share, so that differences are in percentage points.
func (f *Figure) Share() bool { return f.Kind == "percentage" || f.Kind == "incidence" }

// Hidden is what publishing does to one geographic level.
type Hidden struct {
	Level     string
	Figures   int     // of all children, in all years
	Hidden    int     // of these
	Shares    int     // that are shown
	RoundedBy float64 // mean distance of these from the exact ones, in points
}

// Cause is what one cause does to a group of figures.
type Cause struct {
	Group                            string // in words
	Figures                          int
	Unit                             string  // points, or per cent of the perfect value
	Mess, Linkage, Publishing, Whole float64 // mean absolute difference; NaN where there is none
	WorstMess, WorstLinkage, Worst   float64 // largest absolute difference
}

// Result is a comparison.
type Result struct {
	Year    int // last of the run
	Figures []Figure
	Hidden  []Hidden
}

func compare(ctx context.Context, paths databases) (*Result, error) {
	db, err := duck.Open("", duck.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	query := compareSQL
	for _, a := range []struct{ name, path string }{{"perfect", paths.Perfect}, {"messy", paths.Messy}, {"run", paths.Run}, {"published", paths.Published}} {
		if err := db.Exec(ctx, fmt.Sprintf("attach %s as %s (read_only)", duck.Literal(a.path), a.name)); err != nil {
			return nil, err
		}
		query = strings.ReplaceAll(query, "($"+a.name+")", "(\n"+strings.ReplaceAll(figuresSQL, "$db", a.name)+")")
	}
	out := &Result{}
	rows, err := db.Select(ctx, query)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var f Figure
		var base, perfect, messy, run, published *float64
		var symbol *string
		if err := rows.Scan(&f.ID, &f.Measure, &f.Period, &f.Kind, &f.Tier, &f.Title, &base, &perfect, &messy, &run, &published, &symbol); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		f.Base, f.Perfect, f.Messy, f.Run, f.Published = orNaN(base), orNaN(perfect), orNaN(messy), orNaN(run), orNaN(published)
		if symbol != nil {
			f.Symbol = *symbol
		}
		out.Figures = append(out.Figures, f)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if rows, err = db.Select(ctx, hiddenSQL); err != nil {
		return nil, err
	}
	for rows.Next() {
		var h Hidden
		var by *float64
		if err := rows.Scan(&h.Level, &h.Figures, &h.Hidden, &h.Shares, &by); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		h.RoundedBy = orNaN(by)
		out.Hidden = append(out.Hidden, h)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// Of keeps the figures of one year, and those of all years.
func (r *Result) Of(year int) *Result {
	out := &Result{Year: year, Hidden: r.Hidden}
	for _, f := range r.Figures {
		if f.Period == "" || In(f.Period, year) {
			out.Figures = append(out.Figures, f)
		}
	}
	return out
}

// In reports whether a period is a reporting year, or the academic year that ends in it.
func In(period string, year int) bool {
	return period == fmt.Sprint(year) || period == fmt.Sprintf("%d%02d", year-1, year%100)
}

// comparable says that a figure counts in summaries: it is there in all three research databases, and publishing doesn't hide it.
func (f *Figure) comparable() bool {
	return !math.IsNaN(f.Perfect+f.Messy+f.Run) && f.Symbol != "c"
}

// relative are kinds of value whose zero is nothing, so that a difference may be a share of one. A mean change is near zero, and below 1 is left out.
var relative = map[string]bool{"mean": true, "rate": true, "quantile": true}

// Causes sums the figures up by group.
func (r *Result) Causes() []Cause {
	var out []Cause
	for _, g := range []struct {
		name, unit string
		of         func(*Figure) bool
	}{
		{"core indicators that are shares", "points", func(f *Figure) bool { return f.Tier == "core" && f.Share() }},
		{"extended indicators that are shares", "points", func(f *Figure) bool { return f.Tier == "extended" && f.Share() }},
		{"means, rates and quantiles", "per cent", func(f *Figure) bool { return relative[f.Kind] && f.Perfect >= 1 }},
		{"spells", "per cent", func(f *Figure) bool { return f.Tier == "spells" && f.Perfect > 0 }},
	} {
		var mess, linkage, publishing, whole mean
		for i := range r.Figures {
			f := &r.Figures[i]
			if !f.comparable() || !g.of(f) {
				continue
			}
			scale := 1.0
			if g.unit == "per cent" {
				scale = 100 / math.Abs(f.Perfect)
			}
			mess.add(f.Mess() * scale)
			linkage.add(f.Linkage() * scale)
			publishing.add(f.Publishing() * scale)
			whole.add(f.Whole() * scale)
		}
		if whole.n > 0 {
			out = append(out, Cause{Group: g.name, Figures: whole.n, Unit: g.unit, Mess: mess.value(), Linkage: linkage.value(), Publishing: publishing.value(), Whole: whole.value(),
				WorstMess: mess.worst, WorstLinkage: linkage.worst, Worst: whole.worst})
		}
	}
	return out
}

// mean is of absolute values; NaN isn't counted.
type mean struct {
	n          int
	sum, worst float64
}

func (m *mean) add(v float64) {
	if v = math.Abs(v); !math.IsNaN(v) {
		m.n, m.sum, m.worst = m.n+1, m.sum+v, max(m.worst, v)
	}
}

func (m *mean) value() float64 { return m.sum / float64(m.n) }

// Worst are the n shares of core indicators that are farthest from the perfect ones before they are rounded.
func (r *Result) Worst(n int) []Figure {
	var out []Figure
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Tier == "core" && f.Share() && f.comparable() {
			out = append(out, *f)
		}
	}
	slices.SortStableFunc(out, func(a, b Figure) int { return cmp.Compare(math.Abs(b.Run-b.Perfect), math.Abs(a.Run-a.Perfect)) })
	return out[:min(n, len(out))]
}
