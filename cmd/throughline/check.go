package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-isatty"

	"throughline/pipeline/examine"
	"throughline/pipeline/finding"
	"throughline/pipeline/inbox"
	"throughline/pipeline/lake"
	"throughline/pipeline/reference"
	"throughline/schemas"
	"throughline/workflows/project"
)

// CheckCmd reads one return and says everything that is wrong with it.
type CheckCmd struct {
	Path      string   `arg:"" help:"The return: a folder of its files, or one file: CSV, XML, workbook (.xlsx), zip, or a stack of several returns." type:"path"`
	Year      int      `help:"Collection year: 2024 for the year that ends on 31 March 2024. Without it the year is worked out from the dates, never from a name."`
	Previous  string   `help:"Last year's return, a folder or a file: rules that look back are skipped without it." type:"path"`
	LA        string   `name:"la" help:"Whose return it is: ONS code, 3-digit code or name. Without it a folder named for the code tells; of a stack, all are checked."`
	Ruleset   int      `help:"Apply the rules and codes of another year."`
	Rule      []string `help:"Apply these rules only: codes of 'throughline rules list'."`
	ShowIDs   bool     `name:"show-ids" help:"Show the child's own number (CHILD) with each finding, and in a file the names of your files as they are. Only where you may see it."`
	Limit     int      `default:"5" help:"Cases shown of each rule on the terminal; 0 shows all."`
	Output    string   `short:"o" default:"table" enum:"table,json,csv,xlsx,html" help:"table, json (one object a line), csv, xlsx (a workbook with the cells marked) or html (a page)."`
	To        string   `help:"Write to this file." type:"path"`
	Postcodes string   `help:"Table of postcodes: the ONS directory as CSV, or one with postcode, la_code_9, easting, northing. Rules on places are skipped without it." type:"path"`
	Providers []string `help:"Ofsted's lists of settings, as published or as one CSV. Rules on URNs are skipped without them." type:"path"`
	Dataset   string   `default:"ssda903" help:"Which dataset it is; an extract's id, or one of your own."`
	Schemas   string   `help:"Folder of your own schemas, laid over the built-in ones." type:"path"`
}

// Run implements the command. Its exit code is 3 when a finding is an error.
func (c *CheckCmd) Run(app *App) (err error) {
	debug.SetGCPercent(800) // a short life: memory is cheaper than time
	s, err := c.schema()
	if err != nil {
		return err
	}
	if err := errors.Join(fourDigits("--year", c.Year), fourDigits("--ruleset", c.Ruleset)); err != nil {
		return err
	}
	d := s.Dataset(c.Dataset)
	if d == nil {
		return usage("no dataset %q; 'throughline codes datasets' lists them", c.Dataset)
	}
	for _, r := range c.Rule {
		if d.Rule(r) == nil && finding.Find(r) == nil {
			return usage("no rule %q; 'throughline rules list' lists them", r)
		}
	}
	o := examine.Options{Year: schemas.Year(c.Year), Ruleset: schemas.Year(c.Ruleset), Rules: c.Rule}
	o.AsGiven = c.ShowIDs || c.Output == "table" && c.To == "" // what is on the owner's screen alone has the names that they gave
	if o.LA, err = authority(s.Authorities, c.LA, c.Path); err != nil {
		return err
	}
	if n := otherFolder(s.Authorities, o.LA, c.Path); n != "" {
		o.Notes = append(o.Notes, n)
	}
	if c.Output == "xlsx" && c.To == "" {
		if f, ok := app.Out.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
			return usage("-o xlsx writes a workbook, which no terminal shows: name a file with --to check.xlsx")
		}
	}
	if err := c.target(); err != nil {
		return err
	}
	x := examine.New(s, d)
	defer x.Close()
	files, folders, err := sources(c.Path)
	if err != nil {
		return err
	}
	o.Notes = append(o.Notes, unread("the files", folders, o.AsGiven)...)
	if c.Previous != "" {
		if o.Previous, folders, err = sources(c.Previous); err != nil {
			return fmt.Errorf("--previous: %w", err)
		}
		o.Notes = append(o.Notes, unread("last year's files", folders, o.AsGiven)...)
	}
	if err := c.references(s, x, files, &o); err != nil {
		return err
	}
	returns, err := x.Examine(app.Ctx, files, o)
	if err != nil {
		return err
	}
	if err := c.write(app.Out, returns); err != nil {
		return err
	}
	if slices.ContainsFunc(returns, (*examine.Return).Failed) {
		return errRejected
	}
	return nil
}

