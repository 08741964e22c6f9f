package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test program stand in for throughline: scripts, and tests that kill it, start it under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"throughline": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CONFIG_HOME", e.Getenv("WORK")+"/config")
			e.Setenv("HOME", e.Getenv("WORK"))
			return nil
		},
	})
}
