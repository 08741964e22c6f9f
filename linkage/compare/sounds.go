package compare

import "strings"

// soundexDigit is each letter's digit; 0 for a vowel, which parts equal digits, and 7 for h and w, which don't.
const soundexDigit = "01230127022455012623017202"

// Soundex is the sound of a name as a letter and three digits, such as R163 for Robert and Rupert; empty when s has no letter. Anything
// but A to Z and a to z is passed over, so Fold s first.
//
// Source: the American Soundex of the United States census, in which h and w don't part letters of one digit.
func Soundex(s string) string {
	var code [4]byte
	n, before := 0, byte('0')
	for i := 0; i < len(s) && n < 4; i++ {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			continue
		}
		d := soundexDigit[c-'A']
		switch {
		case n == 0:
			code[0], n = c, 1
		case d == '7':
			continue
		case d != '0' && d != before:
			code[n] = d
			n++
		}
		before = d
	}
	if n == 0 {
		return ""
	}
	for ; n < 4; n++ {
		code[n] = '0'
	}
	return string(code[:])
}

// DoubleMetaphone is how a name sounds in English, as up to four consonants (0 is th, X is sh, A any vowel at the start), and how it sounds
// by another reading, such as the language that the name came from. alternate equals primary when there is no other reading. Both are empty
// when s has no letter. Two names sound alike when any code of one equals any of the other. Anything but letters from A to Z is taken as
// silence, so Fold s first.
//
// Source: Philips 2000, The double metaphone search algorithm, C/C++ Users Journal 18(6), rule by rule.
func DoubleMetaphone(s string) (primary, alternate string) {
	m := metaphone{word: strings.ToUpper(strings.TrimSpace(s))}
	if m.at(0, "GN", "KN", "PN", "WR", "PS") {
		m.i = 1
	}
	for m.i < len(m.word) && (m.np < 4 || m.na < 4) {
		m.step()
	}
	return string(m.p[:m.np]), string(m.a[:m.na])
}

// metaphone reads a word from left to right and writes both codes.
type metaphone struct {
	word   string // upper case
	i      int    // the letter that is read next
	p, a   [4]byte
	np, na int
}

// at says whether any of these stands at position i.
func (m *metaphone) at(i int, any ...string) bool {
	if i < 0 || i > len(m.word) {
		return false
	}
	for _, x := range any {
		if strings.HasPrefix(m.word[i:], x) {
			return true
		}
	}
	return false
}

// next says whether any of these stands d places from the current letter.
func (m *metaphone) next(d int, any ...string) bool { return m.at(m.i+d, any...) }

// letter is the byte at position i; 0 outside the word.
func (m *metaphone) letter(i int) byte {
	if i < 0 || i >= len(m.word) {
		return 0
	}
	return m.word[i]
}

func (m *metaphone) vowel(i int) bool {
	c := m.letter(i)
	return c != 0 && strings.IndexByte("AEIOUY", c) >= 0
}

func (m *metaphone) contains(any ...string) bool {
	for _, x := range any {
		if strings.Contains(m.word, x) {
			return true
		}
	}
	return false
}

// slavoGermanic is how the algorithm guesses that a name came from a Slavic or German language.
func (m *metaphone) slavoGermanic() bool { return m.contains("W", "K", "CZ", "WITZ") }

// germanic says that the word starts as Dutch or German names do.
func (m *metaphone) germanic() bool { return m.at(0, "VAN ", "VON ", "SCH") }

// add writes one sound to both codes and goes n letters on.
func (m *metaphone) add(sound string, n int) { m.add2(sound, sound, n) }

// add2 writes a sound to each code, or none for an empty one, and goes n letters on.
func (m *metaphone) add2(primary, alternate string, n int) {
	m.np += copy(m.p[m.np:], primary)
	m.na += copy(m.a[m.na:], alternate)
	m.i += n
}

