package report

import "fmt"

// Waterfall shows how parts, each up or down, add to a total: every part is a bar from where the part before it ended.
type Waterfall struct {
	Steps  []Step
	X, Y   string // what a bar is, and what its length is
	Format Format
	Total  string // name of the last bar, which starts at 0
	Marks  []Mark // vertical lines, such as a threshold
}

// Step is one part.
type Step struct {
	Name  string
	Note  string // what held, under the name; may be empty
	Value float64
}

func (w Waterfall) check() error {
	if len(w.Steps) == 0 || w.Total == "" {
		return fmt.Errorf("nothing to add up, or the total has no name")
	}
	return nil
}

func (w Waterfall) table() Table {
	t := Table{Head: []string{w.X, "What held", w.Y, "Running total"}}
	var sum float64
	for _, s := range w.Steps {
		sum += s.Value
		t.Rows = append(t.Rows, []Cell{Words(s.Name), Words(s.Note), Number(Shown(s.Value), w.Format), Number(Shown(sum), w.Format)})
	}
	t.Rows = append(t.Rows, []Cell{Words(w.Total), Words(""), Number(Shown(sum), w.Format), Number(Shown(sum), w.Format)})
	return t
}

// Colours of parts that add and take away; the total is ink. A sign stands beside each, so that colour is not alone.
var (
	addsColour  = Categorical[0]
	takesColour = Categorical[3]
)

func (w Waterfall) draw(c *canvas) {
	const thick, step = 20.0, 40.0
	low, high, sum := 0.0, 0.0, 0.0
	left := textWidth(w.Total) + 16
	for _, s := range w.Steps {
		sum += s.Value
		low, high = min(low, sum), max(high, sum)
		left = max(left, textWidth(s.Name)+16, textWidth(s.Note)*.93+16)
	}
	left = min(left, 330)
	for _, m := range w.Marks {
		low, high = min(low, m.At), max(high, m.At)
	}
	t := freeTicks(low, high, 6)
	x := scale{t[0], t[len(t)-1], left + 8, width - 70}
	top := 17*float64(len(w.Marks)) + 10
	bottom := top + step*float64(len(w.Steps)+1)
	tf := tickFormat(t, w.Format)
	for _, v := range t {
		colour := gridColour
		if v == 0 {
			colour = ink
		}
		c.line(x.at(v), top, x.at(v), bottom, colour, 1, "")
		c.text(x.at(v), bottom+18, "middle", softInk, tf.String(Shown(v)))
	}
	cut := func(s string, room float64) string { // a word too many is seen in the table
		r := []rune(s)
		if textWidth(s) <= room {
			return s
		}
		for len(r) > 0 && textWidth(string(r)+"\u2026") > room {
			r = r[:len(r)-1]
		}
		return string(r) + "\u2026"
	}
	row := func(i int, name, note string, from, to float64, fill, figure string) {
		y := top + step*float64(i)
		name, note = cut(name, left-8), cut(note, (left-8)/.93)
		if note == "" {
			c.text(left-6, y+step/2+5, "end", ink, name)
		} else {
			c.text(left-6, y+step/2-2, "end", ink, name)
			c.styled(left-6, y+step/2+14, "end", softInk, ` font-size="13"`, note)
		}
		a, b := x.at(min(from, to)), x.at(max(from, to))
		c.bar(a, y+(step-thick)/2, max(b-a, 1), thick, fill, name+": "+figure)
		c.bold(width-4, y+step/2+5, "end", ink, figure)
		if i < len(w.Steps) {
			c.line(x.at(to), y+(step+thick)/2, x.at(to), y+step+(step-thick)/2, softInk, 1, "")
		}
	}
	sum = 0
	for i, s := range w.Steps {
		fill, figure := addsColour, "+"+w.Format.String(Shown(s.Value))
		if s.Value < 0 {
			fill, figure = takesColour, w.Format.String(Shown(s.Value))
		}
		row(i, s.Name, s.Note, sum, sum+s.Value, fill, figure)
		sum += s.Value
	}
	row(len(w.Steps), w.Total, "", 0, sum, softInk, w.Format.String(Shown(sum)))
	spreadMarks(c, w.Marks, x, 14, bottom, 0, width)
	c.text((x.low+x.high)/2, bottom+40, "middle", softInk, w.Y)
	c.height = bottom + 48
}

func (w Waterfall) vega() map[string]any {
	rows := []map[string]any{}
	var sum float64
	for i, s := range w.Steps {
		rows = append(rows, map[string]any{"x": s.Name, "order": i, "from": sum, "to": sum + s.Value, "value": s.Value})
		sum += s.Value
	}
	rows = append(rows, map[string]any{"x": w.Total, "order": len(w.Steps), "from": 0, "to": sum, "value": sum})
	return vegaBase(rows, "bar", map[string]any{
		"y": inOrder(field("x", "nominal", w.X)), "x": field("from", "quantitative", w.Y), "x2": map[string]any{"field": "to"},
	})
}
