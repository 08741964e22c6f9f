package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"throughline/linkage"
)

func TestPartition(t *testing.T) {
	// records 0 to 7 in clusters; persons 1 to 4, record 7 not known
	of := []int32{0, 0, 1, 1, 2, 3, 3, 3}
	labels := Sum([]Label{
		{0, 1, 1}, {0, 2, 1}, {0, 1, 2}, // mostly of person 1: three rows of four
		{1, 1, 2}, {2, 1, 1}, {3, 2, 1}, {4, 3, 1}, {5, 4, 1}, {6, 4, 3},
	})
	groups := []Groups{{Name: "sex", Names: []string{"1", "2"}, Of: []uint8{1, 1, 1, 2, 2, 0, 2, 0}}}
	pairs := []linkage.ScoredPair{
		{A: 0, B: 1, Kind: "in", Weight: 9}, {A: 1, B: 2, Kind: "in", Weight: 3}, {A: 2, B: 3, Kind: "in", Weight: 5}, {A: 5, B: 6, Kind: "in", Weight: 9},
		{A: 5, B: 7, Kind: "in", Weight: 9}, // of no known person
	}
	p := Clusters(of, labels, groups, slices.Values(pairs))
	for name, c := range map[string][2]any{
		"pairs":    {p.Pairs, Scores{TP: 2, FP: 1, FN: 2}},             // 0-1 and 5-6 right, 2-3 wrong, 0-2 and 1-2 missed
		"clusters": {p.Clusters, Scores{TP: 2, FP: 2, FN: 2}},          // {4} and {5 6} right
		"shared":   {p.Shared, Scores{TP: 1, FP: 2, FN: 1}},            // {5 6}
		"rows":     {p.RowPairs, Scores{TP: 10 + 6, FP: 5 + 1, FN: 6}}, // of 6 and 4 and 2 rows together
		"records":  {p.Records, int64(7)}, "persons": {p.Persons, int64(4)}, "mixed": {p.Mixed, int64(1)},
		"found": {p.Found, int64(3)}, "proposed": {p.Proposed, int64(4)},
		"above 5":    {p.Above("in", 5), Scores{TP: 2, FP: 1, FN: 1}},
		"above none": {p.Above("other", 5), Scores{}},
		"score":      {p.Score(func(string) float64 { return 9 }), Scores{TP: 2, FN: 2}},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %+v, want %+v", name, c[0], c[1])
		}
	}
	if p.Completeness() != 0.75 || math.Abs(p.Reduction()-17.0/21) > 1e-12 {
		t.Errorf("completeness %v, reduction %v", p.Completeness(), p.Reduction())
	}
	if best, odds := p.Best(func(string) float64 { return -2 }); best != (Scores{TP: 3, FP: 1, FN: 1}) || odds != 1 {
		t.Errorf("best %+v at odds of %v bits", best, odds)
	}
	want := []Group{
		{"pairs", "sex: 1", Scores{TP: 1, FN: 2}},
		{"pairs", "sex: 2", Scores{TP: 1, FP: 1}},
	}
	if !slices.Equal(p.Groups, want) {
		t.Errorf("groups %+v, want %+v", p.Groups, want)
	}
}

// Counting pairs by cells is counting them one by one.
func TestPartitionIsWhatCountingPairsGives(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		n := 1 + rng.IntN(60)
		of, person := make([]int32, n), make([]int32, n)
		group := Groups{Name: "g", Names: []string{"a", "b"}, Of: make([]uint8, n)}
		var labels []Label
		for i := range n {
			of[i], person[i] = int32(rng.IntN(20)), int32(rng.IntN(20))
			group.Of[i] = uint8(rng.IntN(3))
			if person[i] != 0 {
				labels = append(labels, Label{int32(i), person[i], 1})
			}
		}
		if len(labels) == 0 {
			continue
		}
		var all Scores
		by := map[string]Scores{}
		for i := range n {
			for j := range i {
				if person[i] == 0 || person[j] == 0 {
					continue
				}
				name := "g: not known"
				if g := max(group.Of[i], group.Of[j]); g > 0 {
					name = "g: " + group.Names[g-1]
				}
				s := by[name]
				switch together, right := of[i] == of[j], person[i] == person[j]; {
				case together && right:
					all.TP++
					s.TP++
				case together:
					all.FP++
					s.FP++
				case right:
					all.FN++
					s.FN++
				}
				by[name] = s
			}
		}
		p := Clusters(of, Sum(labels), []Groups{group}, slices.Values([]linkage.ScoredPair(nil)))
		if p.Pairs != all || p.RowPairs != all {
			t.Fatalf("pairs %+v, rows %+v, want %+v", p.Pairs, p.RowPairs, all)
		}
		for _, g := range p.Groups {
			if by[g.Subgroup] != g.Scores {
				t.Errorf("%s: %+v, want %+v", g.Subgroup, g.Scores, by[g.Subgroup])
			}
			delete(by, g.Subgroup)
		}
		for name, s := range by {
			if s != (Scores{}) {
				t.Errorf("%s: nothing, want %+v", name, s)
			}
		}
	}
}
