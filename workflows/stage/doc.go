// Package stage is the annual refresh as plain functions of a project's files: plan, ingest, link, build, publish. It joins pipeline
// and linkage, which don't know each other, and needs no server: workflows decides when each step runs and what happens if it fails.
package stage
