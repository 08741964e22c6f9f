package linkage

import (
	"errors"
	"testing"
)

func TestPlanCountsWhatARunLooksAt(t *testing.T) {
	d := national(2000)
	in := d.input(t)
	plan, err := Plan(t.Context(), in.Records, Options{Threads: 2}, nil)
	if err != nil || !plan.Fits() || plan.Records != in.Records.Len() {
		t.Fatalf("%+v %v", plan, err)
	}
	r, err := Link(t.Context(), in, Options{Threads: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var pairs int
	for i, x := range plan.Rules {
		p := r.Passes[i]
		if x.ID != p.ID || x.Compared != p.Compared || x.Alone != p.Alone || x.Largest != p.LargestBlock || x.TooLarge != p.BlocksTooLarge {
			t.Errorf("planned %+v, was %+v", x, p)
		}
		pairs += x.Pairs
	}
	if pairs == 0 || plan.Pairs == 0 || plan.Pairs > int64(pairs) {
		t.Errorf("%d pairs of all rules, %d in all", pairs, plan.Pairs)
	}
}

func TestARunOverItsBudgetIsRefused(t *testing.T) {
	d := national(2000)
	in := d.input(t)
	rules := DefaultRules()
	rules.Budget = 10
	rules.Blocking = append(rules.Blocking, Pass{ID: "wide", Links: linksWithin, Agree: []string{"sex", "ethnic"}, MaxBlock: 1000})
	plan, err := Plan(t.Context(), in.Records, Options{Rules: rules, Threads: 2}, nil)
	if err != nil || plan.Fits() || plan.Pairs != 0 {
		t.Fatalf("%+v %v", plan, err)
	}
	_, err = Link(t.Context(), in, Options{Rules: rules, Threads: 2}, nil)
	var over *OverBudget
	if !errors.As(err, &over) || over.Rule != "wide" || over.Allowed != 10*int64(in.Records.Len()) {
		t.Errorf("%v", err)
	}
}
