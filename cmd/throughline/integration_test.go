//go:build integration

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestIntegrationScripts are the stories that need the embedded server.
func TestIntegrationScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/integration",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CONFIG_HOME", e.Getenv("WORK")+"/config")
			e.Setenv("HOME", e.Getenv("WORK"))
			return nil
		},
	})
}
