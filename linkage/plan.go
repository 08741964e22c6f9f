package linkage

import (
	"context"
	"errors"
	"fmt"
)

// Planned is what the rules of a run would look at.
type Planned struct {
	Records  int
	Rules    []PlannedRule // in the order in which they are tried
	Compared int64         // pairs that share a value of a rule, counted for each rule
	Pairs    int64         // pairs that any rule proposes; 0 when the run would be refused
	Allowed  int64         // pairs that the budget allows: so many times the records
}

// PlannedRule is what one rule would look at.
type PlannedRule struct {
	ID, Does string
	Cost
	Pairs, Alone int // pairs that meet all its conditions, and those that no other rule proposes; 0 when the run would be refused
}

// OverBudget is a run that the rules' budget does not allow.
type OverBudget struct {
	Rule     string // by which the budget was overrun
	Compared int64  // pairs with those of the rules before it
	Allowed  int64
}

func (o *OverBudget) Error() string {
	return fmt.Sprintf("link: blocking by %s and the rules before it is %d pairs, and the budget allows %d\nhint: see the plan; ask for more to agree, lower max_block, or raise budget",
		o.Rule, o.Compared, o.Allowed)
}

// Fits reports whether the budget allows the run.
func (p *Planned) Fits() bool { return p.Compared <= p.Allowed }

// Plan says what blocking would cost, without comparing anything.
func Plan(ctx context.Context, t *Records, o Options, progress func(done, total int64)) (*Planned, error) {
	e, err := newEngine(t, o)
	if err != nil {
		return nil, err
	}
	out := &Planned{Records: len(t.nodes), Allowed: e.allowed()}
	for i, p := range e.plans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := PlannedRule{ID: p.ID, Does: p.Does}
		for _, shard := range e.shards() {
			all, entries := e.blocks(p, shard)
			c := p.cost(all)
			c.Entries = entries
			r.add(c)
		}
		out.Rules = append(out.Rules, r)
		out.Compared += int64(r.Compared)
		if progress != nil {
			progress(int64(i+1), int64(2*len(e.plans)))
		}
	}
	if !out.Fits() {
		return out, nil
	}
	done := int64(len(e.plans))
	pairs, costs, err := e.candidates(ctx, func() {
		if done++; progress != nil {
			progress(done, int64(2*len(e.plans)))
		}
	})
	var over *OverBudget
	if errors.As(err, &over) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Compared = 0
	for i := range out.Rules {
		out.Rules[i].Cost = costs[i] // of rules that attach, the pairs within the spine are not looked at
		out.Compared += int64(costs[i].Compared)
	}
	for i := range pairs {
		by := pairs[i].by
		if by&^e.twinPlans != 0 {
			out.Pairs++
		}
		for p := range out.Rules {
			if by>>p&1 == 1 {
				out.Rules[p].Pairs++
				if by&^e.twinPlans == 1<<p {
					out.Rules[p].Alone++
				}
			}
		}
	}
	return out, nil
}

// allowed is how many pairs the budget allows: of a run that is cut, an equal share for each shard.
func (e *engine) allowed() int64 {
	return int64(e.rules.Budget) * int64(len(e.t.nodes)) / int64(max(1, e.share))
}

// cost counts what looking at all blocks takes, conditions beside the block left aside. Entries are in order.
func (p *plan) cost(all []entry) (c Cost) {
	for lo := 0; lo < len(all); {
		hi := lo + 1
		for hi < len(all) && all[hi].hash == all[lo].hash {
			hi++
		}
		switch n := hi - lo; {
		case n < 2:
		case n > p.maxBlock:
			c.Blocks++
			c.TooLarge++
			c.TooLargeOf += n
		default:
			c.Blocks++
			c.Largest = max(c.Largest, n)
			c.Compared += n * (n - 1) / 2
		}
		lo = hi
	}
	return c
}

// spend refuses a rule whose blocks, with those of the rules before it, are more than the budget allows.
func (e *engine) spend(p *plan, all []entry) error {
	e.spent += int64(p.cost(all).Compared)
	if e.spent > e.allowed() {
		return &OverBudget{Rule: p.ID, Compared: e.spent, Allowed: e.allowed()}
	}
	return nil
}
