package models

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"throughline/pipeline/duck"
	"throughline/pipeline/stats"
	"throughline/schemas"
)

// Inputs is what the models read besides the schema.
type Inputs struct {
	Parquet     map[string][]string  // whole paths of a lake table's files, by LakeTable; a table without files is empty
	Memberships iter.Seq[Membership] // of every child_key that has a person; nil: none
	LinkQuality []LinkQuality        //
	Deliveries  []Delivery           //
	Findings    []Finding            //
	Skipped     []SkippedRule        //
	Run         Run                  //
}

// LakeTable is the name in schema lake of a module of a dataset.
func LakeTable(dataset, module string) string {
	return strings.ToLower(dataset + "_" + module)
}

// Membership says which person a child_key belongs to.
type Membership struct {
	ChildKey         [16]byte
	Source           string  // dataset id
	Holder           string  // ONS code of the supplier
	PersonID         string  // 16 lower-case base32 characters
	Pass             string  // linkage pass that joined it
	MatchProbability float64 // 0 to 1
}

// LinkQuality is one figure about the linkage.
type LinkQuality struct {
	Section, Item, Subgroup string
	Value                   float64
	Note                    string
}

// Delivery counts what one supplier sent of one module for one year.
type Delivery struct {
	Dataset                        string
	Year                           int
	LA                             string // ONS code
	Module                         string
	Files, Rows, Kept, Quarantined int64
}

// Finding counts what a rule found in one module of a delivery.
type Finding struct {
	Dataset                                         string
	Year                                            int
	LA, Module, Rule, Kind, Title, Severity, Column string
	Findings                                        int64
}

// SkippedRule is a rule that was not applied to a delivery.
type SkippedRule struct {
	Dataset       string
	Year          int
	LA, Rule, Why string
}

// Run says which run the database is of.
type Run struct {
	FirstYear, LastYear int // collection years covered
	Vintage             string
	ID                  string
	Demo                bool // the population is invented
}

