package reference

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Postcodes says where postcode units lie. A nil one knows none.
type Postcodes struct {
	spots       map[string]spot
	authorities schemas.Authorities
	mu          sync.Mutex
	areas       map[string]map[string]bool // by authority, see area
}

type spot struct {
	la                string
	easting, northing float32 // metres on the national grid; NaN where the table has none, as for the islands that aren't on it
}

// milesApart is the distance at which a placement counts as far from home, in the published tables.
const milesApart = 20

// metresPerMile as the collection's own derivation of distance has it.
const metresPerMile = 1609.3

// Len is how many postcode units there are.
func (p *Postcodes) Len() int {
	if p == nil {
		return 0
	}
	return len(p.spots)
}

// ReadPostcodes reads a table of postcodes; layouts.yaml has the names that its columns may have. name is for errors. With want, only
// the units for which it is true are kept.
func ReadPostcodes(name string, r io.Reader, all schemas.Authorities, want func(unit string) bool) (*Postcodes, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	at := columns(layouts.Postcodes, head)
	for _, c := range []string{"postcode", "la", "easting", "northing"} {
		if at[c] < 0 {
			return nil, fmt.Errorf("%s:1: no column %s", name, layouts.Postcodes[c][0])
		}
	}
	out := &Postcodes{spots: map[string]spot{}, authorities: all, areas: map[string]map[string]bool{}}
	codes := map[string]string{} // each once in memory
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line := 0
		if row != nil {
			line, _ = in.FieldPos(0)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		p, ok := identifier.ParsePostcode(row[at["postcode"]])
		if ok && want != nil && !want(p.Unit) {
			continue
		}
		e, err1 := metres(row[at["easting"]])
		n, err2 := metres(row[at["northing"]])
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%s:%d: not a postcode with easting and northing in metres", name, line)
		}
		la := row[at["la"]]
		if c := at["county"]; c >= 0 && row[c] != "" && !strings.HasSuffix(row[c], "99999999") {
			la = row[c]
		}
		if codes[la] == "" {
			codes[la] = strings.Clone(la)
		}
		out.spots[p.Unit] = spot{la: codes[la], easting: float32(e), northing: float32(n)}
	}
}

// ParsePostcodes is ReadPostcodes of a text in memory.
func ParsePostcodes(name string, content []byte, all schemas.Authorities) (*Postcodes, error) {
	return ReadPostcodes(name, bytes.NewReader(content), all, nil)
}

func metres(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(s, 64)
}

// Derived is what a table of postcodes tells of an episode.
type Derived struct {
	Code       string  // ONS code of the authority in which PL_POST lies, as the table has it; empty when it isn't in the table
	LA         string  // PL_LA: the submitting authority's code when it lies in its area, SCO, WAL, NIR or NUK outside England, else Code
	Location   string  // PL_LOCATION: IN, OUT or empty
	Miles      float64 // PL_DISTANCE, one decimal; NaN when either postcode isn't in the table
	HomeKnown  bool    // HOME_POST is in the table
	PlaceKnown bool    // PL_POST is
}

// Derive looks up the two postcodes of an episode that la submitted.
func (p *Postcodes) Derive(la, home, place string) Derived {
	d := Derived{Miles: math.NaN()}
	if p == nil {
		return d
	}
	a, ok1 := p.spots[home]
	b, ok2 := p.spots[place]
	d.HomeKnown, d.PlaceKnown = ok1, ok2
	if ok1 && ok2 {
		d.Miles = math.Round(math.Hypot(float64(a.easting-b.easting), float64(a.northing-b.northing))/metresPerMile*10) / 10
	}
	if !ok2 || b.la == "" {
		return d
	}
	d.Code, d.LA, d.Location = b.la, b.la, "OUT"
	if p.area(la)[b.la] {
		d.LA, d.Location = la, "IN"
	} else if c := layouts.Countries[b.la[:1]]; c != "" {
		d.LA = c
	}
	return d
}

// Band is the distance band of the published tables; empty when the distance isn't known.
func (d Derived) Band() string {
	switch {
	case math.IsNaN(d.Miles):
		return ""
	case d.Miles > milesApart:
		return "over_20_miles"
	}
	return "within_20_miles"
}

// Area is the codes of the table that lie in an authority.
func (p *Postcodes) Area(la string) []string {
	if p == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.area(la)))
}

func (p *Postcodes) area(la string) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.areas[la] == nil {
		p.areas[la] = area(p.authorities, la)
	}
	return p.areas[la]
}

// area is which codes of a table of postcodes lie in an authority: its own; those that took its place, since the table may be of a later day than
// the return; and those whose place it took alone, since the table may be of an earlier day.
func area(all schemas.Authorities, la string) map[string]bool {
	in := map[string]bool{}
	var later, earlier func(string)
	later = func(code string) {
		in[code] = true
		a, _ := all.Find(code)
		for _, to := range a.Successors {
			later(to)
		}
	}
	earlier = func(code string) {
		in[code] = true
		for _, a := range all {
			if len(a.Successors) == 1 && a.Successors[0] == code {
				earlier(a.Code)
			}
		}
	}
	later(la)
	earlier(la)
	return in
}
