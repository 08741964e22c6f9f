package models_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/pipeline/duck"
	"throughline/pipeline/models"
	"throughline/schemas"
)

// keptAs are columns that identify, and what of them the lake keeps.
var keptAs = map[string][]string{
	"HOME_POST": {"PL_DISTANCE_BAND"},
	"PL_POST":   {"PL_POST_KEY", "PL_LOCATION", "PL_DISTANCE_BAND"},
}

// datasetOf is the dataset behind a prefix of a field; a field without one is of a module of the returns.
var datasetOf = map[string]string{"npd": "npd", "mhsds": "mhsds", "hes": "hes", "cin": "cin_census", "wb": "wellbeing_survey"}

// notRead are fields that a definition names and no model reads, each with the reason.
var notRead = map[string]string{
	"SAF04 ref.easting":                  "postcodes are looked up while a return is read, and PL_DISTANCE_BAND is kept",
	"SAF04 ref.northing":                 "postcodes are looked up while a return is read, and PL_DISTANCE_BAND is kept",
	"SAF04 ref.la_code_9":                "postcodes are looked up while a return is read, and PL_LOCATION is kept",
	"EDU01 Header.UPN":                   "linkage finds the pupil by it; the lake doesn't keep it",
	"STA11 Header.UPN":                   "linkage finds the pupil by it; the lake doesn't keep it",
	"EDU03 npd.AuthorisedAbsence":        "the rest of OverallAbsence: sessions missed are counted by that and by UnauthorisedAbsence",
	"EDU04 npd.StartDate":                "the extract of an academic year holds its suspensions, so that its year says when",
	"REC10 mhsds.StartDateHospProvSpell": "a referral with a stay in hospital is inpatient, whenever the stay began",
	"WEL01 wb.age_band":                  "the extract has the form that was filled in, and every form is for 8 and over",
}

// TestIndicatorsAndCatalogueAgree holds every entry that doesn't wait against its models: there is one or more, each names the entry as its
// source, and between them and the lake somebody reads every field of the definition. Every model of an indicator has its entry.
func TestIndicatorsAndCatalogueAgree(t *testing.T) {
	schema := loadSchema(t)
	all, err := models.List()
	if err != nil {
		t.Fatal(err)
	}
	byName, ofIndicator := map[string]*models.Model{}, map[string][]*models.Model{}
	for _, m := range all {
		byName[m.Name] = m
		if id := indicatorOf(m.Name); id != "" {
			ofIndicator[id] = append(ofIndicator[id], m)
		}
	}
	needless := maps.Clone(notRead)
	for _, entry := range schema.Indicators {
		own := ofIndicator[entry.ID]
		delete(ofIndicator, entry.ID)
		if entry.Waits != "" {
			for _, m := range own {
				t.Errorf("%s: %s waits (%s) and yet has a model", m.Name, entry.ID, entry.Waits)
			}
			continue
		}
		if len(own) == 0 {
			t.Errorf("%s has no model and doesn't say what it waits for", entry.ID)
			continue
		}
		for _, m := range own {
			if !strings.Contains(m.Source, entry.ID) {
				t.Errorf("%s: its source doesn't name %s", m.Name, entry.ID)
			}
		}
		for _, field := range entry.Fields {
			problem := unread(schema, upstream(byName, own), field)
			key := entry.ID + " " + field
			if problem != "" && notRead[key] == "" {
				t.Errorf("%s: %s", key, problem)
			}
			if problem != "" {
				delete(needless, key)
			}
		}
	}
	for id, own := range ofIndicator {
		t.Errorf("%s: the catalogue has no %s", own[0].Name, id)
	}
	for key := range needless {
		t.Errorf("%s is among the fields that no model reads, and is read or is no field", key)
	}
}

