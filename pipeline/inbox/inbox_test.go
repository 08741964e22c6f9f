package inbox

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"throughline/schemas"
)

// folder makes an inbox with these files, each with its own path as its content.
func folder(t *testing.T, files ...string) (string, *Inbox) {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range files {
		p := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(f), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return dir, b
}

func TestDeliveriesInOrder(t *testing.T) {
	_, b := folder(t, "ssda903/2020/E08000025/header.csv", "ssda903/2020/E08000025/2020-09-30/episodes.csv", "ssda903/2020/E08000025/2020-07-01/header.csv",
		"ssda903/2019/E08000025/header.csv", "npd/2020/E92000001/census.csv", "reference/postcodes.csv", "ssda903/2020/E08000025/Thumbs.db", "ssda903/2020/.hidden")
	got, err := b.Scan()
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, d := range got {
		for _, l := range d.Loads {
			text = append(text, d.Dataset+" "+l.Received+" "+l.Files[0].Path)
		}
	}
	want := []string{"npd  npd/2020/E92000001/census.csv", "ssda903  ssda903/2019/E08000025/header.csv", "ssda903  ssda903/2020/E08000025/header.csv",
		"ssda903 2020-07-01 ssda903/2020/E08000025/2020-07-01/header.csv", "ssda903 2020-09-30 ssda903/2020/E08000025/2020-09-30/episodes.csv"}
	if strings.Join(text, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(text, "\n"), strings.Join(want, "\n"))
	}
	if f, ok, err := b.Reference("reference/postcodes.csv"); err != nil || !ok {
		t.Errorf("table of postcodes: %v, %v", ok, err)
	} else if _, err := b.Read(f); err != nil {
		t.Error(err)
	}
}

// What lies where nothing would read it is said, with the place and what to do, and never with a name that may be a child's.
func TestMisplacedThingsAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"a folder that is no dataset":          {"Amy/2020/E08000025/a.csv", `inbox: a folder that is no dataset`},
		"a folder that is no year":             {"ssda903/Amy/E08000025/a.csv", "inbox/ssda903: a folder that is no year"},
		"a folder that is no authority":        {"ssda903/2020/Amy/a.csv", "inbox/ssda903/2020: a folder that is no local authority"},
		"a national extract of one authority":  {"npd/2020/E08000025/a.csv", "name the folder E92000001"},
		"files beside the years":               {"ssda903/Amy.csv", "inbox/ssda903: files or links beside the folders (1)"},
		"files beside the authorities":         {"ssda903/2020/Amy.csv", "inbox/ssda903/2020: files or links beside the folders (1)"},
		"a resubmission without a date":        {"ssda903/2020/E08000025/Amy/a.csv", "inbox/ssda903/2020/E08000025: a folder that is no date of receipt"},
		"a date that is none":                  {"ssda903/2020/E08000025/2020-02-30/a.csv", "a folder that is no date of receipt"},
		"a folder deeper than a resubmission":  {"ssda903/2020/E08000025/2020-07-01/Amy/a.csv", "a folder within a resubmission"},
		"a dataset's folder named for a child": {"Amy Smith 398768/2020/E08000025/a.csv", "inbox: a folder that is no dataset"},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := folder(t, c.file)
			_, err := b.Scan()
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "hint: ") || strings.Contains(err.Error(), "Amy") {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestLinksPipesAndLockedFoldersAreRefused(t *testing.T) {
	const la = "ssda903/2020/E08000025"
	for name, make := range map[string]func(dir string) error{
		"a link to a file":   func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, la, "Amy.csv")) },
		"a link to a folder": func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, la, "2020-07-01")) },
		"a link among years": func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, "ssda903/2021")) },
		"a pipe":             func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, la, "Amy.csv"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, b := folder(t, la+"/header.csv")
			if err := make(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Scan(); err == nil || strings.Contains(err.Error(), "Amy") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFileNamedForAChildKeepsItsNameToItself(t *testing.T) {
	dir, b := folder(t, "ssda903/2020/E08000025/Amy Smith 398768.csv", "ssda903/2020/E08000025/header.csv")
	got, err := b.Scan()
	if err != nil {
		t.Fatal(err)
	}
	f := got[0].Loads[0].Files[0]
	if f.Name() != "file-1.csv" {
		t.Errorf("the name shows: %+v", f)
	}
	if content, err := b.Read(f); err != nil || !strings.Contains(string(content), "Amy") {
		t.Errorf("%q, %v", content, err)
	}
	if err := os.Remove(filepath.Join(dir, "ssda903/2020/E08000025/Amy Smith 398768.csv")); err != nil {
		t.Fatal(err)
	}
	for _, f := range got[0].Loads[0].Files {
		if _, err := b.Read(f); !errors.Is(err, ErrChanged) || strings.Contains(err.Error(), "Amy") {
			t.Errorf("%s after a file was taken away: %v", f.Path, err)
		}
	}
}

func TestAChangedFileIsRefused(t *testing.T) {
	dir, b := folder(t, "ssda903/2020/E08000025/header.csv")
	got, err := b.Scan()
	if err != nil {
		t.Fatal(err)
	}
	f := got[0].Loads[0].Files[0]
	var content []byte
	use := func(r *io.SectionReader) (err error) {
		content, err = io.ReadAll(r)
		return err
	}
	if err := b.Use(f, use); err != nil || string(content) != "ssda903/2020/E08000025/header.csv" {
		t.Errorf("%q, %v", content, err)
	}
	if err := b.Use(f, func(*io.SectionReader) error { return io.ErrNoProgress }); err != io.ErrNoProgress {
		t.Errorf("what is wrong with the file as listed: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ssda903/2020/E08000025/header.csv"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read(f); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	if err := b.Use(f, use); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
}

func TestReferenceFiles(t *testing.T) {
	_, b := folder(t, "reference/2024/Ofsted list.xlsx", "reference/postcodes.csv", "ssda903/2020/E08000025/header.csv")
	for name, there := range map[string]bool{"reference/2024/Ofsted list.xlsx": true, "reference/postcodes.csv": true, "reference/other.csv": false, "reference/2023/a.csv": false, "reference/2024": false} {
		f, ok, err := b.Reference(name)
		if err != nil || ok != there {
			t.Errorf("%s: %v, %v", name, ok, err)
			continue
		}
		if !ok {
			continue
		}
		if content, err := b.Read(f); err != nil || string(content) != name {
			t.Errorf("%s: %q, %v", name, content, err)
		}
	}
	if _, _, err := b.Reference("../postcodes.csv"); err == nil {
		t.Error("a path that leads out of the inbox was taken")
	}
}
