package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Odds shows two probabilities of each thing as dots on one logarithmic axis, joined by a line whose length is their ratio: things under
// the headings of their groups, the ratio written beside them.
type Odds struct {
	Groups []string // group of each thing
	Axis   []string // things, in order
	X, Y   string
	A, B   Series // probabilities above 0, up to 1
	Notes  []string
	Head   string // what the notes are
}

func (o Odds) check() error {
	if len(o.Groups) != len(o.Axis) || len(o.Notes) != len(o.Axis) {
		return fmt.Errorf("%d groups and %d notes for %d things", len(o.Groups), len(o.Notes), len(o.Axis))
	}
	for _, s := range []Series{o.A, o.B} {
		for _, v := range s.Values {
			if v.Symbol == "" && (v.N <= 0 || v.N > 1) {
				return fmt.Errorf("%s: %v is no probability above 0", s.Name, v.N)
			}
		}
	}
	return checkSeries(o.Axis, []Series{o.A, o.B})
}

// probability is written with two digits that count.
var probability = Format{Digits: 2}

func (o Odds) table() Table {
	t := seriesTable(o.X, o.Axis, []Series{o.A, o.B}, probability)
	t.Head = append([]string{"Group"}, append(t.Head, o.Head)...)
	for i := range t.Rows {
		t.Rows[i] = append([]Cell{Words(o.Groups[i])}, append(t.Rows[i], Words(o.Notes[i]))...)
	}
	return t
}

func (o Odds) draw(c *canvas) {
	low := 1.0
	var left, room float64
	for i, a := range o.Axis {
		for _, l := range wrap(a, forestLine) {
			left = max(left, textWidth(l)+16)
		}
		room = max(room, textWidth(o.Notes[i]))
		for _, v := range []Value{o.A.Values[i], o.B.Values[i]} {
			if v.Symbol == "" {
				low = min(low, v.N)
			}
		}
	}
	room = max(room, textWidth(o.Head))
	first := math.Floor(math.Log10(low) + 1e-9)
	x := scale{min(first, -1), 0, left + 8, width - room - 28}
	colours := []string{Categorical[0], Categorical[3]}
	c.marker(0, 8, 12, colours[0], o.A.Name)
	c.bold(20, 17, "start", ink, o.A.Name)
	at := textWidth(o.A.Name) + 52
	c.marker(1, at, 12, colours[1], o.B.Name)
	c.bold(at+12, 17, "start", ink, o.B.Name)
	c.text(width-4, 42, "end", softInk, o.Head)
	y := 34.0
	top := y
	var rows canvas
	for i, a := range o.Axis {
		if i == 0 || o.Groups[i] != o.Groups[i-1] {
			if i > 0 {
				y += 8
			}
			rows.add(`<rect x="0" y="%s" width="%s" height="18" fill="%s"/>`, num(y+4), num(textWidth(o.Groups[i])+8), paper)
			rows.bold(0, y+18, "start", ink, o.Groups[i])
			y += 26
		}
		lines := wrap(a, forestLine)
		deep := 17*float64(len(lines)) + 7
		middle := y + deep/2
		for k, l := range lines {
			rows.text(left-8, middle+5+17*(float64(k)-float64(len(lines)-1)/2), "end", ink, l)
		}
		va, vb := o.A.Values[i], o.B.Values[i]
		if va.Symbol == "" && vb.Symbol == "" {
			rows.line(x.at(math.Log10(va.N)), middle, x.at(math.Log10(vb.N)), middle, softInk, 2, "")
		}
		for k, v := range []Value{vb, va} {
			if v.Symbol == "" {
				s := []Series{o.B, o.A}[k]
				rows.marker(1-k, x.at(math.Log10(v.N)), middle, colours[1-k], fmt.Sprintf("%s, %s: %s %s", o.Groups[i], a, s.Name, probability.String(v)))
			}
		}
		rows.text(width-4, middle+5, "end", ink, o.Notes[i])
		y += deep
	}
	every := math.Max(1, math.Ceil(-x.from/8))
	for k := 0.0; k >= x.from; k-- {
		c.line(x.at(k), top, x.at(k), y, gridColour, 1, "")
		if math.Mod(k, every) == 0 {
			c.text(x.at(k), y+18, "middle", softInk, decade(k))
		}
	}
	c.b.WriteString(rows.b.String())
	c.text((x.low+x.high)/2, y+40, "middle", softInk, o.Y)
	c.height = y + 48
}

var superscript = strings.NewReplacer("0", "\u2070", "1", "\u00b9", "2", "\u00b2", "3", "\u00b3", "4", "\u2074", "5", "\u2075", "6", "\u2076", "7", "\u2077", "8", "\u2078", "9", "\u2079")

// decade writes 10 to the power k, for k of 0 or less, as a share.
func decade(k float64) string {
	if k < -4 {
		return "10\u207b" + superscript.Replace(strconv.Itoa(int(-k)))
	}
	return Format{Decimals: int(-k)}.String(Shown(math.Pow(10, k)))
}

func (o Odds) vega() map[string]any {
	rows := []map[string]any{}
	for _, s := range []Series{o.A, o.B} {
		for i, v := range s.Values {
			if v.Symbol == "" {
				rows = append(rows, map[string]any{"x": o.Groups[i] + ": " + o.Axis[i], "order": i, "series": s.Name, "value": v.N})
			}
		}
	}
	x := field("value", "quantitative", o.Y)
	x["scale"] = map[string]any{"type": "log"}
	return vegaBase(rows, map[string]any{"type": "point", "filled": true}, map[string]any{
		"y": inOrder(field("x", "nominal", o.X)), "x": x, "color": field("series", "nominal", ""), "shape": field("series", "nominal", ""),
	})
}
