package reference

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"throughline/schemas/identifier"
)

// Provider is one registered setting with one of the placement codes that it may have.
type Provider struct {
	URN      string
	Place    string // placement code
	Provider string // placement provider code; empty when the list doesn't say
	Postcode string // unit without blanks
	To       string // day on which it closed, as the list has it; empty while it is open
}

// ParseProviders reads a list of settings as one CSV table. Placement codes are joined by a slash or a comma.
func ParseProviders(name string, content []byte) ([]Provider, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at := columns(layouts.Providers, head)
	for _, c := range []string{"urn", "place"} {
		if at[c] < 0 {
			return nil, fmt.Errorf("%s:1: no column %s", name, c)
		}
	}
	out := []Provider{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		cell := func(c string) string {
			if at[c] < 0 {
				return ""
			}
			return strings.ToUpper(strings.TrimSpace(row[at[c]]))
		}
		p := Provider{URN: strings.TrimSuffix(cell("urn"), ".0"), Provider: cell("provider"), To: cell("to")}
		if post, ok := identifier.ParsePostcode(cell("postcode")); ok {
			p.Postcode = post.Unit
		}
		for _, code := range strings.FieldsFunc(cell("place"), func(r rune) bool { return r == '/' || r == ',' }) {
			p.Place = strings.TrimSpace(code)
			out = append(out, p)
		}
	}
}
