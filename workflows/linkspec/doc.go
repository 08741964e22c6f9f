// Package linkspec links what a spec (linkage/spec) describes, in process: files in, clusters, pairs, model and quality out. No server and
// no project are needed, and nothing is kept but the results.
//
//   - run.go: the order of work
//   - output.go: the files that are written
//   - report.go: what is said about the linkage
package linkspec
