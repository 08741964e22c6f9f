package report

import (
	"fmt"
	"math"
)

// Lines shows how values move along an ordered axis. Each line has its own dash and marker and is named at its end.
type Lines struct {
	Axis     []string // places, in order
	X, Y     string   // names of the axes
	Format   Format
	Series   []Series
	Mark     int    // place at which a vertical rule stands when MarkName isn't empty
	MarkName string // what the rule marks
}

func (l Lines) check() error { return checkSeries(l.Axis, l.Series) }

func (l Lines) table() Table { return seriesTable(l.X, l.Axis, l.Series, l.Format) }

func (l Lines) draw(c *canvas) {
	low, high := extent(l.Series)
	p := axes(c, l.Axis, l.X, l.Y, low, high, l.Format, labelRoom(l.Series), 0, 380)
	if l.MarkName != "" {
		x := p.x(l.Mark)
		c.line(x, p.top, x, p.bottom, ink, 1.5, "4 3")
		c.text(x+6, p.top+12, "start", ink, l.MarkName)
	}
	names, ends, colours := make([]string, len(l.Series)), make([]float64, len(l.Series)), fills(len(l.Series), false)
	for i, s := range l.Series {
		names[i], ends[i] = s.Name, math.NaN()
		d, pen := "", "M"
		for k, v := range s.Values {
			if v.Symbol != "" {
				pen = "M"
				continue
			}
			y := p.y.at(v.N)
			d += pen + num(p.x(k)) + " " + num(y)
			pen, ends[i] = "L", y
		}
		c.path(d, "none", colours[i], 3, dashes[i])
		for k, v := range s.Values {
			if v.Symbol == "" {
				c.marker(i, p.x(k), p.y.at(v.N), colours[i], fmt.Sprintf("%s, %s: %s", s.Name, l.Axis[k], l.Format.String(v)))
			}
		}
	}
	nameEnds(c, p, names, ends, colours)
}

func (l Lines) vega() map[string]any {
	return vegaBase(longRows(l.Axis, l.Series), map[string]any{"type": "line", "point": true}, map[string]any{
		"x": inOrder(field("x", "ordinal", l.X)), "y": field("value", "quantitative", l.Y),
		"color": field("series", "nominal", ""), "strokeDash": field("series", "nominal", ""),
	})
}
