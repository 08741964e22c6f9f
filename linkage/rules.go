package linkage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed returns.yaml
var returnsRules []byte

// Rules say how records are joined: cannot-links, passes in the order in which they are tried, and what the score compares.
type Rules struct {
	MaxBlock    int                 `yaml:"max_block" must:"yes" does:"records that may share one value of agree; above it the value is taken as uninformative and refused"`
	Budget      int                 `yaml:"budget" must:"yes" does:"candidate pairs a record, on average, above which a run is refused, before the rule that is too much is carried out"`
	PriorLinks  int                 `yaml:"prior_links" must:"yes" does:"links that a pass's expected precision counts for beside those that the witness can judge"`
	Floor       float64             `yaml:"floor" does:"estimated precision, 0 to 1, below which a pass joins nothing"`
	Witness     string              `yaml:"witness" does:"a field that nearly always tells two records apart; passes without it are judged by pairs that have it; may be empty"`
	Terms       map[string][]string `yaml:"terms" does:"names that stand for several fields: a term agrees when any of its fields do"`
	Confusable  [][]string          `yaml:"confusable" does:"terms that twins have in common: a cannot-link between such records makes each a rival of the other"`
	Constraints []Constraint        `yaml:"constraints" does:"cannot-links: reasons why two records are two children"`
	Overrides   []Override          `yaml:"overrides" does:"reasons why a cannot-link does not hold for a pair; every use is recorded"`
	Passes      []Pass              `yaml:"passes" does:"deterministic rules, in the order in which they are tried"`
	Blocking    []Pass              `yaml:"blocking" does:"rules that only propose pairs for the score"`
	Comparisons []Comparison        `yaml:"comparisons" does:"what the score compares, at most 16"`
	Scoring     Scoring             `yaml:"scoring" must:"for comparisons" does:"how weights are trained and used"`
}

// Constraint is a cannot-link: a reason why two records are two children.
type Constraint struct {
	ID       string  `yaml:"id" must:"yes" does:"name in reports"`
	Does     string  `yaml:"does" does:"what it means, in words"`
	Kind     string  `yaml:"kind" must:"yes" does:"beside: one holder's delivery holds both; overlap: in care of two holders at a time; differ: values of a field differ; after: follows an end for good"`
	Of       string  `yaml:"of" must:"for beside" does:"for beside: spine or attached"`
	Field    string  `yaml:"field" must:"for differ" does:"for differ: the field"`
	Ever     string  `yaml:"ever" does:"for differ: a term; when it agrees the values don't count as different"`
	AnyYear  bool    `yaml:"any_year" does:"for differ: also when the values were never given in one year"`
	Event    string  `yaml:"event" must:"for after" does:"for after: death or adoption"`
	Days     int     `yaml:"days" does:"for overlap and after: days that are forgiven"`
	Share    float64 `yaml:"share" does:"for overlap: the share of the shorter record's days in care, 0 to 1, above which an overlap of more than a day is not forgiven though it is of fewer days; 0: any share is"`
	Years    int     `yaml:"years" does:"for overlap where there are no episodes: common collection years that are forgiven; 0 to look at episodes alone"`
	Strength string  `yaml:"strength" must:"yes" does:"absolute: only an override crosses it; pair: see crosses of a pass"`
}

// Override is a reason why a cannot-link does not hold for a pair. Every use of it is recorded.
type Override struct {
	ID    string   `yaml:"id" does:"name in reports"`
	Does  string   `yaml:"does" does:"what it means, in words"`
	Lifts []string `yaml:"lifts" does:"ids of constraints"`
	Equal []string `yaml:"equal" must:"unless agree" does:"terms of which both records have the same values and no others"`
	Agree []string `yaml:"agree" must:"unless equal" does:"terms of which they have a value in common"`
}

