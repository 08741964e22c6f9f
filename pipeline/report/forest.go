package report

import (
	"fmt"
	"math"
)

// Forest shows estimates, and where they are known their intervals, as dots with whiskers along an axis that need not start at 0: one
// line for each thing, things under the headings of their groups.
type Forest struct {
	Axis   []string
	Groups []string // group of each thing, or empty; a heading stands where it changes. nil: no headings
	X, Y   string   // what a line is, and what its dots are
	Format Format
	Series []Estimates
	Marks  []Mark     // vertical lines
	Around [2]float64 // range that the axis covers in any case; both 0: as the data need
	Zero   bool       // the axis starts at 0, or lower
}

// Estimates are the dots of one kind.
type Estimates struct {
	Name      string
	Values    []Value
	Low, High []Value // ends of the intervals; nil when there are none
}

func (f Forest) check() error {
	var all []Series
	for _, e := range f.Series {
		all = append(all, Series{e.Name, e.Values})
		if (e.Low == nil) != (e.High == nil) || e.Low != nil && (len(e.Low) != len(f.Axis) || len(e.High) != len(f.Axis)) {
			return fmt.Errorf("intervals of %s don't fit the axis", e.Name)
		}
	}
	if f.Groups != nil && len(f.Groups) != len(f.Axis) {
		return fmt.Errorf("%d groups for %d things", len(f.Groups), len(f.Axis))
	}
	return checkSeries(f.Axis, all)
}

