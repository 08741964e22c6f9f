// Package settings reads temporal.yaml: where workflows live, how long their stages may take, what happens when one fails.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"throughline"
)

// Settings is temporal.yaml. The file at the root of the repository says what each key means and holds every default.
type Settings struct {
	Mode        Mode        `yaml:"mode"`      // embedded or cluster
	Address     string      `yaml:"address"`   // host:port of a cluster; empty with the embedded server
	Namespace   string      `yaml:"namespace"` // where the runs are kept
	Embedded    Embedded    `yaml:"embedded"`
	Queues      Queues      `yaml:"queues"`
	Concurrency Concurrency `yaml:"concurrency"`
	Link        Link        `yaml:"link"`
	Timeouts    Timeouts    `yaml:"timeouts"`
	Retry       Retry       `yaml:"retry"`
	Schedule    Schedule    `yaml:"schedule"`
	SignOff     SignOff     `yaml:"sign_off"`
}

// Mode says who runs the server.
type Mode string

// The modes.
const (
	EmbeddedMode Mode = "embedded" // the program itself
	ClusterMode  Mode = "cluster"  // somebody else
)

// Embedded is about the server that the program starts itself.
type Embedded struct {
	Retention Duration `yaml:"retention"` // of finished runs, at least a day
	UI        bool     `yaml:"ui"`        // whether the web page is served
	UIPort    int      `yaml:"ui_port"`   // 0: any free port
}

// Queues names the task queue of each stage.
type Queues struct {
	Workflows string `yaml:"workflows"`
	Ingest    string `yaml:"ingest"`
	Link      string `yaml:"link"`
	Build     string `yaml:"build"`
	Publish   string `yaml:"publish"`
}

// Names are the different queues, in order of first use.
func (q Queues) Names() []string {
	var out []string
	for _, n := range []string{q.Workflows, q.Ingest, q.Link, q.Build, q.Publish} {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Concurrency bounds what happens at the same time.
type Concurrency struct {
	Deliveries int `yaml:"deliveries"` // of one run in flight, 1 to 64
	Activities int `yaml:"activities"` // of one worker, 1 to 64
}

// Link says how linkage is cut, so that several workers can share it.
type Link struct {
	ShardRecords int `yaml:"shard_records"` // records of a shard, at least 1; a run of no more is linked in one go
	AtOnce       int `yaml:"at_once"`       // shards that one worker has in memory at the same time, 1 to 64
}

// Timeouts are the longest that one try of a stage may take.
type Timeouts struct {
	Plan      Duration `yaml:"plan"`
	Ingest    Duration `yaml:"ingest"`
	Link      Duration `yaml:"link"`
	Build     Duration `yaml:"build"`
	Publish   Duration `yaml:"publish"`
	Heartbeat Duration `yaml:"heartbeat"` // longest silence of a living worker, at least 3 s
}

// Retry says how often and how soon a stage is tried again.
type Retry struct {
	Tries       int      `yaml:"tries"`   // failures that a stage reports before the run fails, at least 1
	Crashes     int      `yaml:"crashes"` // starts, counting those that end with the worker's death; at least Tries
	FirstWait   Duration `yaml:"first_wait"`
	LongestWait Duration `yaml:"longest_wait"` // waits double up to this
}

// Schedule is when the yearly refresh starts.
type Schedule struct {
	TimeZone string   `yaml:"time_zone"` // IANA name
	Month    int      `yaml:"month"`     // 1 to 12
	Day      int      `yaml:"day"`       // 1 to 28
	Hour     int      `yaml:"hour"`      // 0, or 3 to 23
	Minute   int      `yaml:"minute"`    // 0 to 59
	CatchUp  Duration `yaml:"catch_up"`  // how late a missed start may be made up for
	Jitter   Duration `yaml:"jitter"`    // largest random delay; 0: none
}

// SignOff says whether publishing waits for a person.
type SignOff struct {
	Required bool     `yaml:"required"`
	By       []string `yaml:"by"`   // who may; none: anybody but the one who started the run
	Wait     Duration `yaml:"wait"` // after which an unsigned run ends
}

// Duration is a time.Duration written as 90s, 30m, 12h or 400d. A day is 24 hours.
type Duration time.Duration

// UnmarshalYAML reads the form with a unit.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	s := n.GetToken().Value
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			*d = Duration(n) * Duration(24*time.Hour)
			return nil
		}
	} else if t, err := time.ParseDuration(s); err == nil && t >= 0 && s != "0" {
		*d = Duration(t)
		return nil
	}
	return &lineError{line: n.GetToken().Position.Line, msg: fmt.Sprintf("%q isn't a time such as 90s, 30m, 12h or 400d", s)}
}

// lineError is a value that can't be read, with its place.
type lineError struct {
	line int
	msg  string
}

func (e *lineError) Error() string { return e.msg }

// Std is the same as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Default is the file at the root of the repository.
func Default() (*Settings, error) {
	s := new(Settings)
	if err := s.decode("temporal.yaml", throughline.TemporalYAML); err != nil {
		return nil, err
	}
	return s, nil
}

// Load reads the file at path over the defaults. A file that isn't there is the defaults.
func Load(path string) (*Settings, error) {
	s, err := Default()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	return s, s.decode(path, b)
}

