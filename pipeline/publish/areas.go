package publish

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"throughline/pipeline/duck"
	"throughline/pipeline/stats"
)

//go:embed areas.yaml
var areasText []byte

// areaWording is areas.yaml: what the sheets of areas hold, and in which words.
type areaWording struct {
	Title        string            `yaml:"title"`
	IndexTitle   string            `yaml:"index_title"`
	Lead         string            `yaml:"lead"`
	IndexLead    string            `yaml:"index_lead"`
	IndexSummary []string          `yaml:"index_summary"`
	Invented     string            `yaml:"invented"`
	Foot         string            `yaml:"foot"`
	Years        int               `yaml:"years"`
	Width        int               `yaml:"width"`
	Sums         []areaSum         `yaml:"sums"`
	Sections     []areaSection     `yaml:"sections"`
	Position     areaSection       `yaml:"position"`
	Positions    []areaPosition    `yaml:"positions"`
	Places       map[string]string `yaml:"places"`   // words for where an area lies
	Found        map[string]string `yaml:"found"`    // the same in a title
	Messages     map[string]string `yaml:"messages"` // templates of the summary
	Plain        map[string]string `yaml:"plain"`    // said instead where a figure is hidden
	ResponseBack int               `yaml:"response_back"`
	Charts       map[string]chart  `yaml:"charts"`
	Method       []string          `yaml:"method"`
	Backtest     string            `yaml:"backtest"`
	Cautions     []areaCaution     `yaml:"cautions"`
	About        []string          `yaml:"about"`
}

// areaSum is counts of a topic that add up.
type areaSum struct {
	Topic string   `yaml:"topic"`
	Total string   `yaml:"total"`
	Parts []string `yaml:"parts"`

	TotalFirst bool `yaml:"total_first"` // hide the total rather than another part
}

type areaSection struct {
	Section string     `yaml:"section"`
	Title   string     `yaml:"title"`
	Intro   string     `yaml:"intro"`
	Items   []areaItem `yaml:"items"`
}

// areaItem is a figure of a sheet.
type areaItem struct {
	Item        string `yaml:"item"`
	Label       string `yaml:"label"`
	Kind        string `yaml:"kind"`
	Unit        string `yaml:"unit"`
	Topic       string `yaml:"topic"`
	Numerator   string `yaml:"numerator"`
	Denominator string `yaml:"denominator"`
	Amount      string `yaml:"amount"`
	Minimum     int    `yaml:"minimum"`
}

// areaPosition is a share whose place among areas is shown.
type areaPosition struct {
	Item       string    `yaml:"item"`
	Indicator  string    `yaml:"indicator"`
	Measure    string    `yaml:"measure"`
	Label      string    `yaml:"label"`
	Population string    `yaml:"population"` // in words, of a funnel
	Back       int       `yaml:"back"`
	Funnel     bool      `yaml:"funnel"`
	Same       *areaItem `yaml:"same"` // its topic, numerator and denominator are the same counts
}

type areaCaution struct {
	Text  string `yaml:"text"`
	Label string `yaml:"label"`
	Link  string `yaml:"link"`
}

func readAreaWording() (*areaWording, error) {
	var w areaWording
	if err := yaml.NewDecoder(bytes.NewReader(areasText), yaml.Strict(), yaml.DisallowUnknownField()).Decode(&w); err != nil {
		return nil, fmt.Errorf("areas.yaml: %w", err)
	}
	for i, s := range w.Sections {
		for k, it := range s.Items {
			if it.Topic == "" {
				w.Sections[i].Items[k].Topic = s.Section
			}
		}
	}
	return &w, nil
}

// known is the count for England below which a share that is rounded tells it within less than width: whole percentages do up to a hundred times
// width, and a funnel's target, in tenths, up to a thousand times.
func (w *areaWording) known(topic string) int {
	if topic == "position" {
		return 1000 * w.Width
	}
	return 100 * w.Width
}

func (p areaPosition) numerator() string   { return p.Item + " numerator" }
func (p areaPosition) denominator() string { return p.Item + " denominator" }

