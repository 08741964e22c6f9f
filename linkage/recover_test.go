package linkage_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"throughline/fixtures"
	"throughline/linkage"
	"throughline/linkage/encode"
	"throughline/linkage/evaluate"
	"throughline/schemas"
)

var (
	children = flag.Int("children", 4000, "children that TestRecoversTruth invents")
	seed     = flag.Uint64("seed", 7, "seed of TestRecoversTruth")
	mess     = flag.Float64("mess", 1, "mess of TestRecoversTruth")
	only     = flag.String("only", "", "the one dataset that TestRecoversTruth reads, such as ssda903; empty: all")
	leave    = flag.String("without", "", "what TestRecoversTruth leaves out of the rules: constraints, score or passes, with commas between")
	of       = flag.Int("authorities", 0, "authorities that TestRecoversTruth invents; 0: a number that fits the children")
	keep     = flag.String("keep", "", "folder in which TestRecoversTruth keeps what it invents, and finds it again")
)

// delivery reads what fixtures wrote as a linker would be given it: the shortest way from CSV to tokens, for tests alone.
type delivery struct {
	enc *encode.Encoder
	s   *schemas.Schema
	in  struct {
		Identities []linkage.Identity
		Addresses  []linkage.Address
		Stays      []linkage.Stay
		Successors []linkage.Succession
	}
	old map[string]string // successor to its only predecessor
}

