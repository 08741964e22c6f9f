package linkage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestPasses(t *testing.T) {
	ann := child{id: "A/1", years: [2]int{2018, 2018}, dob: "2008-03-21", sex: "F", ethnic: "WBRI", upn: "U1", home: "AB1 2CD", place: "XY1 2AB",
		stays: []string{"2017-05-01 2017-11-10 S E3"}}
	with := func(change func(*child)) child {
		c := ann
		c.id, c.years, c.stays = "B/9", [2]int{2019, 2019}, []string{"2018-06-01 2018-12-01 S E4A"}
		change(&c)
		return c
	}
	handed := []string{"2017-11-10 - S"}
	for _, x := range []struct {
		name, pass string
		a, b       child
	}{
		{"UPN and date of birth", "p01_upn_dob", ann, with(func(c *child) {})},
		{"UPN, day mistyped", "p02_upn_dob_parts", ann, with(func(c *child) { c.dob = "2008-03-22" })},
		{"UPN, day and month exchanged", "p03_upn_dob_swapped", with(func(c *child) { c.id, c.dob = "A/1", "2008-03-04" }), with(func(c *child) { c.dob, c.years = "2008-04-03", [2]int{2021, 2021}; c.stays = nil })},
		{"former UPN", "p04_former_upn_dob", ann, with(func(c *child) { c.upn, c.former = "U2", "U1" })},
		{"home postcode", "p05_dob_sex_home", ann, with(func(c *child) { c.upn = "" })},
		{"placement postcode at handover", "p06_transfer_dob_sex_placement", ann, with(func(c *child) { c.upn, c.home, c.years, c.stays = "", "", [2]int{2018, 2018}, handed })},
		{"transfer on one day", "p07_transfer_same_day", ann, with(func(c *child) { c.upn, c.home, c.place, c.stays = "", "", "", handed })},
		{"transfer and sector", "p09_transfer_dob_sex_ethnic_sector", ann, with(func(c *child) {
			c.upn, c.home, c.place, c.stays = "", "AB1 2ZZ", "", []string{"2017-11-25 - S"}
		})},
		{"exchanged day and month, home postcode", "p10_swapped_dob_sex_unit", with(func(c *child) { c.id, c.dob = "A/1", "2008-03-04" }), with(func(c *child) {
			c.upn, c.dob, c.years, c.stays = "", "2008-04-03", [2]int{2021, 2021}, nil
		})},
		{"year mistyped, home postcode", "p11_dob_parts_sex_home", ann, with(func(c *child) {
			c.upn, c.dob, c.place, c.years, c.stays = "", "2007-03-21", "", [2]int{2018, 2018}, []string{"2017-11-20 - S"}
		})},
		{"day mistyped, transfer", "p12_transfer_dob_parts", ann, with(func(c *child) { c.upn, c.dob, c.home, c.place, c.stays = "", "2008-03-12", "", "", handed })},
		{"transfer without REC", "p07_transfer_same_day", with(func(c *child) {
			c.id, c.years, c.stays = "A/1", [2]int{2018, 2018}, []string{"2017-05-01 2017-11-10 S"}
		}),
			with(func(c *child) { c.upn, c.home, c.place, c.stays = "", "", "", handed })},
		{"day and month exchanged, transfer", "p17_transfer_dob_swapped", with(func(c *child) {
			c.id, c.dob, c.years, c.stays = "A/1", "2008-03-04", [2]int{2018, 2018}, []string{"2017-05-01 2017-11-10 S E3"}
		}), with(func(c *child) { c.upn, c.dob, c.home, c.place, c.stays = "", "2008-04-03", "", "", handed })},
		{"UPN, date of birth set anew", "p14_upn_sex", ann, with(func(c *child) { c.dob = "2006-01-01" })},
		{"temporary UPN", "p15_temporary_upn_dob", with(func(c *child) { c.id, c.upn = "A/1", "T1" }), with(func(c *child) { c.upn, c.home, c.place, c.stays = "T1", "", "", nil })},
		{"number changed in one authority", "b01_renumbered", with(func(c *child) { c.id, c.years, c.stays = "A/1", [2]int{2018, 2019}, []string{"2017-06-01 - S"} }),
			with(func(c *child) {
				c.id, c.years, c.upn, c.home, c.stays = "A/77", [2]int{2020, 2020}, "", "", []string{"2017-06-01 - S"}
			})},
		{"quoted number", "e00_quoted", ann, with(func(c *child) { c.id, c.ref, c.upn, c.home, c.stays = "cin_census:A/L1", "A/1", "", "", nil })},
		{"school record by former UPN", "e01_upn_dob", ann, with(func(c *child) { c.id, c.upn, c.former, c.home, c.stays = "npd:E92000001/7", "U2", "U1", "", nil })},
		{"patient by postcode", "e05_dob_sex_unit", ann, with(func(c *child) { c.id, c.upn, c.nhs, c.stays = "mhsds:E92000001/7", "", "N1", nil })},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := link(t, invent(t, x.a, x.b))
			if got := passOf(r, x.b.id); got != x.pass {
				if got == firstPass && passOf(r, x.a.id) == x.pass {
					return
				}
				t.Errorf("attached by %q, want %q; together: %q", got, x.pass, together(r, []child{x.a, x.b}))
			}
		})
	}
}

