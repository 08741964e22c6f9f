// Package publish makes publication.duckdb, the database that may leave, from research.duckdb, which may not; and from
// publication.duckdb alone it makes what the report says.
//
// What may be shown is said by policy.yaml: primary suppression and rounding. All arithmetic is SQL on whole numbers, one file a
// table under sql/, so that a tie is a tie. What is hidden, and why, goes to suppression_log without its value.
package publish