func newDelivery(t *testing.T) *delivery {
	t.Helper()
	enc, err := encode.New("test", 1, func(info string) ([]byte, error) {
		h := hmac.New(sha256.New, []byte("not a secret"))
		h.Write([]byte(info))
		return h.Sum(nil), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &delivery{enc: enc, s: s, old: map[string]string{}}
	for _, a := range s.Authorities {
		if len(a.Successors) > 0 {
			for _, code := range a.Successors {
				if _, many := d.old[code]; many {
					d.old[code] = ""
				} else {
					d.old[code] = a.Code
				}
			}
			d.in.Successors = append(d.in.Successors, linkage.Succession{Old: a.Code, New: a.Successors, Year: a.To.Year() + 1})
		}
	}
	return d
}

// rows reads a CSV by the names of its columns and forgives what it can.
func rows(path string, do func(get func(string) string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	at := map[string]int{}
	for line := 0; ; line++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			continue
		}
		if line == 0 {
			for i, h := range rec {
				at[strings.Trim(strings.TrimPrefix(h, "\ufeff"), " ")] = i
			}
			continue
		}
		do(func(col string) string {
			i, ok := at[col]
			if !ok || i >= len(rec) {
				return ""
			}
			v := strings.ToUpper(strings.TrimSpace(rec[i]))
			if v == "NULL" {
				return ""
			}
			return strings.TrimSuffix(v, ".0")
		})
	}
}

func date(s string) time.Time {
	d, err := time.Parse("02/01/2006", s)
	if err != nil {
		return time.Time{}
	}
	return d
}

func (d *delivery) person(get func(string) string) encode.Person {
	p := encode.Person{UPN: get("UPN"), FormerUPN: strings.ToUpper(get("FormerUPN")), NHS: get("NHSNumber"), DOB: date(get("DOB")), Ethnic: get("ETHNIC")}
	switch cmp.Or(get("SEX"), get("Sex")) {
	case "1", "M":
		p.Sex = "M"
	case "2", "F":
		p.Sex = "F"
	}
	if c := d.s.CodeSet("ETHNIC").Find(p.Ethnic); c != nil {
		p.EthnicGroup = c.Group
	} else {
		p.Ethnic = ""
	}
	return p
}

func (d *delivery) address(key linkage.Key, p encode.Person, year int, placement bool, post, from, to string) {
	if a, ok := d.enc.Address(p, post); ok {
		a.Key, a.Year, a.Placement, a.From, a.To = key, year, placement, encode.Day(date(from)), encode.Day(date(to))
		d.in.Addresses = append(d.in.Addresses, a)
	}
}

// read takes all of an inbox.
func (d *delivery) read(t *testing.T, inbox string) {
	t.Helper()
	type place struct{ dataset, year, holder string }
	loads := map[place][]string{}
	folders := map[string][]string{}
	err := filepath.WalkDir(inbox, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".csv") {
			return err
		}
		if *only != "" && !strings.HasPrefix(path, filepath.Join(inbox, *only)) {
			return nil
		}
		dir := filepath.Dir(path)
		folders[dir] = append(folders[dir], path)
		rel, _ := filepath.Rel(inbox, dir)
		if p := strings.Split(filepath.ToSlash(rel), "/"); len(p) >= 3 && !slices.Contains(loads[place{p[0], p[1], p[2]}], dir) {
			loads[place{p[0], p[1], p[2]}] = append(loads[place{p[0], p[1], p[2]}], dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, dirs := range loads {
		slices.Sort(dirs) // the folder without a date sorts first
		year, err := strconv.Atoi(p.year)
		if err != nil {
			t.Fatal(err)
		}
		for load, dir := range dirs {
			d.load(t, p.dataset, p.holder, year, load, folders[dir])
		}
	}
}

func (d *delivery) load(t *testing.T, dataset, holder string, year, load int, files []string) {
	who := map[linkage.Key]encode.Person{}
	asylum := false // the file at hand lists unaccompanied asylum-seeking children, whether or not a DUC says that this ended
	each := func(do func(get func(string) string)) {
		for _, f := range files {
			asylum = strings.HasSuffix(f, "uasc.csv")
			if err := rows(f, do); err != nil {
				t.Fatal(err)
			}
		}
	}
	each(func(get func(string) string) {
		id := cmp.Or(get("CHILD"), "")
		if dataset != "ssda903" {
			if id = get("record_id"); id == "" || get("DOB") == "" {
				return
			}
		} else if get("ETHNIC") == "" || id == "" { // only Header has it
			return
		}
		p := d.person(get)
		x := d.enc.Identity(p)
		x.Key, x.Source, x.Holder, x.Year, x.Load = d.enc.Key(dataset, holder, id), dataset, holder, year, load
		if old := d.old[holder]; dataset == "ssda903" && old != "" {
			x.Ref = d.enc.Key(dataset, old, id)
		}
		if c := get("CHILD"); dataset != "ssda903" && c != "" {
			x.Ref = d.enc.Key("ssda903", cmp.Or(get("LA"), holder), c)
		}
		who[x.Key] = p
		if !slices.Contains(d.in.Identities[max(0, len(d.in.Identities)-4):], x) {
			d.in.Identities = append(d.in.Identities, x)
		}
		d.address(x.Key, p, year, false, get("Postcode"), get("valid_from"), get("valid_to"))
	})
	if dataset != "ssda903" {
		return
	}
	each(func(get func(string) string) {
		from := date(get("DECOM"))
		key := d.enc.Key(dataset, holder, get("CHILD"))
		if get("CHILD") == "" {
			return
		}
		if p, ok := who[key]; !ok { // in no Header row: other modules tell the date of birth, and UASC the sex
			p.DOB = date(get("DOB"))
			if p.Sex = d.person(get).Sex; p.Sex != "" || !p.DOB.IsZero() || get("DECOM") != "" {
				who[key] = p
				x := d.enc.Identity(p)
				x.Key, x.Source, x.Holder, x.Year, x.Load = key, dataset, holder, year, load
				d.in.Identities = append(d.in.Identities, x)
			}
		} else if b := date(get("DOB")); p.DOB.IsZero() && !b.IsZero() {
			p.DOB = b
			if p.Sex == "" {
				p.Sex = d.person(get).Sex
			}
			who[key] = p
			x := d.enc.Identity(p)
			x.Key, x.Source, x.Holder, x.Year, x.Load = key, dataset, holder, year, load
			d.in.Identities = append(d.in.Identities, x)
		}
		if asylum {
			for i := range d.in.Identities {
				if x := &d.in.Identities[len(d.in.Identities)-1-i]; x.Key == key {
					x.UASC = true
				} else if x.Holder != holder || x.Year != year {
					break
				}
			}
		}
		if from.IsZero() || get("RNE") == "" {
			return
		}
		d.in.Stays = append(d.in.Stays, linkage.Stay{Key: key, Year: year, Load: load, From: encode.Day(from), To: encode.Day(date(get("DEC"))), RNE: get("RNE"), REC: get("REC"), LS: get("LS")})
		d.address(key, who[key], year, false, get("HOME_POST"), get("DECOM"), get("DEC"))
		d.address(key, who[key], year, true, get("PL_POST"), get("DECOM"), get("DEC"))
	})
}

// truth reads what fixtures know.
func (d *delivery) truth(t *testing.T, dir string) []evaluate.TruthIdentity {
	t.Helper()
	type who struct {
		dob  time.Time
		sex  string
		uasc bool
	}
	people := map[string]who{}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(rows(filepath.Join(dir, "person.csv"), func(get func(string) string) {
		dob, err := time.Parse(time.DateOnly, get("dob"))
		must(err)
		people[get("person")] = who{dob, get("sex"), get("uasc") == "1"}
	}))
	var out []evaluate.TruthIdentity
	must(rows(filepath.Join(dir, "identity.csv"), func(get func(string) string) {
		p := people[get("person")]
		year, err := strconv.Atoi(get("first_year"))
		must(err)
		source := strings.ToLower(get("source"))
		out = append(out, evaluate.TruthIdentity{Key: d.enc.Key(source, get("holder"), get("id")), Source: source, Holder: get("holder"),
			Person: get("person"), Sex: p.sex, UASC: p.uasc, AgeAtFirst: max(0, year-1-p.dob.Year())})
	}))
	return out
}

// invented is what a population's deliveries say, and the folder in which it was invented.
func invented(t *testing.T) (*delivery, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("invents a population")
	}
	dir := cmp.Or(*keep, t.TempDir())
	d := newDelivery(t)
	if _, err := os.Stat(filepath.Join(dir, "truth")); err != nil {
		o := fixtures.DefaultOptions
		o.Seed, o.Children, o.Mess, o.Authorities = *seed, *children, *mess, *of
		if _, err := fixtures.Generate(t.Context(), d.s, o, dir, nil); err != nil {
			t.Fatal(err)
		}
	}
	d.read(t, filepath.Join(dir, "inbox"))
	return d, dir
}

// TestRecoversTruth links invented returns and extracts and compares the spine with what is known of them.
func TestRecoversTruth(t *testing.T) {
	d, dir := invented(t)
	truth := d.truth(t, filepath.Join(dir, "truth"))
	rules := linkage.DefaultRules()
	for _, what := range strings.Split(*leave, ",") {
		if what == "" {
			continue
		}
		if err := rules.Without(what); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	records := d.until(t, math.MaxInt)
	r, err := linkage.Link(context.Background(), linkage.Input{Records: records, RunID: "test", Mint: func(n uint64) string { return d.enc.PersonID("test", n) }}, linkage.Options{Threads: runtime.NumCPU(), Rules: rules}, nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	e := evaluate.Evaluate(truth, r.Nodes, r.Memberships)
	t.Logf("%d identity rows, %d records, %d persons, %v; unseen %d, unknown %d", len(d.in.Identities), len(r.Nodes), r.Persons, took, e.Unseen, e.Unknown)
	right := map[string]evaluate.Scores{}
	for _, g := range e.Passes {
		right[g.Item] = g.Scores
	}
	for _, p := range r.Passes {
		g := right[p.ID]
		t.Logf("%-34s pairs %6d joined %6d confirmed %6d ambiguous %5d doubtful %3d refused %v UPNs %d/%d estimate %.4f, truth %.4f (%d right, %d false)", p.ID,
			p.Pairs, p.Joined, p.Confirmed, p.Ambiguous, p.Doubtful, p.Refused, p.WitnessAgrees, p.WitnessDiffers, p.EstimatedPrecision, g.Precision(), g.TP, g.FP)
	}
	for _, g := range e.Groups {
		t.Logf("%-16s %-22s precision %.4f recall %.4f  (%d right, %d false, %d missed)", g.Item, g.Subgroup, g.Precision(), g.Recall(), g.TP, g.FP, g.FN)
	}
	t.Logf("whole children: precision %.4f recall %.4f", e.Children.Precision(), e.Children.Recall())
	if e.Pairs.TP < 100 {
		t.Fatalf("only %d true pairs found: too few to judge", e.Pairs.TP)
	}
	if e.Pairs.Precision() < 0.99 || e.Pairs.Recall() < 0.93 {
		t.Errorf("pairs of records of the returns: precision %.4f, recall %.4f; want .99 and .93", e.Pairs.Precision(), e.Pairs.Recall())
	}
}
