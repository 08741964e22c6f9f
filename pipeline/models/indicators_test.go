package models_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestIndicatorStories builds each story of testdata/indicators: an indicator's figures on a few children, worked out by hand from its
// definition. There is no way to rewrite what a story wants.
func TestIndicatorStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/indicators/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	schema := loadSchema(t)
	for _, path := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			story, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var wanted []string
			for _, f := range story.Files {
				if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
					name, _, _ = strings.Cut(name, " ")
					wanted = append(wanted, name)
				}
			}
			if len(wanted) == 0 {
				t.Fatal("the story wants nothing")
			}
			db := build(t, schema, story, wanted...)
			for _, u := range untitled(t, schema, db, wanted) {
				t.Error(u)
			}
			for _, f := range story.Files {
				if table, ok := strings.CutPrefix(f.Name, "want/"); ok {
					header, _, _ := strings.Cut(string(f.Data), "\n")
					if got, want := header+"\n"+query(t, db, fmt.Sprintf("select %s from %s order by all", header, table)), string(f.Data); got != want {
						t.Errorf("%s:\n%s", f.Name, diff(want, got))
					}
				}
			}
		})
	}
}
