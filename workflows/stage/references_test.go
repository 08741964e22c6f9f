package stage

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheStateOfReferences(t *testing.T) {
	s := folder(t)
	look := func() string {
		t.Helper()
		var out []string
		for _, r := range s.References() {
			if r.Err != nil {
				r.Detail = r.Err.Error()
			}
			out = append(out, r.Table+": "+r.Detail)
		}
		return strings.Join(out, "\n")
	}
	if got := look(); !strings.HasPrefix(got, "postcodes: none") || !strings.Contains(got, "\nproviders: none") {
		t.Error(got)
	}
	day := time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, text := range map[string]string{
		"postcodes.csv": "pcds,oslaua,oseast1m,osnrth1m,dointr,doterm\nAB1 2CD,E08000025,1,2,198001,202402\nAB1 2CE,E08000025,1,2,199001,\n",
		"homes.csv":     "urn,place,postcode,from,to\nSC123456,K1/K2,AB1 2CD,01/02/2010,31/12/2023\nSC123457,K2,,,\nSC123458,,,,\n",
		"broken.csv":    "urn\n",
	} {
		p := filepath.Join(s.p.Sub("inbox"), "reference", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(text), 0o600), os.Chtimes(p, day, day)); err != nil {
			t.Fatal(err)
		}
	}
	s.p.Settings.References.Providers = []string{"reference/homes.csv", "reference/broken.csv"}
	got := strings.Split(look(), "\n")
	for i, want := range []string{"postcodes: inbox/reference/postcodes.csv: 2 postcodes, last change 2024-02, file of 2024-06-01",
		"providers: inbox/reference/homes.csv: 3 settings, 2 with a placement code, 1 with a postcode, 1 closed, last change 2023-12-31, file of 2024-06-01",
		"providers: inbox/reference/broken.csv: no header with a URN"} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("got  %s\nwant %s", got[i], want)
		}
	}
	s.p.Settings.References.Providers = []string{"reference/gone.csv"}
	if got := look(); !strings.Contains(got, "references.providers[0]: no file reference/gone.csv") {
		t.Error(got)
	}
}
