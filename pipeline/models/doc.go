// Package models builds the research database: it lays the lake, the spine and the reference data before DuckDB and runs the SQL
// models over them, one file a model in sql/, in the order of what they read. Each file says in its header what one row is, what
// every column means and what must hold; the same words become comments in the database and its data_dictionary.
package models
