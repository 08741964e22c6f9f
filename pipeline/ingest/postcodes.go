package ingest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"

	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Postcodes says where a postcode unit lies.
type Postcodes map[string]spot

type spot struct {
	la                string
	easting, northing float64 // metres on the national grid; NaN where the table has none, as for the islands that aren't on it
}

// milesApart is the distance at which a placement counts as far from home, in the published tables.
const milesApart = 20

// metresPerMile as the collection's own derivation of distance has it.
const metresPerMile = 1609.3

// ReadPostcodes reads a table of postcodes with the columns postcode, la_code_9, easting and northing.
func ReadPostcodes(content []byte) (Postcodes, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("reference/postcodes.csv: %w", err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[h] = i
	}
	for _, c := range []string{"postcode", "la_code_9", "easting", "northing"} {
		if _, ok := at[c]; !ok {
			return nil, fmt.Errorf("reference/postcodes.csv:1: no column %s", c)
		}
	}
	out := Postcodes{}
	for {
		row, err := r.Read()
		if row == nil {
			return out, nil
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("reference/postcodes.csv:%d: %w", line, err)
		}
		p, ok := identifier.ParsePostcode(row[at["postcode"]])
		e, err1 := metres(row[at["easting"]])
		n, err2 := metres(row[at["northing"]])
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("reference/postcodes.csv:%d: not a postcode with easting and northing in metres", line)
		}
		out[p.Unit] = spot{la: string([]byte(row[at["la_code_9"]])), easting: e, northing: n}
	}
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

func metres(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(s, 64)
}

// band is the distance band between two postcode units; empty when either isn't in the table.
func (p Postcodes) band(home, placement string) string {
	a, ok1 := p[home]
	b, ok2 := p[placement]
	switch miles := math.Hypot(a.easting-b.easting, a.northing-b.northing) / metresPerMile; {
	case !ok1 || !ok2 || math.IsNaN(miles):
		return ""
	case miles > milesApart:
		return "over_20_miles"
	}
	return "within_20_miles"
}