func TestCannotLinks(t *testing.T) {
	baby := child{dob: "2015-02-03", sex: "M", ethnic: "WBRI", home: "AB1 2CD"}
	as := func(id string, first, last int, change func(*child)) child {
		c := baby
		c.id, c.years = id, [2]int{first, last}
		change(&c)
		return c
	}
	stay := func(s ...string) func(*child) { return func(c *child) { c.stays = s } }
	for _, x := range []struct {
		name, want, constraint string
		children               []child
	}{
		{"twins in one return stay two", "", "same_return", []child{as("A/1", 2016, 2017, stay("2015-06-01 - S")), as("A/2", 2016, 2017, stay("2015-06-01 - S"))}},
		{"twins who both move are not crossed", "", "", []child{
			as("A/1", 2016, 2016, stay("2015-06-01 2016-01-10 S E3")), as("A/2", 2016, 2016, stay("2015-06-01 2016-01-10 S E3")),
			as("B/1", 2016, 2017, stay("2016-01-10 - S")), as("B/2", 2016, 2017, stay("2016-01-10 - S"))}},
		{"one of two twins who moves is not guessed", "", "", []child{
			as("A/1", 2016, 2016, stay("2015-06-01 2016-01-10 S E3")), as("A/2", 2016, 2016, stay("2015-06-01 2016-01-10 S E4A")),
			as("B/1", 2017, 2017, stay("2016-05-01 - S"))}},
		{"twins of either sex move", "A/1 B/1 | A/2 B/2", "", []child{
			as("A/1", 2016, 2016, stay("2015-06-01 2016-01-10 S E3")), as("A/2", 2016, 2016, func(c *child) { c.sex, c.stays = "F", []string{"2015-06-01 2016-01-10 S E3"} }),
			as("B/1", 2016, 2017, stay("2016-01-10 - S")), as("B/2", 2016, 2017, func(c *child) { c.sex, c.stays = "F", []string{"2016-01-10 - S"} })}},
		{"siblings stay two", "", "", []child{as("A/1", 2016, 2016, stay("2015-06-01 - S")), as("B/2", 2018, 2018, func(c *child) { c.dob, c.stays = "2013-07-19", []string{"2017-06-01 - S"} })}},
		{"in care of two authorities on the same days", "", "two_authorities", []child{as("A/1", 2016, 2017, stay("2015-06-01 - S")), as("B/1", 2016, 2017, stay("2015-08-01 - S"))}},
		{"late paperwork", "A/1 B/1", "", []child{as("A/1", 2016, 2016, stay("2015-06-01 2016-01-20 S E3")), as("B/1", 2016, 2017, stay("2016-01-10 - S"))}},
		{"most of a short stay is no late paperwork", "", "two_authorities", []child{
			as("A/1", 2016, 2016, stay("2016-01-01 2016-01-12 S E3")), as("B/1", 2016, 2016, stay("2016-01-02 2016-01-12 S E3"))}},
		{"one who moves twice has no rival in who fits at the other end", "A/1 B/1 C/1", "", []child{
			as("A/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-01 2015-06-20 S E3"} }),
			as("B/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-20 2015-09-01 S E3"} }),
			as("C/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-09-01 - S"} }),
			as("D/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-02 2015-06-20 S E4A", "2015-09-01 - S"} })}},
		{"of two who can't be one child neither is taken, though one fits before and one after", "", "", []child{
			as("A/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-01 2015-06-20 S E3"} }),
			as("B/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-20 2015-09-01 S E3"} }),
			as("D/1", 2016, 2016, func(c *child) { c.home, c.stays = "", []string{"2015-06-02 2015-06-20 S E4A", "2015-09-01 - S"} })}},
		{"who came from one authority came from no other", "A/1 B/1", "", []child{
			as("A/1", 2016, 2016, func(c *child) { c.home, c.upn, c.stays = "", "U1", []string{"2015-06-01 2015-07-20 S E3"} }),
			as("B/1", 2016, 2016, func(c *child) { c.home, c.upn, c.stays = "", "U1", []string{"2015-07-20 - S"} }),
			as("C/1", 2016, 2016, func(c *child) {
				c.home, c.stays = "", []string{"2015-03-01 2015-06-02 S E4A", "2015-07-19 2015-07-21 S E3"}
			})}},
		{"UPNs that differ in one year", "", "upn_conflict", []child{
			as("A/1", 2022, 2022, func(c *child) { c.upn, c.stays = "U1", []string{"2021-05-01 2021-06-01 S E3"} }),
			as("B/1", 2022, 2022, func(c *child) { c.upn, c.stays = "U2", []string{"2021-06-01 - S"} })}},
		{"UPNs that differ over the years, and only a postcode for it", "", "upn_never_agrees", []child{
			as("A/1", 2020, 2020, func(c *child) { c.upn, c.stays = "U1", []string{"2019-05-01 2019-06-01 S E4A"} }),
			as("B/1", 2022, 2022, func(c *child) { c.upn, c.stays = "U2", []string{"2021-09-01 - S"} })}},
		{"a UPN that changed with a transfer", "A/1 B/1", "", []child{
			as("A/1", 2020, 2020, func(c *child) { c.upn, c.stays = "U1", []string{"2019-05-01 2019-06-01 S E3"} }),
			as("B/1", 2020, 2021, func(c *child) { c.upn, c.years, c.stays = "U2", [2]int{2021, 2021}, []string{"2019-06-01 - S"} })}},
		{"nothing after death", "", "after_death", []child{as("A/1", 2016, 2016, stay("2015-06-01 2015-09-01 S E2")), as("B/1", 2018, 2018, stay("2017-09-01 - S"))}},
		{"nothing across adoption", "", "across_adoption", []child{as("A/1", 2016, 2016, stay("2015-06-01 2015-12-01 S E11")), as("B/1", 2018, 2018, stay("2017-09-01 - S"))}},
		{"nor by UPN", "", "across_adoption", []child{
			as("A/1", 2016, 2016, func(c *child) { c.upn, c.stays = "U1", []string{"2015-06-01 2015-12-01 S E12"} }),
			as("B/1", 2018, 2018, func(c *child) { c.upn, c.stays = "U1", []string{"2017-09-01 - S"} })}},
		{"a pupil who starts school after adoption", "", "across_adoption", []child{as("A/1", 2016, 2016, stay("2015-06-01 2015-12-01 S E11")), as("npd:E92000001/1", 2020, 2021, func(c *child) {})}},
		{"NHS numbers that differ", "", "same_delivery", []child{as("A/1", 2016, 2016, stay("2015-06-01 2015-12-01 S E4A")),
			as("mhsds:E92000001/1", 2016, 2017, func(c *child) { c.nhs, c.ref = "N1", "A/1" }), as("mhsds:E92000001/2", 2016, 2017, func(c *child) { c.nhs, c.ref = "N2", "A/1" })}},
		{"a child returned twice is one", "A/1 A/2", "", []child{
			as("A/1", 2022, 2022, func(c *child) { c.upn, c.stays = "U1", []string{"2021-05-01 - S"} }), as("A/2", 2022, 2022, func(c *child) { c.upn, c.stays = "U1", []string{"2021-05-01 - S"} })}},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := link(t, invent(t, x.children...))
			got := together(r, x.children)
			if x.constraint == "same_delivery" {
				if n := refused(r)[x.constraint]; n == 0 {
					t.Errorf("not refused by %s: %v", x.constraint, refused(r))
				}
				return
			}
			if got != x.want {
				t.Errorf("together: %q, want %q", got, x.want)
			}
			if x.constraint != "" && refused(r)[x.constraint] == 0 {
				t.Errorf("not refused by %s: %v", x.constraint, refused(r))
			}
		})
	}
}

