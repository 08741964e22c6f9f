package stage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"throughline/linkage/encode"
	"throughline/pipeline/inbox"
	"throughline/pipeline/ingest"
	"throughline/pipeline/lake"
	"throughline/pipeline/models"
	"throughline/pipeline/reference"
	"throughline/pipeline/rules"
	"throughline/schemas"
	"throughline/workflows"
	"throughline/workflows/project"
)

// Version is the program's: a run's id depends on it, since another version may give another result.
const Version = "0.1.0"

// Stages does the work of a refresh in one project folder. It implements workflows.Stages.
type Stages struct {
	p       *project.Project
	lake    *lake.Lake
	encoder *encode.Encoder

	mu        sync.Mutex
	postcodes map[string]*reference.Postcodes // by hash of the file
	providers map[string][]reference.Provider // by hashes of the lists, joined: one slice for all returns of a run
	runs      map[string]*run                 // plans that were read, by run id

	inUse recordsInUse
	rules func() (*rules.Shared, error) // opened when the first delivery needs it
}

var _ workflows.Stages = (*Stages)(nil)

// New opens the keys and the lake of a project.
func New(p *project.Project) (*Stages, error) {
	e, err := p.Encoder()
	if err != nil {
		return nil, err
	}
	return &Stages{p: p, lake: lake.Open(p.Sub("lake")), encoder: e, postcodes: map[string]*reference.Postcodes{}, providers: map[string][]reference.Provider{},
		runs: map[string]*run{}, rules: sync.OnceValues(func() (*rules.Shared, error) {
			e, err := rules.New(p.Schema, p.Schema.Dataset("ssda903"))
			return rules.Share(e), err
		})}, nil
}

// Lake is the project's lake.
func (s *Stages) Lake() *lake.Lake { return s.lake }

// plan is all that a run depends on. Its hash, with the parent, is the run's id.
type plan struct {
	Year       int               `json:"year"`
	Project    string            `json:"project"`
	Demo       bool              `json:"demo"`
	Release    bool              `json:"release"`
	Schema     string            `json:"schema"`
	Models     string            `json:"models"`
	Code       string            `json:"code"`
	Key        string            `json:"key"`
	Truth      string            `json:"truth"`               // hash of the truth files beside an invented population
	Postcodes  string            `json:"postcodes"`           // hash, as are
	Providers  []string          `json:"providers,omitempty"` // in the order of the settings
	Deliveries []plannedDelivery `json:"deliveries"`
	Decisions  *decided          `json:"decisions,omitempty"` // of clerical review
}

type plannedDelivery struct {
	Dataset string       `json:"dataset"`
	Year    int          `json:"year"`
	LA      string       `json:"la"`
	Loads   []inbox.Load `json:"loads"`
}

func (d plannedDelivery) delivery() inbox.Delivery {
	return inbox.Delivery{Dataset: d.Dataset, Year: schemas.Year(d.Year), LA: d.LA, Loads: d.Loads}
}

// run is a plan with its place in the chain of snapshots.
type run struct {
	Basis  string `json:"basis"`  // hash of the plan
	Parent string `json:"parent"` // snapshot that CURRENT held
	Plan   plan   `json:"plan"`
}

const planFile = "plan.json"

func rejected(kind string, err error) error { return &workflows.Rejected{Kind: kind, Err: err} }

