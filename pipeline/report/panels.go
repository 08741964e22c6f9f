package report

import "fmt"

// Panels shows how many things of each kind fall into the same row of classes of a number: a histogram for each kind, one under the
// other over one axis. Each has a scale of its own from 0, so that a kind of few things is seen beside one of millions.
type Panels struct {
	From, To []float64 // ends of the classes, rising
	X, Y     string    // what is classed, and what is counted
	XFormat  Format
	Series   []Series // counts, a panel each, from the top
	Marks    []Mark   // lines through all panels
}

// maxPanels is how many panels stand under one another.
const maxPanels = 6

func (p Panels) check() error {
	if len(p.From) == 0 || len(p.From) != len(p.To) || len(p.Series) == 0 {
		return fmt.Errorf("nothing to draw, or classes without an end")
	}
	if len(p.Series) > maxPanels {
		return fmt.Errorf("%d panels, want %d at most", len(p.Series), maxPanels)
	}
	for i := range p.From {
		if p.To[i] <= p.From[i] || i > 0 && p.From[i] < p.To[i-1]-1e-9 {
			return fmt.Errorf("classes don't rise at %v", p.From[i])
		}
	}
	for _, s := range p.Series {
		if len(s.Values) != len(p.From) {
			return fmt.Errorf("panel %s has %d values for %d classes", s.Name, len(s.Values), len(p.From))
		}
	}
	return nil
}

func (p Panels) classes() []string {
	out := make([]string, len(p.From))
	for i := range out {
		out[i] = p.XFormat.String(Shown(p.From[i])) + " to " + p.XFormat.String(Shown(p.To[i]))
	}
	return out
}

func (p Panels) table() Table { return seriesTable(p.X, p.classes(), p.Series, Format{}) }

func (p Panels) draw(c *canvas) {
	const high, gap, right = 74.0, 30.0, width - 14.0
	low, top := p.From[0], p.To[len(p.To)-1]
	for _, m := range p.Marks {
		low, top = min(low, m.At), max(top, m.At)
	}
	var left float64
	for _, s := range p.Series {
		_, most := extent([]Series{s})
		left = max(left, textWidth(Format{}.String(Shown(most)))+12)
	}
	x := scale{low, top, left, right}
	first := 17*float64(len(p.Marks)) + 20
	y := first
	names := p.classes()
	for _, s := range p.Series {
		_, most := extent([]Series{s})
		c.bold(left, y+2, "start", ink, s.Name)
		at := scale{0, max(most, 1), y + 12 + high, y + 12}
		if most > 0 {
			c.line(left, at.at(most), right, at.at(most), gridColour, 1, "")
			c.text(left-8, at.at(most)+5, "end", softInk, Format{}.String(Shown(most)))
		}
		for i, v := range s.Values {
			if v.Symbol != "" || v.N == 0 {
				continue
			}
			x0, x1 := x.at(p.From[i]), x.at(p.To[i])
			c.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"><title>%s</title></rect>`, num(x0+.5), num(min(at.at(v.N), at.low-1)), num(max(x1-x0-1, 1)),
				num(max(at.low-at.at(v.N), 1)), FocusColour, escape(fmt.Sprintf("%s, %s: %s", s.Name, names[i], Format{}.String(v))))
		}
		c.line(left, at.low, right, at.low, ink, 1, "")
		c.text(left-8, at.low+5, "end", softInk, "0")
		y = at.low + gap
	}
	bottom := y - gap
	t := freeTicks(low, top, 8)
	f := tickFormat(t, p.XFormat)
	for _, v := range t {
		if v < low-1e-9 || v > top+1e-9 {
			continue
		}
		c.line(x.at(v), bottom, x.at(v), bottom+5, ink, 1, "")
		c.text(x.at(v), bottom+20, "middle", softInk, f.String(Shown(v)))
	}
	c.text((left+right)/2, bottom+42, "middle", softInk, p.X)
	spreadMarks(c, p.Marks, x, 14, bottom, 0, width)
	c.height = bottom + 50
}

func (p Panels) vega() map[string]any {
	rows := []map[string]any{}
	for _, s := range p.Series {
		for i, v := range s.Values {
			if v.Symbol == "" {
				rows = append(rows, map[string]any{"from": p.From[i], "to": p.To[i], "series": s.Name, "value": v.N})
			}
		}
	}
	from := field("from", "quantitative", p.X)
	from["bin"] = map[string]any{"binned": true}
	row := field("series", "nominal", "")
	row["sort"] = nil
	v := vegaBase(rows, "bar", map[string]any{"x": from, "x2": map[string]any{"field": "to"}, "y": field("value", "quantitative", p.Y), "row": row})
	v["height"] = 80
	v["resolve"] = map[string]any{"scale": map[string]any{"y": "independent"}}
	return v
}
