//go:build integration

package main

import "testing"

// Each command of docs/own-extract.md says what is shown below it.
func TestOwnExtractTutorial(t *testing.T) {
	_, files, all := follow(t, "own-extract.md", "myproject/")
	shown := 0
	for _, s := range all {
		if s.exitCode != exitDone {
			t.Fatalf("%s: exit code %d\n%s%s", s.command, s.exitCode, s.out, s.errOut)
		}
		if s.shown != "" {
			shown++
			if s.out != s.shown {
				t.Errorf("%s\nsays:\n%sthe tutorial shows:\n%s", s.command, s.out, s.shown)
			}
		}
	}
	if files != 5 || len(all) != 6 || shown != 3 {
		t.Errorf("%d files, %d commands, %d of them with what they say: the tutorial has others", files, len(all), shown)
	}
}
