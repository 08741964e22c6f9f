// Package schemas says what the data is: every dataset with its modules, columns, types, code sets and the years each holds
// for, the list of local authorities with their successors, and the catalogue of indicators.
//
// The facts are YAML and CSV files beside this code. Load reads them strictly: an unknown key, a repeated name or a reference to
// nothing is an error that names file, line and column. A folder of a user's own files may be laid over the built-in ones, so
// that a new extract, or next year's codes, need no Go.
//
// Read Schema first, then Dataset, Module and Column.
package schemas
