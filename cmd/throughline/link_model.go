package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"throughline/linkage"
	"throughline/linkage/score"
)

// ModelCmd shows and compares model files: model.json of link --spec, link_model.json of a vintage.
type ModelCmd struct {
	Show    ModelShowCmd    `cmd:"" help:"m, u and bits of every level of a model file, and on how many pairs they were learned."`
	Compare ModelCompareCmd `cmd:"" help:"How a model file differs from another."`
}

// ModelShowCmd prints a model file.
type ModelShowCmd struct {
	File   string `arg:"" type:"existingfile" help:"model.json of 'link --spec', or link_model.json of a vintage."`
	Output string `short:"o" enum:"table,csv,json" default:"table" help:"table, csv or json."`
}

func readModels(path string) (*linkage.Models, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := linkage.ReadModels(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Run implements the command.
func (c *ModelShowCmd) Run(app *App) error {
	m, err := readModels(c.File)
	if err != nil {
		return err
	}
	r := rows{head: []string{"model", "comparison", "level", "m", "u", "bits", "m from", "pairs for m", "u from", "pairs for u"}}
	for _, x := range m.Models {
		r.cells = append(r.cells, []string{x.Kind, "prior", "", share(x.Prior), "", bits(x.PriorBits()), string(x.PriorFrom), "", "", ""})
		for _, l := range x.Rows() {
			r.cells = append(r.cells, []string{x.Kind, l.Comparison, l.ID, share(l.M), share(l.U), bits(l.Bits), string(l.MFrom), strconv.FormatInt(l.MPairs, 10), string(l.UFrom), strconv.FormatInt(l.UPairs, 10)})
		}
		if m.Joins(x.Kind) {
			r.cells = append(r.cells, []string{x.Kind, "threshold", "", "", "", bits(m.Thresholds[x.Kind]), "", "", "", ""})
		} else {
			fmt.Fprintf(app.Err, "%s: too few matches to learn from: it joins nothing\n", x.Kind)
		}
		for _, w := range x.Warnings {
			fmt.Fprintf(app.Err, "%s: %s\n", x.Kind, w)
		}
	}
	return r.print(app.Out, c.Output)
}

func share(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
func bits(v float64) string  { return strconv.FormatFloat(v, 'f', 2, 64) }

// ModelCompareCmd prints differences.
type ModelCompareCmd struct {
	A      string `arg:"" type:"existingfile" help:"A model file."`
	B      string `arg:"" type:"existingfile" help:"Another."`
	Output string `short:"o" enum:"table,csv,json" default:"table" help:"table, csv or json."`
}

// Run implements the command.
func (c *ModelCompareCmd) Run(app *App) error {
	a, err := readModels(c.A)
	if err != nil {
		return err
	}
	b, err := readModels(c.B)
	if err != nil {
		return err
	}
	r := rows{head: []string{"model", "comparison", "level", "what", "a", "b", "b - a"}}
	if a.Rules != b.Rules {
		r.cells = append(r.cells, []string{"", "", "", "rules", fmt.Sprintf("%.12s", a.Rules), fmt.Sprintf("%.12s", b.Rules), ""})
	}
	find := func(of *linkage.Models, kind string) *score.Model {
		if at := slices.IndexFunc(of.Models, func(x *score.Model) bool { return x.Kind == kind }); at >= 0 {
			return of.Models[at]
		}
		return nil
	}
	for _, x := range a.Models {
		y := find(b, x.Kind)
		if y == nil {
			r.cells = append(r.cells, []string{x.Kind, "", "", "model", "there", "", ""})
			continue
		}
		for _, d := range score.Compare(x, y) {
			by := ""
			if d.By != 0 {
				by = share(d.By)
			}
			r.cells = append(r.cells, []string{x.Kind, d.Comparison, d.Level, d.What, d.A, d.B, by})
		}
		if p, q := a.Thresholds[x.Kind], b.Thresholds[x.Kind]; p != q {
			r.cells = append(r.cells, []string{x.Kind, "", "", "threshold", bits(p), bits(q), bits(q - p)})
		}
	}
	for _, y := range b.Models {
		if find(a, y.Kind) == nil {
			r.cells = append(r.cells, []string{y.Kind, "", "", "model", "", "there", ""})
		}
	}
	if len(r.cells) == 0 {
		fmt.Fprintln(app.Err, "no difference")
	}
	return r.print(app.Out, c.Output)
}
