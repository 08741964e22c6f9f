package spec

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"throughline/linkage/clk"
	"throughline/linkage/compare"
	"throughline/schemas/identifier"
)

// A Kind is what a column holds: how its values are written one way, which are usable, and what is derived from them.
type Kind struct {
	ID, Does  string
	Normalise []string // normalisers that apply unless the column names its own
	Second    string   // suffix of a second field, for values that are usable but of less worth; empty: none
	Parts     []Part
	// clean writes a normalised value one way. second says that it belongs in the second field; ok is false when it can't be right.
	clean func(c *Column, s string) (value string, second, ok bool)
}

// A Part is derived from a value of a kind, as a field of its own named FIELD_PART.
type Part struct {
	ID, Does string
	Same     bool // in the domain of the value, so that the two can be compared
	of       func(s string) string
}

// Kinds are all there are, in the order of the reference.
var Kinds = []Kind{
	{ID: "text", Does: "any text, compared as a whole or by likeness", Normalise: []string{"trim"}, Parts: []Part{first(1), first(2), first(3)}, clean: asItIs},
	{ID: "name", Does: "a name of a person or place: case, accents and signs don't count", Normalise: []string{"trim", "fold"}, Parts: []Part{
		first(1), first(2), first(3),
		{ID: "soundex", Does: "how it sounds, as Soundex has it", of: compare.Soundex},
		{ID: "metaphone", Does: "how it sounds, as Double Metaphone has it", of: func(s string) string { p, _ := compare.DoubleMetaphone(s); return p }},
		{ID: "parts", Does: "its parts in the alphabet's order, titles left out", of: func(s string) string { return strings.Join(compare.NameParts(s), " ") }},
		{ID: "full", Does: "the first of the given names that it may be short for: robert for bob", of: func(s string) string { return compare.FullNames(s)[0] }},
	}, clean: asItIs},
	{ID: "code", Does: "a code or number that agrees or doesn't: nothing is like it", Normalise: []string{"trim", "upper"}, Parts: []Part{
		{ID: "group", Does: "the group that the column's groups or codes put it in"},
	}, clean: asItIs},
	{ID: "date", Does: "a day, written YYYY-MM-DD unless the column says otherwise; one that the calendar doesn't have is missing", Normalise: []string{"trim"}, Parts: []Part{
		{ID: "swapped", Does: "day and month exchanged, when both are 12 or less and differ", Same: true, of: swapped},
		{ID: "year_month", Does: "year and month", of: func(s string) string { return s[:7] }},
		{ID: "year_day", Does: "year and day of the month; not of a heaped date", of: func(s string) string { return s[:4] + s[7:] }},
		{ID: "month_day", Does: "month and day; not of a heaped date", of: func(s string) string { return s[5:] }},
		{ID: "year", Does: "year", of: func(s string) string { return s[:4] }},
	}, clean: cleanDate},
	{ID: "number", Does: "a number, with a point before its decimals", Normalise: []string{"trim"}, clean: cleanNumber},
	{ID: "upn", Does: "a unique pupil number with the right check letter; UN1 to UN5 and what can't be right are missing", Second: "temporary", clean: cleanUPN},
	{ID: "nhs", Does: "an NHS number with the right check digit; test numbers and what can't be right are missing", clean: cleanNHS},
	{ID: "postcode", Does: "a full postcode of the United Kingdom, O and 0, I and 1 put right by place", Parts: []Part{
		{ID: "sector", Does: "postcode sector: AB12 3", of: func(s string) string { return s[:len(s)-2] }},
		{ID: "district", Does: "postcode district: AB12", of: func(s string) string { return s[:len(s)-3] }},
		{ID: "area", Does: "postcode area: AB", of: postcodeArea},
	}, clean: cleanPostcode},
	{ID: "email", Does: "an address of electronic mail", Normalise: []string{"trim", "lower"}, Parts: []Part{
		{ID: "user", Does: "what stands before the @", of: func(s string) string { u, _, _ := strings.Cut(s, "@"); return u }},
		{ID: "host", Does: "what stands after the @", of: func(s string) string { _, h, _ := strings.Cut(s, "@"); return h }},
	}, clean: asItIs},
	{ID: "clk", Does: "a cryptographic long-term key of 1,024 bits, in hexadecimal or base64, compared by dice; anything else is missing", Normalise: []string{"trim"}, clean: cleanCLK},
}

// A Normaliser rewrites a value before its kind looks at it.
type Normaliser struct {
	ID, Does string
	do       func(s string) string
}