// TestFarAhead gives a child who leaves two who start nearby. Where the model finds one of them much likelier, the other is no rival.
func TestFarAhead(t *testing.T) {
	boy := child{dob: "2006-01-01", sex: "M", ethnic: "OOTH", uasc: true, years: [2]int{2022, 2022}}
	as := func(id, stay string) child {
		c := boy
		c.id, c.stays = id, []string{stay}
		return c
	}
	children := []child{as("A/1", "2021-06-01 2021-06-20 S E3"), as("B/1", "2021-06-21 - S"), as("C/1", "2021-06-25 - S")}
	in := invent(t, children...)
	r := link(t, in)
	if got := together(r, children); got != "" {
		t.Fatalf("guessed without a model: %q", got)
	}
	for _, m := range r.Models.Models {
		for i := range m.Comparisons {
			for j := range m.Comparisons[i].Levels {
				l := &m.Comparisons[i].Levels[j]
				switch {
				case m.Comparisons[i].ID != "course":
				case l.ID == "transfer_next_day":
					l.M, l.U = 0.2, 0.01
				case l.ID == "transfer":
					l.M, l.U = 0.01, 0.02
				}
			}
		}
	}
	r, err := Link(t.Context(), in.input(t), Options{Models: r.Models}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := together(r, children); got != "A/1 B/1" || passOf(r, "B/1") != "p08_transfer_dob_sex" && passOf(r, "A/1") != "p08_transfer_dob_sex" {
		t.Errorf("together: %q", got)
	}
}

func TestAuthorityReorganised(t *testing.T) {
	children := []child{
		{id: "OLD/1", years: [2]int{2018, 2019}, dob: "2015-02-03", sex: "M", stays: []string{"2017-06-01 - S"}},
		{id: "NEW/1", years: [2]int{2020, 2020}, dob: "2015-02-03", sex: "M", stays: []string{"2017-06-01 - S"}},
	}
	in := invent(t, children...)
	if got := together(link(t, in), children); got != "" {
		t.Errorf("linked without a succession: %q", got)
	}
	in.Successors = []Succession{{Old: "OLD", New: []string{"NEW", "OTHER"}, Year: 2020}}
	if got := together(link(t, in), children); got != "NEW/1 OLD/1" {
		t.Errorf("together: %q", got)
	}
	in.Successors[0].Year = 2021
	if got := together(link(t, in), children); got != "" {
		t.Errorf("linked before the succession: %q", got)
	}
}

// TestDoubtfulPass gives many pairs that agree in date of birth, sex and home while their UPNs say that they are two children.
func TestDoubtfulPass(t *testing.T) {
	pair := func(n int, upn string) []child {
		a := child{id: fmt.Sprint("A/", n), years: [2]int{2016, 2016}, dob: fmt.Sprintf("2008-%02d-%02d", 1+n%12, 13+n/12), sex: "F", home: fmt.Sprint("AB1 2C", n)}
		b := a
		b.id, b.years = fmt.Sprint("B/", n), [2]int{2020, 2020}
		if upn != "" {
			a.upn, b.upn = "U1"+upn, "U2"+upn
		}
		return []child{a, b}
	}
	children := pair(0, "")
	if got := together(link(t, invent(t, children...)), children); got != "A/0 B/0" {
		t.Fatalf("together: %q", got)
	}
	for n := 1; n <= 60; n++ {
		children = append(children, pair(n, fmt.Sprint(n))...)
	}
	r := link(t, invent(t, children...))
	if got := together(r, children); got != "" {
		t.Errorf("together: %q", got)
	}
	for _, p := range r.Passes {
		if p.ID == "p05_dob_sex_home" && (p.Doubtful != 1 || p.WitnessDiffers != 60 || p.EstimatedPrecision > 0.5) {
			t.Errorf("%+v", p)
		}
	}
}

func TestNumberUsedAgain(t *testing.T) {
	a := child{id: "A/1", years: [2]int{2016, 2017}, dob: "2001-02-03", sex: "M", ethnic: "WBRI"}
	b := child{id: "A/1", years: [2]int{2020, 2021}, dob: "2014-07-19", sex: "F", ethnic: "BCRB"}
	r := link(t, invent(t, a, b))
	if len(r.Reviews) != 1 || len(r.Memberships) != 1 {
		t.Errorf("reviews %v, memberships %v", r.Reviews, r.Memberships)
	}
	a.uasc, b.uasc, b.sex, b.ethnic = true, true, "M", "WBRI"
	if r := link(t, invent(t, a, b)); len(r.Reviews) != 0 {
		t.Errorf("an age assessment is no second child: %v", r.Reviews)
	}
}

func TestSpine(t *testing.T) {
	a := child{id: "A/1", years: [2]int{2016, 2016}, dob: "2006-02-03", sex: "M", upn: "U1", stays: []string{"2015-06-01 2015-09-01 S E4A"}}
	b := child{id: "B/1", years: [2]int{2018, 2019}, dob: "2006-02-03", sex: "M", upn: "U9", stays: []string{"2017-06-01 2017-09-01 S E4A"}}
	run := func(id string, before []Membership, children ...child) *Result {
		in := invent(t, children...)
		in.RunID, in.Mint, in.Previous = id, mint(id), before
		return link(t, in)
	}
	ids := func(r *Result) map[Key]string {
		m := map[Key]string{}
		for _, x := range r.Memberships {
			m[x.Key] = x.PersonID
		}
		return m
	}
	kinds := func(r *Result) (out []EventKind) {
		for _, e := range r.Events {
			out = append(out, e.Kind)
		}
		return out
	}
	r1 := run("1", nil, a, b)
	if got := kinds(r1); !slices.Equal(got, []EventKind{Minted, Minted}) {
		t.Fatalf("events: %v", got)
	}
	r2 := run("2", r1.Memberships, a, b)
	if len(r2.Events) != 0 || !maps.Equal(ids(r1), ids(r2)) || r2.Memberships[0].FromRun != "1" {
		t.Errorf("nothing new, but %v", r2.Events)
	}
	b.former = "U1"
	r3 := run("3", r2.Memberships, a, b)
	if got := kinds(r3); !slices.Equal(got, []EventKind{Merged}) {
		t.Fatalf("events: %v", got)
	}
	if e := r3.Events[0]; e.Person != ids(r1)[fakeKey("B/1")] || e.Other != ids(r1)[fakeKey("A/1")] {
		t.Errorf("the id with the earliest record does not survive: %v", e)
	}
	b.former = ""
	r4 := run("4", r3.Memberships, a, b)
	if got := kinds(r4); !slices.Equal(got, []EventKind{Minted, Split}) {
		t.Fatalf("events: %v", got)
	}
	if ids(r4)[fakeKey("B/1")] != ids(r3)[fakeKey("B/1")] {
		t.Error("the part with most record-years does not keep the id")
	}
	r5 := run("5", r4.Memberships, b)
	if got := kinds(r5); !slices.Equal(got, []EventKind{Retired}) {
		t.Errorf("events: %v", got)
	}
}

// TestIncrementalEqualsFull adds one year after another, each run told only of the spine before it.
func TestIncrementalEqualsFull(t *testing.T) {
	children := crowd(rand.New(rand.NewPCG(5, 5)), 300)
	full := invent(t, children...)
	want := partition(link(t, full))
	var before []Membership
	var last *Result
	for year := 2016; year <= 2022; year++ {
		in := full
		in.RunID, in.Previous = fmt.Sprint(year), before
		in.Mint = mint(in.RunID)
		in.Identities, in.Stays = nil, nil
		for _, x := range full.Identities {
			if x.Year <= year {
				in.Identities = append(in.Identities, x)
			}
		}
		for _, x := range full.Stays {
			if x.Year <= year {
				in.Stays = append(in.Stays, x)
			}
		}
		last = link(t, in)
		before = last.Memberships
	}
	if got := partition(last); !reflect.DeepEqual(got, want) {
		t.Error("seven years one at a time differ from all at once")
	}
}

// partition maps every record to the lowest key of its person.
func partition(r *Result) map[Key]Key {
	low, out := map[string]Key{}, map[Key]Key{}
	for _, m := range r.Memberships {
		if _, ok := low[m.PersonID]; !ok {
			low[m.PersonID] = m.Key
		}
		out[m.Key] = low[m.PersonID]
	}
	return out
}
