package schemas

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Year is a collection year: Year 2024 is 1 April 2023 to 31 March 2024. For a dataset on the academic clock it is the calendar
// year in which the academic year ends. Zero means no bound.
type Year int

// First is 1 April before the year, at midnight UTC.
func (y Year) First() time.Time { return time.Date(int(y)-1, time.April, 1, 0, 0, 0, 0, time.UTC) }

// Last is 31 March of the year, at midnight UTC.
func (y Year) Last() time.Time { return time.Date(int(y), time.March, 31, 0, 0, 0, 0, time.UTC) }

// Schema is everything that is known about the data. It is read-only once loaded.
type Schema struct {
	Datasets    []*Dataset   // in order of file name; ssda903 is always there
	CodeSets    []*CodeSet   // in order of file and place in it
	Authorities Authorities  // every authority that ever sent a return, with its successors
	HealthAreas []HealthArea // which health area stands for an authority
	Indicators  []Indicator  // the outcomes framework
	Hash        string       // SHA-256 (hex) over all files read, in order of name: part of a run's id

	datasets map[string]*Dataset
	codeSets map[string]*CodeSet
}

// Dataset finds a dataset by id; nil when there is none.
func (s *Schema) Dataset(id string) *Dataset { return s.datasets[id] }

// CodeSet finds a code set by id; nil when there is none.
func (s *Schema) CodeSet(id string) *CodeSet { return s.codeSets[id] }

// Dataset is one collection or extract: the files that one supplier sends for one year.
type Dataset struct {
	ID       string    `yaml:"dataset"`  // lower case, the folder's name under inbox/
	Title    string    `yaml:"title"`    //
	Supplier string    `yaml:"supplier"` // "authority" (a folder a local authority) or "england" (one folder, E92000001)
	Clock    string    `yaml:"clock"`    // reporting_year, academic_year or financial_year
	XML      *XMLForm  `yaml:"xml"`      // nil when the dataset has no XML form
	Modules  []*Module `yaml:"modules"`
	CodeSets []CodeSet `yaml:"code_sets"`

	Rules    []*Rule `yaml:"-"` // validation rules of the collection, in order of file and place in it
	Rulesets Span    `yaml:"-"` // the years for which rules are known
	Evidence Span    `yaml:"-"` // the years for which modules and codes are known

	Authorities Authorities `yaml:"-"` // all that ever sent a return, for forms that hold the returns of several
}

// XMLForm names the elements of a dataset's XML form that hold others. The fields in them have the names of columns, or an alias.
type XMLForm struct {
	Root   string `yaml:"root"`
	Child  string `yaml:"child"`  // one child, with all that is said of it
	Header string `yaml:"header"` // within it: who the child is
}