// Normalisers are all there are, in the order of the reference.
var Normalisers = []Normaliser{
	{"trim", "no blanks at the ends, and one where there were several", trim},
	{"upper", "capital letters", strings.ToUpper},
	{"lower", "small letters", strings.ToLower},
	{"fold", "small letters without accents and apostrophes, one blank for each run of other signs", compare.Fold},
	{"digits", "nothing but digits", func(s string) string { return keep(s, func(r rune) bool { return r >= '0' && r <= '9' }) }},
	{"letters", "nothing but letters from a to z", func(s string) string {
		return keep(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	}},
	{"solid", "no blanks", func(s string) string { return strings.Join(strings.Fields(s), "") }},
}

// trim makes nothing new of what has no blank too many.
func trim(s string) string {
	before := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || c < ' ' || c == ' ' && before {
			return strings.Join(strings.Fields(s), " ")
		}
		before = c == ' '
	}
	return strings.TrimSuffix(s, " ")
}

func keep(s string, wanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if wanted(r) {
			return r
		}
		return -1
	}, s)
}

func kindOf(id string) *Kind {
	for i := range Kinds {
		if Kinds[i].ID == id {
			return &Kinds[i]
		}
	}
	return nil
}

func normaliserOf(id string) *Normaliser {
	for i := range Normalisers {
		if Normalisers[i].ID == id {
			return &Normalisers[i]
		}
	}
	return nil
}

// first is the part of the first n letters; of a shorter value there is none.
func first(n int) Part {
	does := "its first " + strconv.Itoa(n) + " letters; none of a shorter one"
	if n == 1 {
		does = "its first letter"
	}
	return Part{ID: "first" + strconv.Itoa(n), Does: does, of: func(s string) string {
		left := n
		for i := range s {
			if left == 0 {
				return s[:i]
			}
			left--
		}
		if left > 0 {
			return ""
		}
		return s
	}}
}

func asItIs(_ *Column, s string) (string, bool, bool) { return s, false, s != "" }

func cleanCLK(_ *Column, s string) (string, bool, bool) {
	b, err := hex.DecodeString(s)
	if err != nil {
		b, err = base64.StdEncoding.DecodeString(s)
	}
	return hex.EncodeToString(b), false, err == nil && len(b) == clk.Size/8
}

func cleanUPN(_ *Column, s string) (string, bool, bool) {
	v, kind := identifier.UPN(s)
	return v, kind == identifier.UPNTemporary, kind == identifier.UPNValid || kind == identifier.UPNTemporary
}

func cleanNHS(_ *Column, s string) (string, bool, bool) {
	v, ok := identifier.NHSNumber(s)
	return v, false, ok
}

func cleanPostcode(_ *Column, s string) (string, bool, bool) {
	p, ok := identifier.ParsePostcode(s)
	return p.Unit, false, ok
}

func postcodeArea(s string) string {
	return s[:strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })]
}

func cleanNumber(_ *Column, s string) (string, bool, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != v || v > 1e300 || v < -1e300 {
		return "", false, false
	}
	return strconv.FormatFloat(v, 'f', -1, 64), false, true
}

// Layouts are the ways in which a column's dates may be written.
var Layouts = []struct{ ID, Does, layout string }{
	{"iso", "2010-03-31, what follows the day being left out; the default", time.DateOnly},
	{"dmy", "31/03/2010", "2/1/2006"},
	{"mdy", "03/31/2010", "1/2/2006"},
	{"compact", "20100331", "20060102"},
}

func layoutOf(id string) string {
	for _, l := range Layouts {
		if l.ID == id {
			return l.layout
		}
	}
	return ""
}

func cleanDate(c *Column, s string) (string, bool, bool) {
	layout := time.DateOnly
	if c.Format != "" {
		layout = layoutOf(c.Format)
	}
	if layout == time.DateOnly && len(s) > len(layout) && (s[len(layout)] == ' ' || s[len(layout)] == 'T') {
		s = s[:len(layout)] // a time follows
	}
	at, err := time.Parse(layout, s)
	if err != nil {
		return "", false, false
	}
	return at.Format(time.DateOnly), false, true
}

func swapped(s string) string {
	month, day := s[5:7], s[8:10]
	if month == day || day > "12" {
		return ""
	}
	return s[:5] + day + "-" + month
}

// heaped reports whether a date is one that usually stands for a day that isn't known: the column lists days (15) and days of a month (01-01).
func (c *Column) heaped(date string) bool {
	for _, h := range c.Heaped {
		if strings.HasSuffix(date, "-"+h) {
			return true
		}
	}
	return false
}
