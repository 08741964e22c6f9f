package evaluate

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/goccy/go-yaml"

	"throughline/pipeline/duck"
)

//go:embed published.yaml
var publishedFile []byte

// knownFigure is an indicator for England with the figures that were published.
type knownFigure struct {
	Indicator string             `yaml:"indicator"`
	Measure   string             `yaml:"measure"`
	Source    string             `yaml:"source"`
	Within    float64            `yaml:"within"` // zero: as for all
	Values    map[string]float64 `yaml:"values"` // by time_period
}

// Calibration is a published figure beside the same of a run.
type Calibration struct {
	ID, Measure, Title, Source, Period string
	Published                          float64
	Computed                           float64 // not rounded; NaN when the run has none
	Children                           float64 // or whatever the computed value is of
	Tolerance                          float64 // points, or in the figure's unit
}

// Difference is how much more is computed than published.
func (c *Calibration) Difference() float64 { return c.Computed - c.Published }

// Within says that the difference is one that rounding and chance explain.
func (c *Calibration) Within() bool { return math.Abs(c.Difference()) <= c.Tolerance }

// known is published.yaml, read strictly.
func known() (list []knownFigure, err error) {
	var f struct {
		Within  float64       `yaml:"within"`
		Figures []knownFigure `yaml:"figures"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(publishedFile), yaml.Strict()).Decode(&f); err != nil {
		return nil, fmt.Errorf("published.yaml: %w", err)
	}
	for i := range f.Figures {
		if f.Figures[i].Within == 0 {
			f.Figures[i].Within = f.Within
		}
	}
	return f.Figures, nil
}

// Published sets the figures of a research database beside those that England published, in the order of published.yaml and of years.
func Published(ctx context.Context, research string) ([]Calibration, error) {
	list, err := known()
	if err != nil {
		return nil, err
	}
	db, err := duck.Open(research, duck.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	type name struct{ id, measure, period string }
	type cell struct{ value, base float64 }
	cells, titles := map[name]cell{}, map[name]string{}
	rows, err := db.Select(ctx, `select c.indicator_id, c.measure, c.time_period, coalesce(nullif(m.figure, ''), i.title), c.value, c.denominator
		from indicator_cell c join indicator_catalogue i using (indicator_id) left join indicator_measure m using (indicator_id, measure)
		where c.geographic_level = 'National' and c.breakdown = 'total' and c.denominator > 0`)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var n name
		var title *string
		var value, base *float64
		if err := rows.Scan(&n.id, &n.measure, &n.period, &title, &value, &base); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		cells[n] = cell{orNaN(value), orNaN(base)}
		if title != nil {
			titles[name{id: n.id, measure: n.measure}] = *title
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	var out []Calibration
	for _, k := range list {
		var periods []string
		for p := range k.Values {
			periods = append(periods, p)
		}
		slices.Sort(periods)
		for _, p := range periods {
			c, ok := cells[name{k.Indicator, k.Measure, p}]
			if !ok {
				c.value = math.NaN()
			}
			out = append(out, Calibration{ID: k.Indicator, Measure: k.Measure, Title: titles[name{id: k.Indicator, measure: k.Measure}], Source: k.Source, Period: p,
				Published: k.Values[p], Computed: c.value, Children: c.base, Tolerance: k.Within})
		}
	}
	return out, nil
}
