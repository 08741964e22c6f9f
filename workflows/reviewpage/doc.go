// Package reviewpage turns the queue of clerical review into one page, complete in itself: patterns of agreement and weights, cases by name,
// and how to decide them. It can be printed and filled in by hand.
package reviewpage
