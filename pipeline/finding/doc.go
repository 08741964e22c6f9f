// Package finding is how a problem in somebody's data is said: where (file, line, column), what, and what to do. It never says who:
// a value is quoted only when it can't identify a child, and by its shape otherwise.
package finding