// Prepare lays out what the models read: schema lake with a view for every payload module of s, and schemas ref, spine and quality.
// Build removes them when it is done, so that the database stands alone.
func Prepare(ctx context.Context, db *duck.DB, s *schemas.Schema, in Inputs) error {
	if in.Run.FirstYear == 0 || in.Run.LastYear < in.Run.FirstYear {
		return fmt.Errorf("run of years %d to %d: no years", in.Run.FirstYear, in.Run.LastYear)
	}
	known := map[string]bool{}
	for _, schema := range laidOut {
		if err := db.Exec(ctx, "create schema if not exists "+schema); err != nil {
			return err
		}
	}
	for _, d := range s.Datasets {
		for _, m := range d.Modules {
			if m.Identity {
				continue
			}
			var cols []duck.Column
			for _, c := range m.LakeColumns() {
				cols = append(cols, duck.Column{Name: c.Name, Type: c.Type})
			}
			name := LakeTable(d.ID, m.ID)
			known[name] = true
			if err := db.ParquetView(ctx, "lake", name, in.Parquet[name], cols); err != nil {
				return fmt.Errorf("lake %s: %w", name, err)
			}
		}
	}
	for name := range in.Parquet {
		if !known[name] {
			return fmt.Errorf("lake %s: the schema has no such table", name)
		}
	}
	for _, t := range tables(s, in) {
		if _, err := db.LoadTable(ctx, t.schema, t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// exactEvents is up to how many events limits of the Poisson distribution are laid out; beyond, Byar's approximation agrees to 6 digits.
const exactEvents = 2000

// laidOut are the schemas that exist only while models run.
var laidOut = []string{"lake", "ref", "spine", "quality", "computed"}

type table struct {
	schema, name string
	columns      []duck.Column
	rows         iter.Seq[[]any]
}

// columns reads "name TYPE, name TYPE".
func columns(list string) []duck.Column {
	var out []duck.Column
	for _, c := range strings.Split(list, ", ") {
		name, typ, _ := strings.Cut(c, " ")
		out = append(out, duck.Column{Name: name, Type: typ})
	}
	return out
}

func tables(s *schemas.Schema, in Inputs) []table {
	return []table{
		{"ref", "code", columns("code_set VARCHAR, code VARCHAR, meaning VARCHAR, code_group VARCHAR, kin VARCHAR, eet VARCHAR, leaves_care VARCHAR, same_as VARCHAR, reliable_change DOUBLE, better VARCHAR, first_year SMALLINT, last_year SMALLINT, accept BOOLEAN"),
			func(yield func([]any) bool) {
				for _, cs := range s.CodeSets {
					for _, c := range cs.Codes {
						if !yield([]any{cs.ID, c.Code, c.Meaning, text(c.Group), text(c.Kin), text(c.EET), text(c.LeavesCare), text(c.SameAs),
							number(c.Reliable), text(c.Better),
							year(c.FirstYear), year(c.LastYear), c.Accept == nil || *c.Accept}) {
							return
						}
					}
				}
			}},
		{"ref", "health_area", columns("sub_icb VARCHAR, sub_icb_name VARCHAR, la VARCHAR, valid_from DATE, valid_to DATE"),
			func(yield func([]any) bool) {
				for _, a := range s.HealthAreas {
					if !yield([]any{a.Code, a.Name, a.Authority, day(a.From), day(a.To)}) {
						return
					}
				}
			}},
		{"ref", "authority", columns("old_la_code VARCHAR, ons_code VARCHAR, la_name VARCHAR, region_code VARCHAR, region_name VARCHAR, valid_from DATE, valid_to DATE, successors VARCHAR[]"),
			func(yield func([]any) bool) {
				for _, a := range s.Authorities {
					if !yield([]any{a.OldCode, a.Code, a.Name, text(a.RegionCode), text(a.Region), day(a.From), day(a.To), append([]string{}, a.Successors...)}) {
						return
					}
				}
			}},
		{"ref", "indicator", columns("indicator_id VARCHAR, tier VARCHAR, domain VARCHAR, title VARCHAR, status VARCHAR, unit VARCHAR, denominator VARCHAR, numerator VARCHAR, value VARCHAR, polarity VARCHAR, source VARCHAR, note VARCHAR, time_identifier VARCHAR, value_unit VARCHAR, rate_unit VARCHAR, waits VARCHAR"),
			func(yield func([]any) bool) {
				for _, i := range s.Indicators {
					note := strings.TrimSpace(i.Note + " " + i.Warning)
					if !yield([]any{i.ID, i.Tier, i.Domain, i.Title, i.Status, text(i.Unit), text(i.Denominator), text(i.Numerator), text(i.Value), text(i.Polarity), text(i.Source), text(note),
						i.TimeIdentifier, text(i.ValueUnit), text(i.RateUnit), text(i.Waits)}) {
						return
					}
				}
			}},
		{"ref", "measure", columns("indicator_id VARCHAR, measure VARCHAR, title VARCHAR"),
			func(yield func([]any) bool) {
				for _, i := range s.Indicators {
					for _, m := range i.Measures {
						if !yield([]any{i.ID, m.ID, m.Title}) {
							return
						}
					}
				}
			}},
		{"ref", "horizon", columns("indicator_id VARCHAR, horizon VARCHAR, days INTEGER"),
			func(yield func([]any) bool) {
				for _, i := range s.Indicators {
					for _, h := range i.Horizons {
						days, _ := schemas.HorizonDays(h) // the loader saw to it
						if !yield([]any{i.ID, h, days}) {
							return
						}
					}
				}
			}},
		{"ref", "parameter", columns("indicator_id VARCHAR, parameter VARCHAR, value DOUBLE"),
			func(yield func([]any) bool) {
				for _, i := range s.Indicators {
					for _, name := range slices.Sorted(maps.Keys(i.Parameters)) {
						// the others are words, and lists for readers
						if n, err := strconv.ParseFloat(fmt.Sprint(i.Parameters[name]), 64); err == nil && !yield([]any{i.ID, name, n}) {
							return
						}
					}
				}
			}},
		{"ref", "poisson_limit", columns("events BIGINT, lower DOUBLE, upper DOUBLE"),
			func(yield func([]any) bool) {
				for n := range exactEvents + 1 {
					lower, upper, _ := stats.PoissonInterval(n, 1, 0.95) // no exposure of 1 is refused
					if !yield([]any{n, lower, upper}) {
						return
					}
				}
			}},
		{"ref", "run", columns("first_year SMALLINT, last_year SMALLINT, vintage VARCHAR, run_id VARCHAR, demo BOOLEAN"),
			func(yield func([]any) bool) {
				yield([]any{in.Run.FirstYear, in.Run.LastYear, in.Run.Vintage, in.Run.ID, in.Run.Demo})
			}},
		{"ref", "year", columns("year SMALLINT, first_day DATE, last_day DATE"),
			func(yield func([]any) bool) {
				returned := map[int]bool{} // years of which there is a return
				for _, d := range in.Deliveries {
					if d.Dataset == "ssda903" {
						returned[d.Year] = true
					}
				}
				for y := in.Run.FirstYear; y <= in.Run.LastYear; y++ {
					if len(returned) > 0 && !returned[y] {
						continue // a year in which nothing was sent is not one in which nothing happened
					}
					if !yield([]any{y, schemas.Year(y).First(), schemas.Year(y).Last()}) {
						return
					}
				}
			}},
		{"spine", "membership", columns("child_key UUID, source VARCHAR, holder VARCHAR, person_id VARCHAR, pass VARCHAR, match_probability DOUBLE"),
			func(yield func([]any) bool) {
				if in.Memberships == nil {
					return
				}
				for m := range in.Memberships {
					if !yield([]any{m.ChildKey, m.Source, m.Holder, m.PersonID, m.Pass, m.MatchProbability}) {
						return
					}
				}
			}},
		{"spine", "link_quality", columns("section VARCHAR, item VARCHAR, subgroup VARCHAR, value DOUBLE, note VARCHAR"),
			func(yield func([]any) bool) {
				for _, q := range in.LinkQuality {
					if !yield([]any{q.Section, q.Item, q.Subgroup, q.Value, text(q.Note)}) {
						return
					}
				}
			}},
		{"quality", "delivery", columns("dataset VARCHAR, year SMALLINT, la VARCHAR, module VARCHAR, files INTEGER, rows BIGINT, kept BIGINT, quarantined BIGINT"),
			func(yield func([]any) bool) {
				for _, d := range in.Deliveries {
					if !yield([]any{d.Dataset, d.Year, d.LA, d.Module, d.Files, d.Rows, d.Kept, d.Quarantined}) {
						return
					}
				}
			}},
		{"quality", "finding", columns("dataset VARCHAR, year SMALLINT, la VARCHAR, module VARCHAR, rule VARCHAR, kind VARCHAR, title VARCHAR, severity VARCHAR, column_name VARCHAR, findings BIGINT"),
			func(yield func([]any) bool) {
				for _, f := range in.Findings {
					if !yield([]any{f.Dataset, f.Year, f.LA, f.Module, f.Rule, f.Kind, f.Title, text(f.Severity), text(f.Column), f.Findings}) {
						return
					}
				}
			}},
		{"quality", "skipped", columns("dataset VARCHAR, year SMALLINT, la VARCHAR, rule VARCHAR, reason VARCHAR"),
			func(yield func([]any) bool) {
				for _, x := range in.Skipped {
					if !yield([]any{x.Dataset, x.Year, x.LA, x.Rule, x.Why}) {
						return
					}
				}
			}},
	}
}

// text, number, year and day give nil for what is not known.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func number(n float64) any {
	if n == 0 {
		return nil
	}
	return n
}

func year(y schemas.Year) any {
	if y == 0 {
		return nil
	}
	return int(y)
}

func day(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
