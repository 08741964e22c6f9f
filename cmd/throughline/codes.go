package main

import (
	"fmt"
	"strings"
	"time"

	"throughline/schemas"
)

// CodesCmd shows what the data is: modules, code sets, authorities.
type CodesCmd struct {
	What    string `arg:"" optional:"" help:"A code set (PLACE), 'sets', 'datasets', 'modules' or 'authorities'. None: what there is."`
	Code    string `arg:"" optional:"" help:"One code of the set, or part of an authority's name."`
	Module  string `help:"Columns of one module, such as Episodes or npd/census."`
	Year    int    `help:"Only what holds in this collection year."`
	Schemas string `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
	Output  string `short:"o" default:"table" enum:"table,json,csv" help:"table, json or csv."`
}

// Run implements the command.
func (c *CodesCmd) Run(app *App) error {
	s, err := loadSchemas(c.Schemas)
	if err != nil {
		return err
	}
	if c.Module != "" {
		return c.module(app, s)
	}
	y := schemas.Year(c.Year)
	r := rows{}
	switch strings.ToLower(c.What) {
	case "", "sets":
		r.head = []string{"set", "codes", "note"}
		for _, cs := range s.CodeSets {
			r.cells = append(r.cells, []string{cs.ID, fmt.Sprint(len(cs.Codes)), short(cs.Note)})
		}
	case "datasets", "modules":
		r.head = []string{"dataset", "module", "columns", "grain"}
		for _, d := range s.Datasets {
			for _, m := range d.Modules {
				if c.Year == 0 || schemas.HeldIn(m.FirstYear, m.LastYear, y) {
					r.cells = append(r.cells, []string{d.ID, m.ID, fmt.Sprint(len(m.Columns)), m.Grain})
				}
			}
		}
	case "authorities":
		r.head = []string{"ons_code", "old_code", "name", "region", "from", "to", "successors"}
		for _, a := range s.Authorities {
			if c.Code != "" && !strings.Contains(strings.ToLower(a.Name+a.Code), strings.ToLower(c.Code)) ||
				c.Year != 0 && (a.From.After(y.Last()) || !a.To.IsZero() && a.To.Before(y.First())) {
				continue
			}
			r.cells = append(r.cells, []string{a.Code, a.OldCode, a.Name, a.Region, day(a.From), day(a.To), strings.Join(a.Successors, " ")})
		}
	default:
		cs := s.CodeSet(strings.ToUpper(c.What))
		if cs == nil {
			return usage("no code set %q; 'throughline codes' lists the sets", c.What)
		}
		r.head = []string{"code", "meaning", "group", "first_year", "last_year", "note"}
		for _, i := range cs.Codes {
			if c.Code != "" && !strings.EqualFold(i.Code, c.Code) || c.Year != 0 && !cs.Valid(i.Code, y) {
				continue
			}
			note := i.Note
			if i.Accept != nil && !*i.Accept {
				note = strings.TrimPrefix("refused in every year; "+note, "; ")
			}
			r.cells = append(r.cells, []string{i.Code, i.Meaning, i.Group, year(i.FirstYear), year(i.LastYear), note})
		}
	}
	return r.print(app.Out, c.Output)
}

func (c *CodesCmd) module(app *App, s *schemas.Schema) error {
	ds, id, ok := strings.Cut(c.Module, "/")
	if !ok {
		ds, id = "ssda903", c.Module
	}
	d := s.Dataset(ds)
	if d == nil {
		return usage("no dataset %q; 'throughline codes datasets' lists them", ds)
	}
	for _, m := range d.Modules {
		if !strings.EqualFold(m.ID, id) {
			continue
		}
		r := rows{head: []string{"column", "type", "codes", "required", "role", "first_year", "note"}}
		for _, x := range m.Columns {
			if c.Year == 0 || schemas.HeldIn(x.FirstYear, x.LastYear, schemas.Year(c.Year)) {
				r.cells = append(r.cells, []string{x.Name, string(x.Type), x.Codes, x.Required, string(x.Role), year(x.FirstYear), x.Note})
			}
		}
		return r.print(app.Out, c.Output)
	}
	return usage("no module %q in %s; 'throughline codes datasets' lists them", id, ds)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func year(y schemas.Year) string {
	if y == 0 {
		return ""
	}
	return fmt.Sprint(int(y))
}

// short cuts a text so that a table stays readable.
func short(s string) string {
	if r := []rune(s); len(r) > 90 {
		return string(r[:89]) + "…"
	}
	return s
}
