package report

import (
	"fmt"
	"math"
)

// Figure is a picture of some numbers. Its kinds are Lines, Stacked, Ribbon, Curves, Bars, Dots, Mosaic and
// Histogram; and, for Findings, Panels, Traces, Forest, Odds, Waterfall and Funnel.
type Figure interface {
	draw(c *canvas)       // the marks, and the height they need
	table() Table         // the numbers drawn, exactly
	vega() map[string]any // the same picture as Vega-Lite
	check() error         // what would make the picture wrong
}

// maxSeries is how many colours a chart may use.
const maxSeries = 4

// Series is one named run of values, one for each place on the axis.
type Series struct {
	Name   string
	Values []Value
}

func checkSeries(axis []string, series []Series) error {
	if len(axis) == 0 || len(series) == 0 {
		return fmt.Errorf("nothing to draw")
	}
	if len(series) > maxSeries {
		return fmt.Errorf("%d series: a chart has at most %d colours", len(series), maxSeries)
	}
	for _, s := range series {
		if len(s.Values) != len(axis) {
			return fmt.Errorf("series %s has %d values for %d places on the axis", s.Name, len(s.Values), len(axis))
		}
	}
	return nil
}

// seriesTable has a row for each place on the axis and a column for each series.
func seriesTable(axisName string, axis []string, series []Series, f Format) Table {
	t := Table{Head: []string{axisName}}
	for _, s := range series {
		t.Head = append(t.Head, s.Name)
	}
	for i, a := range axis {
		row := []Cell{Words(a)}
		for _, s := range series {
			row = append(row, Number(s.Values[i], f))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// longRows are the series as Vega-Lite wants them: one row a value, hidden ones left out.
func longRows(axis []string, series []Series) []map[string]any {
	rows := []map[string]any{}
	for _, s := range series {
		for i, v := range s.Values {
			if v.Symbol == "" {
				rows = append(rows, map[string]any{"x": axis[i], "order": i, "series": s.Name, "value": v.N})
			}
		}
	}
	return rows
}

func vegaBase(rows []map[string]any, mark any, encoding map[string]any) map[string]any {
	return map[string]any{
		"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": 600, "height": 320,
		"data": map[string]any{"values": rows}, "mark": mark, "encoding": encoding,
		"config": map[string]any{"range": map[string]any{"category": Categorical}},
	}
}

func field(name, kind, title string) map[string]any {
	return map[string]any{"field": name, "type": kind, "title": title}
}

func inOrder(f map[string]any) map[string]any {
	f["sort"] = map[string]any{"field": "order"}
	return f
}

// plot is the area of a chart with axes.
type plot struct {
	left, right, top, bottom float64
	y                        scale
	n                        int // places on the x axis
}

// x is the centre of place i.
func (p plot) x(i int) float64 {
	if p.n == 1 {
		return (p.left + p.right) / 2
	}
	return p.left + 14 + (p.right-p.left-28)*float64(i)/float64(p.n-1)
}

// axes draws the grid, the labels of both axes and their names, and returns the area. labels is the room needed on the right.
func axes(c *canvas, axis []string, xName, yName string, low, high float64, f Format, labels float64, top, height float64) plot {
	n := 5
	if f == (Format{}) && high-min(low, 0) < float64(n) { // counts have no halves
		n = max(1, int(math.Ceil(high-min(low, 0))))
	}
	t := ticks(low, high, n)
	tf := tickFormat(t, f)
	var room float64
	for _, v := range t {
		room = max(room, textWidth(tf.String(Shown(v))))
	}
	p := plot{left: room + 12, right: width - labels, top: top + 26, bottom: top + height - 46, n: len(axis)}
	p.y = scale{t[0], t[len(t)-1], p.bottom, p.top}
	c.text(0, top+12, "start", softInk, yName)
	for _, v := range t {
		y := p.y.at(v)
		colour := gridColour
		if v == 0 {
			colour = ink
		}
		c.line(p.left, y, p.right, y, colour, 1, "")
		c.text(p.left-8, y+5, "end", softInk, tf.String(Shown(v)))
	}
	every := 1
	var widest float64
	for _, a := range axis {
		widest = max(widest, textWidth(a)+10)
	}
	for len(axis) > 1 && widest > float64(every)*(p.right-p.left-28)/float64(len(axis)-1) {
		every++
	}
	for i, a := range axis {
		if (len(axis)-1-i)%every == 0 {
			c.text(p.x(i), p.bottom+20, "middle", softInk, a)
		}
	}
	c.text((p.left+p.right)/2, p.bottom+42, "middle", softInk, xName)
	c.height = top + height
	return p
}

// labelRoom is the width that names on the right of a plot need; a line of a name has about lineLength characters.
const lineLength = 20

func labelRoom(series []Series) float64 {
	var room float64
	for _, s := range series {
		for _, l := range wrap(s.Name, lineLength) {
			room = max(room, textWidth(l))
		}
	}
	return room + 28
}

// nameEnds writes each series' name beside its last value.
func nameEnds(c *canvas, p plot, names []string, ends []float64, colours []string) {
	var labels []label
	for i, n := range names {
		if !math.IsNaN(ends[i]) {
			labels = append(labels, label{at: ends[i], size: 17*float64(len(wrap(n, lineLength))) + 3, index: i})
		}
	}
	for _, l := range spread(labels, p.top-10, p.bottom+10) {
		lines := wrap(names[l.index], lineLength)
		y := l.at - 17*float64(len(lines)-1)/2 + 5
		if math.Abs(l.at-ends[l.index]) > 2 {
			c.line(p.right-8, ends[l.index], p.right+6, l.at, softInk, 1, "")
		}
		c.add(`<rect x="%s" y="%s" width="4" height="%s" fill="%s"/>`, num(p.right+8), num(l.at-l.size/2+3), num(l.size-6), colours[l.index])
		for k, s := range lines {
			c.bold(p.right+17, y+17*float64(k), "start", ink, s)
		}
	}
}

func extent(series []Series) (low, high float64) {
	for _, s := range series {
		for _, v := range s.Values {
			if v.Symbol == "" {
				low, high = min(low, v.N), max(high, v.N)
			}
		}
	}
	return low, high
}
