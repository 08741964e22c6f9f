// Package throughline holds the commented default configuration that `throughline init` writes into a new project.
package throughline

import _ "embed"

// TemporalYAML is the default temporal.yaml.
//
//go:embed temporal.yaml
var TemporalYAML []byte

// SettingsYAML is the commented default of a project's throughline.yaml, which init writes.
//
//go:embed throughline.yaml
var SettingsYAML []byte
