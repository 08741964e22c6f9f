// Package read turns the CSV files of one delivery into rows of cells, in the columns of the module that each file is.
//
// A file is known by its header set, never by its name. Every row keeps its line, so that later complaints can point at it, and no row
// is dropped: a row with too many or too few cells, or with a quotation mark left open, comes through marked.
package read
