package models

import (
	"context"
	"slices"
	"strings"

	"throughline/pipeline/duck"
	"throughline/schemas"
)

// staged are models of the lake tables that no model reads, which are those of a user's own datasets: the rows as sent, each with its
// person, as the stg_ models have them of the built-in ones.
func staged(ctx context.Context, db *duck.DB, all []*Model) ([]*Model, error) {
	rows, err := db.Select(ctx, "select view_name from duckdb_views() where database_name = current_database() and schema_name = 'lake' order by view_name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(m *Model) bool { return slices.Contains(m.Inputs, "lake."+n) }) {
			names = append(names, n)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []*Model
	for _, n := range names {
		sent, err := db.Describe(ctx, "lake", n)
		if err != nil {
			return nil, err
		}
		m := &Model{Name: "stg_" + n, Grain: "one row per la, year, load, file, row: a row of your own extract, as sent", Source: "your own extract",
			Inputs: []string{"lake." + n, "person_key"}, Checks: []string{"unique(la, year, load, file, row)"},
			Columns: []Column{{Name: "person_id", Type: "VARCHAR", Description: "linked person, from person_key; NULL when the row has no child_key or nobody it belongs to"}},
			SQL:     "select k.person_id, s.* from lake." + duck.Quote(n) + ` s left join person_key k using (child_key) order by s.la, s.year, s."load", s.file, s."row"`}
		for _, c := range sent {
			m.Columns = append(m.Columns, Column{Name: c.Name, Type: c.Type, Description: sentNote(c.Name)})
		}
		out = append(out, m)
	}
	return out, nil
}

// sentNote is what is known of every lake table's column of this name.
func sentNote(name string) string {
	for _, c := range append([]schemas.LakeColumn{schemas.ProblemsColumn}, schemas.KeyColumns...) {
		if strings.EqualFold(c.Name, name) {
			return c.Note
		}
	}
	return "as sent"
}