// Plan implements workflows.Stages.
func (s *Stages) Plan(ctx context.Context, in workflows.PlanInput) (*workflows.PlanResult, error) {
	b, err := inbox.Open(s.p.Sub("inbox"), s.p.Schema)
	if err != nil {
		return nil, rejected(workflows.SettingsWrong, err)
	}
	defer b.Close()
	found, err := b.Scan()
	if err != nil {
		return nil, rejected(workflows.SettingsWrong, err)
	}
	year, latest := in.Year, 0
	for _, d := range found {
		if s.wanted(d) && d.Dataset == "ssda903" && (in.Year == 0 || int(d.Year) <= in.Year) {
			latest = max(latest, int(d.Year))
		}
	}
	if latest == 0 {
		return nil, rejected(workflows.ReturnRejected, fmt.Errorf("no SSDA903 return in %s that this project's settings take\nhint: put its CSV files under inbox/ssda903/YEAR/AUTHORITY/, YEAR ending 31 March, AUTHORITY an ONS code such as E08000025", s.p.Sub("inbox")))
	}
	if year == 0 {
		year = latest
	}
	if latest < year { // else the year would be published as one in which nothing happened
		return nil, rejected(workflows.ReturnRejected, fmt.Errorf("no SSDA903 return of %d has arrived: the latest is of %d\nhint: refresh when it has, or up to %d with --year %d", year, latest, latest, latest))
	}
	later := 0
	r := run{Plan: plan{Year: year, Project: s.p.Project, Demo: s.p.Demo, Release: s.p.Policies.ReleaseWithPrimaryControl, Schema: s.p.Schema.Hash, Models: models.Hash(), Code: Version, Key: s.encoder.Fingerprint()}}
	for _, d := range found {
		switch {
		case !s.wanted(d):
		case int(d.Year) > year:
			later++
		default:
			r.Plan.Deliveries = append(r.Plan.Deliveries, plannedDelivery{Dataset: d.Dataset, Year: int(d.Year), LA: d.LA, Loads: d.Loads})
		}
	}
	if r.Plan.Postcodes, r.Plan.Providers, err = s.references(b); err != nil {
		return nil, err
	}
	if s.p.Demo {
		if r.Plan.Truth, err = s.truthHash(); err != nil {
			return nil, err
		}
	}
	if r.Plan.Decisions, err = s.decidedNow(); err != nil {
		return nil, err
	}
	r.Basis = digest(r.Plan)
	if r.Parent, err = s.lake.Current(); err != nil {
		return nil, err
	}
	out := &workflows.PlanResult{Year: year, Deliveries: len(r.Plan.Deliveries), Later: later}
	if r.Parent != "" {
		if snap, err := s.lake.Snapshot(r.Parent); err == nil && snap.Basis == r.Basis {
			out.RunID, out.Done = snap.RunID, true
			return out, nil
		}
	}
	out.RunID = digest(r.Basis, r.Parent)
	return out, s.lake.WriteRun(out.RunID, planFile, r)
}

// wanted reports whether the project's settings take a delivery.
func (s *Stages) wanted(d inbox.Delivery) bool {
	return (len(s.p.Datasets) == 0 || slices.Contains(s.p.Datasets, d.Dataset)) &&
		(len(s.p.Authorities) == 0 || d.LA == inbox.National || slices.Contains(s.p.Authorities, d.LA)) &&
		int(d.Year) >= s.p.Years.From && (s.p.Years.To == 0 || int(d.Year) <= s.p.Years.To)
}

// digest is the SHA-256 of values as JSON, whose maps have their keys in order.
func digest(v ...any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain structs come here
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// run reads a planned run.
func (s *Stages) run(id string) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r, nil
	}
	var r run
	ok, err := s.lake.ReadRun(id, planFile, &r)
	if err != nil {
		return nil, err
	}
	if !ok || digest(r.Basis, r.Parent) != id || digest(r.Plan) != r.Basis {
		return nil, rejected(workflows.WorkspaceBroken, fmt.Errorf("run %.12s has no plan, or one that was changed\nhint: start the refresh again", id))
	}
	s.runs[id] = &r
	return &r, nil
}

// Deliveries implements workflows.Stages.
func (s *Stages) Deliveries(ctx context.Context, in workflows.DeliveriesInput) (*workflows.DeliveriesResult, error) {
	r, err := s.run(in.RunID)
	if err != nil {
		return nil, err
	}
	out := &workflows.DeliveriesResult{}
	for i := in.Offset; i < min(in.Offset+in.Limit, len(r.Plan.Deliveries)); i++ {
		d := r.Plan.Deliveries[i]
		out.Deliveries = append(out.Deliveries, workflows.Delivery{Dataset: d.Dataset, Year: d.Year, Authority: d.LA})
	}
	return out, nil
}

func (r *run) find(d workflows.Delivery) (plannedDelivery, error) {
	for _, x := range r.Plan.Deliveries {
		if x.Dataset == d.Dataset && x.Year == d.Year && x.LA == d.Authority {
			return x, nil
		}
	}
	return plannedDelivery{}, rejected(workflows.WorkspaceBroken, fmt.Errorf("%s/%d/%s isn't in the plan", d.Dataset, d.Year, d.Authority))
}

