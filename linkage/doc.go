// Package linkage finds which records are the same child, without knowing who the child is: it sees tokens, never values.
//
// It knows records and weights, nothing of files, databases or workflows. Tokens are made by linkage/encode.
package linkage
