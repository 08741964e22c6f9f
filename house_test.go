package throughline

import (
	"os/exec"
	"strings"
	"testing"
)

// forbidden says which package may not depend on which, directly or through others, and why.
var forbidden = []struct{ from, to, why string }{
	{"throughline/schemas", "throughline/pipeline", "schemas says what data is, not what is done to it"},
	{"throughline/schemas", "throughline/linkage", "schemas says what data is, not who is who"},
	{"throughline/pipeline", "throughline/linkage", "pipeline sees payload and linkage sees tokens; only a workflow or a command joins them"},
	{"throughline/pipeline", "throughline/workflows", "every step runs and tests without knowing when it runs"},
	{"throughline/pipeline", "throughline/fixtures", "nothing that handles real data may know invented data"},
	{"throughline/pipeline", "go.temporal.io", "every step runs and tests without a server"},
	{"throughline/linkage", "throughline/pipeline", "linkage knows records and weights, nothing of files"},
	{"throughline/linkage", "throughline/workflows", "linkage runs and tests without a server"},
	{"throughline/linkage", "throughline/fixtures", "nothing that handles real data may know invented data"},
	{"throughline/linkage", "go.temporal.io", "linkage runs and tests without a server"},
	{"throughline/linkage", "github.com/marcboeker/go-duckdb", "linkage knows nothing of databases"},
	{"throughline/workflows", "throughline/fixtures", "nothing that handles real data may know invented data"},
	{"throughline/workflows/stage", "go.temporal.io/server", "the server costs minutes of build: cmd alone brings it in"},
	{"throughline/fixtures", "throughline/pipeline", "the generator must not share mistakes with what it tests"},
	{"throughline/fixtures", "throughline/linkage", "the generator must not share mistakes with what it tests"},
	{"throughline/fixtures", "throughline/workflows", "the generator must not share mistakes with what it tests"},
}

// only says which packages alone may import something directly.
var only = []struct{ what, by, why string }{
	{"github.com/marcboeker/go-duckdb", "throughline/pipeline/duck", "a later move to another driver is then one commit"},
	{"github.com/apache/arrow/go/v17", "throughline/pipeline/duck", "Arrow's version goes with the driver's"},
	{"go.temporal.io/server", "throughline/workflows/embedded", "the server costs minutes of build"},
	{"github.com/temporalio/ui-server/v2", "throughline/workflows/embedded", "the web page goes with the server"},
	{"throughline/workflows/embedded", "throughline/cmd/throughline", "the server costs minutes of build: cmd alone brings it in"},
}

func under(pkg, root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") }

func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 15 {
		t.Fatalf("go list found only %d packages", len(lines))
	}
	for _, l := range lines {
		f := strings.Split(l, "|")
		pkg, imports, deps := f[0], strings.Fields(f[1]), strings.Fields(f[2])
		for _, r := range forbidden {
			if !under(pkg, r.from) {
				continue
			}
			for _, d := range deps {
				if under(d, r.to) {
					t.Errorf("%s depends on %s: %s", pkg, d, r.why)
				}
			}
		}
		for _, r := range only {
			for _, d := range imports {
				if under(d, r.what) && !under(pkg, r.by) {
					t.Errorf("%s imports %s, which %s alone may: %s", pkg, d, r.by, r.why)
				}
			}
		}
	}
}