// decode reads a file over what s holds, strictly, and validates the whole. An error begins with path and line.
func (s *Settings) decode(path string, b []byte) error {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return at(path, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return nil // nothing but comments
	}
	dec := yaml.NewDecoder(bytes.NewReader(b), yaml.DisallowUnknownField())
	if err := dec.Decode(s); err != nil {
		return at(path, err)
	}
	if err := s.Validate(); err != nil {
		var f *FieldError
		if errors.As(err, &f) {
			return fmt.Errorf("%s:%d: %w", path, Line(file, f.Field), err)
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// at puts the place of a YAML error before its message.
func at(path string, err error) error {
	var l *lineError
	if errors.As(err, &l) {
		return fmt.Errorf("%s:%d: %s", path, l.line, l.msg)
	}
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", path, y.GetToken().Position.Line, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Line is where a field, such as schedule.hour, stands in a YAML file; 1 when it doesn't.
func Line(file *ast.File, field string) int {
	p, err := yaml.PathString("$." + field)
	if err != nil {
		return 1
	}
	n, err := p.FilterFile(file)
	if err != nil || n == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// FieldError is a value that can't be used.
type FieldError struct {
	Field string // as in the file, such as schedule.hour
	Wrong string // what is the matter with it
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Wrong }

// Validate names the first field that can't be used.
func (s *Settings) Validate() error {
	wrong := func(field, format string, args ...any) error {
		return &FieldError{Field: field, Wrong: fmt.Sprintf(format, args...)}
	}
	if s.Mode != EmbeddedMode && s.Mode != ClusterMode {
		return wrong("mode", "%q is neither embedded nor cluster", s.Mode)
	}
	if s.Namespace == "" {
		return wrong("namespace", "is empty")
	}
	if s.Embedded.Retention < Duration(24*time.Hour) {
		return wrong("embedded.retention", "is shorter than a day")
	}
	if s.Embedded.UIPort < 0 || s.Embedded.UIPort > 65535 {
		return wrong("embedded.ui_port", "%d isn't a port", s.Embedded.UIPort)
	}
	for _, q := range []struct{ field, name string }{
		{"workflows", s.Queues.Workflows}, {"ingest", s.Queues.Ingest}, {"link", s.Queues.Link},
		{"build", s.Queues.Build}, {"publish", s.Queues.Publish},
	} {
		if strings.TrimSpace(q.name) == "" {
			return wrong("queues."+q.field, "is empty")
		}
	}
	if n := s.Concurrency.Deliveries; n < 1 || n > 64 {
		return wrong("concurrency.deliveries", "%d isn't from 1 to 64", n)
	}
	if n := s.Concurrency.Activities; n < 1 || n > 64 {
		return wrong("concurrency.activities", "%d isn't from 1 to 64", n)
	}
	if n := s.Link.ShardRecords; n < 1 {
		return wrong("link.shard_records", "%d is less than 1", n)
	}
	if n := s.Link.AtOnce; n < 1 || n > 64 {
		return wrong("link.at_once", "%d isn't from 1 to 64", n)
	}
	for _, t := range []struct {
		field string
		d     Duration
	}{
		{"plan", s.Timeouts.Plan}, {"ingest", s.Timeouts.Ingest}, {"link", s.Timeouts.Link},
		{"build", s.Timeouts.Build}, {"publish", s.Timeouts.Publish},
	} {
		if t.d < Duration(time.Second) {
			return wrong("timeouts."+t.field, "is shorter than a second")
		}
	}
	if s.Timeouts.Heartbeat < Duration(3*time.Second) {
		return wrong("timeouts.heartbeat", "is shorter than 3 s, which a busy worker may need")
	}
	if s.Retry.Tries < 1 {
		return wrong("retry.tries", "%d is less than 1", s.Retry.Tries)
	}
	if s.Retry.Crashes < s.Retry.Tries {
		return wrong("retry.crashes", "%d is less than retry.tries", s.Retry.Crashes)
	}
	if s.Retry.FirstWait < Duration(time.Millisecond) {
		return wrong("retry.first_wait", "is shorter than a millisecond")
	}
	if s.Retry.LongestWait < s.Retry.FirstWait {
		return wrong("retry.longest_wait", "is shorter than retry.first_wait")
	}
	return s.Schedule.validate(wrong, s.SignOff)
}

func (c Schedule) validate(wrong func(string, string, ...any) error, sign SignOff) error {
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		return wrong("schedule.time_zone", "%q isn't a time zone such as Europe/London", c.TimeZone)
	}
	if c.Month < 1 || c.Month > 12 {
		return wrong("schedule.month", "%d isn't from 1 to 12", c.Month)
	}
	if c.Day < 1 || c.Day > 28 {
		return wrong("schedule.day", "%d isn't from 1 to 28, the days that every month has", c.Day)
	}
	if c.Hour < 0 || c.Hour > 23 || c.Hour == 1 || c.Hour == 2 {
		return wrong("schedule.hour", "%d isn't 0 or from 3 to 23: between 01:00 and 02:59 an hour is missing or double when summer time changes", c.Hour)
	}
	if c.Minute < 0 || c.Minute > 59 {
		return wrong("schedule.minute", "%d isn't from 0 to 59", c.Minute)
	}
	if c.CatchUp < Duration(10*time.Second) {
		return wrong("schedule.catch_up", "is shorter than 10 s")
	}
	if c.Hour == 0 && c.Jitter > Duration(time.Hour) {
		return wrong("schedule.jitter", "may carry the start beyond 01:00")
	}
	for _, b := range sign.By {
		if strings.TrimSpace(b) == "" {
			return wrong("sign_off.by", "holds a blank name")
		}
	}
	if sign.Wait < Duration(time.Minute) {
		return wrong("sign_off.wait", "is shorter than a minute")
	}
	return nil
}