// layAreas lays the items of sheets where the models find them, and places areas in funnels.
func layAreas(ctx context.Context, db *duck.DB) error {
	w, err := readAreaWording()
	if err != nil {
		return err
	}
	s := []string{
		"create table control.area_item(section varchar, section_no integer, item varchar, item_no integer, kind varchar, unit varchar, topic varchar, numerator varchar, denominator varchar, amount varchar, minimum bigint)",
		`create table control.funnel(item varchar, indicator_id varchar, measure varchar, time_period varchar, breakdown varchar, geographic_level varchar, area_code varchar, area_name varchar,
			numerator bigint, denominator bigint, hidden boolean, position varchar, target double, dispersion double, low_998 double, low_95 double, high_95 double, high_998 double)`,
	}
	item := func(section string, no, k int, i areaItem) {
		s = append(s, fmt.Sprintf("insert into control.area_item values (%s, %d, %s, %d, %s, %s, %s, %s, %s, %s, %d)", duck.Literal(section), no, duck.Literal(i.Item), k,
			duck.Literal(i.Kind), duck.Literal(i.Unit), duck.Literal(i.Topic), duck.Literal(i.Numerator), duck.Literal(i.Denominator), duck.Literal(i.Amount), max(i.Minimum, 1)))
	}
	for no, section := range w.Sections {
		for k, i := range section.Items {
			item(section.Section, no, k, i)
		}
	}
	for k, p := range w.Positions {
		item("position", len(w.Sections), k, areaItem{Item: p.Item, Kind: "percentage", Unit: "per cent", Topic: "position", Numerator: p.numerator(), Denominator: p.denominator()})
	}
	if err := db.Exec(ctx, strings.Join(s, ";\n")); err != nil {
		return err
	}
	for _, p := range w.Positions {
		if err := placeAreas(ctx, db, p); err != nil {
			return fmt.Errorf("areas.yaml: position %s: %w", p.Item, err)
		}
	}
	return nil
}

// backtest is a query for how far earlier expectations of a level's areas were off. With few areas it takes those forecasts alone of which what came, and what was
// the year before, is shown: a mean of a few would give a hidden one away.
func backtest(name, level string) string {
	return fmt.Sprintf(`(with shown as (
		select geographic_level, area_code, period::integer as year from control.area_count c
		where topic = 'need' and name = 'concern' and not hidden
			and not exists (select 1 from control.area_secondary s where s.geographic_level = c.geographic_level and s.area_code = c.area_code
				and s.topic = c.topic and s.period = c.period and s.name = c.name)
	), past as (
		select e.*, abs(expected - came) as error, abs(high - came) as unchanged, came between floor(lower) and ceil(upper) as within, s.year is not null and t.year is not null as shown
		from research.area_expected e
		left join shown s on s.geographic_level = e.geographic_level and s.area_code = e.area_code and s.year = e.year
		left join shown t on t.geographic_level = e.geographic_level and t.area_code = e.area_code and t.year = e.year + 1
		where e.geographic_level = %s and came is not null
	), summed as (
		select count(*) as areas, min(year) + 1 || ' to ' || max(year) + 1 as period,
			floor(10 * avg(round(error, 6)::decimal(18, 6)) + 0.5) / 10 as error, floor(10 * avg(unchanged) + 0.5) / 10 as unchanged,
			half_up(count(*) filter (where within), count(*))::double as within
		from past
		where shown or (select count(distinct area_code) from past) >= quantile_minimum()
		having count(*) > 0
	)
	select unnest([%[2]s || '_error', %[2]s || '_unchanged', %[2]s || '_within']) as item, period, unnest([error, unchanged, within])::double as value,
		unnest(['children', 'children', 'per cent']) as unit, areas
	from summed)`, duck.Literal(level), duck.Literal(name))
}

