package reference

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

//go:embed layouts.yaml
var layoutsText []byte

var layouts = func() (l struct {
	Postcodes map[string][]string `yaml:"postcodes"`
	Countries map[string]string   `yaml:"countries"`
	Providers map[string][]string `yaml:"providers"`
	Sheets    struct {
		Settings  []string `yaml:"settings"`
		Supported []string `yaml:"supported"`
		Addresses []string `yaml:"addresses"`
	} `yaml:"sheets"`
	SupportedPlace string              `yaml:"supported_place"`
	Types          map[string][]string `yaml:"types"`
	Sectors        map[string][]string `yaml:"sectors"`
	NoDate         []string            `yaml:"no_date"`
}) {
	if err := yaml.UnmarshalWithOptions(layoutsText, &l, yaml.Strict()); err != nil {
		panic("layouts.yaml: " + err.Error()) // embedded: a test has read it
	}
	for _, m := range []map[string][]string{l.Types, l.Sectors} {
		for name, codes := range m {
			m[plain(name)] = codes
		}
	}
	return l
}()

// plain is a name without what people write differently: case, blanks and marks.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// named reports whether something goes by one of these names.
func named(s string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return plain(n) == plain(s) })
}

// columns finds where each of a layout's columns stands in a header; -1 for one that isn't there.
func columns(layout map[string][]string, head []string) map[string]int {
	bare := make([]string, len(head))
	for i, h := range head {
		bare[i] = plain(h)
	}
	at := map[string]int{}
	for name, as := range layout {
		at[name] = -1
		for _, a := range as {
			if i := slices.Index(bare, plain(a)); i >= 0 {
				at[name] = i
				break
			}
		}
	}
	return at
}
