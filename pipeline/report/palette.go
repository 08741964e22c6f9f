package report

import (
	"math"
	"strconv"
)

// The colours of the page. Categorical has the four that government analysts recommend for charts; a chart has no more.
// Sequential goes from most to least. FocusColour on RestColour picks out one thing.
//
// Source: Government Analysis Function, data visualisation: colours in charts.
var (
	Categorical = []string{"#12436D", "#28A197", "#801650", "#F46A25"}
	Sequential  = []string{"#12436D", "#2073BC", "#6BACE6"}
)

// Colours outside the series.
const (
	FocusColour = "#12436D"
	RestColour  = "#BFBFBF"
	ink         = "#0B0C0C" // text
	softInk     = "#4A5156" // axis labels and captions
	gridColour  = "#DADDDF" // carries no information
	paper       = "#FFFFFF"
)

// Contrast is the ratio of WCAG 2.2 between two colours written #RRGGBB: 1 for the same, 21 for black on white.
func Contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // colours are constants of this package
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

// on is the colour of text on a fill: whichever of white and ink stands out more.
func on(fill string) string {
	if Contrast(paper, fill) >= Contrast(ink, fill) {
		return paper
	}
	return ink
}

// edge is the outline of a fill on white: the fill itself when it stands out 3 to 1, else a colour that does.
func edge(fill string) string {
	if Contrast(fill, paper) >= 3 {
		return fill
	}
	return FocusColour
}

// fills are the colours of n series; ordered ones run from dark to light when three shades are enough.
func fills(n int, ordered bool) []string {
	if ordered && n <= len(Sequential) {
		return Sequential[:n]
	}
	return Categorical[:n]
}
