// Package rules applies a collection's validation rules to returns: typed rows go into DuckDB in memory, tables lay beside each row what a
// rule may ask for (the child, its neighbours, last year), and each rule is a predicate over such a row. Rules are data, in
// schemas/<dataset>/rules; a rule whose needs are not met is skipped and never passed.
package rules
