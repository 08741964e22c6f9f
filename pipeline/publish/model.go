package publish

import (
	"context"
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"throughline/pipeline/duck"
)

//go:embed sql/*.sql
var files embed.FS

// order is the tables of publication.duckdb, each after what it reads; those of working are not kept.
var order = []string{
	"judged", "indicator", "area", "coverage", "indicator_catalogue", "framework", "vintage", "revision", "link_quality", "return_finding", "return_quality", "finding_trend",
	"chart_stock_flow", "chart_placement_mix", "chart_placement_moves", "chart_exits_incidence", "chart_reentry",
	"chart_sdq_by_years_in_care", "chart_sdq_bands", "chart_sdq_contact", "chart_attendance_around_entry",
	"chart_wellbeing_sdq", "chart_life_satisfaction", "chart_leaver_activity",
	"area_count", "area_judged", "area_position", "area_sheet", "area_member", "suppression_log", "data_dictionary",
}

// working is the tables that the published ones are made from.
var working = []string{"judged", "area_count", "area_judged"}

// before is what a program has to lay out before a table is made, where SQL alone doesn't do.
var before = map[string]func(context.Context, *duck.DB) error{"area_count": layAreas, "area_judged": protectAreas}

// model is one file of sql/: what its header says, and the query that makes the table.
type model struct {
	name, grain, source string
	columns             []column
	unique              []string // columns that name a row
	query               string
}

type column struct{ name, typ, unit, description string }

var (
	columnLine = regexp.MustCompile(`^--   (\w+) +(\S+) +(?:\(([^)]*)\) )?(.+)$`)
	uniqueOf   = regexp.MustCompile(`unique\(([^)]*)\)`)
)

func readModel(name string) (model, error) {
	b, err := files.ReadFile(path.Join("sql", name+".sql"))
	if err != nil {
		return model{}, err
	}
	m := model{query: string(b)}
	for i, line := range strings.Split(m.query, "\n") {
		if !strings.HasPrefix(line, "--") {
			break
		}
		key, rest, _ := strings.Cut(strings.TrimPrefix(line, "-- "), ":")
		rest = strings.TrimSpace(rest)
		switch {
		case columnLine.MatchString(line):
			c := columnLine.FindStringSubmatch(line)
			m.columns = append(m.columns, column{c[1], c[2], c[3], c[4]})
		case key == "model":
			m.name = rest
		case key == "grain":
			m.grain = rest
		case key == "source":
			m.source = rest
		case key == "checks":
			if u := uniqueOf.FindStringSubmatch(rest); u != nil {
				m.unique = strings.Split(u[1], ", ")
			}
		case key != "inputs" && key != "columns":
			return m, fmt.Errorf("sql/%s.sql:%d: a header has no line like this: %s", name, i+1, line)
		}
	}
	if m.name != name {
		return m, fmt.Errorf("sql/%s.sql: the header calls it %q", name, m.name)
	}
	return m, nil
}

// keeps reports whether the table stays in publication.duckdb.
func (m model) keeps() bool { return !slices.Contains(working, m.name) }

// table is where the model's rows go.
func (m model) table() string {
	if m.keeps() {
		return m.name
	}
	return "control." + m.name
}

func (m model) has(name string) bool {
	for _, c := range m.columns {
		if c.name == name {
			return true
		}
	}
	return false
}