// Pass is one deterministic rule for joining two records, or one that only proposes pairs for the score.
type Pass struct {
	ID        string   `yaml:"id" must:"yes" does:"name in reports"`
	Does      string   `yaml:"does" does:"what agrees, in words"`
	Links     string   `yaml:"links" must:"yes" does:"within: two records of the source that defines persons; attach: another source's record to one of them"`
	Sources   []string `yaml:"sources" does:"for attach: the sources it applies to; empty for all"`
	Agree     []string `yaml:"agree" must:"yes" does:"terms that must agree; together they are the block"`
	Also      []string `yaml:"also" does:"terms that must agree unless missing on a side"`
	Near      *Near    `yaml:"near" does:"how the records lie in time; empty: time does not matter"`
	Unique    bool     `yaml:"unique" does:"refuse pairs that have a rival"`
	Crosses   []string `yaml:"crosses" does:"cannot-links of strength pair that do not stop it"`
	Precision float64  `yaml:"precision" must:"for passes" does:"expected share of right links, above 0 to 1; for blocking: leave it out"`
	Evidence  string   `yaml:"evidence" does:"why that is expected"`
	MaxBlock  int      `yaml:"max_block" does:"in place of the rules' max_block; default: that one"`
}

// Near says how two records lie in time.
type Near struct {
	Kind  string `yaml:"kind" must:"yes" does:"transfer, handover, leaver, beside or years"`
	Days  int    `yaml:"days" does:"for transfer and handover: most days from the end of one to the start of the other"`
	Early int    `yaml:"early" does:"for transfer and handover: most days by which the start may come before the end"`
	Least int    `yaml:"least" does:"for years: least number of years from the last of one to the first of the other; negative when they overlap"`
	Most  int    `yaml:"most" does:"for years: most"`
}

// Comparison is one thing in which two records agree more or less.
type Comparison struct {
	ID     string   `yaml:"id" must:"yes" does:"name in models and reports"`
	Does   string   `yaml:"does" does:"what is compared, in words"`
	Of     []string `yaml:"of" must:"yes" does:"terms; the comparison is missing for a pair in which a record has none of them, and counts for nothing"`
	Levels []Level  `yaml:"levels" must:"yes" does:"best first, at most 15: the first that holds is the pair's; the last must hold always"`
}

// Level is one degree of agreement. All that it names must hold; a level that names nothing always holds.
type Level struct {
	ID         string   `yaml:"id" must:"yes" does:"name in models and reports"`
	Does       string   `yaml:"does" does:"what it means, in words"`
	Agree      string   `yaml:"agree" does:"a term with a value in common"`
	Also       string   `yaml:"also" does:"another term with a value in common"`
	Cross      []string `yaml:"cross" does:"two fields of one domain: one record's value of the first is the other's of the second, both ways round"`
	Together   bool     `yaml:"together" does:"the common value of agree was given in one year to both"`
	ShareBelow float64  `yaml:"share_below" does:"the common value of agree is had by less than this share of records, 0 to 1"`
	HadBelow   int      `yaml:"had_below" does:"the common value of agree is had by fewer records than that"`
	Similar    *Similar `yaml:"similar" does:"two values of a field are alike"`
	Near       *Near    `yaml:"near" does:"how the records lie in time"`
	Breaks     string   `yaml:"breaks" does:"id of a constraint that stands between the two"`
	M          float64  `yaml:"m" does:"declared share of matches at this level, 0 to 1; 0: to be trained"`
	U          float64  `yaml:"u" does:"declared share of other pairs at this level, 0 to 1; 0: to be trained"`
}

// Similar is a measure of likeness of two values.
type Similar struct {
	Of      string  `yaml:"of" must:"yes" does:"a field of text"`
	Measure string  `yaml:"measure" must:"yes" does:"jaro_winkler, jaro, levenshtein, damerau, days, number, nickname, overlap or dice"`
	AtLeast float64 `yaml:"at_least" does:"for jaro_winkler, jaro, nickname, overlap, dice: least likeness, 0 to 1"`
	AtMost  float64 `yaml:"at_most" does:"for levenshtein, damerau, days, number: most distance"`
}

