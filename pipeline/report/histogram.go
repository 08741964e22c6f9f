package report

import "fmt"

// Histogram shows how many things fall into each of a row of classes, as bars that touch and start at 0.
type Histogram struct {
	Classes []string // in order
	X, Y    string
	Counts  []Value
}

func (h Histogram) series() []Series { return []Series{{h.Y, h.Counts}} }

func (h Histogram) check() error { return checkSeries(h.Classes, h.series()) }

func (h Histogram) table() Table { return seriesTable(h.X, h.Classes, h.series(), Format{}) }

func (h Histogram) draw(c *canvas) {
	_, high := extent(h.series())
	p := axes(c, []string{""}, h.X, h.Y, 0, high, Format{}, 10, 0, 320)
	step := (p.right - p.left) / float64(len(h.Classes))
	for i, v := range h.Counts {
		x := p.left + step*float64(i)
		c.text(x+step/2, p.bottom+20, "middle", softInk, h.Classes[i])
		n := Format{}.String(v)
		if v.Symbol != "" {
			c.text(x+step/2, p.bottom-6, "middle", softInk, n)
			continue
		}
		y := p.y.at(v.N)
		c.bar(x+1, y, step-2, p.bottom-y, FocusColour, fmt.Sprintf("%s: %s", h.Classes[i], n))
		c.text(x+step/2, y-6, "middle", ink, n)
	}
}

func (h Histogram) vega() map[string]any {
	return vegaBase(longRows(h.Classes, h.series()), map[string]any{"type": "bar"}, map[string]any{
		"x": inOrder(field("x", "ordinal", h.X)), "y": field("value", "quantitative", h.Y),
	})
}
