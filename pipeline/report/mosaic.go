package report

import "fmt"

// Mosaic shows how two yes-or-no answers go together: four shares of one whole. Each column is as wide as its share, and each
// part of it as high as its share of the column, so that area is number.
type Mosaic struct {
	Columns [2]string   // the two answers to the first question
	Rows    [2]string   // the two answers to the second
	Shares  [2][2]Value // per cent of all, by column then row
	Counts  [2][2]Value // numbers behind them
	Focus   [2][2]bool  // parts to pick out
}

func (m Mosaic) check() error {
	for _, col := range m.Shares {
		for _, v := range col {
			if v.N < 0 {
				return fmt.Errorf("a share is negative")
			}
		}
	}
	return nil
}

func (m Mosaic) table() Table {
	t := Table{Head: []string{"First measure", "Second measure", "Children", "Share"}}
	for i, col := range m.Columns {
		for k, row := range m.Rows {
			t.Rows = append(t.Rows, []Cell{Words(col), Words(row), Number(m.Counts[i][k], Format{}), Number(m.Shares[i][k], Percent)})
		}
	}
	return t
}

func (m Mosaic) draw(c *canvas) {
	const top, height, left, gap = 48.0, 270.0, 170.0, 5.0
	total := 0.0
	var cols [2]float64
	for i, col := range m.Shares {
		for _, v := range col {
			if v.Symbol == "" {
				cols[i] += v.N
				total += v.N
			}
		}
	}
	wide := float64(width) - left - gap
	at := left
	for i, col := range m.Shares {
		if total == 0 || cols[i] == 0 {
			continue
		}
		w := wide * cols[i] / total
		middle := at + w/2
		if w < textWidth(m.Columns[i])+10 && i == 1 {
			c.bold(width, 16, "end", ink, m.Columns[i])
		} else {
			c.bold(middle, 16, "middle", ink, m.Columns[i])
		}
		c.text(min(middle, width-20), 36, "middle", softInk, Percent.String(Shown(float64(int(cols[i]+.5)))))
		y := top
		for k, v := range col {
			if v.Symbol != "" {
				continue
			}
			h := (height - gap) * v.N / cols[i]
			fill := RestColour
			if m.Focus[i][k] {
				fill = FocusColour
			}
			c.bar(at, y, w, h, fill, fmt.Sprintf("%s and %s: %s", m.Columns[i], m.Rows[k], Percent.String(v)))
			if h > 20 && w > 44 {
				c.bold(middle, y+h/2+6, "middle", on(fill), Percent.String(v))
			} else { // too small to hold its figure: written over it, with a white rim
				c.styled(min(middle, width-24), min(y+h/2+6, top+height), "middle", ink, ` font-weight="600" paint-order="stroke" stroke="#FFFFFF" stroke-width="5"`, Percent.String(v))
			}
			if i == 0 {
				lines := wrap(m.Rows[k], 22)
				for n, l := range lines {
					at := min(y+h/2, top+height-10*float64(len(lines)))
					c.bold(left-12, at+6+17*(float64(n)-float64(len(lines)-1)/2), "end", ink, l)
				}
			}
			y += h + gap
		}
		at += w + gap
	}
	c.height = top + height + 8
}

func (m Mosaic) vega() map[string]any {
	rows := []map[string]any{}
	for i, col := range m.Columns {
		for k, row := range m.Rows {
			if v := m.Shares[i][k]; v.Symbol == "" {
				rows = append(rows, map[string]any{"x": col, "series": row, "value": v.N})
			}
		}
	}
	return vegaBase(rows, "bar", map[string]any{
		"x": field("x", "nominal", ""), "y": field("value", "quantitative", "Share of children, per cent"), "color": field("series", "nominal", ""),
	})
}
