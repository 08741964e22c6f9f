package linkspec

import (
	"throughline/linkage"
	"throughline/linkage/spec"
)

// report gathers all that is said about a run.
func report(s *spec.Spec, o Options, records *linkage.Records, c *linkage.Clustering, sum *Summary) *linkage.Report {
	r := &linkage.Report{Title: s.Title, Made: made(s, o, c), Models: c.Models.Models}
	if sum.Truth != nil {
		r.Rows = append(r.Rows, sum.Truth.Rows()...)
	}
	return r
}
