package compare

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plain spells letters that no decomposition takes apart.
var plain = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ð", "d", "đ", "d", "þ", "th",
	"ł", "l", "ħ", "h", "ŧ", "t", "ŋ", "n")

// Fold spells a name as it is compared: lower case, without accents, apostrophes left out (O'Brien is obrien), each run of anything else
// that is neither letter nor digit one space (Anne-Marie is anne marie), none at either end. Scripts other than Latin keep their letters.
// What is folded already comes back as it is, without allocating; Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	if folded(s) {
		return s
	}
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		switch {
		case r >= 0x300 && r <= 0x36f, r >= 0x64b && r <= 0x65f, r >= 0x591 && r <= 0x5c7: // accents; vowel points of Arabic and Hebrew
		case strings.ContainsRune("'`´‘’ʻʼ′＇\u00ad\u200c\u200d", r): // apostrophes, and what nobody sees
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(unicode.ToUpper(r))) // twice, so that the final sigma and the long s meet their kin
		default:
			gap = true
		}
	}
	return norm.NFC.String(plain.Replace(b.String()))
}

func folded(s string) bool {
	space := true // no space at the start, none after another
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			space = false
		case c == ' ' && !space:
			space = true
		default:
			return false
		}
	}
	return s == "" || !space
}

// titles stand before a name and are none.
var titles = []string{"mr", "mrs", "ms", "miss", "mx", "master", "dr"}

// NameParts is the folded parts of a name in the alphabet's order, each once, so that two spellings with the parts exchanged are equal. A
// title at the start is left out unless it is all there is. Nil for a name without a letter.
func NameParts(s string) []string {
	parts := strings.Fields(Fold(s))
	if len(parts) > 1 && slices.Contains(titles, parts[0]) {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		return nil
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}

//go:embed nicknames.csv
var nicknameTable string

// nicknames is the groups that each given name is in, by the group's number, and the full name of each group.
var nicknames = sync.OnceValue(func() (t struct {
	groups map[string][]int
	full   []string
}) {
	t.groups = map[string][]int{}
	for line := range strings.Lines(nicknameTable) {
		names := strings.Split(strings.TrimSpace(line), ",")
		for _, n := range names {
			t.groups[n] = append(t.groups[n], len(t.full))
		}
		t.full = append(t.full, names[0])
	}
	return t
})

// Nickname says whether two given names, each folded, are forms of one: rob, bob and robert are; alexander and alexandra, who share alex,
// aren't. False for a name and itself.
func Nickname(a, b string) bool {
	if a == b {
		return false
	}
	g := nicknames().groups
	for _, x := range g[a] {
		if slices.Contains(g[b], x) {
			return true
		}
	}
	return false
}

// FullNames is the full names that a folded given name may stand for, in the table's order: christopher and christine for chris. A name
// that the table doesn't have stands for itself.
func FullNames(name string) []string {
	t := nicknames()
	var out []string
	for _, g := range t.groups[name] {
		out = append(out, t.full[g])
	}
	if out == nil {
		return []string{name}
	}
	return out
}
