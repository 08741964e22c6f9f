package report

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// width of every drawing in its own units; the page scales it.
const width = 720

// fontSize of labels in the drawing's units.
const fontSize = 14

// canvas collects the elements of one SVG. Numbers are written with at most one decimal, so that the same data give the same bytes.
type canvas struct {
	b      strings.Builder
	height float64
}

func num(f float64) string {
	if f == 0 || math.Abs(f) < 0.05 {
		return "0"
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

func (c *canvas) line(x1, y1, x2, y2 float64, colour string, thick float64, dash string) {
	c.add(`<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"%s/>`, num(x1), num(y1), num(x2), num(y2), colour, num(thick), dashed(dash))
}

func dashed(dash string) string {
	if dash == "" {
		return ""
	}
	return ` stroke-dasharray="` + dash + `"`
}

// bar is a rectangle with what it says when pointed at.
func (c *canvas) bar(x, y, w, h float64, fill, says string) {
	c.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="%s" stroke-width="1"><title>%s</title></rect>`,
		num(x), num(y), num(max(w, 0)), num(max(h, 0)), fill, edge(fill), html.EscapeString(says))
}

func (c *canvas) path(d, fill, stroke string, thick float64, dash string) {
	c.add(`<path d="%s" fill="%s" stroke="%s" stroke-width="%s" stroke-linejoin="round"%s/>`, d, fill, stroke, num(thick), dashed(dash))
}

// text writes a line; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, colour, s string) {
	c.styled(x, y, anchor, colour, "", s)
}

func (c *canvas) bold(x, y float64, anchor, colour, s string) {
	c.styled(x, y, anchor, colour, ` font-weight="600"`, s)
}

func (c *canvas) styled(x, y float64, anchor, colour, style, s string) {
	c.add(`<text x="%s" y="%s" text-anchor="%s" fill="%s"%s>%s</text>`, num(x), num(y), anchor, colour, style, html.EscapeString(s))
}

// marker draws the shape of series i around a point, so that series differ without colour.
func (c *canvas) marker(i int, x, y float64, colour, says string) {
	const r = 4.5
	var shape string
	switch i % 4 {
	case 0:
		shape = fmt.Sprintf(`<circle cx="%s" cy="%s" r="%s"`, num(x), num(y), num(r))
	case 1:
		shape = fmt.Sprintf(`<rect x="%s" y="%s" width="%s" height="%s"`, num(x-r+.5), num(y-r+.5), num(2*r-1), num(2*r-1))
	case 2:
		shape = fmt.Sprintf(`<path d="M%s %sl%s %sh%sz"`, num(x), num(y-r-.5), num(r+.5), num(2*r), num(-2*r-1))
	default:
		shape = fmt.Sprintf(`<path d="M%s %sl%s %sl%s %sl%s %sz"`, num(x), num(y-r-1), num(r+1), num(r+1), num(-r-1), num(r+1), num(-r-1), num(-r-1))
	}
	c.add(`%s fill="%s" stroke="%s" stroke-width="1"><title>%s</title></%s>`, shape, colour, paper, html.EscapeString(says), strings.Fields(shape)[0][1:])
}

// dashes of series, in order.
var dashes = []string{"", "7 4", "2 3", "10 3 2 3"}

// textWidth is about how wide s is in bold Arial, so that what is measured fits in any weight.
func textWidth(s string) float64 {
	var em float64
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijlI.,:;'|! [](", r):
			em += 0.33
		case strings.ContainsRune("mwMW%@", r):
			em += 0.9
		case r >= 'A' && r <= 'Z':
			em += 0.72
		default:
			em += 0.57
		}
	}
	return em * fontSize
}

// wrap breaks s into lines of about n characters at blanks.
func wrap(s string, n int) []string {
	var lines []string
	for _, w := range strings.Fields(s) {
		if k := len(lines) - 1; k >= 0 && len([]rune(lines[k]))+1+len([]rune(w)) <= n {
			lines[k] += " " + w
		} else {
			lines = append(lines, w)
		}
	}
	return lines
}

// label is a text that wants to stand at a place and may be pushed off it by its neighbours.
type label struct {
	at    float64 // wanted centre
	size  float64 // extent along the axis
	index int     // of what it names
}

// spread moves labels apart so that they don't overlap, in their order, within low and high.
func spread(labels []label, low, high float64) []label {
	out := append([]label(nil), labels...)
	for i := 1; i < len(out); i++ { // few: insertion sort keeps ties in order
		for j := i; j > 0 && out[j].at < out[j-1].at; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	free := low
	for i := range out {
		out[i].at = max(out[i].at, free+out[i].size/2)
		free = out[i].at + out[i].size/2
	}
	free = high
	for i := len(out) - 1; i >= 0; i-- {
		out[i].at = min(out[i].at, free-out[i].size/2)
		free = out[i].at - out[i].size/2
	}
	return out
}

// scale maps numbers to a drawing's units.
type scale struct{ from, to, low, high float64 }

func (s scale) at(v float64) float64 {
	if s.to == s.from {
		return s.low
	}
	return s.low + (v-s.from)/(s.to-s.from)*(s.high-s.low)
}

// ticks are about n round numbers from 0 (or, for negative numbers, a round number below) past high.
func ticks(low, high float64, n int) []float64 {
	if high <= low {
		high = low + 1
	}
	raw := (high - min(low, 0)) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw*0.999 {
			step *= m
			break
		}
	}
	first := math.Floor(min(low, 0)/step) * step
	var out []float64
	for i := 0; ; i++ {
		v := first + float64(i)*step
		out = append(out, v)
		if v >= high-step*1e-9 {
			return out
		}
	}
}

// tickFormat keeps as many decimals as the step between ticks has.
func tickFormat(t []float64, f Format) Format {
	f.Decimals, f.Digits = 0, 0
	if len(t) > 1 {
		for step := t[1] - t[0]; f.Decimals < 3 && math.Abs(step-math.Round(step)) > 1e-9; step *= 10 {
			f.Decimals++
		}
	}
	return f
}