// previous is last year's return of the children of d: of the same authority, or of the one whose place it
// took alone. With several to look in, or children shared out, who is missing is unknown.
func (s *Stages) previous(r *run, d plannedDelivery) *inbox.Load {
	if d.Dataset != "ssda903" {
		return nil
	}
	from := []string{d.LA}
	var before []string
	for _, a := range s.p.Schema.Authorities {
		if slices.Contains(a.Successors, d.LA) {
			before = append(before, a.Code)
			if len(a.Successors) > 1 { // its children were shared out
				before = append(before, "")
			}
		}
	}
	if len(before) == 1 {
		from = append(from, before[0])
	}
	for _, la := range from {
		for _, x := range r.Plan.Deliveries {
			if x.Dataset == d.Dataset && x.Year == d.Year-1 && x.LA == la {
				return &x.Loads[len(x.Loads)-1]
			}
		}
	}
	return nil
}

// references are the hashes of the tables that the returns are held against.
func (s *Stages) references(b *inbox.Inbox) (postcodes string, providers []string, err error) {
	table, lists, err := s.p.ReferenceFiles()
	if err != nil {
		return "", nil, rejected(workflows.SettingsWrong, err)
	}
	hash := func(name string) (string, error) {
		f, ok, err := b.Reference(name)
		if err == nil && !ok {
			err = rejected(workflows.SettingsWrong, fmt.Errorf("inbox/%s: no such file, or one that isn't read, such as a hidden one", name))
		}
		return f.SHA256, err
	}
	if table != "" {
		if postcodes, err = hash(table); err != nil {
			return "", nil, err
		}
	}
	for _, name := range lists {
		h, err := hash(name)
		if err != nil {
			return "", nil, err
		}
		providers = append(providers, h)
	}
	return postcodes, providers, nil
}