func (f Forest) table() Table {
	t := Table{Head: []string{f.X}}
	if f.Groups != nil {
		t.Head = []string{"Group", f.X}
	}
	for _, e := range f.Series {
		t.Head = append(t.Head, e.Name)
		if e.Low != nil {
			t.Head = append(t.Head, "Interval from", "Interval to")
		}
	}
	for i, a := range f.Axis {
		row := []Cell{Words(a)}
		if f.Groups != nil {
			row = []Cell{Words(f.Groups[i]), Words(a)}
		}
		for _, e := range f.Series {
			row = append(row, Number(e.Values[i], f.Format))
			if e.Low != nil {
				row = append(row, Number(e.Low[i], f.Format), Number(e.High[i], f.Format))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// forestLine is how many characters a line of a name has.
const forestLine = 26

func (f Forest) draw(c *canvas) {
	low, high := math.Inf(1), math.Inf(-1)
	if f.Around != [2]float64{} {
		low, high = f.Around[0], f.Around[1]
	}
	reach := func(v Value) {
		if v.Symbol == "" {
			low, high = min(low, v.N), max(high, v.N)
		}
	}
	for _, e := range f.Series {
		for i := range e.Values {
			reach(e.Values[i])
			if e.Low != nil {
				reach(e.Low[i])
				reach(e.High[i])
			}
		}
	}
	for _, m := range f.Marks {
		reach(Shown(m.At))
	}
	if low > high {
		low, high = 0, 1
	}
	if f.Zero {
		low = min(low, 0)
	}
	t := freeTicks(low, high, 6)
	var left, room float64
	for _, a := range f.Axis {
		for _, l := range wrap(a, forestLine) {
			left = max(left, textWidth(l)+16)
		}
	}
	if len(f.Series) == 1 { // its figures stand on the right
		for _, v := range f.Series[0].Values {
			room = max(room, textWidth(f.Format.String(v)))
		}
	}
	right := width - room - 24
	x := scale{t[0], t[len(t)-1], left + 8, right}
	y, colours := 10.0, fills(len(f.Series), false)
	if len(f.Series) > 1 {
		at := 0.0
		for k, e := range f.Series {
			c.marker(k, at+8, 12, colours[k], e.Name)
			c.bold(at+20, 17, "start", ink, e.Name)
			at += textWidth(e.Name) + 44
		}
		y = 34
	}
	y += 17 * float64(len(f.Marks))
	top := y
	step := 24.0 + 8*float64(len(f.Series)-1)
	var rows canvas // drawn over the grid, whose length is known after them
	for i, a := range f.Axis {
		if f.Groups != nil && f.Groups[i] != "" && (i == 0 || f.Groups[i] != f.Groups[i-1]) {
			if i > 0 {
				y += 10
			}
			rows.add(`<rect x="0" y="%s" width="%s" height="17" fill="%s"/>`, num(y+3), num(textWidth(f.Groups[i])+8), paper)
			rows.bold(0, y+16, "start", ink, f.Groups[i])
			y += 24
		}
		lines := wrap(a, forestLine)
		deep := max(step, 17*float64(len(lines))+7)
		middle := y + deep/2
		for k, l := range lines {
			rows.text(left-8, middle+5+17*(float64(k)-float64(len(lines)-1)/2), "end", ink, l)
		}
		rows.line(left+8, middle, right, middle, gridColour, 1, "1 4")
		for k, e := range f.Series {
			v, at := e.Values[i], middle+8*(float64(k)-float64(len(f.Series)-1)/2)
			if v.Symbol != "" {
				rows.text(left+12, middle+5, "start", softInk, f.Format.String(v))
				continue
			}
			says := fmt.Sprintf("%s, %s: %s", a, e.Name, f.Format.String(v))
			if e.Low != nil && e.Low[i].Symbol == "" && e.High[i].Symbol == "" {
				l, h := x.at(e.Low[i].N), x.at(e.High[i].N)
				rows.line(l, at, h, at, colours[k], 2, "")
				rows.line(l, at-4, l, at+4, colours[k], 2, "")
				rows.line(h, at-4, h, at+4, colours[k], 2, "")
				says += fmt.Sprintf(" (%s to %s)", f.Format.String(e.Low[i]), f.Format.String(e.High[i]))
			}
			rows.marker(k, x.at(v.N), at, colours[k], says)
			if len(f.Series) == 1 {
				rows.text(width-4, middle+5, "end", ink, f.Format.String(v))
			}
		}
		y += deep
	}
	tf := tickFormat(t, f.Format)
	for _, v := range t {
		c.line(x.at(v), top, x.at(v), y, gridColour, 1, "")
		c.text(x.at(v), y+18, "middle", softInk, tf.String(Shown(v)))
	}
	spreadMarks(c, f.Marks, x, top-17*float64(len(f.Marks))+12, y, 0, width)
	c.b.WriteString(rows.b.String())
	c.text((left+right)/2, y+40, "middle", softInk, f.Y)
	c.height = y + 48
}

func (f Forest) vega() map[string]any {
	rows := []map[string]any{}
	for _, e := range f.Series {
		for i, v := range e.Values {
			if v.Symbol != "" {
				continue
			}
			name := f.Axis[i]
			if f.Groups != nil {
				name = f.Groups[i] + ": " + name
			}
			r := map[string]any{"x": name, "order": i, "series": e.Name, "value": v.N}
			if e.Low != nil && e.Low[i].Symbol == "" && e.High[i].Symbol == "" {
				r["low"], r["high"] = e.Low[i].N, e.High[i].N
			}
			rows = append(rows, r)
		}
	}
	y := func() map[string]any { return inOrder(field("x", "nominal", f.X)) }
	x := field("value", "quantitative", f.Y)
	x["scale"] = map[string]any{"zero": f.Zero}
	v := vegaBase(rows, nil, nil)
	delete(v, "mark")
	delete(v, "encoding")
	colour := func() map[string]any { return field("series", "nominal", "") }
	v["layer"] = []map[string]any{
		{"mark": "rule", "encoding": map[string]any{"y": y(), "x": field("low", "quantitative", f.Y), "x2": map[string]any{"field": "high"}, "color": colour()}},
		{"mark": map[string]any{"type": "point", "filled": true}, "encoding": map[string]any{"y": y(), "x": x, "color": colour(), "shape": colour()}},
	}
	return v
}
