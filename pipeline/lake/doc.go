// Package lake keeps what was read: immutable Parquet files named by their content, manifests that say which files belong
// together, and CURRENT, the one pointer that readers follow.
//
// Nothing is changed in place. A file is written under a temporary name, synced and renamed to its hash; a manifest is written
// after its files; CURRENT moves last, in one rename. Every read checks the hash first: a flipped bit in a Parquet file is
// otherwise answered with a wrong number rather than an error.
//
// Payload and tokens live apart. The link zone (under link/) is sealed: each file is a Parquet file encrypted under a key that only
// the linker has, so that whoever has the whole lake still can't lay tokens beside birth months.
package lake