// placeAreas puts a share's areas into funnels, authorities among authorities and health areas among health areas: of all children, and of
// those who are not asylum-seeking.
func placeAreas(ctx context.Context, db *duck.DB, p areaPosition) error {
	b := &builder{ctx: ctx, db: db}
	rows, err := b.rows(fmt.Sprintf(`with cell as (
		select *, if(length(time_period) = 6, time_period[:4]::integer + 1, time_period::integer) as year
		from research.indicator_cell
		where indicator_id = %[1]s and measure = %[2]s and value_kind = 'percentage' and (breakdown = 'total' or breakdown = 'uasc_status' and category = 'not_uasc')
	), latest as (
		select time_period from cell where geographic_level = 'National' and breakdown = 'total' and denominator > 0
		order by time_period desc limit 1 offset %[3]d
	), unit as (
		select breakdown, geographic_level, area_code, area_name, time_period, numerator, denominator
		from cell semi join latest using (time_period) where geographic_level in ('National', 'Local authority')
		union all
		select c.breakdown, m.geographic_level, m.area_code, min(m.area_name), c.time_period, sum(c.numerator)::bigint, sum(c.denominator)::bigint
		from cell c semi join latest using (time_period)
		join research.area_member m on m.geographic_level = 'Health area' and m.la = c.area_code and m.year = c.year
		where c.geographic_level = 'Local authority' group by all
	)
	select u.*, coalesce(e.indicator_id is null and (numerator between l.hide_from and l.hide_to or denominator between l.hide_from and l.hide_to) or denominator < k.minimum, true) as hidden
	from unit u
	cross join (select * from control.level where geographic_level = 'Local authority') l
	cross join (select * from control.kind where value_kind = 'percentage') k
	left join control.exception e on e.indicator_id = %[1]s and e.geographic_level = 'Local authority'
	order by breakdown, u.geographic_level, area_code`, duck.Literal(p.Indicator), duck.Literal(p.Measure), p.Back))
	if err != nil {
		return err
	}
	of := map[[2]string][]record{}
	var keys [][2]string
	for _, r := range rows {
		k := [2]string{r.text("breakdown"), r.text("geographic_level")}
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], r)
	}
	var values []string
	for _, k := range keys {
		units := make([]stats.Unit, len(of[k]))
		any := false
		for i, r := range of[k] {
			units[i] = stats.Unit{Count: r.number("numerator"), Of: r.number("denominator")}
			any = any || units[i].Of > 0
		}
		if !any {
			continue
		}
		f, err := stats.ProportionFunnel(units, stats.DefaultFunnelOptions())
		if err != nil {
			return err
		}
		// what is published of the target is rounded, and so the limits, which would tell it, are those around what is published
		published := stats.Funnel{Target: math.Round(f.Target*1000) / 1000, Dispersion: math.Round(f.Dispersion*100) / 100}
		for i, r := range of[k] {
			l, limits := published.Limits(units[i].Of), "null, null, null, null"
			if units[i].Of > 0 {
				limits = fmt.Sprintf("%v, %v, %v, %v", l.Low998, l.Low95, l.High95, l.High998)
			}
			values = append(values, fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %s, %s, %.0f, %.0f, %t, nullif(%s, ''), %v, %v, %s)", duck.Literal(p.Item), duck.Literal(p.Indicator), duck.Literal(p.Measure),
				duck.Literal(r.text("time_period")), duck.Literal(k[0]), duck.Literal(k[1]), duck.Literal(r.text("area_code")), duck.Literal(r.text("area_name")), units[i].Count, units[i].Of,
				r["hidden"] == true, duck.Literal(string(f.Position(units[i]))), published.Target, published.Dispersion, limits))
		}
	}
	if values == nil {
		return nil // the indicator has no figures
	}
	return db.Exec(ctx, "insert into control.funnel values "+strings.Join(values, ",\n"))
}

// areaCount is a count behind a sheet. hidden is the policy's doing, secondary protects one that is.
type areaCount struct {
	n                 int
	hidden, secondary bool
}

func (c *areaCount) shown() bool { return !c.hidden && !c.secondary }

// sum is counts that readers know to add up.
type sum struct {
	total *areaCount
	parts []*areaCount
	// totalFirst hides the total rather than another part.
	totalFirst bool
}

// protect hides more counts until, in every sum, what can be worked out of each hidden count between from and to leaves at least width numbers
// possible, and the hidden parts of a total that is shown are more than to together.
func protect(sums []sum, from, to, width int) {
	for again := true; again; {
		again = false
		for _, s := range sums {
			for !s.safe(from, to, width) {
				if !s.hideOne() {
					break
				}
				again = true
			}
		}
	}
}

func (s sum) safe(from, to, width int) bool {
	left, hiddenParts := s.total.n, 0
	least := func(p *areaCount) int { // that a reader who knows the rules would think possible
		if p.hidden {
			return from
		}
		return to + 1
	}
	floor, own, none := 0, 0, false
	for _, p := range s.parts {
		if p.shown() {
			left -= p.n
			continue
		}
		hiddenParts++
		floor += least(p)
		if p.hidden {
			own++
		}
		none = none || p.n == 0
	}
	switch {
	case !s.total.shown() && hiddenParts == 0:
		return false // the sum of what is shown is no secret
	case s.total.hidden:
		return none || to-own*from+1 >= width // each of them is at least from
	case s.total.secondary:
		return true
	}
	if hiddenParts == 0 {
		return true
	}
	if hiddenParts == 1 || left <= to {
		return false
	}
	if own == 0 {
		return true // only protects elsewhere
	}
	high := min(to, left-(floor-from))
	low := from
	if own == hiddenParts {
		low = max(from, left-(own-1)*to)
	}
	return high-low+1 >= width
}

