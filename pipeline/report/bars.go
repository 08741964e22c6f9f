package report

import "fmt"

// Bars shows one value for each thing as a bar that lies on its side and starts at 0. With several series the bars of a thing
// stand together.
type Bars struct {
	Axis   []string
	X, Y   string // what a bar is, and what its length is
	Format Format
	Series []Series
	Notes  []string // written after the bars of the first series, one for each; nil for none
}

func (b Bars) check() error {
	if b.Notes != nil && len(b.Notes) != len(b.Axis) {
		return fmt.Errorf("%d notes for %d bars", len(b.Notes), len(b.Axis))
	}
	return checkSeries(b.Axis, b.Series)
}

func (b Bars) table() Table { return seriesTable(b.X, b.Axis, b.Series, b.Format) }

func (b Bars) draw(c *canvas) {
	const bar = 24.0
	var left, room float64
	_, high := extent(b.Series)
	for i, a := range b.Axis {
		for _, l := range wrap(a, 28) {
			left = max(left, textWidth(l)+12)
		}
		for _, s := range b.Series {
			n := b.Format.String(s.Values[i])
			if b.Notes != nil {
				n += "  " + b.Notes[i]
			}
			room = max(room, textWidth(n)+10)
		}
	}
	top := 8.0
	if len(b.Series) > 1 {
		top = 34
		at := left
		for k, s := range b.Series {
			c.add(`<rect x="%s" y="5" width="13" height="13" fill="%s"/>`, num(at), fills(len(b.Series), false)[k])
			c.bold(at+19, 17, "start", ink, s.Name)
			at += textWidth(s.Name) + 50
		}
	}
	x := scale{0, max(high, 1e-9), left, width - room}
	step := bar*float64(len(b.Series)) + 16
	colours := fills(len(b.Series), false)
	for i, a := range b.Axis {
		y := top + step*float64(i)
		lines := wrap(a, 28)
		for k, l := range lines {
			c.text(left-8, y+bar*float64(len(b.Series))/2+5+17*(float64(k)-float64(len(lines)-1)/2), "end", ink, l)
		}
		for k, s := range b.Series {
			v := s.Values[i]
			at, n := y+bar*float64(k), b.Format.String(v)
			end := left
			if v.Symbol == "" {
				end = x.at(v.N)
				c.bar(left, at, end-left, bar-3, colours[k], s.Name+", "+a+": "+n)
			}
			c.bold(end+8, at+bar/2+3, "start", ink, n)
			if k == 0 && b.Notes != nil {
				c.text(end+16+textWidth(n), at+bar/2+3, "start", softInk, b.Notes[i])
			}
		}
	}
	bottom := top + step*float64(len(b.Axis)) - 10
	c.line(left, top-4, left, bottom, ink, 1, "")
	c.text(left, bottom+22, "start", softInk, b.Y)
	c.height = bottom + 30
}

func (b Bars) vega() map[string]any {
	return vegaBase(longRows(b.Axis, b.Series), "bar", map[string]any{
		"y": inOrder(field("x", "nominal", b.X)), "x": field("value", "quantitative", b.Y),
		"yOffset": field("series", "nominal", ""), "color": field("series", "nominal", ""),
	})
}

// Dots compares things by where a dot lies from 0 along a line, with one thing picked out and a line at its value.
type Dots struct {
	Axis   []string
	X, Y   string
	Format Format
	Values []Value
	Focus  int // index of the thing to compare with, such as England
}

func (d Dots) series() []Series { return []Series{{d.Y, d.Values}} }

func (d Dots) check() error {
	if d.Focus < 0 || d.Focus >= len(d.Axis) {
		return fmt.Errorf("focus %d isn't on the axis", d.Focus)
	}
	return checkSeries(d.Axis, d.series())
}

func (d Dots) table() Table { return seriesTable(d.X, d.Axis, d.series(), d.Format) }

func (d Dots) draw(c *canvas) {
	const step, top = 28.0, 10.0
	var left float64
	for _, a := range d.Axis {
		left = max(left, textWidth(a)+16)
	}
	low, high := extent(d.series())
	t := ticks(low, high, 5)
	x := scale{t[0], t[len(t)-1], left, width - 60}
	bottom := top + step*float64(len(d.Axis))
	tf := tickFormat(t, d.Format)
	for _, v := range t {
		c.line(x.at(v), top, x.at(v), bottom, gridColour, 1, "")
		c.text(x.at(v), bottom+18, "middle", softInk, tf.String(Shown(v)))
	}
	if f := d.Values[d.Focus]; f.Symbol == "" {
		c.line(x.at(f.N), top, x.at(f.N), bottom, FocusColour, 1.5, "5 4")
	}
	for i, a := range d.Axis {
		y := top + step*(float64(i)+.5)
		v := d.Values[i]
		write := c.text
		shape, colour := 0, "#6F777B" // darker than RestColour, so that a small dot stands out from white
		if i == d.Focus {
			write, shape, colour = c.bold, 3, FocusColour
		}
		write(left-12, y+5, "end", ink, a)
		c.line(left, y, width-60, y, gridColour, 1, "1 4")
		if v.Symbol != "" {
			c.text(left+6, y+5, "start", softInk, d.Format.String(v))
			continue
		}
		c.marker(shape, x.at(v.N), y, colour, a+": "+d.Format.String(v))
		write(width-8, y+5, "end", ink, d.Format.String(v))
	}
	c.text((left+width-60)/2, bottom+40, "middle", softInk, d.Y)
	c.height = bottom + 48
}

func (d Dots) vega() map[string]any {
	return vegaBase(longRows(d.Axis, d.series()), map[string]any{"type": "point", "filled": true}, map[string]any{
		"y": inOrder(field("x", "nominal", d.X)), "x": field("value", "quantitative", d.Y),
	})
}
