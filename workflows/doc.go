// Package workflows says when the steps of the annual refresh run, and what happens if one fails. AnnualRefresh ingests every
// delivery of a run, a child workflow for each authority and year, then links, builds and publishes.
//
// The steps themselves are Stages; Activities carry them out with heartbeats, and turn their errors into what Temporal
// knows. A workflow's inputs and results are names, hashes and counts, since histories are kept and shown.
package workflows
