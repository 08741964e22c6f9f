// Package project is the folder that a user works in: throughline.yaml, temporal.yaml, an overlay of schemas, and the data.
package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"throughline"
	"throughline/linkage/encode"
	"throughline/schemas"
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

// Validate names the first setting that can't be used.
func (s *Settings) Validate() error {
	switch {
	case s.Project == "":
		return errors.New("project: is empty: the folder has the default settings and is nobody's project\nhint: give a project's folder with --dir; 'throughline init FOLDER' makes one")
	case !idShape.MatchString(s.Project):
		return fmt.Errorf("project: %q: lower case letters, digits, - and _, beginning with a letter or digit", s.Project)
	case !memoryShape.MatchString(s.DuckDB.Memory):
		return fmt.Errorf("duckdb.memory: %q: a number with MB or GB", s.DuckDB.Memory)
	case s.DuckDB.Threads < 0:
		return fmt.Errorf("duckdb.threads: %d: 0 or more", s.DuckDB.Threads)
	case s.Years.To != 0 && s.Years.From > s.Years.To:
		return fmt.Errorf("years: from %d is after to %d", s.Years.From, s.Years.To)
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
	p.Data = p.Settings.Data
	if !filepath.IsAbs(p.Data) {
		p.Data = filepath.Join(dir, p.Data)
	}
	if p.KeyPath = p.Keys; p.KeyPath == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("where keys lie: %w", err)
		}
		p.KeyPath = encode.KeyPath(config, p.Project)
	}
	var overlay fs.FS
	if st, err := os.Stat(filepath.Join(dir, "schemas")); err == nil && st.IsDir() {
		overlay = os.DirFS(filepath.Join(dir, "schemas"))
	}
	if p.Schema, err = schemas.Load(overlay); err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	for _, d := range p.Datasets {
		if p.Schema.Dataset(d) == nil {
			return nil, fmt.Errorf("%s: datasets: no dataset %q", path, d)
		}
	}
	for _, a := range p.Authorities {
		if _, ok := p.Schema.Authorities.Find(a); !ok {
			return nil, fmt.Errorf("%s: authorities: %q is no authority's ONS code", path, a)
		}
	}
	return p, nil
}

func decode(path string, b []byte, into *Settings) error {
	if err := yaml.Unmarshal(throughline.SettingsYAML, into); err != nil { // defaults first
		return fmt.Errorf("built-in %s: %w", File, err)
	}
	err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into)
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		at := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", path, at.Line, at.Column, ye.GetMessage())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := into.Validate(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Init makes a project folder: both settings files with their comments, an inbox, a folder for own schemas, and keys in the user's
// configuration folder. What is there already stays. seed is used for a demo's key only.
func Init(dir, id string, demo bool, seed uint64) (*Project, error) {
	if id == "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		id = strings.Trim(regexp.MustCompile(`[^a-z0-9_-]+`).ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-_")
	}
	if !idShape.MatchString(id) {
		return nil, fmt.Errorf("%q can't name a project: lower case letters, digits, - and _\nhint: name one with --project", id)
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
	if demo {
		return p, encode.CreateDemoKeys(p.KeyPath, p.Project, seed)
	}
	return p, encode.CreateKeys(p.KeyPath, p.Project)
}
