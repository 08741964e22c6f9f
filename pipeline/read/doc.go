// Package read turns one file of a delivery, in whatever form it was sent, into rows of cells in the columns of the modules that it holds:
// CSV, the XML form, a workbook, a zip of these, or the stacked CSV of several authorities and years.
//
// A module is known by its header set; a name decides only between modules that the columns leave open. Every row keeps its line, so that
// later complaints can point at it, and no row is dropped: a row with too many or too few cells, with a quotation mark left open or without
// an end comes through marked. A file that is damaged as a whole is refused as a whole.
package read
