// Package linkage finds which records are the same child, without knowing who the child is: it sees tokens, never values.
//
// It knows records and weights, nothing of files, databases or workflows. Tokens are made by linkage/encode.
//
// Link works in this order:
//
//  1. the years of one Key are joined, and a number that two children seem to have had is put up for review (nodes.go);
//  2. passes, which are data (passes.yaml), are tried in order; each blocks records on values that few share and proposes pairs
//     (block.go);
//  3. a pair merges two clusters unless a cannot-link stands between any two of their records (constraints.go, clusters.go);
//  4. clusters that hold a record of the returns become persons, who keep the ids that they had (spine.go).
//
// Quality tells how it went; linkage/evaluate compares with the truth where that is known.
package linkage
