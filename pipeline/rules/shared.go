package rules

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// batchRows is how many rows of returns, last year's not counted, go into one pass at most.
const batchRows = 200_000

// Shared is an engine for callers side by side. What they ask for while it is busy is done together in one pass, since a pass over many
// returns costs little more than one over a single return. Nobody's result depends on who else asked.
type Shared struct {
	engine  *Engine
	mu      sync.Mutex
	busy    bool
	waiting []*request
}

type request struct {
	ctx  context.Context
	in   Input
	done chan struct{}
	res  *Result
	err  error
}

// Share makes an engine one for several callers. Close it as before.
func Share(e *Engine) *Shared { return &Shared{engine: e} }

// Check applies the rules.
func (s *Shared) Check(ctx context.Context, in Input) (*Result, error) {
	r := &request{ctx: ctx, in: in, done: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, r)
	if !s.busy {
		s.busy = true
		go s.serve()
	}
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.res, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve makes passes until nobody waits.
func (s *Shared) serve() {
	for batch := s.next(); len(batch) > 0; batch = s.next() {
		s.run(batch)
	}
}

// next takes those who wait and can be served together: returns of one year, each of another authority. Who no longer waits is passed over.
func (s *Shared) next() []*request {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(r *request) bool { return r.ctx.Err() != nil })
	if len(s.waiting) == 0 {
		s.busy = false
		return nil
	}
	first := s.waiting[0]
	rows := 0
	var batch, rest []*request
	taken := map[string]bool{}
	for _, r := range s.waiting {
		n := r.in.rows()
		again := slices.ContainsFunc(r.in.Returns, func(x *Return) bool { return taken[x.LA] })
		if len(batch) > 0 && (again || rows+n > batchRows || !first.in.like(r.in)) {
			rest = append(rest, r)
			continue
		}
		batch, rows = append(batch, r), rows+n
		for _, x := range r.in.Returns {
			taken[x.LA] = true
		}
	}
	s.waiting = rest
	return batch
}

func (in Input) rows() (n int) {
	for _, r := range in.Returns {
		for m := range r.tables {
			n += r.Rows(m)
		}
	}
	return n
}

// like reports whether two inputs differ in nothing but their returns, and hold them against one list of settings.
func (in Input) like(o Input) bool {
	return in.Year == o.Year && in.Ruleset == o.Ruleset && slices.Equal(in.Only, o.Only) && in.Postcodes == o.Postcodes && sameList(in.Providers, o.Providers)
}

// run serves a batch. It ends early when none of them waits any more.
func (s *Shared) run(batch []*request) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	left := make(chan struct{})
	go func() {
		for _, r := range batch {
			select {
			case <-r.ctx.Done():
			case <-left:
				return
			}
		}
		stop()
	}()
	defer close(left)
	res, err := s.check(ctx, batch)
	from := 0
	for _, r := range batch {
		to := from + len(r.in.Returns)
		if r.err = err; err == nil {
			r.res = res.part(from, to)
		}
		from = to
		close(r.done)
	}
}

func (s *Shared) check(ctx context.Context, batch []*request) (res *Result, err error) {
	defer func() {
		if recover() != nil {
			res, err = nil, errStopped
		}
	}()
	all := batch[0].in
	all.Returns, all.Last = nil, nil
	for _, r := range batch {
		all.Returns = append(all.Returns, r.in.Returns...)
		for i := range r.in.Returns {
			var last *Return
			if i < len(r.in.Last) {
				last = r.in.Last[i]
			}
			all.Last = append(all.Last, last)
		}
	}
	res, err = s.engine.Check(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("apply the rules: %w", err)
	}
	return res, nil
}

// part is what was found in some of the returns.
func (res *Result) part(from, to int) *Result {
	out := &Result{Ruleset: res.Ruleset, Notes: res.Notes}
	for _, b := range res.Broken {
		if b.Return >= from && b.Return < to {
			b.Return -= from
			out.Broken = append(out.Broken, b)
		}
	}
	for _, a := range res.Rules {
		if a.Return >= from && a.Return < to {
			a.Return -= from
			out.Rules = append(out.Rules, a)
		}
	}
	return out
}
