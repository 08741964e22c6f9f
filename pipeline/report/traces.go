package report

import (
	"fmt"
	"math"
)

// Traces shows how values change along a number, such as precision along a threshold. The axes run as far as the data: neither need
// start at 0. Each line has its own dash and is named at its end.
type Traces struct {
	At      []float64 // places along the axis, rising
	X, Y    string
	XFormat Format
	Format  Format
	Series  []Series
	Marks   []Mark // vertical lines
}

func (t Traces) axis() []string {
	out := make([]string, len(t.At))
	for i, x := range t.At {
		out[i] = t.XFormat.String(Shown(x))
	}
	return out
}

func (t Traces) check() error {
	for i := 1; i < len(t.At); i++ {
		if t.At[i] <= t.At[i-1] {
			return fmt.Errorf("places don't rise at %v", t.At[i])
		}
	}
	return checkSeries(t.axis(), t.Series)
}

func (t Traces) table() Table { return seriesTable(t.X, t.axis(), t.Series, t.Format) }

func (t Traces) draw(c *canvas) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range t.Series {
		for _, v := range s.Values {
			if v.Symbol == "" {
				low, high = min(low, v.N), max(high, v.N)
			}
		}
	}
	if low > high {
		low, high = 0, 1
	}
	ty := freeTicks(low, high, 5)
	fy := tickFormat(ty, t.Format)
	var room float64
	for _, v := range ty {
		room = max(room, textWidth(fy.String(Shown(v))))
	}
	first := 17*float64(len(t.Marks)) + 14
	p := plot{left: room + 12, right: width - labelRoom(t.Series), top: first + 26, bottom: first + 26 + 300}
	p.y = scale{ty[0], ty[len(ty)-1], p.bottom, p.top}
	from, to := t.At[0], t.At[len(t.At)-1]
	for _, m := range t.Marks {
		from, to = min(from, m.At), max(to, m.At)
	}
	x := scale{from, to, p.left + 8, p.right - 8}
	c.text(0, first+4, "start", softInk, t.Y)
	for _, v := range ty {
		c.line(p.left, p.y.at(v), p.right, p.y.at(v), gridColour, 1, "")
		c.text(p.left-8, p.y.at(v)+5, "end", softInk, fy.String(Shown(v)))
	}
	c.line(p.left, p.bottom, p.right, p.bottom, ink, 1, "")
	tx := freeTicks(from, to, 8)
	fx := tickFormat(tx, t.XFormat)
	for _, v := range tx {
		if v < from-1e-9 || v > to+1e-9 {
			continue
		}
		c.line(x.at(v), p.bottom, x.at(v), p.bottom+5, ink, 1, "")
		c.text(x.at(v), p.bottom+20, "middle", softInk, fx.String(Shown(v)))
	}
	c.text((p.left+p.right)/2, p.bottom+42, "middle", softInk, t.X)
	spreadMarks(c, t.Marks, x, 14, p.bottom, 0, width)
	names, ends, colours := make([]string, len(t.Series)), make([]float64, len(t.Series)), fills(len(t.Series), false)
	for i, s := range t.Series {
		names[i], ends[i] = s.Name, math.NaN()
		d, pen := "", "M"
		for k, v := range s.Values {
			if v.Symbol != "" {
				pen = "M"
				continue
			}
			d += pen + num(x.at(t.At[k])) + " " + num(p.y.at(v.N))
			pen, ends[i] = "L", p.y.at(v.N)
		}
		c.add(`<g><title>%s</title>`, escape(s.Name))
		c.path(d, "none", colours[i], 3, dashes[i])
		c.add(`</g>`)
	}
	nameEnds(c, p, names, ends, colours)
	c.height = p.bottom + 50
}

func (t Traces) vega() map[string]any {
	rows := longRows(t.axis(), t.Series)
	for _, r := range rows {
		r["x"] = t.At[r["order"].(int)]
	}
	y := field("value", "quantitative", t.Y)
	y["scale"] = map[string]any{"zero": false}
	return vegaBase(rows, "line", map[string]any{"x": field("x", "quantitative", t.X), "y": y,
		"color": field("series", "nominal", ""), "strokeDash": field("series", "nominal", "")})
}
