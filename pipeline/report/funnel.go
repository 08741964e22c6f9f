package report

import (
	"errors"
	"fmt"
	"math"
)

// Funnel shows where one area lies among areas of all sizes: a dot for each by its size, and the limits between which chance alone keeps an
// area of a size. The axis of values runs as far as the data. It is no ranking: its table is in the order of Points.
type Funnel struct {
	X, Y       string // what the size counts, and what the value is
	Format     Format
	Target     float64 // value that the limits lie around
	TargetName string
	Points     []FunnelPoint
	Limits     []FunnelLimits // of rising size
}

// FunnelPoint is one area.
type FunnelPoint struct {
	Name  string
	Of    float64 // its size
	Value float64
	Place string // beside the limits, in words
	Focus bool   // the area that the funnel is about
}

// FunnelLimits are those of 95 and 99.8 per cent at a size.
type FunnelLimits struct {
	Of                             float64
	Low998, Low95, High95, High998 float64
}

func (f Funnel) focus() *FunnelPoint {
	for i := range f.Points {
		if f.Points[i].Focus {
			return &f.Points[i]
		}
	}
	return nil
}

func (f Funnel) check() error {
	if f.focus() == nil {
		return errors.New("no area is marked")
	}
	if len(f.Limits) < 2 {
		return fmt.Errorf("limits at %d sizes, want 2 or more", len(f.Limits))
	}
	for i := 1; i < len(f.Limits); i++ {
		if f.Limits[i].Of <= f.Limits[i-1].Of {
			return fmt.Errorf("limits don't rise in size at %v", f.Limits[i].Of)
		}
	}
	return nil
}

func (f Funnel) table() Table {
	t := Table{Head: []string{"Area", f.X, f.Y, "Beside the limits"}}
	for _, p := range f.Points {
		t.Rows = append(t.Rows, []Cell{Words(p.Name), Number(Shown(p.Of), Format{}), Number(Shown(p.Value), f.Format), Words(p.Place)})
	}
	return t
}

// lines are the limits as runs of values, outer ones first.
func (f Funnel) lines() (names []string, values [][]float64) {
	names = []string{"99.8% limit", "99.8% limit", "95% limit", "95% limit"}
	values = make([][]float64, 4)
	for _, l := range f.Limits {
		for i, v := range []float64{l.High998, l.Low998, l.High95, l.Low95} {
			values[i] = append(values[i], v)
		}
	}
	return names, values
}

