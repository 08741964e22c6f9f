package linkage

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// child is what a test writes of one record: plain values, from which stand-in tokens are made.
type child struct {
	id     string // "LA/CHILD" or "source:holder/record"
	years  [2]int // first and last collection year; one row each
	load   int
	dob    string // yyyy-mm-dd
	sex    string
	ethnic string
	upn    string // starts with "T" when temporary
	former string
	nhs    string
	ref    string // id of the record of the returns that is quoted
	home   string
	place  string
	uasc   bool
	stays  []string // "DECOM DEC RNE REC", dates yyyy-mm-dd, DEC "-" while open
}

func fake(kind, v string) Token {
	if v == "" {
		return Token{}
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + v))
	return Token{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])}
}

func fakeKey(id string) Key {
	var k Key
	if id != "" {
		sum := sha256.Sum256([]byte("key\x00" + id))
		copy(k[:], sum[:])
	}
	return k
}

func day(tb testing.TB, s string) Day {
	if s == "-" || s == "" {
		return 0
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		tb.Fatal(err)
	}
	return Day(d.Unix() / 86400)
}

// deliveries are what tests give a linker, row by row.
type deliveries struct {
	Identities []Identity
	Addresses  []Address
	Stays      []Stay
	Successors []Succession
	Previous   []Membership
	Decisions  []Decision
	RunID      string
	Mint       func(uint64) string
}

func (d *deliveries) input(tb testing.TB) Input {
	tb.Helper()
	r := NewReturns(d.Successors)
	for i := range d.Stays { // before the identities that they belong to: the order is no matter
		r.Stay(&d.Stays[i])
	}
	for i := range d.Identities {
		r.Identity(&d.Identities[i])
	}
	for i := range d.Addresses {
		r.Address(&d.Addresses[i])
	}
	t, err := r.Records()
	if err != nil {
		tb.Fatal(err)
	}
	return Input{Records: t, Previous: d.Previous, Decisions: d.Decisions, RunID: d.RunID, Mint: d.Mint}
}

// invent turns children into deliveries with a mint that anyone could guess.
func invent(tb testing.TB, children ...child) deliveries {
	in := deliveries{RunID: "run-1", Mint: mint("run-1")}
	for _, c := range children {
		source, rest, found := strings.Cut(c.id, ":")
		if !found {
			source, rest = "ssda903", c.id
		}
		holder, _, _ := strings.Cut(rest, "/")
		key := fakeKey(c.id)
		r := Identity{Key: key, Source: source, Holder: holder, Load: c.load, Sex: fake("sex", c.sex), Ethnic: fake("ethnic", c.ethnic),
			FormerUPN: fake("upn", c.former), NHS: fake("nhs", c.nhs), Ref: fakeKey(c.ref), UASC: c.uasc}
		if c.ethnic != "" {
			r.EthnicGroup = fake("group", c.ethnic[:1])
		}
		if strings.HasPrefix(c.upn, "T") {
			r.UPNTemporary = fake("temporary", c.upn)
		} else {
			r.UPN = fake("upn", c.upn)
		}
		if p := strings.Split(c.dob, "-"); len(p) == 3 {
			r.DOB = fake("dob", c.dob)
			if p[1] != p[2] && p[2] <= "12" {
				r.DOBSwapped = fake("dob", p[0]+"-"+p[2]+"-"+p[1])
			}
			r.DOBYearMonth, r.DOBYearDay, r.DOBMonthDay = fake("ym", p[0]+p[1]), fake("yd", p[0]+p[2]), fake("md", p[1]+p[2])
			r.DOBLowInformation = p[2] == "15" || p[1]+p[2] == "0101"
		}
		for y := c.years[0]; y <= c.years[1]; y++ {
			r.Year = y
			in.Identities = append(in.Identities, r)
			for _, s := range c.stays {
				f := strings.Fields(s)
				x := Stay{Key: key, Year: y, Load: c.load, From: day(tb, f[0]), To: day(tb, f[1]), RNE: f[2]}
				if len(f) > 3 {
					x.REC = f[3]
				}
				if x.From >= yearEnd(y) || x.To != 0 && x.To < yearEnd(y-1) {
					continue
				}
				if x.To >= yearEnd(y) {
					x.To, x.REC = 0, ""
				}
				in.Stays = append(in.Stays, x)
			}
		}
		for i, post := range []string{c.home, c.place} {
			for _, p := range strings.Split(post, "|") {
				if p != "" {
					in.Addresses = append(in.Addresses, Address{Key: key, Year: c.years[0], Placement: i == 1, Unit: fake("unit", p), Sector: fake("sector", p[:len(p)-2])})
				}
			}
		}
	}
	return in
}

func mint(run string) func(uint64) string {
	return func(ordinal uint64) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", run, ordinal))
		return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
	}
}

func link(tb testing.TB, in deliveries) *Result {
	tb.Helper()
	r, err := Link(context.Background(), in.input(tb), Options{}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// together are the ids of linked records as "a b | c", each group and the groups sorted; children alone are left out.
func together(r *Result, children []child) string {
	groups := map[string][]string{}
	for _, c := range children {
		for _, m := range r.Memberships {
			if m.Key == fakeKey(c.id) {
				groups[m.PersonID] = append(groups[m.PersonID], c.id)
			}
		}
	}
	var all []string
	for _, g := range groups {
		if len(g) > 1 {
			slices.Sort(g)
			all = append(all, strings.Join(g, " "))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " | ")
}

func passOf(r *Result, id string) string {
	for _, m := range r.Memberships {
		if m.Key == fakeKey(id) {
			return m.Pass
		}
	}
	return ""
}

func refused(r *Result) map[string]int {
	n := map[string]int{}
	for _, p := range r.Passes {
		for c, k := range p.Refused {
			n[c] += k
		}
	}
	return n
}
