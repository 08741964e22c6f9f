// Package project is the folder that a user works in: throughline.yaml, temporal.yaml, an overlay of schemas, and the data.
package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"throughline"
	"throughline/linkage/encode"
	"throughline/pipeline/inbox"
	"throughline/schemas"
	"throughline/workflows/settings"
)

// Settings is throughline.yaml. The file at the repository's root says what each key means.
type Settings struct {
	Project     string   `yaml:"project"`
	Demo        bool     `yaml:"demo"`
	Data        string   `yaml:"data"`
	Datasets    []string `yaml:"datasets"`
	Authorities []string `yaml:"authorities"`
	Years       struct {
		From int `yaml:"from"`
		To   int `yaml:"to"`
	} `yaml:"years"`
	References struct {
		Postcodes string   `yaml:"postcodes"`
		Providers []string `yaml:"providers"`
	} `yaml:"references"`
	Keys   string `yaml:"keys"`
	DuckDB struct {
		Memory  string `yaml:"memory"`
		Threads int    `yaml:"threads"`
	} `yaml:"duckdb"`
	Policies struct {
		PublishPartial            bool `yaml:"publish_partial"`
		ReleaseWithPrimaryControl bool `yaml:"release_with_primary_control"`
	} `yaml:"policies"`
}

var (
	idShape     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	memoryShape = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(MB|GB)$`)
)

// wrong is a setting that can't be used.
type wrong struct {
	field string // as in the file, such as duckdb.memory
	what  string
}

func (w *wrong) Error() string { return w.field + ": " + w.what }

func refuse(field, format string, args ...any) error {
	return &wrong{field, fmt.Sprintf(format, args...)}
}

// Validate names the first setting that can't be used.
func (s *Settings) Validate() error {
	switch {
	case s.Project == "":
		return refuse("project", "is empty: the folder has the default settings and is nobody's project\nhint: give a project's folder with --dir; 'throughline init FOLDER' makes one")
	case !idShape.MatchString(s.Project):
		return refuse("project", "%q: lower case letters, digits, - and _, beginning with a letter or digit", s.Project)
	case !memoryShape.MatchString(s.DuckDB.Memory):
		return refuse("duckdb.memory", "%q: a number with MB or GB", s.DuckDB.Memory)
	case s.DuckDB.Threads < 0:
		return refuse("duckdb.threads", "%d: 0 or more", s.DuckDB.Threads)
	case s.Years.To != 0 && s.Years.From > s.Years.To:
		return refuse("years.from", "%d is after to, %d", s.Years.From, s.Years.To)
	}
	for i, name := range append([]string{s.References.Postcodes}, s.References.Providers...) {
		field := "references.postcodes"
		if i > 0 {
			field = fmt.Sprintf("references.providers[%d]", i-1)
		}
		if i == 0 && name == "" { // the usual place
			continue
		}
		if path.Clean(name) != name || !strings.HasPrefix(name, inbox.ReferenceFolder+"/") {
			return refuse(field, "%q: a path from the inbox, with slashes, in its folder %s\nhint: such as %[2]s/postcodes.csv", name, inbox.ReferenceFolder)
		}
	}
	return nil
}

// File is the name of the settings file in a project folder.
const File = "throughline.yaml"

// Project is an opened project folder.
type Project struct {
	Settings
	Dir     string // as given
	Data    string // where inbox, lake, outputs and temporal lie
	Schema  *schemas.Schema
	KeyPath string
}

// Sub is a folder of the project's data: inbox, lake, outputs or temporal.
func (p *Project) Sub(name string) string { return filepath.Join(p.Data, name) }

// Tables that are taken, when they are there, without being named.
const (
	usualPostcodes = inbox.ReferenceFolder + "/postcodes.csv"
	usualProviders = inbox.ReferenceFolder + "/providers.csv"
)

// ReferenceFiles are the tables that returns are held against, as paths from the inbox; postcodes is empty when there is none. One that the
// settings name must be there.
func (p *Project) ReferenceFiles() (postcodes string, providers []string, err error) {
	there := func(field, name string) (string, error) {
		st, err := os.Stat(filepath.Join(p.Sub("inbox"), filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist) && field == "":
			return "", nil
		case errors.Is(err, fs.ErrNotExist) || err == nil && !st.Mode().IsRegular():
			return "", fmt.Errorf("%s: %w", filepath.Join(p.Dir, File), refuse(field, "no file %s in %s\nhint: put it there, or take it out of the settings", name, p.Sub("inbox")))
		}
		return name, err
	}
	if p.References.Postcodes == "" {
		postcodes, err = there("", usualPostcodes)
	} else {
		postcodes, err = there("references.postcodes", p.References.Postcodes)
	}
	for i := 0; i < len(p.References.Providers) && err == nil; i++ {
		_, err = there(fmt.Sprintf("references.providers[%d]", i), p.References.Providers[i])
	}
	providers = p.References.Providers
	if len(providers) == 0 && err == nil {
		var usual string
		if usual, err = there("", usualProviders); usual != "" {
			providers = []string{usual}
		}
	}
	return postcodes, providers, err
}

// Around is the project in whose inbox a file or folder lies; nil when it lies in none.
func Around(name string) (*Project, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	for dir := filepath.Dir(name); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, File)); err != nil {
			continue
		}
		p, err := Open(dir)
		var w *wrong
		if errors.As(err, &w) && w.field == "project" { // settings that are nobody's
			continue
		}
		if err != nil || !below(p.Sub("inbox"), name) {
			return nil, err
		}
		return p, nil
	}
	return nil, nil
}

// References are the tables, as paths that can be opened, of the project in whose inbox a return lies; none when it lies in no project.
func References(name string) (postcodes string, providers []string, err error) {
	p, err := Around(name)
	if p == nil || err != nil {
		return "", nil, err
	}
	postcodes, within, err := p.ReferenceFiles()
	if err != nil {
		return "", nil, err
	}
	full := func(name string) string { return filepath.Join(p.Sub("inbox"), filepath.FromSlash(name)) }
	if postcodes != "" {
		postcodes = full(postcodes)
	}
	for _, name := range within {
		providers = append(providers, full(name))
	}
	return postcodes, providers, nil
}

// Encoder opens the project's keys.
func (p *Project) Encoder() (*encode.Encoder, error) {
	return encode.LoadKeys(p.KeyPath, p.Project, p.Demo)
}

// Open reads a project folder.
func Open(dir string) (*Project, error) {
	path := filepath.Join(dir, File)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s isn't a project folder: it has no %s\nhint: 'throughline init %s' makes one", dir, File, dir)
	}
	if err != nil {
		return nil, err
	}
	p := &Project{Dir: dir}
	if err := decode(path, b, &p.Settings); err != nil {
		return nil, err
	}
	within := func(path string) string { // absolute, or from the settings file
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	p.Data = within(p.Settings.Data)
	if p.Keys == "" {
		if p.KeyPath, err = usualKeys(p.Project); err != nil {
			return nil, err
		}
	} else if p.KeyPath = within(p.Keys); below(p.Data, p.KeyPath) {
		return nil, at(path, b, refuse("keys", "lies among the data: whoever has a copy of them would have the key too\nhint: leave it empty, or name a place outside %s", p.Data))
	}
	var overlay fs.FS
	if st, err := os.Stat(filepath.Join(dir, "schemas")); err == nil && st.IsDir() {
		overlay = os.DirFS(filepath.Join(dir, "schemas"))
	}
	if p.Schema, err = schemas.Load(overlay); err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	for i, d := range p.Datasets {
		if p.Schema.Dataset(d) == nil {
			return nil, at(path, b, refuse(fmt.Sprintf("datasets[%d]", i), "no dataset %q\nhint: 'throughline codes datasets' lists them", d))
		}
	}
	for i, a := range p.Authorities {
		if _, ok := p.Schema.Authorities.Find(a); !ok {
			return nil, at(path, b, refuse(fmt.Sprintf("authorities[%d]", i), "%q is no authority's ONS code\nhint: 'throughline codes authorities' lists them", a))
		}
	}
	return p, nil
}

// usualKeys is where a project's keys lie when its settings don't say.
func usualKeys(id string) (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("where keys lie: %w", err)
	}
	return encode.KeyPath(config, id), nil
}

// below reports whether a path lies in a folder.
func below(dir, path string) bool {
	d, err1 := filepath.Abs(dir)
	p, err2 := filepath.Abs(path)
	rel, err3 := filepath.Rel(d, p)
	return errors.Join(err1, err2, err3) == nil && filepath.IsLocal(rel)
}

// at puts the place of a setting, or of a mistake in the YAML, before what is wrong.
func at(path string, text []byte, err error) error {
	var w *wrong
	var ye yaml.Error
	switch {
	case errors.As(err, &ye) && ye.GetToken() != nil:
		at := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", path, at.Line, at.Column, ye.GetMessage())
	case errors.As(err, &w):
		if file, parseErr := parser.ParseBytes(text, 0); parseErr == nil {
			return fmt.Errorf("%s:%d: %w", path, settings.Line(file, w.field), err)
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}

func decode(path string, b []byte, into *Settings) error {
	if err := yaml.Unmarshal(throughline.SettingsYAML, into); err != nil { // defaults first
		return fmt.Errorf("built-in %s: %w", File, err)
	}
	err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into)
	if err == nil || errors.Is(err, io.EOF) { // an empty file has the defaults
		err = into.Validate()
	}
	if err != nil {
		return at(path, b, err)
	}
	return nil
}

// Init makes a project folder: both settings files with their comments, an inbox, a folder for own schemas, and keys in the user's
// configuration folder. What is there already stays. seed is used for a demo's key only.
func Init(dir, id string, demo bool, seed uint64) (*Project, error) {
	derived := id == ""
	if derived {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		id = strings.Trim(regexp.MustCompile(`[^a-z0-9_-]+`).ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-_")
	}
	if !idShape.MatchString(id) {
		return nil, fmt.Errorf("%q can't name a project: lower case letters, digits, - and _\nhint: name one with --project", id)
	}
	if _, err := os.Stat(filepath.Join(dir, File)); derived && !demo && errors.Is(err, fs.ErrNotExist) {
		keys, err := usualKeys(id)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(keys); err == nil {
			return nil, fmt.Errorf("there are keys of a project %s already, of another folder of that name: %s\nhint: tokens of two projects must differ: name this one with --project; --project %s goes on with those keys", id, keys, id)
		}
	}
	for _, d := range []string{"inbox/ssda903", "schemas/extracts"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	settings := strings.Replace(string(throughline.SettingsYAML), `project: ""`, "project: "+id, 1)
	if demo {
		settings = strings.Replace(settings, "demo: false", "demo: true", 1)
	}
	for name, text := range map[string]string{File: settings, "temporal.yaml": string(throughline.TemporalYAML)} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	p, err := Open(dir)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Demo && demo:
		return p, encode.CreateDemoKeys(p.KeyPath, p.Project, seed)
	case p.Demo || demo: // a folder that was made for the other: its keys, or that there are none, stay as they are
		return p, nil
	}
	return p, encode.CreateKeys(p.KeyPath, p.Project)
}
