package report

import (
	"fmt"
	"math"
)

// Stacked shows parts of a whole as bars that lie on their side and start at 0, one for each place on the axis. The parts are
// named over the first bar and carry their figures. Shares that were rounded one by one add to a little more or less than 100:
// they are drawn to end at 100, and their figures stay as they are.
type Stacked struct {
	Axis    []string
	X, Y    string // what a bar is, and what its length is
	Format  Format
	Ordered bool // the parts have an order, such as bands: shades of one colour
	Series  []Series
}

func (s Stacked) check() error {
	for _, x := range s.Series {
		for _, v := range x.Values {
			if v.Symbol == "" && v.N < 0 {
				return fmt.Errorf("part %s is negative", x.Name)
			}
		}
	}
	return checkSeries(s.Axis, s.Series)
}

func (s Stacked) table() Table { return seriesTable(s.X, s.Axis, s.Series, s.Format) }

func (s Stacked) draw(c *canvas) {
	const step, thick, top = 30.0, 23.0, 44.0
	var left, high float64
	for i, a := range s.Axis {
		left = max(left, textWidth(a)+12)
		high = max(high, s.sum(i)*s.stretch(i))
	}
	t := ticks(0, high, 5)
	if s.Format.Suffix == "%" && high > 95 && high <= 100 {
		t, high = []float64{0, 20, 40, 60, 80, 100}, 100
	} else {
		high = t[len(t)-1]
	}
	x := scale{0, high, left, width - 30}
	bottom := top + step*float64(len(s.Axis))
	tf := tickFormat(t, s.Format)
	for _, v := range t {
		colour := gridColour
		if v == 0 {
			colour = ink
		}
		c.line(x.at(v), top-4, x.at(v), bottom, colour, 1, "")
		c.text(x.at(v), bottom+18, "middle", softInk, tf.String(Shown(v)))
	}
	c.text((left+width-30)/2, bottom+40, "middle", softInk, s.Y)
	c.height = bottom + 48
	colours := fills(len(s.Series), s.Ordered)
	var labels []label
	named := s.named()
	for i, a := range s.Axis {
		y := top + step*float64(i)
		c.text(left-8, y+thick/2+5, "end", ink, a)
		at, stretch := 0.0, s.stretch(i)
		for k, part := range s.Series {
			v := part.Values[i]
			if v.Symbol != "" {
				continue
			}
			long := v.N * stretch
			x0, x1 := x.at(at), x.at(at+long)
			c.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="%s" stroke-width="1.5"><title>%s</title></rect>`,
				num(x0), num(y), num(x1-x0), num(thick), colours[k], paper, fmt.Sprintf("%s, %s: %s", escape(part.Name), escape(a), s.Format.String(v)))
			if n := s.Format.String(v); textWidth(n)+6 < x1-x0 {
				c.text((x0+x1)/2, y+thick/2+5, "middle", on(colours[k]), n)
			}
			if i == named {
				labels = append(labels, label{at: (x0 + x1) / 2, size: textWidth(part.Name) + 34, index: k})
			}
			at += long
		}
		if hidden := s.standIn(i); at == 0 || hidden.Symbol == "c" { // the bar ends where what is shown ends
			c.text(x.at(at)+8, y+thick/2+5, "start", softInk, s.Format.String(hidden))
		}
		if s.Ordered { // the lightest shade alone would be faint on white
			c.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="%s" stroke-width="1"/>`,
				num(x.at(0)), num(y), num(x.at(at)-x.at(0)), num(thick), FocusColour)
		}
	}
	centre := map[int]float64{}
	for _, l := range labels {
		centre[l.index] = l.at
	}
	for _, l := range spread(labels, 0, width) {
		start := l.at - l.size/2 + 6
		c.add(`<rect x="%s" y="5" width="13" height="13" fill="%s" stroke="%s"/>`, num(start), colours[l.index], edge(colours[l.index]))
		c.bold(start+19, 17, "start", ink, s.Series[l.index].Name)
		if named != 0 { // the first bar lacks a part: the names stand as a key
			continue
		}
		if math.Abs(l.at-centre[l.index]) < l.size/2 {
			c.line(centre[l.index], 23, centre[l.index], top-1, softInk, 1, "")
		} else {
			c.path("M"+num(l.at)+" 23V30H"+num(centre[l.index])+"V"+num(top-1), "none", softInk, 1, "")
		}
	}
}

// sum is what the parts that a bar shows add up to.
func (s Stacked) sum(i int) (sum float64) {
	for _, x := range s.Series {
		if x.Values[i].Symbol == "" {
			sum += x.Values[i].N
		}
	}
	return sum
}

// stretch is how much longer than its figures a bar is drawn: rounded shares of a whole end at 100, unless one of them is hidden.
func (s Stacked) stretch(i int) float64 {
	sum := s.sum(i)
	if s.Format.Suffix != "%" || sum < 97 || sum > 103 || s.standIn(i).Symbol == "c" {
		return 1
	}
	return 100 / sum
}

// standIn is what stands for the parts that a bar can't show: the symbol of one of them, c before others; 0 when all are shown.
func (s Stacked) standIn(i int) Value {
	found := Shown(0)
	for _, x := range s.Series {
		if v := x.Values[i]; v.Symbol == "c" || v.Symbol != "" && found.Symbol == "" {
			found = v
		}
	}
	return found
}

// named is the first bar that shows the most parts: the names stand where its parts lie.
func (s Stacked) named() int {
	best, most := 0, 0
	for i := range s.Axis {
		n := 0
		for _, x := range s.Series {
			if x.Values[i].Symbol == "" {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

func (s Stacked) vega() map[string]any {
	rows := longRows(s.Axis, s.Series)
	place := map[string]int{}
	for i, x := range s.Series {
		place[x.Name] = i
	}
	for _, r := range rows {
		r["part"] = place[r["series"].(string)]
	}
	return vegaBase(rows, "bar", map[string]any{
		"y": inOrder(field("x", "ordinal", s.X)), "x": field("value", "quantitative", s.Y),
		"color": field("series", "nominal", ""), "order": field("part", "quantitative", ""),
	})
}