// schema is the built-in one with what the flag lays over it, or the project in whose inbox the return lies.
func (c *CheckCmd) schema() (*schemas.Schema, error) {
	if c.Schemas == "" {
		if p, err := project.Around(c.Path); p != nil || err != nil {
			if err != nil {
				return nil, err
			}
			return p.Schema, nil
		}
	}
	return loadSchemas(c.Schemas)
}

// authority resolves what somebody calls an authority; without it, the name of the folder that holds the return may be its code.
func authority(all schemas.Authorities, said, path string) (string, error) {
	if said == "" {
		for _, p := range []string{path, filepath.Dir(path)} {
			if a, ok := all.Find(filepath.Base(p)); ok {
				return a.Code, nil
			}
		}
		return "", nil
	}
	found := all.Named(said)
	if len(found) == 0 {
		return "", usage("--la %s: no such authority; 'throughline codes authorities' lists them", said)
	}
	return found[len(found)-1].Code, nil // of one that was reorganised, as it is today
}

// otherFolder says that the folder which holds the return is named for another authority than the return is taken to be of; empty when it
// isn't, or is named for one whose place that authority took.
func otherFolder(all schemas.Authorities, la, path string) string {
	is, ok := all.Find(la)
	if !ok {
		return ""
	}
	for _, p := range []string{path, filepath.Dir(path)} {
		named := all.Named(filepath.Base(p))
		if len(named) == 0 {
			continue
		}
		if slices.ContainsFunc(named, func(a schemas.Authority) bool { return a.Code == la || slices.Contains(a.Successors, la) }) {
			return ""
		}
		a := named[len(named)-1]
		return fmt.Sprintf("the folder is named for %s (%s), yet the return is taken to be of %s (%s): see that --la and the files are the ones meant", a.Name, a.Code, is.Name, is.Code)
	}
	return ""
}

// references reads the tables that the return is held against: those of the flags, else those of the project in whose inbox it lies.
func (c *CheckCmd) references(s *schemas.Schema, x *examine.Examiner, files []examine.Source, o *examine.Options) error {
	if postcodes, providers, err := project.References(c.Path); err != nil {
		return err
	} else if c.Postcodes == "" && len(c.Providers) == 0 {
		c.Postcodes, c.Providers = postcodes, providers
	}
	if c.Postcodes != "" {
		f, err := os.Open(c.Postcodes)
		if err != nil {
			return unreadable(err)
		}
		defer f.Close()
		units := x.Postcodes(slices.Concat(files, o.Previous))
		if o.Postcodes, err = reference.ReadPostcodes(c.Postcodes, f, s.Authorities, func(u string) bool { return units[u] }); err != nil {
			return err
		}
	}
	for _, p := range c.Providers {
		content, err := os.ReadFile(p)
		if err != nil {
			return unreadable(err)
		}
		list, err := reference.ParseProviders(p, content)
		if err != nil {
			return err
		}
		o.Providers = append(o.Providers, list...)
	}
	return nil
}