// Scoring says how weights are trained and used.
type Scoring struct {
	Links        []string `yaml:"links" does:"ids of passes whose pairs give the first m; empty: EM alone"`
	Random       int      `yaml:"random" must:"yes" does:"random pairs that give u"`
	Within       []string `yaml:"within" does:"fields: random pairs share a value of them, directly or through records that share others; empty: any two records"`
	Strata       []string `yaml:"strata" does:"terms: pairs within the spine that agree on one have a model of their own, that of the first on which they agree"`
	LeastMatches int      `yaml:"least_matches" does:"expected matches among the candidates below which a model is taken to have learned too little, and joins nothing"`
	Threshold    string   `yaml:"threshold" must:"yes" does:"least match weight that joins: bits, a probability such as p0.95, or auto for the best expected F1"`
	Least        float64  `yaml:"least" does:"least match probability that auto may choose, 0 to 1"`
	Margin       float64  `yaml:"margin" does:"bits by which a candidate must lead the next one that cannot be the same child"`
	Crosses      []string `yaml:"crosses" does:"cannot-links of strength pair that do not stop the score"`
	Between      string   `yaml:"between" does:"least mean match weight of all pairs of records between two clusters that the score joins: bits, or a probability such as p0.1; empty: one pair that is above the threshold is enough"`
	Review       float64  `yaml:"review" does:"least match probability of pairs that are put up for review, 0 to 1"`
	Seed         uint64   `yaml:"seed" does:"of the random pairs"`
}

// Kinds of pass, of nearness, of cannot-link and their strengths, as the rules file spells them.
const (
	linksWithin = "within"
	linksAttach = "attach"

	nearTransfer = "transfer"
	nearHandover = "handover"
	nearLeaver   = "leaver" // a record without episodes that starts after the other's last return: a care leaver under another number
	nearBeside   = "beside" // deliveries of both in a year in which one of them was in care
	nearYears    = "years"

	kindBeside  = "beside"
	kindOverlap = "overlap"
	kindDiffer  = "differ"
	kindAfter   = "after"

	strengthAbsolute = "absolute"
	strengthPair     = "pair"
)

// Terms that are not fields: the linker knows them of every record.
const (
	holderTerm  = "holder"
	lineageTerm = "lineage"
)

var specialTerms = []string{holderTerm, lineageTerm}

// numberFields are given small numbers, not values of a domain.
var numberFields = []string{decomField, transferField, handoverField, dayField, deliveryField}

// measures of Similar: true when more is more alike.
var measures = map[string]bool{"jaro_winkler": true, "jaro": true, "nickname": true, "overlap": true, "dice": true,
	"levenshtein": false, "damerau": false, "days": false, "number": false}

// DefaultRules are the rules for SSDA903 returns and extracts that are built into the program.
func DefaultRules() *Rules {
	r, err := ParseRules(returnsRules)
	if err != nil {
		panic("linkage: built-in rules: " + err.Error())
	}
	return r
}

// ParseRules reads rules for returns and extracts from YAML and refuses what it does not know, with its line.
func ParseRules(text []byte) (*Rules, error) {
	var r Rules
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&r); err != nil {
		return nil, err
	}
	return &r, r.Validate(returnsFields)
}

// Hash is the hash of all that the rules say.
func (r *Rules) Hash() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic("linkage: rules: " + err.Error()) // plain structs and maps
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Without takes constraints, the score or passes out of the rules: to see what each brings.
func (r *Rules) Without(what string) error {
	switch what {
	case "constraints":
		r.Constraints, r.Overrides, r.Confusable, r.Scoring.Crosses = nil, nil, nil, nil
		for i := range r.Passes {
			r.Passes[i].Crosses = nil
		}
		for i := range r.Comparisons {
			c := &r.Comparisons[i]
			c.Levels = slices.DeleteFunc(c.Levels, func(l Level) bool { return l.Breaks != "" })
		}
	case "score":
		r.Comparisons, r.Blocking, r.Scoring = nil, nil, Scoring{}
	case "passes":
		r.Passes, r.Scoring.Links = nil, nil
	default:
		return fmt.Errorf("%q is none of constraints, score, passes", what)
	}
	return nil
}