// Module finds a module by id; nil when there is none.
func (d *Dataset) Module(id string) *Module {
	for _, m := range d.Modules {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// Module is one table of a dataset: one CSV file in a return.
type Module struct {
	ID         string    `yaml:"id"`
	Identity   bool      `yaml:"identity"`   // tokenised on reading, no row of it is kept
	Holds      Holding   `yaml:"holds"`      // what the checks take its rows for; empty: nothing in particular
	Names      []string  `yaml:"names"`      // what files and sheets of it are called, as their columns alone can't always tell
	Grain      string    `yaml:"grain"`      // what one row is
	Population string    `yaml:"population"` // who has a row
	Key        []string  `yaml:"key"`        // columns that name a row
	FirstYear  Year      `yaml:"first_year"` // zero: always collected
	LastYear   Year      `yaml:"last_year"`  // zero: still collected
	Columns    []*Column `yaml:"columns"`    // as sent
	OnlyXML    []*Column `yaml:"only_xml"`   // that only the XML form has; the checks of rules see them, the lake doesn't keep them
	Derived    []Derived `yaml:"derived"`    // added while identifiers are in memory
	Notes      []string  `yaml:"notes"`
}

// Sent are all columns that a row may be sent with: Columns, then OnlyXML.
func (m *Module) Sent() []*Column {
	return append(m.Columns[:len(m.Columns):len(m.Columns)], m.OnlyXML...)
}

// Column finds a column by name as sent; nil when there is none.
func (m *Module) Column(name string) *Column {
	for _, c := range m.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// WithRole is the module's first column with this role; nil when there is none.
func (m *Module) WithRole(r Role) *Column {
	for _, c := range m.Columns {
		if c.Role == r {
			return c
		}
	}
	return nil
}

// Holding says what a module's rows are to the checks that look across rows.
type Holding string

// What a module may hold.
const (
	Children Holding = "children"       // one row a child: who it is; other modules are held against it
	Asylum   Holding = "asylum_seekers" // to have a row is to be an unaccompanied asylum-seeking child
	Episodes Holding = "episodes"       // spells that follow each other, in the columns DECOM, RNE, LS, DEC and REC
)

// episodeColumns are those that a module of episodes must have.
var episodeColumns = []string{"DECOM", "RNE", "LS", "DEC", "REC"}

// Type is how a value is written in the file as sent.
type Type string

// The types a column may have.
const (
	ID          Type = "id"           // letters and digits, leading zeros kept
	Date        Type = "date"         // dd/mm/yyyy
	PartialDate Type = "partial_date" // dd/mm/yyyy with zz for an unknown part
	Code        Type = "code"         // a member of a code set
	Int         Type = "int"          // a whole number in [Min, Max]
	Number      Type = "number"       // a decimal number in [Min, Max]
	Flag        Type = "flag"         // 0 or 1
	UPN         Type = "upn"          // unique pupil number, or a code of UPN_UNKNOWN
	NHS         Type = "nhs"          // NHS number, ten digits
	Postcode    Type = "postcode"     // full UK postcode
	URN         Type = "urn"          // Ofsted reference: SC and six digits, seven digits, or XXXXXXX
	String      Type = "string"       // text that matches Pattern
)

// Role says what a column tells about who a row is about, and so what may be kept of it. See docs/terms.md.
type Role string

// The roles a column may have. A column without one is kept as it is.
const (
	Child     Role = "child"              // an authority's own number; kept as child_key
	Record    Role = "record"             // an extract's own record id; kept as child_key
	ChildRef  Role = "child_ref"          // the SSDA903 number, quoted by another holder; a token only
	LARef     Role = "la_ref"             // the authority that uses ChildRef
	Event     Role = "event"              // id of a referral, contact, plan; kept as a keyed pseudonym
	Worker    Role = "worker"             // id of a member of staff; kept as a keyed pseudonym
	DOB       Role = "dob"                // kept as <birth_year, birth_month>
	Birth     Role = "other_birth"        // somebody else's birth date; kept as <NAME_year, NAME_month>
	UPNRole   Role = "upn"                // kept as UPN_status: valid, temporary, invalid, UN1 to UN5
	FormerUPN Role = "former_upn"         // a token only
	NHSRole   Role = "nhs"                // a token only
	Sex       Role = "sex"                // a token; kept as it is too
	Ethnic    Role = "ethnic"             // a token; kept as it is too
	Home      Role = "home_postcode"      // a token only; Derived may keep a little
	Place     Role = "placement_postcode" // as Home
	ValidFrom Role = "valid_from"         // first day on which an identity row's postcode held
	ValidTo   Role = "valid_to"           // last day
)

// Column is one column of a module, as sent.
type Column struct {
	Name      string  `yaml:"name"`  // spelled as the collection spells it
	Alias     string  `yaml:"alias"` // what another form calls it
	Type      Type    `yaml:"type"`
	Codes     string  `yaml:"codes"`      // id of the code set, for Code and UPN
	Min       float64 `yaml:"min"`        // lowest value of an Int or Number
	Max       float64 `yaml:"max"`        // highest value of an Int or Number
	Pattern   string  `yaml:"pattern"`    // what a String must match from end to end, so that free text never passes
	Required  string  `yaml:"required"`   // always, sometimes, never
	Role      Role    `yaml:"role"`       // empty: says nothing of identity
	MayBeDOB  bool    `yaml:"may_be_dob"` // a date that may fall on the child's birth, such as a newborn's DECOM
	Ends      string  `yaml:"ends"`       // of a date: the column with the end of what begins on it
	SameDay   bool    `yaml:"same_day"`   // whether it may end on the day on which it begins
	AfterYear bool    `yaml:"after_year"` // of a date: whether it may lie after the year
	RowIn     string  `yaml:"row_in"`     // of a flag of the XML form: the module in which 1 stands for a row
	FirstYear Year    `yaml:"first_year"`
	LastYear  Year    `yaml:"last_year"`
	Note      string  `yaml:"note"`
}

// Derived is a column that ingest adds while date of birth and postcodes are in memory.
type Derived struct {
	Name string `yaml:"name"`
	Type string `yaml:"type"` // as LakeColumn.Type
	How  string `yaml:"how"`
}

// LakeColumn is a column of a module's Parquet file.
type LakeColumn struct {
	Name string
	Type string // UUID, VARCHAR, DATE, SMALLINT, INTEGER or DOUBLE, in DuckDB's words
	Note string
	From *Column // nil for what ingest adds
}

// KeyColumns begin every payload table of the lake.
var KeyColumns = []LakeColumn{
	{Name: "child_key", Type: "UUID", Note: "keyed pseudonym of authority and CHILD, or of an extract's record_id; NULL when blank in the row"},
	{Name: "la", Type: "VARCHAR", Note: "ONS code of the supplier; E92000001 for a national extract"},
	{Name: "year", Type: "SMALLINT", Note: "collection year of the delivery"},
	{Name: "load", Type: "SMALLINT", Note: "0 for the first delivery of that year, 1 and up for resubmissions in order of receipt"},
	{Name: "row", Type: "INTEGER", Note: "1 for the first data row of the file as sent"},
	{Name: "file", Type: "SMALLINT", Note: "0 for the first file of the module in the delivery, in order of name"},
}

// ProblemsColumn ends every payload table of the lake.
var ProblemsColumn = LakeColumn{Name: "problems", Type: "VARCHAR",
	Note: "rules that the row breaks, as COLUMN:rule joined by blanks; NULL when none. A value that cannot be read is NULL and named here"}

// LakeColumns are the columns that the lake keeps of a module, in order: KeyColumns, the columns as sent less what identifies,
// what is derived, and ProblemsColumn. None for an identity module.
func (m *Module) LakeColumns() []LakeColumn {
	if m.Identity {
		return nil
	}
	out := append([]LakeColumn(nil), KeyColumns...)
	add := func(c *Column, name, typ, note string) {
		out = append(out, LakeColumn{Name: name, Type: typ, Note: note, From: c})
	}
	for _, c := range m.Columns {
		switch c.Role {
		case Child, Record, ChildRef, LARef, FormerUPN, NHSRole, Home, Place, ValidFrom, ValidTo:
		case Event, Worker:
			add(c, c.Name, "UUID", "keyed pseudonym; "+c.Note)
		case DOB:
			add(c, "birth_year", "SMALLINT", "year of birth")
			add(c, "birth_month", "SMALLINT", "month of birth, 1 to 12")
		case Birth:
			add(c, c.Name+"_year", "SMALLINT", c.Note)
			add(c, c.Name+"_month", "SMALLINT", c.Note)
		case UPNRole:
			add(c, "UPN_status", "VARCHAR", "valid, temporary, invalid, or UN1 to UN5; NULL when blank")
		default:
			switch c.Type {
			case Date:
				add(c, c.Name, "DATE", c.Note)
			case PartialDate:
				for _, p := range []string{"_year", "_month", "_day"} {
					add(c, c.Name+p, "SMALLINT", "NULL when not known; "+c.Note)
				}
			case Flag:
				add(c, c.Name, "SMALLINT", c.Note)
			case Int:
				add(c, c.Name, "INTEGER", c.Note)
			case Number:
				add(c, c.Name, "DOUBLE", c.Note)
			default:
				add(c, c.Name, "VARCHAR", c.Note)
			}
		}
	}
	for _, d := range m.Derived {
		out = append(out, LakeColumn{Name: d.Name, Type: d.Type, Note: d.How})
	}
	return append(out, ProblemsColumn)
}

// HeldIn reports whether something collected from first to last (zero: no bound) was collected in y.
func HeldIn(first, last, y Year) bool {
	return (first == 0 || y >= first) && (last == 0 || y <= last)
}

// CodeSet is a list of codes with meanings.
type CodeSet struct {
	ID          string  `yaml:"id"`
	Note        string  `yaml:"note"`
	Authorities bool    `yaml:"authorities"` // whether the 3-digit code of any authority belongs to it too
	Codes       []*Item `yaml:"codes"`

	byCode map[string]*Item
	file   string
}

// Item is one code of a code set.
type Item struct {
	Code       string  `yaml:"code"`
	Meaning    string  `yaml:"meaning"`
	Group      string  `yaml:"group"`           // broader group used in breakdowns
	Kin        string  `yaml:"kin"`             // PLACE: yes for a relative or friend
	EET        string  `yaml:"eet"`             // ACTIV: yes in education, employment or training
	LeavesCare string  `yaml:"leaves_care"`     // REC: yes for all but X1
	Changes    string  `yaml:"changes"`         // RNE: what changes
	SameAs     string  `yaml:"same_as"`         // code that stands for it when years are stacked
	Reliable   float64 `yaml:"reliable_change"` // MH_MEASURE: points of change that measurement error alone seldom makes; zero: not known
	Better     string  `yaml:"better"`          // MH_MEASURE: lower or higher
	FirstYear  Year    `yaml:"first_year"`
	LastYear   Year    `yaml:"last_year"`
	Accept     *bool   `yaml:"accept"` // false: refused in every year; nil means true
	Note       string  `yaml:"note"`
}

// Find is the code in any year, accepted or not; nil when the set has never had it.
func (c *CodeSet) Find(code string) *Item { return c.byCode[code] }

// Valid reports whether a return of year y may carry the code.
func (c *CodeSet) Valid(code string, y Year) bool {
	i := c.byCode[code]
	return i != nil && (i.Accept == nil || *i.Accept) && HeldIn(i.FirstYear, i.LastYear, y)
}

// ByMeaning is the code whose meaning is these words in any case, as exports write it in place of the code: one of year y if there is
// one. Empty when there is none.
func (c *CodeSet) ByMeaning(words string, y Year) (code string) {
	for _, i := range c.Codes {
		if strings.EqualFold(i.Meaning, words) && (code == "" || c.Valid(i.Code, y)) {
			code = i.Code
		}
	}
	return code
}

// Canonical is the code under which years are stacked: SameAs when there is one.
func (c *CodeSet) Canonical(code string) string {
	if i := c.byCode[code]; i != nil && i.SameAs != "" {
		return i.SameAs
	}
	return code
}

// Authority is a local authority during the years in which its code was in force.
type Authority struct {
	OldCode    string    // 3 digits
	Code       string    // ONS, 9 characters
	Name       string    //
	RegionCode string    //
	Region     string    //
	Type       string    //
	From, To   time.Time // first and last day in force; To zero while it is
	Successors []string  // ONS codes
	Note       string    // how it was succeeded
}

// Authorities is the list, in order of the file.
type Authorities []Authority

// Find is the authority with this ONS code.
func (a Authorities) Find(code string) (Authority, bool) {
	for _, x := range a {
		if x.Code == code {
			return x, true
		}
	}
	return Authority{}, false
}

// Named are the authorities that somebody means by an ONS code, a 3-digit code or a name, in the order of their years.
func (a Authorities) Named(said string) []Authority {
	var out []Authority
	k := PlaceKey(said)
	for _, x := range a {
		if k != "" && (PlaceKey(x.Code) == k || x.OldCode == k || PlaceKey(x.Name) == k) {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(x, y Authority) int { return x.From.Compare(y.From) })
	return out
}

// placeWords are those around the name of a place, which people write or leave out.
var placeWords = []string{"council", "borough", "metropolitan", "royal", "the", "london", "of", "county", "city", "upon", "and"}

// PlaceKey writes the name or code of an authority so that capitals, signs and the words around the name of a place make no difference.
// Empty for what has neither letters nor digits.
func PlaceKey(said string) string {
	words := strings.FieldsFunc(strings.ToLower(strings.NewReplacer("'", "", "’", "", "&", " and ").Replace(said)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	all := strings.Join(words, "")
	if k := strings.Join(slices.DeleteFunc(words, func(w string) bool { return slices.Contains(placeWords, w) }), ""); k != "" {
		return k
	}
	return all // City of London has no other words
}

// HealthArea is a health area while it stands for an authority.
type HealthArea struct {
	Code, Name string    // OrgIDSubICBLocResidence and what it is called
	Authority  string    // ONS code
	From, To   time.Time // first and last day; From zero: always, To zero: still
}

// Indicator is one entry of the outcomes framework.
type Indicator struct {
	ID          string         `yaml:"id"`
	Tier        string         `yaml:"tier"`   // core or extended
	Domain      string         `yaml:"domain"` //
	Title       string         `yaml:"title"`
	Status      string         `yaml:"status"`   // official, adapted or proposed
	Verified    string         `yaml:"verified"` // yes or part
	Unit        string         `yaml:"unit"`     // what is counted
	Denominator string         `yaml:"denominator"`
	Numerator   string         `yaml:"numerator"`
	Value       string         `yaml:"value"`
	Fields      []string       `yaml:"fields"`
	Breakdowns  []string       `yaml:"breakdowns"`
	Polarity    string         `yaml:"polarity"` // higher or lower is better, or none
	Source      string         `yaml:"source"`
	Note        string         `yaml:"note"`
	Warning     string         `yaml:"warning"`
	Parameters  map[string]any `yaml:"parameters"` // thresholds and windows by name; models read those that are numbers

	Measures       []Measure `yaml:"measures"`        // its figures in plain words; empty when it has one
	TimeIdentifier string    `yaml:"time_identifier"` // Reporting year when empty, else Academic year
	ValueUnit      string    `yaml:"value_unit"`      // what the value is in, where its kind doesn't say
	RateUnit       string    `yaml:"rate_unit"`       // of a rate per 1,000: day or person-year
	Horizons       []string  `yaml:"horizons"`        // of a cumulative incidence: times since its start, as 30d or 12m
	Waits          string    `yaml:"waits"`           // why there is no model yet; empty when there is one
}

// Measure is one figure of an indicator that has several.
type Measure struct {
	ID    string `yaml:"id"`    // as in the column measure; with horizons, the part before the horizon
	Title string `yaml:"title"` // in plain words
}

// HorizonDays is the length of a horizon, as 30d or 12m; a month is a twelfth of 365.25 days, rounded.
func HorizonDays(h string) (int, error) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(h, "%d%s", &n, &unit); err != nil || n < 1 || unit != "d" && unit != "m" {
		return 0, fmt.Errorf("horizon %q: want days or months, as 30d or 12m", h)
	}
	if unit == "m" {
		n = int(math.Round(float64(n) * 365.25 / 12))
	}
	return n, nil
}

// String names a module for people: dataset/module.
func (d *Dataset) String() string { return fmt.Sprintf("%s (%s)", d.ID, d.Title) }
