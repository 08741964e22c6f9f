// Package identifier writes UPNs, NHS numbers and postcodes one way and says which can be right.
package identifier

import (
	"regexp"
	"strings"
	"time"
)

// UPNKind says what a value in a UPN column is.
type UPNKind string

// What a UPN column may hold.
const (
	UPNBlank     UPNKind = "blank"
	UPNValid     UPNKind = "valid"     // a permanent number with the right check letter
	UPNTemporary UPNKind = "temporary" // last character a letter: given until the permanent one is known
	UPNInvalid   UPNKind = "invalid"   // anything else
)

var (
	upnShape       = regexp.MustCompile(`^[A-HJ-NP-RT-Z][0-9]{12}$`)
	upnTemporary   = regexp.MustCompile(`^[A-HJ-NP-RT-Z][0-9]{11}[A-Z]$`)
	upnPlaceholder = regexp.MustCompile(`^UN[1-5]$`)
)

// upnLetters are the check letters in order of the remainder they stand for: the alphabet less I, O and S.
const upnLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

// UPN normalises a unique pupil number and says what it is. A placeholder UN1 to UN5 is its own kind. The first letter is a check
// on the twelve characters after it: weights 2 to 13, a letter counting by its place among the check letters, modulo 23.
func UPN(s string) (string, UPNKind) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	switch {
	case s == "":
		return "", UPNBlank
	case upnPlaceholder.MatchString(s):
		return s, UPNKind(s)
	case upnShape.MatchString(s) && upnCheck(s):
		return s, UPNValid
	case upnTemporary.MatchString(s):
		return s, UPNTemporary
	}
	return s, UPNInvalid
}

func upnCheck(s string) bool {
	sum := 0
	for i := 1; i < 13; i++ {
		sum += int(s[i]-'0') * (i + 1)
	}
	return upnLetters[sum%23] == s[0]
}

var withoutSigns = strings.NewReplacer(" ", "", "-", "")

// NHSNumber normalises an NHS number; ok is false when it can't be one: wrong length or check digit (weights 10 to 2, eleven less
// the remainder by eleven), a test number beginning 999, or one digit repeated.
func NHSNumber(s string) (string, bool) {
	s = withoutSigns.Replace(strings.TrimSpace(s))
	if len(s) != 10 || strings.HasPrefix(s, "999") || strings.Count(s, s[:1]) == 10 {
		return s, false
	}
	sum := 0
	for i := range 10 {
		if s[i] < '0' || s[i] > '9' {
			return s, false
		}
		if i < 9 {
			sum += int(s[i]-'0') * (10 - i)
		}
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return s, check == int(s[9]-'0')
}

var (
	postcodeShape = regexp.MustCompile(`^([A-Z]{1,2})([0-9][0-9A-Z]?)([0-9])([A-Z]{2})$`)
	digitForO     = strings.NewReplacer("O", "0", "I", "1")
)

// Postcode is a postcode in parts, each written one way.
type Postcode struct {
	Unit     string // SW1A1AA
	Sector   string // SW1A1
	District string // SW1A
}

// ParsePostcode normalises a full postcode with any number of blanks, reading O as 0 and I as 1 where only a digit can stand. ok is
// false when it doesn't have the shape of one.
func ParsePostcode(s string) (p Postcode, ok bool) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(s) < 5 || len(s) > 7 {
		return p, false
	}
	in := len(s) - 3
	s = s[:in] + digitForO.Replace(s[in:in+1]) + s[in+1:]
	if m := postcodeShape.FindStringSubmatch(s); m == nil {
		// The outward code may have O or I for its digit: after one or two letters.
		for _, at := range []int{1, 2} {
			if at < in {
				if t := s[:at] + digitForO.Replace(s[at:at+1]) + s[at+1:]; postcodeShape.MatchString(t) {
					s = t
					break
				}
			}
		}
	}
	if !postcodeShape.MatchString(s) {
		return p, false
	}
	return Postcode{Unit: s, Sector: s[:in+1], District: s[:in]}, true
}

// LowInformationDOB reports whether a date of birth is one that is usually entered for an unknown day: the 15th of a month (as the
// return's guidance asks) or 1 January.
func LowInformationDOB(d time.Time) bool {
	return d.Day() == 15 || d.Month() == time.January && d.Day() == 1
}
