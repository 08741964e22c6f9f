package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"throughline/pipeline/duck"
	"throughline/pipeline/models"
)

// orphans tells of every reference in table_key that some row breaks, and of every key with a part that is NULL. That keys are unique the
// build itself sees to.
func orphans(t *testing.T, db *duck.DB) []string {
	t.Helper()
	var found []string
	list := query(t, db, `select table_name, key, coalesce(refers_to, ''), string_agg('"' || column_name || '"', ' ' order by position)
		from table_key group by table_name, key, refers_to order by all`)
	for _, l := range strings.Split(strings.TrimSpace(list), "\n") {
		f := strings.Split(l, ",")
		table, kind, target, columns := f[0], f[1], f[2], strings.Fields(strings.ReplaceAll(f[3], `""`, `"`))
		broken := strings.Join(columns, " is null or ") + " is null"
		if kind == "reference" {
			both := strings.Join(columns, ", ")
			broken = fmt.Sprintf("%s is not null and (%s) not in (select (%s) from %s)",
				strings.Join(columns, " is not null and "), both, both, duck.Quote(target))
		}
		if n := query(t, db, fmt.Sprintf("select count(*) from %s where %s", duck.Quote(table), broken)); n != "0\n" {
			found = append(found, fmt.Sprintf("%s: %s key %s %v is broken by %s", table, kind, target, columns, strings.TrimSpace(n)))
		}
	}
	return found
}

// TestNoOrphans builds stories that fill most tables, which build itself looks through, and sees that a broken reference would be found.
func TestNoOrphans(t *testing.T) {
	a, err := txtar.ParseFile("testdata/services_beside_care.txtar")
	if err != nil {
		t.Fatal(err)
	}
	db := build(t, loadSchema(t), a)
	if n := query(t, db, `select count(*) >= 150, count(*) filter (where key = 'reference') >= 80
		from (select distinct table_name, key, refers_to from table_key)`); n != "true,true\n" {
		t.Error("too few keys and references are declared")
	}
	if n := query(t, db, "select count(*) from referral"); n == "0\n" {
		t.Error("nothing refers to anything in this story")
	}
	must(t, db, "update referral set person_id = 'nobody' where referral_no = 1")
	must(t, db, "update referral set referral_no = null where person_id = 'nobody'")
	got := orphans(t, db)
	for _, want := range []string{"referral: primary key", "referral: reference key child"} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("a row of nobody without a number: no word of %q in %q", want, got)
		}
	}
}

// reliedOn are tables of the research database that analysts' programs name, with columns that they need.
var reliedOn = map[string]string{
	"episode":            "person_id episode_no la DECOM DEC RNE LS CIN PLACE PLACE_PROVIDER REC AGE_AT_DECOM",
	"placement":          "person_id placement_no period_no start_date end_date days placement_type la",
	"legal_status_spell": "person_id spell_no period_no LS start_date end_date days la",
	"period_of_care":     "person_id period_no start_date end_date days way_out age_at_start age_at_end la_first la_last",
	"missing_spell":      "person_id missing_no kind start_date end_date days la",
	"child":              "person_id birth_year birth_month sex ethnicity_group uasc first_entry first_year last_year linked_school linked_health",
	"sdq":                "person_id year la eligible SDQ_SCORE band age years_in_care period_no first_score change years_between",
	"school_year":        "person_id year academic_year sen fsm sessions_possible sessions_absent suspensions ks4_attainment8 looked_after cla12",
	"referral":           "person_id referral_no received age_received rejected discharged first_contact wait_days contacts",
	"survey":             "person_id la year response_no survey_date age life_satisfaction",
	"person_month":       "person_id month_no month state",
	"link_quality":       "section item subgroup value note",
	"repair":             "person_id la DECOM rule column_name value_before value_after year_before year_after",
}

// TestNamesOthersRelyOn holds tables and columns that other programs name, and a staged table for every module that is kept.
func TestNamesOthersRelyOn(t *testing.T) {
	all, err := models.List()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*models.Model{}
	for _, m := range all {
		byName[m.Name] = m
	}
	for name, columns := range reliedOn {
		m := byName[name]
		if m == nil {
			t.Errorf("there is no table %s", name)
			continue
		}
		for _, c := range strings.Fields(columns) {
			if !slices.ContainsFunc(m.Columns, func(have models.Column) bool { return have.Name == c }) {
				t.Errorf("%s has no column %s", name, c)
			}
		}
	}
	for _, d := range loadSchema(t).Datasets {
		for _, module := range d.Modules {
			read := func(m *models.Model) bool {
				return strings.HasPrefix(m.Name, "stg_") && slices.Contains(m.Inputs, "lake."+models.LakeTable(d.ID, module.ID))
			}
			if !module.Identity && !slices.ContainsFunc(all, read) {
				t.Errorf("no stg_ table has what %s %s sends", d.ID, module.ID)
			}
		}
	}
}