// checker gathers what is wrong with rules.
type checker struct {
	rules   *Rules
	fields  []Field
	errs    []error
	unknown map[string]int // fields that aren't there: place in errs of the first mistake that names one
	uses    map[string]int // and how often rules speak of it
}

func (c *checker) bad(format string, a ...any) { c.errs = append(c.errs, fmt.Errorf(format, a...)) }

// field refuses a field that isn't there: once, however many rules speak of it.
func (c *checker) field(where, name string) {
	if slices.ContainsFunc(c.fields, func(f Field) bool { return f.Name == name }) {
		return
	}
	if c.uses[name]++; c.uses[name] == 1 {
		c.unknown[name] = len(c.errs)
		c.bad("%s: no field %q", where, name)
	}
}

// settle makes one mistake of all that are about one field: of its parts as well.
func (c *checker) settle() {
	names := slices.Sorted(maps.Keys(c.unknown)) // a field before its parts
	whole := ""
	for _, name := range names {
		if whole == "" || !strings.HasPrefix(name, whole+"_") {
			whole = name
			continue
		}
		c.uses[whole] += c.uses[name]
		c.errs[c.unknown[name]] = nil
	}
	for _, name := range names {
		if at, n := c.unknown[name], c.uses[name]-1; c.errs[at] != nil && n > 0 {
			c.errs[at] = fmt.Errorf("%w, nor what %s", c.errs[at], map[bool]string{true: "one other place asks of it", false: fmt.Sprintf("%d other places ask of it", n)}[n == 1])
		}
	}
}

func (c *checker) term(where, name string) {
	if _, ok := c.rules.Terms[name]; !ok && !slices.Contains(specialTerms, name) {
		c.field(where, name)
	}
}

func (c *checker) oneOf(where, what, got string, of ...string) {
	if !slices.Contains(of, got) {
		c.bad("%s: %s %q isn't one of %v", where, what, got, of)
	}
}

func (c *checker) share(where string, v float64) {
	if !(v >= 0 && v <= 1) {
		c.bad("%s: %v isn't a share", where, v)
	}
}

// Validate names everything in the rules that the linker could not follow for records with these fields.
func (r *Rules) Validate(fields []Field) error {
	c := &checker{rules: r, fields: fields, unknown: map[string]int{}, uses: map[string]int{}}
	if len(r.Constraints) > 64 {
		c.bad("constraints: %d, 64 at most", len(r.Constraints))
	}
	if r.MaxBlock < 2 {
		c.bad("max_block: %d leaves no pairs", r.MaxBlock)
	}
	if r.Budget < 1 {
		c.bad("budget: %d leaves no pairs", r.Budget)
	}
	if r.PriorLinks < 1 {
		c.bad("prior_links: %d must be 1 or more", r.PriorLinks)
	}
	c.share("floor", r.Floor)
	if r.Witness != "" {
		c.field("witness", r.Witness)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Terms)) {
		of := r.Terms[name]
		if len(of) == 0 {
			c.bad("terms: %s: empty", name)
		}
		for _, f := range of {
			c.field("terms: "+name, f)
		}
	}
	for i, t := range r.Confusable {
		for _, x := range t {
			c.term(fmt.Sprintf("confusable[%d]", i), x)
		}
	}
	c.constraints()
	seen := map[string]bool{}
	for i := range r.Passes {
		c.pass(fmt.Sprintf("passes[%d] %s", i, r.Passes[i].ID), &r.Passes[i], seen)
		if p := r.Passes[i].Precision; !(p > 0 && p <= 1) {
			c.bad("passes[%d] %s: precision %v isn't a share above 0", i, r.Passes[i].ID, p)
		}
	}
	for i := range r.Blocking {
		c.pass(fmt.Sprintf("blocking[%d] %s", i, r.Blocking[i].ID), &r.Blocking[i], seen)
	}
	if n := len(r.Passes) + len(r.Blocking) + len(r.Confusable); n > 62 {
		c.bad("%d passes, blocking rules and confusables: 62 at most", n)
	}
	c.comparisons()
	c.scoring()
	c.settle()
	return errors.Join(c.errs...)
}

