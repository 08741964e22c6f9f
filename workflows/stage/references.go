package stage

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"throughline/pipeline/inbox"
	"throughline/pipeline/reference"
)

// ReferenceState says of one table that returns are held against whether it can be read, how much it holds and of what date it is.
type ReferenceState struct {
	Table  string // postcodes or providers
	Detail string
	Err    error
}

// References looks at every table of the project.
func (s *Stages) References() []ReferenceState {
	table, lists, err := s.p.ReferenceFiles()
	if err != nil {
		return []ReferenceState{{Table: "references", Err: err}}
	}
	b, err := inbox.Open(s.p.Sub("inbox"), s.p.Schema)
	if err != nil {
		return []ReferenceState{{Table: "references", Err: err}}
	}
	defer b.Close()
	state := func(kind, name string, read func(io.Reader) (string, error)) ReferenceState {
		out := ReferenceState{Table: kind}
		f, ok, err := b.Reference(name)
		if err == nil && !ok {
			err = fmt.Errorf("inbox/%s: no such file, or a hidden one", name)
		}
		if err == nil {
			err = b.Use(f, func(r *io.SectionReader) (err error) {
				out.Detail, err = read(r)
				return err
			})
		}
		var st os.FileInfo
		if err == nil {
			st, err = os.Stat(filepath.Join(s.p.Sub("inbox"), filepath.FromSlash(name)))
		}
		if out.Err = err; err == nil {
			out.Detail = fmt.Sprintf("inbox/%s: %s, file of %s", name, out.Detail, st.ModTime().UTC().Format(time.DateOnly))
		}
		return out
	}
	out := []ReferenceState{{Table: "postcodes", Detail: "none: what follows from a postcode stays empty, and the rules that need it are left out"}}
	if table != "" {
		out[0] = state("postcodes", table, func(r io.Reader) (string, error) {
			p, err := reference.ReadPostcodes("inbox/"+table, r, s.p.Schema.Authorities, nil)
			return fmt.Sprintf("%d postcodes%s", p.Len(), dated(p.Newest())), err
		})
	}
	if len(lists) == 0 {
		return append(out, ReferenceState{Table: "providers", Detail: "none: the rules on URNs are left out"})
	}
	for _, name := range lists {
		out = append(out, state("providers", name, func(r io.Reader) (string, error) {
			content, err := io.ReadAll(r)
			if err != nil {
				return "", err
			}
			list, err := reference.ParseProviders("inbox/"+name, content)
			urns, placed, located, closed := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
			for _, p := range list {
				urns[p.URN] = true
				for _, x := range []struct {
					in map[string]bool
					is bool
				}{{placed, p.Place != ""}, {located, p.Postcode != ""}, {closed, p.To != ""}} {
					if x.is {
						x.in[p.URN] = true
					}
				}
			}
			newest := ""
			if d := reference.Newest(list); !d.IsZero() {
				newest = d.Format(time.DateOnly)
			}
			return fmt.Sprintf("%d settings, %d with a placement code, %d with a postcode, %d closed%s", len(urns), len(placed), len(located), len(closed), dated(newest)), err
		}))
	}
	return out
}

func dated(newest string) string {
	if newest == "" {
		return ""
	}
	return ", last change " + newest
}
