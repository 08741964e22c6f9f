package report

import "math"

// Mark is a line across a plot at a value that means something.
type Mark struct {
	At   float64
	Name string
}

// freeTicks are about n round numbers from at or below low to at or above high; 0 need not be among them.
func freeTicks(low, high float64, n int) []float64 {
	if high-low < 1e-9 {
		low, high = low-.5, high+.5
	}
	raw := (high - low) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw*0.999 {
			step *= m
			break
		}
	}
	var out []float64
	for k := math.Floor(low/step + 1e-9); ; k++ {
		out = append(out, k*step)
		if k*step >= high-step*1e-9 {
			return out
		}
	}
}

// spreadMarks writes the names of vertical lines over a plot, each on a line of its own when they are close.
func spreadMarks(c *canvas, marks []Mark, x scale, top, bottom, left, right float64) {
	for i, m := range marks {
		at := x.at(m.At)
		y := top + 17*float64(i)
		c.line(at, y+5, at, bottom, ink, 1.5, "5 4")
		half := textWidth(m.Name) / 2
		c.bold(min(max(at, left+half), right-half), y, "middle", ink, m.Name)
	}
}