func (c *checker) constraints() {
	ids := map[string]bool{}
	for i, x := range c.rules.Constraints {
		where := fmt.Sprintf("constraints[%d] %s", i, x.ID)
		if x.ID == "" || ids[x.ID] {
			c.bad("%s: id is empty or used twice", where)
		}
		ids[x.ID] = true
		c.oneOf(where, "kind", x.Kind, kindBeside, kindOverlap, kindDiffer, kindAfter)
		c.oneOf(where, "strength", x.Strength, strengthAbsolute, strengthPair)
		switch x.Kind {
		case kindBeside:
			c.oneOf(where, "of", x.Of, "spine", "attached")
		case kindDiffer:
			c.field(where, x.Field)
			if slices.ContainsFunc(c.fields, func(f Field) bool { return f.Name == x.Field && f.From != "" }) {
				c.bad("%s: %s is derived: name the field that it is derived from", where, x.Field)
			}
			if x.Ever != "" {
				c.term(where, x.Ever)
			}
		case kindAfter:
			c.oneOf(where, "event", x.Event, "death", "adoption")
		}
		if x.Days < 0 || x.Years < 0 {
			c.bad("%s: days and years must be 0 or more", where)
		}
		c.share(where+": share", x.Share)
	}
	for i, o := range c.rules.Overrides {
		where := fmt.Sprintf("overrides[%d] %s", i, o.ID)
		for _, x := range o.Lifts {
			if !ids[x] {
				c.bad("%s: lifts %q, which is no constraint", where, x)
			}
		}
		if len(o.Equal)+len(o.Agree) == 0 {
			c.bad("%s: equal and agree are empty: it would lift everything", where)
		}
		for _, x := range slices.Concat(o.Equal, o.Agree) {
			c.term(where, x)
		}
	}
}

func (c *checker) pass(where string, p *Pass, seen map[string]bool) {
	if p.ID == "" || seen[p.ID] {
		c.bad("%s: id is empty or used twice", where)
	}
	seen[p.ID] = true
	c.oneOf(where, "links", p.Links, linksWithin, linksAttach)
	if len(p.Agree) == 0 {
		c.bad("%s: agree is empty", where)
	}
	for _, x := range slices.Concat(p.Agree, p.Also) {
		c.term(where, x)
	}
	c.crosses(where, p.Crosses)
	c.near(where, p.Near)
}

func (c *checker) crosses(where string, ids []string) {
	for _, x := range ids {
		if !slices.ContainsFunc(c.rules.Constraints, func(k Constraint) bool { return k.ID == x && k.Strength == strengthPair }) {
			c.bad("%s: crosses: %q is no cannot-link of strength pair", where, x)
		}
	}
}

func (c *checker) near(where string, n *Near) {
	if n == nil {
		return
	}
	c.oneOf(where, "near: kind", n.Kind, nearTransfer, nearHandover, nearLeaver, nearBeside, nearYears)
	if n.Days < 0 || n.Days > eventWindow || n.Early < 0 || n.Early > eventWindow {
		c.bad("%s: near: %d days isn't from 0 to %d", where, max(n.Days, n.Early), eventWindow)
	}
	if n.Least > n.Most {
		c.bad("%s: near: least %d is above most %d", where, n.Least, n.Most)
	}
}

func (c *checker) comparisons() {
	if len(c.rules.Comparisons) > maxComparisons {
		c.bad("comparisons: %d, %d at most", len(c.rules.Comparisons), maxComparisons)
	}
	ids := map[string]bool{}
	for i, x := range c.rules.Comparisons {
		where := fmt.Sprintf("comparisons[%d] %s", i, x.ID)
		if x.ID == "" || ids[x.ID] {
			c.bad("%s: id is empty or used twice", where)
		}
		ids[x.ID] = true
		if len(x.Of) == 0 {
			c.bad("%s: of is empty", where)
		}
		for _, f := range x.Of {
			c.term(where, f)
		}
		if n := len(x.Levels); n < 2 || n > maxLevels {
			c.bad("%s: %d levels, 2 to %d are possible", where, n, maxLevels)
		}
		levels := map[string]bool{}
		for j := range x.Levels {
			l := &x.Levels[j]
			if l.ID == "" || levels[l.ID] {
				c.bad("%s: levels[%d]: id %q is empty or used twice", where, j, l.ID)
			}
			levels[l.ID] = true
			c.level(where+": "+l.ID, l)
			if last := j == len(x.Levels)-1; last != l.always() {
				c.bad("%s: %s: the last level, and no other, must hold always", where, l.ID)
			}
		}
	}
}

