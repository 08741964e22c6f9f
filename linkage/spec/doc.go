// Package spec links or de-duplicates any rows that a YAML file describes: which columns there are and what they hold, what of them is
// compared, and all the rules of package linkage. A Spec says what it wants of each input; a Gathering takes the rows one by one, as text, and
// makes linkage.Records of them. It reads no files.
//
//   - spec.go: the file and what it may say
//   - kinds.go: what a column may hold, how it is written one way, what is derived from it
//   - gather.go: rows in, records out
//   - truth.go: whose record each one is, where that is known
//   - reference.go: the reference of the file, for docs/linkage-spec.md
package spec
