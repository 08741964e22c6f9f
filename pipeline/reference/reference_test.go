package reference

import (
	"math"
	"strings"
	"testing"

	"throughline/schemas"
)

func TestTheAreaOfAnAuthority(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, la, place string
		in              bool
	}{
		{"its own code", "E08000025", "E08000025", true},
		{"a neighbour", "E08000025", "E08000026", false},
		{"a county's area is today's two authorities", "E10000021", "E06000061", true},
		{"and the other", "E10000021", "E06000062", true},
		{"a county may lie outside one of the two that shared it", "E06000061", "E10000021", false},
		{"one of the two isn't the other", "E06000061", "E06000062", false},
		{"an authority that was merged lies in the one of today", "E06000029", "E06000058", true},
		{"and in it by a table of before", "E06000058", "E06000029", true},
		{"two that were merged were two", "E06000029", "E06000028", false},
		{"a code that was changed", "E08000016", "E08000038", true},
		{"and by a table of before", "E08000038", "E08000016", true},
	} {
		if got := area(s.Authorities, c.la)[c.place]; got != c.in {
			t.Errorf("%s: %s in %s is %v", c.name, c.place, c.la, got)
		}
	}
}

func TestPostcodeTable(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"no column":         {"postcode,easting,northing\n", "reference/postcodes.csv:1: no column la_code_9"},
		"no postcode":       {"postcode,la_code_9,easting,northing\nx,E1,1,2\n", "reference/postcodes.csv:2: not a postcode"},
		"no number":         {"postcode,la_code_9,easting,northing\nAB1 2CD,E1,x,2\n", "reference/postcodes.csv:2: not a postcode"},
		"a cell too few":    {"postcode,la_code_9,easting,northing\nAB1 2CD,E1\n", "reference/postcodes.csv:2: "},
		"not on the grid":   {"postcode,la_code_9,easting,northing\nAB1 2CD,E1,,\n", ""},
		"a byte order mark": {"\ufeffpostcode,la_code_9,easting,northing\nAB1 2CD,E1,1,2\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePostcodes("reference/postcodes.csv", []byte(c.in), nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || err != nil && strings.Contains(err.Error(), "AB1") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTheDirectoryOfTheONS(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePostcodes("x.csv", []byte("pcds,oslaua,oscty,oseast1m,osnrth1m,doterm\n"+
		"B1 1AA,E08000025,E99999999,400000,300000,\nS1 1AA,S12000033,S99999999,400000,316093,\nOX1 1AA,E07000178,E10000025,400000,305000,\n"), s.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		la, home, place, wantLA, location string
		miles                             float64
	}{
		{"E08000025", "B11AA", "B11AA", "E08000025", "IN", 0},
		{"E08000025", "B11AA", "S11AA", "SCO", "OUT", 10},
		{"E10000025", "B11AA", "OX11AA", "E10000025", "IN", 3.1},
		{"E08000025", "B11AA", "ZZ11ZZ", "", "", math.NaN()},
	} {
		d := p.Derive(c.la, c.home, c.place)
		if d.LA != c.wantLA || d.Location != c.location || d.Miles != c.miles && !(math.IsNaN(d.Miles) && math.IsNaN(c.miles)) {
			t.Errorf("%s from %s: %+v", c.place, c.home, d)
		}
	}
}

func TestProviders(t *testing.T) {
	got, err := ParseProviders("p.csv", []byte("urn,place,provider,postcode,from,to\nSC123456,K2/R3,PR4,b1 1aa,,31/12/2023\n"))
	if err != nil || len(got) != 2 || got[0] != (Provider{"SC123456", "K2", "PR4", "B11AA", "31/12/2023"}) || got[1].Place != "R3" {
		t.Error(got, err)
	}
	if _, err := ParseProviders("p.csv", []byte("a,b\n")); err == nil || !strings.Contains(err.Error(), "p.csv:1: no column urn") {
		t.Error(err)
	}
}
