package report

import (
	"fmt"
	"math"
	"strconv"
)

// Curves shows shares that grow in steps over time since an event, such as ways out of care, with the number still at risk
// under the axis. Stacked curves add up; otherwise each has its own dash.
type Curves struct {
	Times   []float64 // since the event, rising, from 0
	X, Y    string
	Format  Format
	Stacked bool
	Series  []Series
	AtRisk  []Series // how many are still at risk at each of Times: one row for all curves, or one a curve
}

func (v Curves) axis() []string {
	out := make([]string, len(v.Times))
	for i, t := range v.Times {
		out[i] = strconv.FormatFloat(t, 'f', -1, 64)
	}
	return out
}

func (v Curves) check() error {
	if len(v.AtRisk) == 0 {
		return fmt.Errorf("curves need the numbers at risk")
	}
	if err := checkSeries(v.axis(), v.AtRisk); err != nil {
		return fmt.Errorf("at risk: %w", err)
	}
	for i := 1; i < len(v.Times); i++ {
		if v.Times[i] <= v.Times[i-1] {
			return fmt.Errorf("times don't rise at %v", v.Times[i])
		}
	}
	return checkSeries(v.axis(), v.Series)
}

func (v Curves) table() Table {
	t := seriesTable(v.X, v.axis(), v.Series, v.Format)
	for _, s := range v.AtRisk {
		t.Head = append(t.Head, "At risk: "+s.Name)
		for i := range t.Rows {
			t.Rows[i] = append(t.Rows[i], Number(s.Values[i], Format{}))
		}
	}
	return t
}

func (v Curves) draw(c *canvas) {
	heights := make([][]float64, len(v.Series)) // top of each curve at each time; NaN when hidden
	var high float64
	for k, s := range v.Series {
		heights[k] = make([]float64, len(v.Times))
		for i, x := range s.Values {
			h := x.N
			if v.Stacked && k > 0 {
				h += heights[k-1][i]
			}
			if x.Symbol != "" {
				h = math.NaN()
			} else {
				high = max(high, h)
			}
			heights[k][i] = h
		}
	}
	p := axes(c, []string{""}, "", v.Y, 0, high, v.Format, max(labelRoom(v.Series), labelRoom(v.AtRisk)), 0, 380)
	x := scale{0, max(v.Times[len(v.Times)-1], 1), p.left, p.right - 10}
	every := timeStep(v.Times[len(v.Times)-1])
	for t := 0.0; t <= v.Times[len(v.Times)-1]; t += every {
		c.line(x.at(t), p.bottom, x.at(t), p.bottom+5, ink, 1, "")
		c.text(x.at(t), p.bottom+20, "middle", softInk, strconv.FormatFloat(t, 'f', -1, 64))
	}
	c.text((p.left+p.right)/2, p.bottom+40, "middle", softInk, v.X)

	colours := fills(len(v.Series), false)
	names, middles := make([]string, len(v.Series)), make([]float64, len(v.Series))
	for k := len(v.Series) - 1; k >= 0; k-- {
		names[k], middles[k] = v.Series[k].Name, math.NaN()
		var d string
		last := -1
		for i, h := range heights[k] {
			if math.IsNaN(h) {
				break
			}
			if d == "" {
				d = "M" + num(x.at(v.Times[i])) + " " + num(p.y.at(h))
			} else {
				d += "H" + num(x.at(v.Times[i])) + "V" + num(p.y.at(h))
			}
			last = i
		}
		if last < 0 {
			continue
		}
		base := 0.0
		if v.Stacked && k > 0 {
			base = heights[k-1][last]
		}
		if v.Stacked {
			c.add(`<path d="%sV%sH%sZ" fill="%s" stroke="%s" stroke-width="1.5"><title>%s</title></path>`, d, num(p.y.at(0)), num(x.at(v.Times[0])), colours[k], paper, escape(names[k]))
			middles[k] = p.y.at((heights[k][last] + base) / 2)
		} else {
			c.path(d, "none", colours[k], 3, dashes[k])
			middles[k] = p.y.at(heights[k][last])
			if end := x.at(v.Times[last]); end < p.right-20 { // the curve stops early: lead the eye to its name
				c.line(end, middles[k], p.right+4, middles[k], softInk, 1, "1 3")
			}
		}
	}
	nameEnds(c, p, names, middles, colours)

	y := p.bottom + 66
	c.text(0, y, "start", softInk, "Still at risk")
	for k, s := range v.AtRisk {
		y += 20
		c.text(p.right+17, y, "start", ink, s.Name)
		if len(v.AtRisk) > 1 {
			c.marker(k, 8, y-5, colours[k], s.Name)
		}
		for i, t := range v.Times {
			if math.Mod(t, every) == 0 && s.Values[i].Symbol == "" {
				c.text(x.at(t), y, "middle", ink, Format{}.String(s.Values[i]))
			}
		}
	}
	c.height = y + 10
}

// timeStep is the distance between labels of months or days: a year and its parts where they fit.
func timeStep(last float64) float64 {
	for _, s := range []float64{1, 2, 3, 6, 12, 24, 30, 60, 90, 180, 365} {
		if last/s <= 8 {
			return s
		}
	}
	return math.Ceil(last / 8)
}

func (v Curves) vega() map[string]any {
	rows := longRows(v.axis(), v.Series)
	for _, r := range rows {
		r["x"] = v.Times[r["order"].(int)]
	}
	mark := map[string]any{"type": "line", "interpolate": "step-after"}
	y := field("value", "quantitative", v.Y)
	if v.Stacked {
		mark["type"] = "area"
		y["stack"] = "zero"
	}
	return vegaBase(rows, mark, map[string]any{"x": field("x", "quantitative", v.X), "y": y, "color": field("series", "nominal", "")})
}
