// Package duck is the project's only door to DuckDB: it opens databases with a memory limit and a folder to spill to, loads rows
// of Go values through Arrow record batches, lays views over Parquet files, streams results, and hashes tables. No other package
// imports go-duckdb or Arrow, so that moving to another release is one commit.
package duck
