package models_test

import (
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"throughline/schemas"
)

// A dataset of the user's own becomes a table of rows as sent, each with its person, and is in the data dictionary.
func TestOwnDatasetIsATable(t *testing.T) {
	schema, err := schemas.Load(fstest.MapFS{"extracts/visits.yaml": {Data: []byte(`dataset: visits
title: Visits
supplier: authority
clock: reporting_year
modules:
  - id: visit
    grain: one row per visit
    key: [record_id, visit_date]
    columns:
      - {name: record_id, type: id, required: always, role: record}
      - {name: visit_date, type: date, required: always}
      - {name: minutes, type: int, min: 0, max: 600, required: sometimes}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	db := build(t, schema, &txtar.Archive{Files: []txtar.File{
		{Name: "years", Data: []byte("2020 2020\n")},
		{Name: "membership.csv", Data: []byte("key,source,holder,person\nv,visits,E08000025,ria\n")},
		{Name: "visits_visit.csv", Data: []byte("key,la,year,visit_date,minutes\nv,E08000025,2020,2019-05-05,45\nw,E08000025,2020,2019-06-05,30\n")},
	}})
	if got, want := query(t, db, "select person_id, la, visit_date, minutes from stg_visits_visit order by all"), "ria,E08000025,2019-05-05,45\n,E08000025,2019-06-05,30\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := query(t, db, "select description from data_dictionary where table_name = 'stg_visits_visit' and column_name in ('minutes', 'year') order by 1"); got != "as sent\ncollection year of the delivery\n" {
		t.Errorf("the dictionary says %q", got)
	}
}
