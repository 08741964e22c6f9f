package ingest

import (
	"throughline/pipeline/check"
	"throughline/schemas/identifier"
)

// upnStatus is what may be kept of a UPN.
func upnStatus(v check.Value) string {
	if !v.Set {
		return ""
	}
	_, kind := identifier.UPN(v.Text)
	return string(kind)
}
