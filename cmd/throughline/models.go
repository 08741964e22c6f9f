package main

import (
	"fmt"
	"io"
	"strings"

	"throughline/pipeline/models"
)

// ModelsCmd shows the SQL models.
type ModelsCmd struct {
	List ModelsListCmd `cmd:"" default:"1" help:"All models, in the order in which they are built."`
	Show ModelsShowCmd `cmd:"" help:"One model's file: grain, columns, checks, source and SQL."`
}

// ModelsListCmd lists the models.
type ModelsListCmd struct {
	Output string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *ModelsListCmd) Run(app *App) error {
	all, err := models.List()
	if err != nil {
		return err
	}
	r := rows{head: []string{"model", "columns", "grain", "reads"}}
	for _, m := range all {
		r.cells = append(r.cells, []string{m.Name, fmt.Sprint(len(m.Columns)), short(m.Grain), short(strings.Join(m.Inputs, " "))})
	}
	return r.print(app.Out, c.Output)
}

// ModelsShowCmd prints one model.
type ModelsShowCmd struct {
	Name string `arg:"" help:"The model, which is also its table."`
}

// Run implements the command.
func (c *ModelsShowCmd) Run(app *App) error {
	text, err := models.Show(c.Name)
	if err != nil {
		return usage("%v; 'throughline models' lists them", err)
	}
	_, err = io.WriteString(app.Out, text)
	return err
}
