package linkage

import (
	"slices"
	"strconv"
)

// returnsSource is the dataset whose records define who is in the spine.
const returnsSource = "ssda903"

// returnsFields are what SSDA903 returns and extracts tell of a child, as tokens.
var returnsFields = []Field{
	{Name: "upn"},
	{Name: "upn_temporary"},
	{Name: "former_upn", Domain: "upn"},
	{Name: "nhs"},
	{Name: "ref"},
	{Name: "dob"},
	{Name: "dob_swapped", Domain: "dob", From: "dob", Part: swappedPart},
	{Name: "dob_year_month", From: "dob", Part: "year_month"},
	{Name: "dob_year_day", From: "dob", Part: "year_day"},
	{Name: "dob_month_day", From: "dob", Part: "month_day"},
	{Name: "sex"},
	{Name: "ethnic"},
	{Name: "ethnic_group", From: "ethnic", Part: "group"},
	{Name: "uasc"}, // only of those who are
	{Name: "home_unit", Domain: "unit"},
	{Name: "placement_unit", Domain: "unit"},
	{Name: "home_sector", Domain: "sector", From: "home_unit", Part: "sector"},
	{Name: "placement_sector", Domain: "sector", From: "placement_unit", Part: "sector"},
	{Name: "home_district", Domain: "district", From: "home_unit", Part: "district"},
	{Name: "placement_district", Domain: "district", From: "placement_unit", Part: "district"},
	{Name: deliveryField},
	{Name: decomField},
	{Name: transferField},
	{Name: handoverField},
	{Name: dayField},
}

// deliveryField numbers deliveries after a year's first, of which seen tells.
const deliveryField = "delivery"

// Returns gathers what deliveries of SSDA903 returns and extracts say, in any order, into Records. It is not safe for several
// goroutines.
type Returns struct {
	b            *Builder
	completeness map[completenessCell]*completenessCount
	successors   []Succession
}

type completenessCell struct{ source, subgroup string }

// identifierNames are what completeness tells of, in its order.
var identifierNames = [...]string{"UPN", "temporary UPN", "NHS number", "date of birth", "date of birth that may stand for another", "sex", "ethnicity"}

type completenessCount struct {
	rows int
	has  [len(identifierNames)]int
}

// NewReturns makes an empty gathering.
func NewReturns(successors []Succession) *Returns {
	b, err := NewBuilder(returnsFields, returnsSource)
	if err != nil {
		panic("linkage: fields of the returns: " + err.Error())
	}
	return &Returns{b: b, completeness: map[completenessCell]*completenessCount{}, successors: successors}
}

// Identity adds what one delivery says of who a child is.
func (r *Returns) Identity(x *Identity) {
	b := r.b
	at := b.Record(x.Key, x.Source, x.Holder)
	b.Seen(at, x.Year, x.Load)
	d := b.drafts.at(int(at))
	d.uasc = d.uasc || x.UASC
	add := func(field, domain string, t Token) uint32 {
		id := b.Domain(domain).Token(t)
		b.Add(at, b.Field(field), id, x.Year)
		return id
	}
	add("upn", "upn", x.UPN)
	add("upn_temporary", "upn_temporary", x.UPNTemporary)
	add("former_upn", "upn", x.FormerUPN)
	add("nhs", "nhs", x.NHS)
	add("sex", "sex", x.Sex)
	if id := add("ethnic", "ethnic", x.Ethnic); id != 0 && b.Domain("ethnic").Fresh(id) {
		b.Domain("ethnic").Derive("group", id, b.Domain("ethnic_group").Token(x.EthnicGroup))
	}
	if id := add("dob", "dob", x.DOB); id != 0 && b.Domain("dob").Fresh(id) {
		dob := b.Domain("dob")
		dob.Derive(swappedPart, id, dob.Token(x.DOBSwapped))
		dob.Derive("year_month", id, b.Domain("dob_year_month").Token(x.DOBYearMonth))
		if !x.DOBLowInformation { // many children share the day of a stand-in
			dob.Derive("year_day", id, b.Domain("dob_year_day").Token(x.DOBYearDay))
			dob.Derive("month_day", id, b.Domain("dob_month_day").Token(x.DOBMonthDay))
		}
	}
	if x.UASC {
		b.Add(at, b.Field("uasc"), numberValue(1), x.Year)
	}
	ref := b.Domain("ref")
	b.Add(at, b.Field("ref"), ref.number(keyValue(x.Ref)), x.Year)
	if x.Source == returnsSource {
		b.Add(at, b.Field("ref"), ref.number(keyValue(x.Key)), x.Year)
	}
	r.count(completenessCell{x.Source, strconv.Itoa(x.Year)}, x)
	if x.Source == returnsSource {
		r.count(completenessCell{x.Source, x.Holder}, x)
	}
}

func (r *Returns) count(c completenessCell, x *Identity) {
	n := r.completeness[c]
	if n == nil {
		n = new(completenessCount)
		r.completeness[c] = n
	}
	n.rows++
	for i, has := range [...]bool{x.UPN.Present(), x.UPNTemporary.Present(), x.NHS.Present(), x.DOB.Present(), x.DOBLowInformation, x.Sex.Present(), x.Ethnic.Present()} {
		if has {
			n.has[i]++
		}
	}
}

// Address adds a postcode of a child.
func (r *Returns) Address(x *Address) {
	b := r.b
	units := b.Domain("unit")
	id := units.Token(x.Unit)
	if id != 0 && units.Fresh(id) {
		units.Derive("sector", id, b.Domain("sector").Token(x.Sector))
		units.Derive("district", id, b.Domain("district").Token(x.District))
	}
	name := "home_unit"
	if x.Placement {
		name = "placement_unit"
	}
	b.Add(b.unnamed(x.Key), b.Field(name), id, x.Year)
}

// Stay adds an episode of a child.
func (r *Returns) Stay(x *Stay) { r.b.AddStay(r.b.unnamed(x.Key), *x) }

// Records finishes; the Returns are used up.
func (r *Returns) Records() (*Records, error) {
	t, err := r.b.Records(r.successors)
	if err != nil {
		return nil, err
	}
	for c, n := range r.completeness {
		for i, name := range identifierNames {
			t.completeness = append(t.completeness, completenessShare{c.source, name, c.subgroup, float64(n.has[i]) / float64(n.rows)})
		}
	}
	slices.SortFunc(t.completeness, compareCompleteness)
	return t, nil
}
