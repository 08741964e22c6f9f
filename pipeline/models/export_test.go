package models

import (
	"context"

	"throughline/pipeline/duck"
)

// BuildFor builds only the tables named and what they read, for stories that want a few of them.
func BuildFor(ctx context.Context, db *duck.DB, names []string) error {
	all, err := List()
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	var some []*Model
	for i := len(all) - 1; i >= 0; i-- { // those that read come after what they read
		if wanted[all[i].Name] {
			some = append([]*Model{all[i]}, some...)
			for _, in := range all[i].Inputs {
				wanted[in] = true
			}
		}
	}
	_, err = build(ctx, db, some, nil)
	return err
}
