package models

import (
	"context"
	"fmt"

	"throughline/pipeline/duck"
	"throughline/pipeline/stats"
)

// computed are the tables of schema computed that no SQL can make, by name, with the models that each is made from: it is made once those are
// built, before the first model that reads it.
var computed = map[string]struct {
	reads []string
	make  func(context.Context, *duck.DB) error
}{"sequence_pattern": {[]string{"care_sequence", "month_state"}, typeSequences}}

// typeSequences makes computed.sequence_pattern: the shape of every pattern of care_sequence and its type by optimal matching, with the
// parameters that the catalogue has under STA08. Too few children for types leave the type NULL.
func typeSequences(ctx context.Context, db *duck.DB) error {
	var states, least, most, sample, bootstraps, seed int64
	if err := db.Row(ctx, "select count(*) from month_state", &states); err != nil {
		return err
	}
	for name, to := range map[string]*int64{"least_types": &least, "most_types": &most, "sample": &sample, "bootstraps": &bootstraps, "seed": &seed} {
		if err := db.Row(ctx, "select cast(max(value) as bigint) from ref.parameter where indicator_id = 'STA08' and parameter = "+duck.Literal(name), to); err != nil {
			return fmt.Errorf("parameter %s of STA08: %w", name, err)
		}
	}
	type pattern struct {
		text  string
		first int // place of its first sequence
	}
	var patterns []pattern
	var seqs []stats.Sequence
	rows, err := db.Select(ctx, "select pattern, count(*) from care_sequence where pattern is not null group by pattern order by pattern")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p pattern
		var n int64
		if err := rows.Scan(&p.text, &n); err != nil {
			return err
		}
		p.first = len(seqs)
		s := make(stats.Sequence, len(p.text))
		for i, c := range []byte(p.text) {
			s[i] = stats.State(c - 'A')
		}
		for range n {
			seqs = append(seqs, s)
		}
		patterns = append(patterns, p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var found *stats.TypesResult
	if int64(len(patterns)) > most { // fewer patterns than types have none
		o := stats.DefaultTypeOptions(int(states))
		o.Least, o.Most, o.Sample, o.Bootstraps, o.Seed = int(least), int(most), int(sample), int(bootstraps), uint64(seed)
		r, err := stats.Types(seqs, o)
		if err != nil {
			return fmt.Errorf("types of placement sequences: %w", err)
		}
		found = &r
	}
	var shapeErr error
	_, err = db.LoadTable(ctx, "computed", "sequence_pattern",
		columns("pattern VARCHAR, type_no INTEGER, medoid BOOLEAN, silhouette DOUBLE, stability DOUBLE, transitions INTEGER, entropy DOUBLE, complexity DOUBLE, turbulence DOUBLE"),
		func(yield func([]any) bool) {
			for _, p := range patterns {
				shape, err := stats.Describe(seqs[p.first], int(states))
				if err != nil {
					shapeErr = err
					return
				}
				row := []any{p.text, nil, nil, nil, nil, shape.Transitions, shape.Entropy, shape.Complexity, shape.Turbulence}
				if found != nil {
					t := found.Types[found.Of[p.first]]
					row[1], row[2], row[3], row[4] = found.Of[p.first]+1, t.MedoidIndex == p.first, t.Silhouette, t.Stability
				}
				if !yield(row) {
					return
				}
			}
		})
	if shapeErr != nil {
		return shapeErr
	}
	return err
}
