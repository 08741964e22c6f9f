package workflows

import "testing"

// A step tells where in the whole stage it is, so that the stage's bar goes on from step to step.
func TestAStepIsAPieceOfItsStage(t *testing.T) {
	for _, c := range []struct {
		name          string
		lo, hi, n, of int
		done, total   int64
		begins, then  int64 // thousandths
	}{
		{name: "the only one of its kind", lo: 0, hi: 150, n: 0, of: 1, done: 1, total: 2, begins: 0, then: 75},
		{name: "the second of four", lo: 150, hi: 450, n: 1, of: 4, done: 1, total: 3, begins: 225, then: 250},
		{name: "at its end", lo: 150, hi: 450, n: 3, of: 4, done: 9, total: 9, begins: 375, then: 450},
		{name: "one that doesn't know how much there is", lo: 700, hi: 850, n: 0, of: 1, done: 5, total: 0, begins: 700, then: 700},
	} {
		t.Run(c.name, func(t *testing.T) {
			var done, total int64
			p := Progress(func(d, of int64) { done, total = d, of }).within(c.lo, c.hi, c.n, c.of)
			if done != c.begins || total != whole {
				t.Errorf("begins at %d of %d, want %d of %d", done, total, c.begins, whole)
			}
			if p(c.done, c.total); done != c.then || total != whole {
				t.Errorf("then %d of %d, want %d of %d", done, total, c.then, whole)
			}
		})
	}
}