// double is the number of letters to pass: two when the letter stands twice.
func (m *metaphone) double(letter string) int {
	if m.next(1, letter) {
		return 2
	}
	return 1
}

func (m *metaphone) step() {
	last := len(m.word) - 1
	switch c := m.word[m.i]; c {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		if m.i == 0 {
			m.add("A", 1)
			return
		}
		m.i++
	case 'B':
		m.add("P", m.double("B"))
	case 'C':
		m.stepC()
	case 'D':
		switch {
		case m.next(0, "DG"):
			if m.next(2, "I", "E", "Y") { // edge
				m.add("J", 3)
			} else { // Edgar
				m.add("TK", 2)
			}
		case m.next(0, "DT", "DD"):
			m.add("T", 2)
		default:
			m.add("T", 1)
		}
	case 'F', 'K', 'N':
		m.add(string(c), m.double(string(c)))
	case 'G':
		m.stepG()
	case 'H': // sounds only before a vowel, at the start or between two vowels
		if (m.i == 0 || m.vowel(m.i-1)) && m.vowel(m.i+1) {
			m.add("H", 2)
		} else {
			m.i++
		}
	case 'J':
		m.stepJ()
	case 'L':
		if !m.next(1, "L") {
			m.add("L", 1)
			return
		}
		// Spanish, such as Cabrillo and Gallegos
		if m.i == len(m.word)-3 && m.next(-1, "ILLO", "ILLA", "ALLE") ||
			(m.at(last-1, "AS", "OS") || m.at(last, "A", "O")) && m.next(-1, "ALLE") {
			m.add2("L", "", 2)
		} else {
			m.add("L", 2)
		}
	case 'M':
		if m.next(-1, "UMB") && (m.i+1 == last || m.next(2, "ER")) || m.next(1, "M") { // dumb, thumb
			m.add("M", 2)
		} else {
			m.add("M", 1)
		}
	case 'P':
		switch {
		case m.next(1, "H"):
			m.add("F", 2)
		case m.next(1, "P", "B"): // Campbell
			m.add("P", 2)
		default:
			m.add("P", 1)
		}
	case 'Q':
		m.add("K", m.double("Q"))
	case 'R': // French, such as Rogier, but not Hochmeier
		if m.i == last && !m.slavoGermanic() && m.next(-2, "IE") && !m.next(-4, "ME", "MA") {
			m.add2("", "R", m.double("R"))
		} else {
			m.add("R", m.double("R"))
		}
	case 'S':
		m.stepS()
	case 'T':
		switch {
		case m.next(0, "TION", "TIA", "TCH"):
			m.add("X", 3)
		case m.next(0, "TH", "TTH"):
			if m.next(2, "OM", "AM") || m.germanic() { // Thomas, Thames
				m.add("T", 2)
			} else {
				m.add2("0", "T", 2)
			}
		case m.next(1, "T", "D"):
			m.add("T", 2)
		default:
			m.add("T", 1)
		}
	case 'V':
		m.add("F", m.double("V"))
	case 'W':
		m.stepW()
	case 'X':
		if m.i == 0 { // Xavier
			m.add("S", 1)
			return
		}
		n := 1
		if m.next(1, "C", "X") {
			n = 2
		}
		if m.i == last && (m.next(-3, "IAU", "EAU") || m.next(-2, "AU", "OU")) { // French, such as Breaux
			m.i += n
		} else {
			m.add("KS", n)
		}
	case 'Z':
		switch {
		case m.next(1, "H"): // Chinese, such as Zhao
			m.add("J", 2)
		case m.next(1, "ZO", "ZI", "ZA") || m.slavoGermanic() && m.i > 0 && m.letter(m.i-1) != 'T':
			m.add2("S", "TS", m.double("Z"))
		default:
			m.add("S", m.double("Z"))
		}
	default:
		m.i++
	}
}