func (f Funnel) draw(c *canvas) {
	low, high, most := f.Target, f.Target, f.Limits[len(f.Limits)-1].Of
	smallest := math.Inf(1)
	for _, p := range f.Points {
		low, high, most, smallest = min(low, p.Value), max(high, p.Value), max(most, p.Of), min(smallest, p.Of)
	}
	for _, l := range f.Limits {
		if l.Of >= smallest {
			low, high = min(low, l.Low95), max(high, l.High95)
			break
		}
	}
	ty, tx := freeTicks(low, high, 5), ticks(0, most, 5)
	fy := tickFormat(ty, f.Format)
	var room, names float64
	for _, v := range ty {
		room = max(room, textWidth(fy.String(Shown(v))))
	}
	names = max(textWidth("99.8% limit"), textWidth(f.TargetName)) + 16
	const top, bottom = 26.0, 340.0
	x, y := scale{tx[0], tx[len(tx)-1], room + 12, width - names}, scale{ty[0], ty[len(ty)-1], bottom, top}
	c.text(0, 12, "start", softInk, f.Y)
	for _, v := range ty {
		c.line(x.low, y.at(v), x.high, y.at(v), gridColour, 1, "")
		c.text(x.low-8, y.at(v)+5, "end", softInk, fy.String(Shown(v)))
	}
	for _, v := range tx {
		c.text(x.at(v), bottom+20, "middle", softInk, tickFormat(tx, Format{}).String(Shown(v)))
	}
	c.line(x.low, bottom, x.high, bottom, ink, 1, "")
	c.text((x.low+x.high)/2, bottom+42, "middle", softInk, f.X)
	inside := func(v float64) float64 { return min(max(v, ty[0]), ty[len(ty)-1]) }
	lineNames, lines := f.lines()
	labels := []label{{at: y.at(inside(f.Target)), size: 18, index: len(lines)}}
	for i, values := range lines {
		d, dash, pen := "", "", "M"
		if i >= 2 {
			dash = "6 4"
		}
		for k, v := range values {
			if v < ty[0] || v > ty[len(ty)-1] { // beyond the picture
				pen = "M"
				continue
			}
			d += pen + num(x.at(f.Limits[k].Of)) + " " + num(y.at(v))
			pen = "L"
		}
		if d != "" {
			c.path(d, "none", softInk, 1.5, dash)
		}
		labels = append(labels, label{at: y.at(inside(values[len(values)-1])), size: 18, index: i})
	}
	c.line(x.low, y.at(f.Target), x.high, y.at(f.Target), FocusColour, 1.5, "")
	for _, l := range spread(labels, top-6, bottom) {
		if l.index == len(lines) {
			c.bold(x.high+8, l.at+5, "start", FocusColour, f.TargetName)
		} else {
			c.text(x.high+8, l.at+5, "start", softInk, lineNames[l.index])
		}
	}
	says := func(p FunnelPoint) string {
		return fmt.Sprintf("%s: %s of %s, %s", p.Name, f.Format.String(Shown(p.Value)), Format{}.String(Shown(p.Of)), p.Place)
	}
	for _, p := range f.Points {
		if !p.Focus {
			c.marker(0, x.at(p.Of), y.at(p.Value), "#6F777B", says(p))
		}
	}
	p := *f.focus()
	px, py := x.at(p.Of), y.at(p.Value)
	c.add(`<circle cx="%s" cy="%s" r="10" fill="none" stroke="%s" stroke-width="2"/>`, num(px), num(py), FocusColour)
	c.marker(3, px, py, FocusColour, says(p))
	anchor, at := "start", px+15
	if at+textWidth(p.Name) > x.high {
		anchor, at = "end", px-15
	}
	up := py - 12
	if p.Value < f.Target { // away from the line
		up = py + 24
	}
	// a white edge keeps the name readable over lines and dots
	c.styled(at, up, anchor, paper, ` font-weight="600" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round" aria-hidden="true"`, p.Name)
	c.bold(at, up, anchor, FocusColour, p.Name)
	c.height = bottom + 50
}

func (f Funnel) vega() map[string]any {
	var points, limits []map[string]any
	for _, p := range f.Points {
		points = append(points, map[string]any{"area": p.Name, "size": p.Of, "value": p.Value, "place": p.Place, "marked": p.Focus})
	}
	names, lines := f.lines()
	for i, values := range lines {
		for k, v := range values {
			limits = append(limits, map[string]any{"limit": names[i], "line": i, "size": f.Limits[k].Of, "value": v})
		}
	}
	x, y := field("size", "quantitative", f.X), field("value", "quantitative", f.Y)
	y["scale"] = map[string]any{"zero": false}
	spec := vegaBase(nil, nil, nil)
	delete(spec, "data")
	delete(spec, "mark")
	delete(spec, "encoding")
	spec["layer"] = []map[string]any{
		{"data": map[string]any{"values": limits}, "mark": "line", "encoding": map[string]any{"x": x, "y": y, "detail": field("line", "nominal", ""), "strokeDash": field("limit", "nominal", "")}},
		{"data": map[string]any{"values": []map[string]any{{"value": f.Target}}}, "mark": "rule", "encoding": map[string]any{"y": y}},
		{"data": map[string]any{"values": points}, "mark": map[string]any{"type": "point", "filled": true, "tooltip": true}, "encoding": map[string]any{"x": x, "y": y, "color": field("marked", "nominal", "")}},
	}
	return spec
}
