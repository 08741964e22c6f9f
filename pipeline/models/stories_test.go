package models_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"throughline/pipeline/duck"
)

// TestHandWorkedStories builds each story of testdata/stories. Their wanted rows were worked out from the definitions before the models were
// run on them, and the text at the top of each tells how; so there is no way to rewrite them here. A want names a table, and may go on with
// where or group by; its first line is what is selected.
func TestHandWorkedStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(stories) < 20 {
		t.Fatalf("%d stories, want 20 or more", len(stories))
	}
	schema := loadSchema(t)
	for _, path := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(strings.TrimSpace(string(a.Comment))) < 100 {
				t.Error("the story doesn't tell how its rows were worked out")
			}
			var wants []txtar.File
			var tables []string
			for _, f := range a.Files {
				if from, ok := strings.CutPrefix(f.Name, "want/"); ok {
					name, _, _ := strings.Cut(from, " ")
					wants, tables = append(wants, txtar.File{Name: from, Data: f.Data}), append(tables, name)
				}
			}
			if len(wants) < 2 {
				t.Errorf("the story wants %d tables, want 2 or more", len(wants))
			}
			db := build(t, schema, a, tables...)
			for _, w := range wants {
				columns, _, _ := strings.Cut(string(w.Data), "\n")
				got := columns + "\n" + query(t, db, fmt.Sprintf("select %s from %s order by all", columns, w.Name))
				if want := string(w.Data); got != want {
					t.Errorf("%s:\n%s", w.Name, diff(want, got))
				}
			}
		})
	}
}

// TestPrivateCodesStayInside builds everything from a return with a lost end and one that holds E99 itself, and looks for codes that no return may hold:
// only the tables about episodes themselves may have them, which stay in the research database.
func TestPrivateCodesStayInside(t *testing.T) {
	a, err := txtar.ParseFile("testdata/stories/private_codes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	db := build(t, loadSchema(t), a)
	inside := []string{"stg_episodes", "episode_return", "episode_merged", "episode", "episode_chain", "period_of_care", "repair", "way_out"}
	columns := strings.Fields(query(t, db, `select table_name || '.' || column_name from duckdb_columns()
		where database_name = current_database() and schema_name = 'main' and data_type = 'VARCHAR' and table_name not in ('code', 'data_dictionary') order by all`))
	if len(columns) < 100 {
		t.Fatalf("%d columns of text", len(columns))
	}
	var found []string
	for _, c := range columns {
		table, column, _ := strings.Cut(c, ".")
		if query(t, db, fmt.Sprintf("select count(*) from %s where %s in ('E99', 'LIIAF')", duck.Quote(table), duck.Quote(column))) == "0\n" {
			continue
		}
		found = append(found, c)
		if !slices.Contains(inside, table) {
			t.Errorf("%s holds a private code", c)
		}
	}
	if !slices.Contains(found, "episode.REC") {
		t.Error("no private code is found where one is")
	}
}
