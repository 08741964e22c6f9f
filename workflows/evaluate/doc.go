// Package evaluate says how far the figures of an invented population are from those that its true lives would give, and why: because returns
// have mistakes, because linkage errs, or because of what publishing hides and rounds.
//
// The same children are written without mistakes, read and modelled like any project, each record given to the child whose it truly is
// (perfect); the run's own returns are modelled with the same true links (messy); and the run itself has its figures, in its research and its
// publication database. A difference between two neighbours has one cause.
//
// Published does without truth: it sets a run's figures for England beside those that England published.
//
//   - evaluate.go: the order of work
//   - figures.go, figures.sql: the figures of four databases, side by side
//   - published.go, published.yaml: what England published
package evaluate
