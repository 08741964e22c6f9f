package reference

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed layouts.yaml
var layoutsText []byte

var layouts = func() (l struct {
	Postcodes map[string][]string `yaml:"postcodes"`
	Countries map[string]string   `yaml:"countries"`
	Providers map[string][]string `yaml:"providers"`
}) {
	if err := yaml.UnmarshalWithOptions(layoutsText, &l, yaml.Strict()); err != nil {
		panic("layouts.yaml: " + err.Error()) // embedded: a test has read it
	}
	return l
}()

// columns finds where each of a layout's columns stands in a header; -1 for one that isn't there.
func columns(layout map[string][]string, head []string) map[string]int {
	at := map[string]int{}
	for name, as := range layout {
		at[name] = -1
		for _, a := range as {
			if i := slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), a) }); i >= 0 {
				at[name] = i
				break
			}
		}
	}
	return at
}