// always reports whether a level has no condition.
func (l *Level) always() bool {
	return l.Agree == "" && l.Also == "" && len(l.Cross) == 0 && l.Similar == nil && l.Near == nil && l.Breaks == ""
}

func (c *checker) level(where string, l *Level) {
	for _, t := range []string{l.Agree, l.Also} {
		if t != "" {
			c.term(where, t)
		}
	}
	if l.Agree == "" && (l.Together || l.ShareBelow != 0 || l.HadBelow != 0) {
		c.bad("%s: together, share_below and had_below go with agree", where)
	}
	if l.HadBelow > 0 || l.ShareBelow > 0 {
		for _, f := range append(slices.Clone(c.rules.Terms[l.Agree]), l.Agree) {
			if slices.Contains(numberFields, f) {
				c.bad("%s: share_below and had_below can't count %s", where, f)
			}
		}
	}
	if l.HadBelow < 0 || l.HadBelow > 0 && l.ShareBelow > 0 {
		c.bad("%s: had_below is below 0, or stands beside share_below", where)
	}
	c.share(where+": share_below", l.ShareBelow)
	c.share(where+": m", l.M)
	c.share(where+": u", l.U)
	if n := len(l.Cross); n != 0 && n != 2 {
		c.bad("%s: cross: %d fields, want 2", where, n)
	}
	domains := map[string]bool{}
	for _, f := range l.Cross {
		c.field(where+": cross", f)
		for _, x := range c.fields {
			if x.Name == f {
				domains[cmp.Or(x.Domain, x.Name)] = true
			}
		}
	}
	if len(domains) > 1 {
		c.bad("%s: cross: %v are of two domains: their values are never equal", where, l.Cross)
	}
	if s := l.Similar; s != nil {
		c.field(where+": similar", s.Of)
		if _, ok := measures[s.Measure]; !ok {
			c.bad("%s: similar: no measure %q", where, s.Measure)
		}
	}
	c.near(where, l.Near)
	if l.Breaks != "" && !slices.ContainsFunc(c.rules.Constraints, func(k Constraint) bool { return k.ID == l.Breaks }) {
		c.bad("%s: breaks: %q is no constraint", where, l.Breaks)
	}
}

func (c *checker) scoring() {
	s := &c.rules.Scoring
	if len(c.rules.Comparisons) == 0 {
		return
	}
	for _, id := range s.Links {
		if !slices.ContainsFunc(c.rules.Passes, func(p Pass) bool { return p.ID == id }) {
			c.bad("scoring: links: %q is no pass", id)
		}
	}
	for _, f := range s.Within {
		c.field("scoring: within", f)
		if slices.Contains(numberFields, f) {
			c.bad("scoring: within: %s has no groups", f)
		}
	}
	for _, x := range s.Strata {
		c.term("scoring: strata", x)
	}
	if s.Random < 1000 {
		c.bad("scoring: random: %d pairs are too few for u", s.Random)
	}
	if _, err := parseThreshold(s.Threshold); err != nil {
		c.bad("scoring: %w", err)
	}
	if _, err := parseBetween(s.Between); err != nil {
		c.bad("scoring: between: %w", err)
	}
	c.crosses("scoring", s.Crosses)
	c.share("scoring: least", s.Least)
	c.share("scoring: review", s.Review)
	if s.Margin < 0 {
		c.bad("scoring: margin: %v bits is below 0", s.Margin)
	}
}
