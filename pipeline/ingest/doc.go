// Package ingest takes one delivery into the lake: it reads, checks, derives what needs a date of birth or a postcode, replaces
// what identifies by pseudonyms, and writes Parquet, all in one pass in memory. After it nothing that identifies a child is on disk.
package ingest
