package check

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"throughline/schemas"
	"throughline/schemas/identifier"
)

// Value is one cell, read by its column's type. The zero Value is blank, or a value that couldn't be read.
type Value struct {
	Text  string    // a code (canonical), id, UPN, postcode or text; empty when blank
	Num   float64   // of a number or flag
	Date  time.Time // of a date
	Parts [3]int    // day, month, year of a partial date; 0 not known
	Set   bool      // whether there is a value
}

type problem struct{ rule, message string }

// parse reads a trimmed cell.
func (c *Checker) parse(col *schemas.Column, raw string, y schemas.Year) (v Value, p *problem) {
	if raw == "" {
		if col.Required == "always" && schemas.HeldIn(col.FirstYear, col.LastYear, y) {
			return v, &problem{rule: "required_blank"}
		}
		return v, nil
	}
	text := func(s string) Value { return Value{Text: s, Set: true} }
	switch col.Type {
	case schemas.ID:
		id := NormaliseID(raw)
		if !isID(id) {
			return v, &problem{rule: "bad_id"}
		}
		return text(id), nil
	case schemas.Date:
		d, ok := ParseDate(raw)
		if !ok {
			return v, &problem{"bad_date", c.quote.Quote(raw) + " isn't a date written dd/mm/yyyy"}
		}
		if d.Year() < firstYear || d.Year() > lastYear {
			return v, &problem{"bad_date", fmt.Sprintf("a date before %d or after %d", firstYear, lastYear)}
		}
		return Value{Date: d, Set: true}, nil
	case schemas.PartialDate:
		parts, ok := ParsePartial(raw)
		if !ok {
			return v, &problem{"bad_date", c.quote.Quote(raw) + " isn't a date written dd/mm/yyyy with zz for an unknown part"}
		}
		return Value{Parts: parts, Set: true}, nil
	case schemas.Code:
		set := c.schema.CodeSet(col.Codes)
		code := c.Word(col, raw, y)
		if set.Authorities && c.oldCodes[code] {
			return text(code), nil
		}
		if set.Find(code) == nil {
			return v, &problem{"not_a_code", fmt.Sprintf("%s isn't a code of %s", c.quote.Quote(raw), col.Codes)}
		}
		if it := set.Find(code); it.Accept != nil && !*it.Accept {
			return v, &problem{"not_a_code", fmt.Sprintf("%q is no code of %s in any year: %s", code, col.Codes, it.Meaning)}
		}
		if !set.Valid(code, y) {
			p := &problem{"code_of_other_year", fmt.Sprintf("%q isn't a code of %s in %s", code, col.Codes, span(y))}
			if set.Find(code).SameAs != "" { // what it means is clear
				return text(set.Canonical(code)), p
			}
			return v, p
		}
		if !strings.EqualFold(code, strings.TrimSuffix(raw, ".0")) {
			return text(set.Canonical(code)), &problem{"word_for_code", fmt.Sprintf("words in place of the code %q", code)}
		}
		return text(set.Canonical(code)), nil
	case schemas.Flag:
		switch strings.ToUpper(strings.TrimSuffix(raw, ".0")) {
		case "0", "FALSE", "NO", "N":
			return Value{Num: 0, Set: true}, nil
		case "1", "TRUE", "YES", "Y":
			return Value{Num: 1, Set: true}, nil
		}
		return v, &problem{"not_a_code", c.quote.Quote(raw) + " isn't 0 or 1"}
	case schemas.Int, schemas.Number:
		n, err := strconv.ParseFloat(raw, 64)
		if err != nil || !plainNumber(raw) || col.Type == schemas.Int && n != float64(int64(n)) || n < col.Min || n > col.Max {
			return v, &problem{"bad_number", fmt.Sprintf("%s isn't a number from %g to %g", c.quote.Quote(raw), col.Min, col.Max)}
		}
		return Value{Num: n, Set: true}, nil
	case schemas.UPN:
		s, kind := identifier.UPN(strings.TrimSuffix(raw, ".0"))
		switch {
		case kind == identifier.UPNInvalid:
			return text(s), &problem{rule: "bad_upn"}
		case kind == identifier.UPNTemporary:
			return text(s), &problem{rule: "temporary_upn"}
		case col.Codes == "" && strings.HasPrefix(string(kind), "UN"):
			return text(s), &problem{rule: "bad_upn"}
		}
		return text(s), nil
	case schemas.NHS:
		s, ok := identifier.NHSNumber(strings.TrimSuffix(raw, ".0"))
		if !ok {
			return v, &problem{rule: "bad_nhs_number"}
		}
		return text(s), nil
	case schemas.Postcode:
		p, ok := identifier.ParsePostcode(raw)
		if !ok {
			return v, &problem{rule: "bad_postcode"}
		}
		return text(p.Unit), nil
	case schemas.URN:
		s := strings.ToUpper(strings.TrimSuffix(raw, ".0"))
		if !urnShape.MatchString(s) {
			return v, &problem{"bad_text", c.quote.Quote(raw) + " isn't a URN: SC and six digits, seven digits, or XXXXXXX"}
		}
		return text(s), nil
	}
	s := strings.TrimSuffix(raw, ".0")
	if !c.pattern(col.Pattern).MatchString(s) {
		return v, &problem{"bad_text", c.quote.Quote(raw) + " isn't of the form that this column has"}
	}
	return text(s), nil
}