// readReferences reads the tables of a plan, each once.
func (s *Stages) readReferences(b *inbox.Inbox, p plan) (*reference.Postcodes, []reference.Provider, error) {
	if p.Postcodes == "" && len(p.Providers) == 0 {
		return nil, nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	table, lists, err := s.p.ReferenceFiles()
	if err != nil || (table == "") != (p.Postcodes == "") || len(lists) != len(p.Providers) {
		return nil, nil, rejected(workflows.ReturnRejected, errors.Join(inbox.ErrChanged, err))
	}
	use := func(name, hash string, fn func(*io.SectionReader) error) error {
		f, ok, err := b.Reference(name)
		if err != nil {
			return err
		}
		if !ok || f.SHA256 != hash {
			return rejected(workflows.ReturnRejected, inbox.ErrChanged)
		}
		if err := b.Use(f, fn); err != nil {
			return rejected(workflows.ReturnRejected, err)
		}
		return nil
	}
	if p.Postcodes != "" && s.postcodes[p.Postcodes] == nil {
		var read *reference.Postcodes
		if err := use(table, p.Postcodes, func(r *io.SectionReader) (err error) {
			read, err = reference.ReadPostcodes("inbox/"+table, r, s.p.Schema.Authorities, nil)
			return err
		}); err != nil {
			return nil, nil, err
		}
		s.postcodes[p.Postcodes] = read
	}
	key := strings.Join(p.Providers, " ")
	if s.providers[key] == nil {
		var all []reference.Provider
		for i, hash := range p.Providers {
			if err := use(lists[i], hash, func(r *io.SectionReader) error {
				content, err := io.ReadAll(r)
				if err != nil {
					return err
				}
				read, err := reference.ParseProviders("inbox/"+lists[i], content)
				all = append(all, read...)
				return err
			}); err != nil {
				return nil, nil, err
			}
		}
		s.providers[key] = all
	}
	return s.postcodes[p.Postcodes], s.providers[key], nil
}

// loadNote says which load a delivery of a run became.
type loadNote struct {
	Load string `json:"load"`
}

func noteName(d workflows.Delivery) string {
	return fmt.Sprintf("loads/%s-%d-%s.json", d.Dataset, d.Year, d.Authority)
}

// Ingest implements workflows.Stages.
func (s *Stages) Ingest(ctx context.Context, in workflows.IngestInput, p workflows.Progress) (*workflows.IngestResult, error) {
	r, err := s.run(in.RunID)
	if err != nil {
		return nil, err
	}
	d, err := r.find(in.Delivery)
	if err != nil {
		return nil, err
	}
	prev := s.previous(r, d)
	basis := s.basis(r, d)
	id, load, ok := s.lake.FindLoad(d.Dataset, d.Year, d.LA, basis)
	if !ok {
		b, err := inbox.Open(s.p.Sub("inbox"), s.p.Schema)
		if err != nil {
			return nil, err
		}
		defer b.Close()
		post, list, err := s.readReferences(b, r.Plan)
		if err != nil {
			return nil, err
		}
		tok, err := newTokeniser(s.encoder, s.p.Schema)
		if err != nil {
			return nil, err
		}
		src := ingest.Source{Inbox: b, Delivery: d.delivery(), Previous: prev, Postcodes: post, Providers: list, Basis: basis}
		if len(s.p.Schema.Dataset(d.Dataset).Rules) > 0 {
			if src.Rules, err = s.rules(); err != nil {
				return nil, err
			}
		}
		load, err = ingest.Run(ctx, s.p.Schema, s.lake, src, tok, p)
		if errors.Is(err, inbox.ErrChanged) {
			return nil, rejected(workflows.ReturnRejected, err)
		}
		if err != nil {
			return nil, err
		}
		if id, err = s.lake.PutJSON(lake.LoadDir(d.Dataset, d.Year, d.LA), load); err != nil {
			return nil, err
		}
	}
	if err := s.lake.WriteRun(in.RunID, noteName(in.Delivery), loadNote{Load: id}); err != nil {
		return nil, err
	}
	out := &workflows.IngestResult{Load: id}
	for _, c := range load.Counts {
		out.Files += int64(c.Files)
		out.Rows += c.Rows
		out.Kept += c.Kept
		out.QuarantinedRows += c.Quarantined
		if c.Module == "" {
			out.QuarantinedFiles += int64(c.Files)
		}
	}
	for _, f := range load.FindingCounts {
		out.Findings += f.N
	}
	return out, nil
}

// basis names all that decides what becomes of a delivery.
func (s *Stages) basis(r *run, d plannedDelivery) string {
	var providers []string
	if len(s.p.Schema.Dataset(d.Dataset).Rules) > 0 { // nothing else looks at them
		providers = r.Plan.Providers
	}
	return digest(d, s.previous(r, d), r.Plan.Postcodes, providers, r.Plan.Schema, r.Plan.Code, r.Plan.Key)
}

// loads reads the manifests of every delivery of a run, in the plan's order. What an earlier run took in the same way is in the lake already.
func (s *Stages) loads(id string, r *run) (ids []string, out []*lake.Load, err error) {
	for _, d := range r.Plan.Deliveries {
		var n loadNote
		ok, err := s.lake.ReadRun(id, noteName(workflows.Delivery{Dataset: d.Dataset, Year: d.Year, Authority: d.LA}), &n)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			load, l, found := s.lake.FindLoad(d.Dataset, d.Year, d.LA, s.basis(r, d))
			if !found {
				return nil, nil, rejected(workflows.WorkspaceBroken, fmt.Errorf("%s/%d/%s isn't in the lake yet\nhint: 'throughline ingest' first", d.Dataset, d.Year, d.LA))
			}
			if err := s.lake.WriteRun(id, noteName(workflows.Delivery{Dataset: d.Dataset, Year: d.Year, Authority: d.LA}), loadNote{Load: load}); err != nil {
				return nil, nil, err
			}
			ids, out = append(ids, load), append(out, l)
			continue
		}
		var l lake.Load
		if err := s.lake.GetJSON(lake.LoadDir(d.Dataset, d.Year, d.LA), n.Load, &l); err != nil {
			return nil, nil, rejected(workflows.WorkspaceBroken, err)
		}
		ids, out = append(ids, n.Load), append(out, &l)
	}
	return ids, out, nil
}
