package report

import "fmt"

// Ribbon shows the middle of a distribution along an axis: the median as a line, the middle half as a band, and under it how
// many of those who could have a value have one.
type Ribbon struct {
	Axis           []string
	X, Y           string
	Format         Format
	Low, Mid, High []Value // lower quartile, median, upper quartile
	MidName        string  // name of the line, such as "Median score"
	BandName       string  // name of the band
	Coverage       []Value // per cent with a value
	CoverageName   string
	Lines          []Rule
}

// Rule is a horizontal line at a value that means something.
type Rule struct {
	At   float64
	Name string
}

func (r Ribbon) series() []Series {
	return []Series{{"Lower quartile", r.Low}, {r.MidName, r.Mid}, {"Upper quartile", r.High}}
}

func (r Ribbon) check() error {
	if len(r.Coverage) != len(r.Axis) {
		return fmt.Errorf("coverage has %d values for %d places on the axis", len(r.Coverage), len(r.Axis))
	}
	return checkSeries(r.Axis, r.series())
}

func (r Ribbon) table() Table {
	t := seriesTable(r.X, r.Axis, r.series(), r.Format)
	t.Head = append(t.Head, r.CoverageName)
	for i := range t.Rows {
		t.Rows[i] = append(t.Rows[i], Number(r.Coverage[i], Percent))
	}
	return t
}

func (r Ribbon) draw(c *canvas) {
	_, high := extent(r.series())
	for _, l := range r.Lines {
		high = max(high, l.At*1.1)
	}
	room := max(labelRoom([]Series{{Name: r.MidName}, {Name: r.BandName}}), 150)
	p := axes(c, r.Axis, "", r.Y, 0, high, r.Format, room, 0, 330)
	var up, down string
	var band, mid [2]float64 // y of the last place shown
	for i := range r.Axis {
		if r.Low[i].Symbol != "" || r.High[i].Symbol != "" {
			continue
		}
		lo, hi := p.y.at(r.Low[i].N), p.y.at(r.High[i].N)
		pen := "L"
		if up == "" {
			pen = "M"
		}
		up += pen + num(p.x(i)) + " " + num(hi)
		down = "L" + num(p.x(i)) + " " + num(lo) + down
		band = [2]float64{lo, hi}
	}
	if up != "" {
		c.add(`<path d="%sZ" fill="%s" fill-opacity="0.35" stroke="%s" stroke-width="1"/>`, up+down, Sequential[2], Sequential[1])
	}
	for _, l := range r.Lines {
		c.line(p.left, p.y.at(l.At), p.right, p.y.at(l.At), Categorical[2], 1.5, "6 4")
		c.text(p.left+6, p.y.at(l.At)-6, "start", Categorical[2], l.Name)
	}
	d, pen := "", "M"
	for i, v := range r.Mid {
		if v.Symbol != "" {
			pen = "M"
			continue
		}
		d += pen + num(p.x(i)) + " " + num(p.y.at(v.N))
		pen, mid = "L", [2]float64{p.y.at(v.N), 0}
	}
	c.path(d, "none", FocusColour, 3, "")
	for i, v := range r.Mid {
		if v.Symbol == "" {
			c.marker(0, p.x(i), p.y.at(v.N), FocusColour, fmt.Sprintf("%s, %s: %s (middle half %s to %s)", r.MidName, r.Axis[i], r.Format.String(v), r.Format.String(r.Low[i]), r.Format.String(r.High[i])))
		}
	}
	nameEnds(c, p, []string{r.MidName, r.BandName}, []float64{mid[0], band[1]}, []string{FocusColour, Sequential[2]})

	t := coverageBars(c, r, p, 330)
	c.text((p.left+p.right)/2, t+40, "middle", softInk, r.X)
	c.height = t + 48
}

// coverageBars draws the small bars under a ribbon and returns where their axis lies.
func coverageBars(c *canvas, r Ribbon, p plot, top float64) float64 {
	const height = 70
	bottom := top + 24 + height
	y := scale{0, 100, bottom, top + 24}
	c.text(0, top+10, "start", softInk, r.CoverageName)
	c.line(p.left, bottom, p.right, bottom, ink, 1, "")
	step := p.right - p.left - 28
	if len(r.Axis) > 1 {
		step /= float64(len(r.Axis) - 1)
	}
	wide := min(step*0.7, 40)
	for i, v := range r.Coverage {
		if v.Symbol != "" {
			c.text(p.x(i), bottom-6, "middle", softInk, Percent.String(v))
			continue
		}
		c.bar(p.x(i)-wide/2, y.at(v.N), wide, bottom-y.at(v.N), FocusColour, r.Axis[i]+": "+Percent.String(v))
		c.text(p.x(i), bottom+18, "middle", softInk, Percent.String(v))
	}
	return bottom
}

func (r Ribbon) vega() map[string]any {
	rows := []map[string]any{}
	for i, a := range r.Axis {
		if r.Low[i].Symbol == "" && r.Mid[i].Symbol == "" && r.High[i].Symbol == "" {
			rows = append(rows, map[string]any{"x": a, "order": i, "low": r.Low[i].N, "mid": r.Mid[i].N, "high": r.High[i].N})
		}
	}
	x := func() map[string]any { return inOrder(field("x", "ordinal", r.X)) }
	v := vegaBase(rows, nil, nil)
	delete(v, "mark")
	delete(v, "encoding")
	v["layer"] = []map[string]any{
		{"mark": map[string]any{"type": "area", "opacity": 0.35}, "encoding": map[string]any{"x": x(), "y": field("low", "quantitative", r.Y), "y2": map[string]any{"field": "high"}}},
		{"mark": map[string]any{"type": "line", "point": true}, "encoding": map[string]any{"x": x(), "y": field("mid", "quantitative", r.Y)}},
	}
	return v
}
