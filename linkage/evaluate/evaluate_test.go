package evaluate

import (
	"slices"
	"testing"

	"throughline/linkage"
)

func key(n byte) linkage.Key { return linkage.Key{n} }

func TestEvaluate(t *testing.T) {
	returns := func(n byte, person string, age int) TruthIdentity {
		return TruthIdentity{Key: key(n), Source: "ssda903", Person: person, AgeAtFirst: age, Sex: "F"}
	}
	truth := []TruthIdentity{
		returns(1, "ann", 3), returns(2, "ann", 4), returns(3, "ann", 9), // 1 and 2 linked, 3 missed
		returns(4, "bob", 7), returns(5, "cid", 8), // linked, wrongly
		returns(6, "dee", 7),                                    // alone, rightly
		{Key: key(10), Source: "npd", Person: "ann"},            // right
		{Key: key(11), Source: "npd", Person: "bob"},            // given to dee
		{Key: key(12), Source: "npd", Person: "eve"},            // not in the returns, rightly left
		{Key: key(13), Source: "npd", Person: "dee"},            // missed
		{Key: key(99), Source: "ssda903", Person: "ann"},        // never delivered
		{Key: key(14), Source: "mhsds", Person: "fay", Sex: ""}, // not in the returns, given to ann
	}
	var nodes []linkage.Node
	for _, x := range truth {
		if x.Key != key(99) {
			nodes = append(nodes, linkage.Node{Key: x.Key})
		}
	}
	var members []linkage.Membership
	for n, p := range map[byte]string{1: "a", 2: "a", 3: "c", 4: "b", 5: "b", 6: "d", 10: "a", 11: "d", 14: "a", 50: "x"} {
		members = append(members, linkage.Membership{Key: key(n), PersonID: p})
	}
	r := Evaluate(truth, nodes, members)
	if want := (Scores{TP: 1, FP: 1, FN: 2}); r.Pairs != want {
		t.Errorf("pairs: %+v, want %+v", r.Pairs, want)
	}
	got := map[string]Scores{}
	for _, g := range r.Groups {
		got[g.Item+"|"+g.Subgroup] = g.Scores
	}
	for k, want := range map[string]Scores{
		"pairs|age: under 5":    {TP: 1, FN: 2},
		"pairs|age: 5 and over": {FP: 1},
		"npd|":                  {TP: 1, FP: 1, FN: 2},
		"mhsds|":                {FP: 1},
	} {
		if got[k] != want {
			t.Errorf("%s: %+v, want %+v", k, got[k], want)
		}
	}
	if want := (Scores{TP: 1, FP: 3, FN: 3}); r.Children != want {
		t.Errorf("children: %+v, want %+v", r.Children, want)
	}
	if r.Unseen != 1 || r.Unknown != 1 {
		t.Errorf("unseen %d, unknown %d", r.Unseen, r.Unknown)
	}
	if !slices.Equal(r.Rows(), Evaluate(truth, nodes, members).Rows()) {
		t.Error("rows differ between two runs")
	}
}
