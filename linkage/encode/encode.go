package encode

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"throughline/linkage"
	"throughline/schemas/identifier"
)

// Encoder makes keyed pseudonyms under one project's master key and epoch. It is safe for use by several goroutines.
type Encoder struct {
	project string
	epoch   uint32
	prf     func(info string) ([]byte, error) // derives a field's key from the master key
	pools   sync.Map                          // field → *sync.Pool of hash.Hash
}

// New derives an Encoder from prf, a pseudorandom function under the master key that gives 32 bytes for a label.
func New(project string, epoch uint32, prf func(info string) ([]byte, error)) (*Encoder, error) {
	if project == "" {
		return nil, fmt.Errorf("a project needs an id: tokens of two projects must never be equal")
	}
	e := &Encoder{project: project, epoch: epoch, prf: prf}
	for _, f := range []string{"child", "dob", "upn", "postcode"} { // so that a key that can't be used shows at once
		if _, err := e.FieldKey(f); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// FieldKey is the 32-byte key of one field of this project and epoch.
func (e *Encoder) FieldKey(field string) ([]byte, error) {
	return e.prf(fmt.Sprintf("throughline/%s/%d/%s", e.project, e.epoch, field))
}

// Fingerprint names the key without telling it: a pseudorandom function of a fixed word, never a hash of the key.
func (e *Encoder) Fingerprint() string {
	s := e.sum("fingerprint", "fingerprint")
	return hex.EncodeToString(s[:8])
}

func (e *Encoder) sum(field string, parts ...string) (out [32]byte) {
	p, ok := e.pools.Load(field)
	if !ok {
		key, err := e.FieldKey(field)
		if err != nil {
			panic(fmt.Sprintf("field key %s: %v", field, err)) // New tried the same function
		}
		p, _ = e.pools.LoadOrStore(field, &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }})
	}
	h := p.(*sync.Pool).Get().(hash.Hash)
	h.Reset()
	var n [4]byte
	for _, s := range parts { // lengths first, so that ("ab","c") and ("a","bc") differ
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	h.Sum(out[:0])
	p.(*sync.Pool).Put(h)
	return out
}

// Token is the token of a normalised value; the zero Token for an empty one.
func (e *Encoder) Token(field, value string) linkage.Token {
	if value == "" {
		return linkage.Token{}
	}
	s := e.sum(field, value)
	return linkage.Token{Hi: binary.BigEndian.Uint64(s[:8]), Lo: binary.BigEndian.Uint64(s[8:16])}
}

// Key is the pseudonym of a holder's own id within a dataset: the child_key. The zero Key for an empty id.
func (e *Encoder) Key(dataset, holder, id string) (k linkage.Key) {
	if id == "" {
		return k
	}
	s := e.sum("child", dataset, holder, strings.ToUpper(id))
	copy(k[:], s[:16])
	return k
}

// Pseudonym is a keyed id of something other than a child: a referral, a member of staff, a place within one child's history.
func (e *Encoder) Pseudonym(kind string, parts ...string) (k linkage.Key) {
	s := e.sum(kind, parts...)
	copy(k[:], s[:16])
	return k
}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// PersonID mints the ordinal-th person id of a run: 16 characters that can't be foreseen without the key and are the same when the
// run is repeated.
func (e *Encoder) PersonID(run string, ordinal uint64) string {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], ordinal)
	s := e.sum("mint", run, string(n[:]))
	return base32Lower.EncodeToString(s[:10])
}

// Person is what a delivery says of who a child is, before it becomes tokens. Empty strings and a zero DOB mean not given.
type Person struct {
	UPN, FormerUPN, NHS string // as sent; only valid ones become tokens
	DOB                 time.Time
	Sex                 string // canonical: M, F or empty
	Ethnic, EthnicGroup string
	UASC                bool
}

// Identity makes the tokens of a person. The caller fills Key, Source, Holder, Year, Load and Ref.
func (e *Encoder) Identity(p Person) (id linkage.Identity) {
	upn, kind := identifier.UPN(p.UPN)
	switch kind {
	case identifier.UPNValid:
		id.UPN = e.Token("upn", upn)
	case identifier.UPNTemporary:
		id.UPNTemporary = e.Token("upn_temporary", upn)
		id.UPNMissing = string(kind)
	default:
		id.UPNMissing = string(kind)
	}
	if former, kind := identifier.UPN(p.FormerUPN); kind == identifier.UPNValid {
		id.FormerUPN = e.Token("upn", former)
	}
	if n, ok := identifier.NHSNumber(p.NHS); ok {
		id.NHS = e.Token("nhs", n)
	}
	if !p.DOB.IsZero() {
		y, m, d := p.DOB.Date()
		iso := p.DOB.Format(time.DateOnly)
		id.DOB = e.Token("dob", iso)
		if int(m) != d && d <= 12 {
			id.DOBSwapped = e.Token("dob", fmt.Sprintf("%04d-%02d-%02d", y, d, int(m)))
		}
		id.DOBYearMonth = e.Token("dob_year_month", iso[:7])
		id.DOBYearDay = e.Token("dob_year_day", iso[:4]+iso[7:])
		id.DOBMonthDay = e.Token("dob_month_day", iso[5:])
		id.DOBLowInformation = identifier.LowInformationDOB(p.DOB)
		if id.UPN.Present() {
			id.UPNDOB = e.Token("upn_dob", upn+"|"+iso)
		}
	}
	id.Sex = e.Token("sex", p.Sex)
	id.Ethnic = e.Token("ethnic", p.Ethnic)
	id.EthnicGroup = e.Token("ethnic_group", p.EthnicGroup)
	id.UASC = p.UASC
	return id
}

// Address makes the tokens of one postcode of a person. ok is false when the postcode can't be one. The caller fills Key,
// Placement, From and To.
func (e *Encoder) Address(p Person, postcode string) (a linkage.Address, ok bool) {
	pc, ok := identifier.ParsePostcode(postcode)
	if !ok {
		return a, false
	}
	a.Unit = e.Token("postcode", pc.Unit)
	a.Sector = e.Token("postcode_sector", pc.Sector)
	a.District = e.Token("postcode_district", pc.District)
	if !p.DOB.IsZero() && p.Sex != "" {
		a.DOBSexUnit = e.Token("dob_sex_postcode", p.DOB.Format(time.DateOnly)+"|"+p.Sex+"|"+pc.Unit)
	}
	return a, true
}

// Day is a date as linkage counts it; zero for a zero time.
func Day(t time.Time) linkage.Day {
	if t.IsZero() {
		return 0
	}
	return linkage.Day(t.Unix() / 86400)
}
