package stage

import (
	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"throughline/linkage"
	"throughline/linkage/encode"
	"throughline/pipeline/check"
	"throughline/pipeline/ingest"
	"throughline/pipeline/lake"
	"throughline/schemas"
)

// Kinds of rows in the link zone.
const (
	identityKind = "tokens/identity"
	addressKind  = "tokens/address"
	stayKind     = "tokens/stay"
)

// tokeniser turns who the rows of one delivery are about into tokens, and seals them for the linker.
type tokeniser struct {
	*encode.Encoder
	sealer     *subtle.AESSIV
	schema     *schemas.Schema
	identities []linkage.Identity
	addresses  []linkage.Address
	stays      []linkage.Stay
	seen       map[linkage.Address]bool
	before     map[string]string // authority → the only one that it came from, whose numbers it may have kept
}

func newTokeniser(e *encode.Encoder, s *schemas.Schema) (*tokeniser, error) {
	seal, err := newSealer(e)
	if err != nil {
		return nil, err
	}
	t := &tokeniser{Encoder: e, sealer: seal, schema: s, seen: map[linkage.Address]bool{}, before: map[string]string{}}
	for _, a := range s.Authorities {
		for _, to := range a.Successors {
			if _, several := t.before[to]; several {
				t.before[to] = ""
			} else {
				t.before[to] = a.Code
			}
		}
	}
	return t, nil
}

// newSealer opens the key of the link zone: AES-SIV, so that the same rows give the same bytes.
func newSealer(e *encode.Encoder) (*subtle.AESSIV, error) {
	var key []byte
	for _, f := range []string{"link zone a", "link zone b"} {
		k, err := e.FieldKey(f)
		if err != nil {
			return nil, err
		}
		key = append(key, k...)
	}
	return subtle.NewAESSIV(key)
}

// Key implements ingest.Tokeniser.
func (t *tokeniser) Key(dataset, holder, id string) [16]byte {
	return t.Encoder.Key(dataset, holder, id)
}

// Pseudonym implements ingest.Tokeniser.
func (t *tokeniser) Pseudonym(kind string, parts ...string) [16]byte {
	return t.Encoder.Pseudonym(kind, parts...)
}

func (t *tokeniser) person(p *check.Person) encode.Person {
	out := encode.Person{UPN: p.UPN, FormerUPN: p.FormerUPN, NHS: p.NHS, DOB: p.DOB, Sex: p.Sex, Ethnic: p.Ethnic, UASC: p.UASC}
	if c := t.schema.CodeSet("ETHNIC").Find(p.Ethnic); c != nil {
		out.EthnicGroup = c.Group
	}
	if p.Sex == "U" {
		out.Sex = ""
	}
	return out
}

// Person implements ingest.Tokeniser.
func (t *tokeniser) Person(l ingest.LoadRef, p *check.Person) {
	key := t.Encoder.Key(l.Dataset, l.LA, p.ID)
	for _, q := range append([]check.Person{*p}, p.Others...) {
		q.UASC = p.UASC
		id := t.Identity(t.person(&q))
		id.Key, id.Source, id.Holder, id.Year, id.Load = key, l.Dataset, l.LA, l.Year, l.Load
		if q.Ref != "" {
			la := q.RefLA
			if la == "" {
				la = l.LA
			}
			id.Ref = t.Encoder.Key("ssda903", la, q.Ref)
		} else if before := t.before[l.LA]; before != "" && l.Dataset == "ssda903" {
			id.Ref = t.Encoder.Key("ssda903", before, q.ID) // the same number under the authority's code of before
		}
		t.identities = append(t.identities, id)
	}
	for _, pc := range p.Postcodes {
		t.address(p, key, l.Year, false, pc.Unit, encode.Day(pc.From), encode.Day(pc.To))
	}
}

func (t *tokeniser) address(p *check.Person, key linkage.Key, year int, placement bool, unit string, from, to linkage.Day) {
	if unit == "" {
		return
	}
	a, ok := t.Encoder.Address(t.person(p), unit)
	if !ok {
		return
	}
	a.Key, a.Year, a.Placement, a.From, a.To = key, year, placement, from, to
	if !t.seen[a] {
		t.seen[a] = true
		t.addresses = append(t.addresses, a)
	}
}

// Stay implements ingest.Tokeniser.
func (t *tokeniser) Stay(l ingest.LoadRef, s ingest.Stay) {
	key := t.Encoder.Key(l.Dataset, l.LA, s.Person.ID)
	from, to := encode.Day(s.DECOM), encode.Day(s.DEC)
	if from != 0 {
		t.stays = append(t.stays, linkage.Stay{Key: key, Year: l.Year, Load: l.Load, From: from, To: to, RNE: s.RNE, REC: s.REC, LS: s.LS})
	}
	t.address(s.Person, key, l.Year, false, s.HomePost, from, to)
	t.address(s.Person, key, l.Year, true, s.PlPost, from, to)
}

// Save implements ingest.Tokeniser.
func (t *tokeniser) Save(l *lake.Lake) (map[string][]lake.File, error) {
	out := map[string][]lake.File{}
	for _, save := range []func() (string, lake.File, error){
		func() (string, lake.File, error) { return sealed(l, t.sealer, identityKind, t.identities) },
		func() (string, lake.File, error) { return sealed(l, t.sealer, addressKind, t.addresses) },
		func() (string, lake.File, error) { return sealed(l, t.sealer, stayKind, t.stays) },
	} {
		kind, f, err := save()
		if err != nil {
			return nil, err
		}
		out[kind] = []lake.File{f}
	}
	return out, nil
}

func sealed[T any](l *lake.Lake, s lake.Sealer, kind string, rows []T) (string, lake.File, error) {
	f, err := lake.Seal(l, s, kind, rows)
	return kind, f, err
}