func (m *metaphone) stepC() {
	switch {
	case m.i > 1 && !m.vowel(m.i-2) && m.next(-1, "ACH") && !m.next(2, "I") &&
		(!m.next(2, "E") || m.next(-2, "BACHER", "MACHER")): // Bach, Macher
		m.add("K", 2)
	case m.i == 0 && m.next(0, "CAESAR"):
		m.add("S", 2)
	case m.next(0, "CHIA"): // Chianti
		m.add("K", 2)
	case m.next(0, "CH"):
		switch {
		case m.i > 0 && m.next(0, "CHAE"): // Michael
			m.add2("K", "X", 2)
		case m.i == 0 && m.next(1, "HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM") && !m.at(0, "CHORE"): // Greek, such as chemistry
			m.add("K", 2)
		case m.germanic() || m.next(-2, "ORCHES", "ARCHIT", "ORCHID") || m.next(2, "T", "S") ||
			(m.i == 0 || m.next(-1, "A", "O", "U", "E")) &&
				(m.next(2, "L", "R", "N", "M", "B", "H", "F", "V", "W", " ") || m.i+2 >= len(m.word)):
			m.add("K", 2)
		case m.i == 0:
			m.add("X", 2)
		case m.at(0, "MC"): // McHugh
			m.add("K", 2)
		default:
			m.add2("X", "K", 2)
		}
	case m.next(0, "CZ") && !m.next(-2, "WICZ"): // Czerny
		m.add2("S", "X", 2)
	case m.next(1, "CIA"): // focaccia
		m.add("X", 3)
	case m.next(0, "CC") && (m.i != 1 || m.letter(0) != 'M'): // not McClellan
		switch {
		case !m.next(2, "I", "E", "H") || m.next(2, "HU"):
			m.add("K", 2)
		case m.i == 1 && m.letter(0) == 'A' || m.next(-1, "UCCEE", "UCCES"): // accident, success
			m.add("KS", 3)
		default: // bacci
			m.add("X", 3)
		}
	case m.next(0, "CK", "CG", "CQ"):
		m.add("K", 2)
	case m.next(0, "CIO", "CIE", "CIA"):
		m.add2("S", "X", 2)
	case m.next(0, "CI", "CE", "CY"):
		m.add("S", 2)
	case m.next(1, " C", " Q", " G"): // Mac Caffrey
		m.add("K", 3)
	case m.next(1, "C", "K", "Q") && !m.next(1, "CE", "CI"):
		m.add("K", 2)
	default:
		m.add("K", 1)
	}
}

func (m *metaphone) stepG() {
	switch {
	case m.next(1, "H"):
		switch {
		case m.i > 0 && !m.vowel(m.i-1):
			m.add("K", 2)
		case m.i == 0 && m.next(2, "I"): // Ghislane
			m.add("J", 2)
		case m.i == 0:
			m.add("K", 2)
		case m.next(-2, "B", "H", "D") || m.next(-3, "B", "H", "D") || m.next(-4, "B", "H"): // Hugh, bough, Broughton
			m.i += 2
		case m.letter(m.i-1) == 'U' && m.next(-3, "C", "G", "L", "R", "T"): // laugh, McLaughlin, cough, rough
			m.add("F", 2)
		case m.letter(m.i-1) != 'I':
			m.add("K", 2)
		default:
			m.i += 2
		}
	case m.next(1, "N"):
		switch {
		case m.i == 1 && m.vowel(0) && !m.slavoGermanic():
			m.add2("KN", "N", 2)
		case !m.next(2, "EY") && !m.slavoGermanic(): // not Cagney
			m.add2("N", "KN", 2)
		default:
			m.add("KN", 2)
		}
	case m.next(1, "LI") && !m.slavoGermanic(): // Tagliaro
		m.add2("KL", "L", 2)
	case m.i == 0 && m.next(1, "Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"):
		m.add2("K", "J", 2)
	case m.next(1, "ER", "Y") && !m.at(0, "DANGER", "RANGER", "MANGER") && !m.next(-1, "E", "I") && !m.next(-1, "RGY", "OGY"):
		m.add2("K", "J", 2)
	case m.next(1, "E", "I", "Y") || m.next(-1, "AGGI", "OGGI"): // Italian, such as biaggi
		switch {
		case m.germanic() || m.next(1, "ET"):
			m.add("K", 2)
		case m.next(1, "IER") && m.i+4 == len(m.word):
			m.add("J", 2)
		default:
			m.add2("J", "K", 2)
		}
	default:
		m.add("K", m.double("G"))
	}
}