// target refuses to write where that would take the place of what is read, or be read as somebody's return.
func (c *CheckCmd) target() error {
	if c.To == "" {
		return nil
	}
	at, err := os.Stat(c.To)
	if err == nil && !at.Mode().IsRegular() {
		return usage("--to %s: not a file that can be written; name one", c.To)
	}
	folder, err := os.Stat(filepath.Dir(c.To))
	if err != nil {
		return usage("--to %s: there is no such folder", c.To)
	}
	for _, p := range slices.Concat([]string{c.Path, c.Previous, c.Postcodes}, c.Providers) {
		if st, err := os.Stat(p); err == nil && (os.SameFile(st, folder) || at != nil && os.SameFile(st, at)) {
			return usage("--to %s: what is read lies there; name a file in another folder", c.To)
		}
	}
	p, err := project.Around(c.To)
	if p != nil {
		return usage("--to %s: lies in a project's inbox and would be read as a return; name a file elsewhere", c.To)
	}
	return err
}

// write gives the result. A file is there as a whole or not at all, and only its owner can read it.
func (c *CheckCmd) write(out io.Writer, returns []*examine.Return) error {
	if c.To == "" {
		return c.form(out, returns)
	}
	t, err := os.CreateTemp(filepath.Dir(c.To), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	if err = errors.Join(c.form(t, returns), t.Sync(), t.Close()); err == nil {
		err = os.Rename(t.Name(), c.To)
	}
	if err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	_, err = fmt.Fprintf(out, "%s: %s\n", c.To, examine.Verdict(returns))
	return errors.Join(err, lake.SyncDir(filepath.Dir(c.To)))
}

// form writes the result as asked for.
func (c *CheckCmd) form(out io.Writer, returns []*examine.Return) error {
	switch c.Output {
	case "json":
		return examine.JSON(out, returns, c.ShowIDs)
	case "csv":
		return examine.CSV(out, returns, c.ShowIDs)
	case "xlsx":
		return examine.Workbook(out, returns, c.ShowIDs)
	case "html":
		return examine.Page(out, returns, c.ShowIDs)
	}
	return examine.Text(out, returns, c.Limit, c.ShowIDs)
}

// unreadable adds what to do to an error about a file.
func unreadable(err error) error {
	return fmt.Errorf("%w\nhint: the file must be there and you must be allowed to read it", err)
}

// unread says which folders lie beside the files of a return and are not looked into; their names only where names are shown.
func unread(files string, folders []string, named bool) []string {
	if len(folders) == 0 {
		return nil
	}
	which := fmt.Sprintf("there are %d", len(folders))
	if named {
		which = strings.Join(folders, ", ")
	}
	return []string{fmt.Sprintf("folders beside %s aren't looked into: %s", files, which)}
}

// sources reads a file, or all files of a folder, and names the folders in it.
func sources(path string) (out []examine.Source, folders []string, err error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: no such folder or file\nhint: give the folder that holds the files of one return, or the file", path)
	}
	if err != nil {
		return nil, nil, err
	}
	paths := []string{path}
	if st.IsDir() {
		paths = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, nil, unreadable(err)
		}
		for _, e := range entries {
			switch {
			case e.IsDir():
				folders = append(folders, graphic(e.Name()))
			case e.Type().IsRegular() && !inbox.Litter(e.Name()):
				paths = append(paths, filepath.Join(path, e.Name()))
			}
		}
		if len(paths) == 0 && len(folders) > 0 {
			return nil, nil, fmt.Errorf("no files in %s, only folders: %s\nhint: give one that holds the files of one return", path, strings.Join(folders[:min(len(folders), 8)], ", "))
		}
		if len(paths) == 0 {
			return nil, nil, fmt.Errorf("no files in %s\nhint: give the folder that holds the files of one return", path)
		}
	}
	for _, p := range paths {
		content, err := os.ReadFile(p)
		if err != nil {
			return nil, nil, unreadable(err)
		}
		out = append(out, examine.Source{Name: graphic(filepath.Base(p)), Content: content})
	}
	return out, folders, nil
}

// graphic is a name as given, less signs that would move the cursor.
func graphic(name string) string { return strings.Trim(strconv.QuoteToGraphic(name), `"`) }
