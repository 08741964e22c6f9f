package review

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"throughline/linkage"
	"throughline/schemas/identifier"
)

// Letters of case ids: those that are not mistaken for each other on paper.
const idLetters = "0123456789abcdefghjkmnpqrstvwxyz"

// ID is a case's name: ten letters of a pseudonym's first 50 bits, in two halves.
func ID(pseudonym [16]byte) string {
	v := binary.BigEndian.Uint64(pseudonym[:8])
	var b [11]byte
	for i := range b {
		if i == 5 {
			b[i] = '-'
			continue
		}
		b[i] = idLetters[v>>59]
		v <<= 5
	}
	return string(b[:])
}

var idSlips = strings.NewReplacer("-", "", "\u2010", "", "\u2011", "", "\u2013", "", " ", "", "o", "0", "i", "1", "l", "1")

// ParseID reads a case's name as people write it: upper or lower case, with or without its hyphen, o for 0 and i or l for 1.
func ParseID(s string) (string, error) {
	c := idSlips.Replace(strings.ToLower(strings.TrimSpace(s)))
	if len(c) != 10 || strings.Trim(c, idLetters) != "" {
		return "", errors.New("not the name of a case: ten letters and digits, such as 7k2mq-x01ab")
	}
	return c[:5] + "-" + c[5:], nil
}

// Word is what a person said of a case.
type Word struct {
	Case             string // as ID writes it
	Same             bool
	Reason, Reviewer string
	Line             int // in the file it is from; 0: not from a file
}

// Check names what is wrong with a decision, never quoting it.
func (w *Word) Check() error {
	if strings.TrimSpace(w.Reason) == "" {
		return errors.New("a decision needs a reason")
	}
	if strings.TrimSpace(w.Reviewer) == "" {
		return errors.New("a decision needs the name of its reviewer")
	}
	if err := checkText(w.Reason, maxReason); err != nil {
		return fmt.Errorf("reason: %w", err)
	}
	if err := checkText(w.Reviewer, maxReviewer); err != nil {
		return fmt.Errorf("reviewer: %w", err)
	}
	return nil
}

// Most characters of a reason, which is to be a sentence or two, and of a reviewer's name.
const (
	maxReason   = 300
	maxReviewer = 80
)

var (
	upnLike  = regexp.MustCompile(`(?i)\b[A-Z] ?[0-9]{11} ?[0-9A-Z]\b`)
	nhsLike  = regexp.MustCompile(`\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b`)
	dateLike = regexp.MustCompile(`(?i)\b[0-9]{1,2} ?[/.-] ?[0-9]{1,2} ?[/.-] ?([0-9]{4}|[0-9]{2})\b|\b[0-9]{4} ?[/.-] ?[0-9]{1,2} ?[/.-] ?[0-9]{1,2}\b` +
		`|\b[0-9]{1,2}(st|nd|rd|th)?( of)? ?` + months + `\b|\b` + months + ` ?[0-9]{1,2}(st|nd|rd|th)?\b`)
	numberLike = regexp.MustCompile(`[0-9]{5,}`)
	codeLike   = regexp.MustCompile(`(?i)\b[a-z0-9]*[0-9][a-z0-9]*\b`)
	wordLike   = regexp.MustCompile(`[A-Za-z0-9]+`)
	caseLike   = regexp.MustCompile(`\b[0-9a-z]{5}-[0-9a-z]{5}\b`)
)

const months = `(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|(?-i:May|MAY)|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)`

// hint says what text may hold.
const hint = "\nhint: say what agrees or differs in general words; no name, number, postcode or date of a child"