// hideOne hides what costs least: the smallest part that is shown, or the total, or a part that is 0.
func (s sum) hideOne() bool {
	if s.totalFirst && s.total.shown() {
		s.total.secondary = true
		return true
	}
	var least *areaCount
	for _, p := range s.parts {
		if p.shown() && p.n > 0 && (least == nil || p.n < least.n) {
			least = p
		}
	}
	if least == nil && s.total.shown() {
		least = s.total
	}
	if least == nil { // that a part is 0 says more of the others
		if i := slices.IndexFunc(s.parts, (*areaCount).shown); i >= 0 {
			least = s.parts[i]
		}
	}
	if least == nil {
		return false
	}
	least.secondary = true
	return true
}

// protectAreas notes in control.area_secondary which counts are hidden because they would give away others, and looks back at what was expected.
func protectAreas(ctx context.Context, db *duck.DB) error {
	w, err := readAreaWording()
	if err != nil {
		return err
	}
	b := &builder{ctx: ctx, db: db}
	rows, err := b.rows("select * from control.area_count order by geographic_level, area_code, topic, period, name")
	if err != nil {
		return err
	}
	type key struct{ level, area, topic, period, name string }
	counts := map[key]*areaCount{}
	keys := make([]key, len(rows))
	for i, r := range rows {
		keys[i] = key{r.text("geographic_level"), r.text("area_code"), r.text("topic"), r.text("period"), r.text("name")}
		counts[keys[i]] = &areaCount{n: int(r.number("n")), hidden: r["hidden"] == true}
	}
	var sums []sum
	for _, k := range keys {
		for _, s := range w.Sums {
			if s.Topic != k.topic || s.Total != k.name {
				continue
			}
			a := sum{total: counts[k], totalFirst: s.TotalFirst}
			for _, p := range s.Parts {
				part := counts[key{k.level, k.area, k.topic, k.period, p}]
				if part == nil {
					return fmt.Errorf("areas.yaml: sums: %s has no count %s", s.Topic, p)
				}
				a.parts = append(a.parts, part)
			}
			sums = append(sums, a)
		}
		for _, p := range w.Positions {
			if p.Same == nil || k.topic != "position" {
				continue
			}
			of := map[string]string{p.numerator(): p.Same.Numerator, p.denominator(): p.Same.Denominator}[k.name]
			if same := counts[key{k.level, k.area, p.Same.Topic, k.period, of}]; same != nil {
				sums = append(sums, sum{total: counts[k], parts: []*areaCount{same}})
			}
		}
	}
	members, err := b.rows(`select h.area_code, h.la, h.year from research.area_member h where h.geographic_level <> 'Local authority' order by all`)
	if err != nil {
		return err
	}
	in := map[string][]record{}
	for _, m := range members {
		in[m.text("area_code")] = append(in[m.text("area_code")], m)
	}
	for _, k := range keys {
		if k.level == "Local authority" || k.topic == "home" || k.level == "National" && (k.topic == "expected" || counts[k].n >= w.known(k.topic)) {
			continue
		}
		a := sum{total: counts[k], totalFirst: true}
		for _, m := range in[k.area] {
			p := counts[key{"Local authority", m.text("la"), k.topic, k.period, k.name}]
			if p != nil && within(k.period, int(m.number("year"))) && !slices.Contains(a.parts, p) {
				a.parts = append(a.parts, p)
			}
		}
		if len(a.parts) > 0 {
			sums = append(sums, a)
		}
	}
	level := "Local authority"
	var from, to int64
	if err := db.Row(ctx, "select coalesce(hide_from, 0), coalesce(hide_to, 0) from control.level where geographic_level = "+duck.Literal(level), &from, &to); err != nil {
		return err
	}
	protect(sums, int(from), int(to), w.Width)
	s := []string{"create table control.area_secondary(geographic_level varchar, area_code varchar, topic varchar, period varchar, name varchar)"}
	for _, k := range keys {
		if counts[k].secondary {
			s = append(s, fmt.Sprintf("insert into control.area_secondary values (%s, %s, %s, %s, %s)", duck.Literal(k.level), duck.Literal(k.area), duck.Literal(k.topic), duck.Literal(k.period), duck.Literal(k.name)))
		}
	}
	s = append(s, "create table control.backtest as "+backtest("authority", level)+" union all "+backtest("health", "Health area"))
	return db.Exec(ctx, strings.Join(s, ";\n"))
}

// within reports whether a period, such as 2025, 202425 or 2023 to 2025, has a collection year in it.
func within(period string, year int) bool {
	first, last, several := strings.Cut(period, " to ")
	if !several {
		last = first
	}
	var a, b int
	if _, err := fmt.Sscan(first, &a); err != nil {
		return false
	}
	if _, err := fmt.Sscan(last, &b); err != nil {
		return false
	}
	if len(period) == 6 {
		a = a/100 + 1
		b = a
	}
	return a <= year && year <= b
}