// Word is a cell that isn't a date or a number as rules see it, whether it is allowed or not: in capitals, without the ".0" that
// spreadsheets add; the code where its meaning was written; an identifier, UPN or postcode as it is compared.
func (c *Checker) Word(col *schemas.Column, raw string, y schemas.Year) string {
	if raw == "" {
		return ""
	}
	switch col.Type {
	case schemas.ID:
		return NormaliseID(raw)
	case schemas.Postcode:
		return strings.ToUpper(strings.Join(strings.Fields(raw), ""))
	case schemas.Code, schemas.Flag:
		word := strings.ToUpper(strings.TrimSuffix(raw, ".0"))
		if col.Type == schemas.Flag {
			switch word {
			case "FALSE":
				return "0"
			case "TRUE":
				return "1"
			}
			return word // yes and no are no values of the collection, though what they mean is clear
		}
		set := c.schema.CodeSet(col.Codes)
		if set.Find(word) != nil {
			return word
		}
		if set.Find(raw) != nil { // sets of lower-case words
			return raw
		}
		if w := strings.ToLower(raw); set.Find(w) != nil {
			return w
		}
		if w := set.ByMeaning(raw, y); w != "" {
			return w
		}
		return word
	}
	return strings.ToUpper(strings.TrimSuffix(raw, ".0"))
}

// ParseWhole reads a whole number, also as spreadsheets damage it: 12.0.
func ParseWhole(s string) (int, bool) {
	if !plainNumber(s) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != float64(int32(n)) {
		return 0, false
	}
	return int(n), true
}

var (
	urnShape = regexp.MustCompile(`^(?:SC[0-9]{6}|[0-9]{7}|XXXXXXX)$`)
	patterns sync.Map
)

// isID reports whether an identifier is 1 to 40 letters, digits, underscores, slashes and hyphens.
func isID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '/', c == '-':
		default:
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 40
}

// plainNumber reports whether a number is written as people do, with or without a sign and decimals: neither NaN nor 1e9 nor 0x1p4.
func plainNumber(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole, decimals, _ := strings.Cut(s, ".")
	return whole != "" && digits(whole) && digits(decimals)
}

// digits reports whether there is nothing but digits.
func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// A date outside these years is a slip of the hand: nobody in these collections was born before the first, and lastYear is the one
// up to which the schemas go.
const firstYear, lastYear = 1900, 2100

func (c *Checker) pattern(p string) *regexp.Regexp {
	if re, ok := patterns.Load(p); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(`^(?:` + p + `)$`) // the schema's loader has compiled it
	patterns.Store(p, re)
	return re
}

// NormaliseID writes an authority's or holder's own number one way: no blanks, capitals, without the ".0" that spreadsheets add. Leading
// zeros stay.
func NormaliseID(s string) string {
	if strings.ContainsFunc(s, unicode.IsSpace) {
		s = strings.Join(strings.Fields(s), "")
	}
	return strings.ToUpper(strings.TrimSuffix(s, ".0"))
}

// ParseDate reads dd/mm/yyyy, and yyyy-mm-dd, which can't be mistaken for another. Nothing else is guessed.
func ParseDate(s string) (time.Time, bool) {
	if i := strings.IndexByte(s, ' '); i > 0 && strings.Trim(s[i:], " 0:.") == "" {
		s = s[:i] // midnight, as exports add it
	}
	if len(s) != 10 {
		return time.Time{}, false
	}
	day, month, year := s[0:2], s[3:5], s[6:10]
	if s[4] == '-' && s[7] == '-' {
		year, month, day = s[0:4], s[5:7], s[8:10]
	} else if s[2] != '/' || s[5] != '/' {
		return time.Time{}, false
	}
	d, m, y := digit(day), digit(month), digit(year)
	if d < 1 || m < 1 || m > 12 || y < 0 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == d // 31 February would be another day
}

// digit is the number that a text of digits is; -1 when there is something else in it.
func digit(s string) (n int) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// ParsePartial reads dd/mm/yyyy with zz for a part that isn't known, and a whole date as ParseDate does.
func ParsePartial(s string) (parts [3]int, ok bool) {
	f := strings.Split(strings.ToLower(s), "/")
	if len(f) != 3 {
		if d, ok := ParseDate(s); ok {
			return [3]int{d.Day(), int(d.Month()), d.Year()}, true
		}
		return parts, false
	}
	for i, x := range f {
		if strings.Trim(x, "z") == "" && x != "" {
			continue
		}
		n, err := strconv.Atoi(x)
		if err != nil || !digits(x) || n < 1 || i == 2 && (n < firstYear || n > lastYear) {
			return [3]int{}, false
		}
		parts[i] = n
	}
	// An unknown part is the one that allows most: January has 31 days, 2000 a 29 February.
	day, month, year := parts[0], parts[1], parts[2]
	if day == 0 {
		day = 1
	}
	if month == 0 {
		month = 1
	}
	if year == 0 {
		year = 2000
	}
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if d.Day() != day || int(d.Month()) != month {
		return [3]int{}, false
	}
	return parts, true
}

// span is a collection year as people write it: 2018-19 for 2019.
func span(y schemas.Year) string { return fmt.Sprintf("%d-%02d", int(y)-1, int(y)%100) }

// Age is completed years at a date. Somebody born on 29 February has a birthday on 28 February of other years, as the collection's
// rules have it.
func Age(born, at time.Time) int {
	n := at.Year() - born.Year()
	if at.Before(Birthday(born, n)) {
		n--
	}
	return n
}

// Birthday is the n-th birthday.
func Birthday(born time.Time, n int) time.Time {
	d := time.Date(born.Year()+n, born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
	if d.Month() != born.Month() {
		d = d.AddDate(0, 0, -1)
	}
	return d
}