func (m *metaphone) stepJ() {
	last := len(m.word) - 1
	if m.next(0, "JOSE") || m.at(0, "SAN ") { // Spanish, such as San Jacinto
		if m.i == 0 && (m.letter(4) == ' ' || len(m.word) == 4) || m.at(0, "SAN ") {
			m.add("H", 1)
		} else {
			m.add2("J", "H", 1)
		}
		return
	}
	n := m.double("J")
	switch {
	case m.i == 0: // Yankelovich and Jankelowicz
		m.add2("J", "A", n)
	case m.vowel(m.i-1) && !m.slavoGermanic() && m.next(1, "A", "O"): // bajador
		m.add2("J", "H", n)
	case m.i == last:
		m.add2("J", "", n)
	case !m.next(1, "L", "T", "K", "S", "N", "M", "B", "Z") && !m.next(-1, "S", "K", "L"):
		m.add("J", n)
	default:
		m.i += n
	}
}

func (m *metaphone) stepS() {
	last := len(m.word) - 1
	switch {
	case m.next(-1, "ISL", "YSL"): // island, Carlisle
		m.i++
	case m.i == 0 && m.next(0, "SUGAR"):
		m.add2("X", "S", 1)
	case m.next(0, "SH"):
		if m.next(1, "HEIM", "HOEK", "HOLM", "HOLZ") { // German
			m.add("S", 2)
		} else {
			m.add("X", 2)
		}
	case m.next(0, "SIO", "SIA"): // Italian and Armenian
		if m.slavoGermanic() {
			m.add("S", 3)
		} else {
			m.add2("S", "X", 3)
		}
	case m.i == 0 && m.next(1, "M", "N", "L", "W") || m.next(1, "Z"): // Schmidt and Smith, Snider and Schneider
		m.add2("S", "X", m.double("Z"))
	case m.next(0, "SC"):
		switch {
		case m.next(2, "H"):
			switch {
			case m.next(3, "ER", "EN"): // Schermerhorn, Schenker
				m.add2("X", "SK", 3)
			case m.next(3, "OO", "UY", "ED", "EM"): // Dutch, such as school
				m.add("SK", 3)
			case m.i == 0 && !m.vowel(3) && m.letter(3) != 'W':
				m.add2("X", "S", 3)
			default:
				m.add("X", 3)
			}
		case m.next(2, "I", "E", "Y"):
			m.add("S", 3)
		default:
			m.add("SK", 3)
		}
	default:
		n := 1
		if m.next(1, "S", "Z") {
			n = 2
		}
		if m.i == last && m.next(-2, "AI", "OI") { // French, such as Artois
			m.add2("", "S", n)
		} else {
			m.add("S", n)
		}
	}
}

func (m *metaphone) stepW() {
	last := len(m.word) - 1
	if m.next(0, "WR") {
		m.add("R", 2)
		return
	}
	if m.i == 0 && (m.vowel(1) || m.next(0, "WH")) {
		if m.vowel(1) { // Wasserman and Vasserman
			m.add2("A", "F", 0)
		} else {
			m.add("A", 0)
		}
	}
	switch {
	case m.i == last && m.vowel(m.i-1) || m.next(-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY") || m.at(0, "SCH"): // Arnow and Arnoff
		m.add2("", "F", 1)
	case m.next(0, "WICZ", "WITZ"): // Filipowicz
		m.add2("TS", "FX", 4)
	default:
		m.i++
	}
}
