// Package columns reads some columns of a CSV or Parquet file of any shape, row by row, as text: for data that no schema describes. It holds
// a few rows at a time, whatever the size of the file, and makes nothing on the heap for a row.
package columns