func TestUnreadFieldsAreTold(t *testing.T) {
	schema := loadSchema(t)
	all, err := models.List()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*models.Model{}
	for _, m := range all {
		byName[m.Name] = m
	}
	found := upstream(byName, []*models.Model{byName["ind_hom01"]})
	for field, want := range map[string]string{
		"Episodes.REC":     "",
		"Header.DOB":       "",
		"Episodes.OUTCOME": "the schema has no such column",
		"AD1.DATE_INT":     "no model behind the indicator takes it from the lake",
		"UASC.DUC":         "it is taken from the lake, and no model behind the indicator makes use of it",
	} {
		if got := unread(schema, found, field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

// indicatorOf is the id of the indicator that a model belongs to: ind_hom03_time is of HOM03.
func indicatorOf(model string) string {
	rest, ok := strings.CutPrefix(model, "ind_")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "_")
	return strings.ToUpper(id)
}

// upstream is the models with all that they read, and so on.
func upstream(byName map[string]*models.Model, from []*models.Model) map[string]*models.Model {
	found := map[string]*models.Model{}
	var visit func(m *models.Model)
	visit = func(m *models.Model) {
		if m == nil || found[m.Name] != nil {
			return
		}
		found[m.Name] = m
		for _, in := range m.Inputs {
			visit(byName[in])
		}
	}
	for _, m := range from {
		visit(m)
	}
	return found
}

// unread says why a field reaches none of the models; empty when it does: a staging model takes it, or what is kept of it, from the lake, and
// a model that is none names it again.
func unread(schema *schemas.Schema, found map[string]*models.Model, field string) string {
	prefix, column, _ := strings.Cut(field, ".")
	dataset := schema.Dataset("ssda903")
	if id, ok := datasetOf[prefix]; ok {
		dataset = schema.Dataset(id)
	}
	known, staged := false, false
	for _, module := range dataset.Modules {
		if dataset.ID == "ssda903" && module.ID != prefix {
			continue
		}
		for _, lake := range module.LakeColumns() {
			if lake.Name != column && (lake.From == nil || lake.From.Name != column) && !slices.Contains(keptAs[column], lake.Name) {
				continue
			}
			known = true
			word := regexp.MustCompile(`\b` + lake.Name + `\b`)
			from := "lake." + models.LakeTable(dataset.ID, module.ID)
			takes, names := false, false
			for _, m := range found {
				if !word.MatchString(m.SQL) {
					continue
				}
				if slices.Contains(m.Inputs, from) && strings.HasPrefix(m.Name, "stg_") {
					takes = true
				} else if !strings.HasPrefix(m.Name, "stg_") {
					names = true
				}
			}
			if takes && names {
				return ""
			}
			staged = staged || takes
		}
	}
	switch {
	case !known:
		return "the schema has no such column"
	case !staged:
		return "no model behind the indicator takes it from the lake"
	}
	return "it is taken from the lake, and no model behind the indicator makes use of it"
}

// untitled are the figures that models of indicators give and the catalogue has no title for.
func untitled(t *testing.T, schema *schemas.Schema, db *duck.DB, tables []string) []string {
	t.Helper()
	var out []string
	for _, table := range tables {
		id := indicatorOf(table)
		if id == "" {
			continue
		}
		at := slices.IndexFunc(schema.Indicators, func(i schemas.Indicator) bool { return i.ID == id })
		if at < 0 {
			out = append(out, table+" is in no catalogue")
			continue
		}
		entry := schema.Indicators[at]
		titled := map[string]bool{"": true} // the headline, under the title of the entry
		for _, m := range entry.Measures {
			titled[m.ID] = true
			for _, h := range entry.Horizons {
				titled[m.ID+"_"+h] = true
			}
		}
		for _, measure := range strings.Split(strings.TrimSuffix(query(t, db, fmt.Sprintf("select distinct measure from %s order by all", table)), "\n"), "\n") {
			if !titled[measure] {
				out = append(out, fmt.Sprintf("%s: measure %q isn't among the measures of %s", table, measure, id))
			}
		}
	}
	return out
}