// checkText refuses text that holds what may identify a child. It can't know a name.
func checkText(s string, most int) error {
	s = caseLike.ReplaceAllStringFunc(s, func(id string) string { // another case may be named
		if strings.Trim(id, "0123456789-") == "" {
			return id
		}
		return "case"
	})
	refuse := func(what string) error { return fmt.Errorf("has what looks like %s%s", what, hint) }
	switch {
	case len([]rune(s)) > most:
		return fmt.Errorf("longer than %d characters", most)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("has a line break or another control character")
	case upnLike.MatchString(s):
		return refuse("a UPN")
	case nhsLike.MatchString(s):
		return refuse("an NHS number")
	case dateLike.MatchString(s):
		return refuse("a date")
	case numberLike.MatchString(s):
		return refuse("a number of a child or an authority")
	}
	words := wordLike.FindAllString(s, -1)
	for i, w := range words {
		if postcode(w) || i > 0 && len(w) == 3 && postcode(words[i-1]+w) {
			return refuse("a postcode")
		}
	}
	for _, w := range codeLike.FindAllString(s, -1) {
		if len(w) >= 12 {
			return refuse("an id or a key")
		}
	}
	return nil
}

// postcode reports whether a word is one; a word of letters alone, such as "REC E3 one" would end in, is not.
func postcode(s string) bool {
	_, ok := identifier.ParsePostcode(s)
	return ok && s[len(s)-3] >= '0' && s[len(s)-3] <= '9'
}

// ReadCSV reads decisions from a file with the columns case, decision, reason and reviewer; others don't matter, and rows without a decision
// are passed over. All problems are told at once, each with its line. name is the file's, for errors.
func ReadCSV(name string, r io.Reader) ([]Word, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: no rows\nhint: the first line names the columns: case,decision,reason,reviewer", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	for _, h := range []string{"case", "decision", "reason", "reviewer"} {
		if _, ok := at[h]; !ok {
			return nil, fmt.Errorf("%s:1: no column %s\nhint: the first line names the columns: case,decision,reason,reviewer", name, h)
		}
	}
	var out []Word
	var errs []error
	first := map[string]Word{}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(append(errs, fmt.Errorf("%s: %w", name, err))...)
		}
		line, _ := c.FieldPos(0)
		get := func(h string) string {
			if i := at[h]; i < len(cells) {
				return strings.TrimSpace(cells[i])
			}
			return ""
		}
		if get("decision") == "" && get("reason") == "" {
			continue // not looked at yet
		}
		w := Word{Reason: get("reason"), Reviewer: get("reviewer"), Line: line}
		bad := func(err error) { errs = append(errs, fmt.Errorf("%s:%d: %w", name, line, err)) }
		if w.Case, err = ParseID(get("case")); err != nil {
			bad(fmt.Errorf("column case: %w", err))
			continue
		}
		switch strings.ToLower(get("decision")) {
		case "same":
			w.Same = true
		case "different":
		default:
			bad(errors.New("column decision: neither same nor different"))
			continue
		}
		if err := w.Check(); err != nil {
			bad(err)
			continue
		}
		if was, ok := first[w.Case]; ok && was.Same != w.Same {
			bad(fmt.Errorf("case %s: the contrary of line %d\nhint: keep one of the two", w.Case, was.Line))
			continue
		} else if !ok {
			first[w.Case] = w
		}
		out = append(out, w)
	}
	if len(errs) == 0 && len(out) == 0 {
		errs = append(errs, fmt.Errorf("%s: no decision in it", name))
	}
	return out, errors.Join(errs...)
}

// Contradiction looks for a pair that is decided to be two children though other decisions make it one: then no result could obey all. It
// gives the first such decision, and false when there is none.
func Contradiction(decisions []linkage.Decision) (linkage.Decision, bool) {
	parent := map[linkage.Key]linkage.Key{}
	var find func(k linkage.Key) linkage.Key
	find = func(k linkage.Key) linkage.Key {
		if p, ok := parent[k]; ok && p != k {
			parent[k] = find(p)
			return parent[k]
		}
		return k
	}
	all := linkage.Standing(decisions)
	for _, d := range all {
		if d.Same {
			parent[find(d.A)] = find(d.B)
		}
	}
	for _, d := range all {
		if !d.Same && d.A != d.B && find(d.A) == find(d.B) {
			return d, true
		}
	}
	return linkage.Decision{}, false
}
