package stage

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/pipeline/check"
	"throughline/pipeline/duck"
	"throughline/pipeline/lake"
	"throughline/schemas"
	"throughline/workflows"
)

// truthFiles are what an invented population has beside its inbox for the evaluation of linkage, and of figures. The pipeline itself never reads them.
var truthFiles = []string{"person.csv", "identity.csv"}

func (s *Stages) truthDir() string { return s.p.Sub("truth") }

// truthHash names the truth beside a demo's inbox; empty when there is none.
func (s *Stages) truthHash() (string, error) {
	h := sha256.New()
	for _, n := range truthFiles {
		b, err := os.ReadFile(filepath.Join(s.truthDir(), n))
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", n, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// readTruth gives each record of the truth its key.
func (s *Stages) readTruth() ([]evaluate.TruthIdentity, error) {
	type person struct {
		born time.Time
		sex  string
		uasc bool
	}
	people := map[string]person{}
	err := readCSV(filepath.Join(s.truthDir(), "person.csv"), func(get func(string) string) error {
		born, err := time.Parse(time.DateOnly, get("dob"))
		people[get("person")] = person{born: born, sex: get("sex"), uasc: get("uasc") == "1"}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []evaluate.TruthIdentity
	err = readCSV(filepath.Join(s.truthDir(), "identity.csv"), func(get func(string) string) error {
		y, err := strconv.Atoi(get("first_year"))
		p := people[get("person")]
		t := evaluate.TruthIdentity{Key: s.encoder.Key(get("source"), get("holder"), check.NormaliseID(get("id"))), Source: get("source"), Holder: get("holder"),
			Person: get("person"), UASC: p.uasc, Sex: p.sex}
		if !p.born.IsZero() {
			t.AgeAtFirst = check.Age(p.born, schemas.Year(y).Last())
		}
		out = append(out, t)
		return err
	})
	return out, err
}

// BuildByTruth builds the models of a run's deliveries in a new database at path, with each record given to the child whose it truly is. The
// run need not be linked. The same child has the same person_id whatever the records of one population look like.
func (s *Stages) BuildByTruth(ctx context.Context, runID, path string, p workflows.Progress) error {
	r, err := s.run(runID)
	if err != nil {
		return err
	}
	_, loads, err := s.loads(runID, r)
	if err != nil {
		return err
	}
	in, err := s.delivered(runID, r, loads)
	if err != nil {
		return err
	}
	members, err := s.trueMemberships(loads)
	if err != nil {
		return err
	}
	in.Memberships = asModelled(members)
	_, err = s.fill(ctx, path, in, p, func(*duck.DB) error { return nil })
	return err
}

// trueMemberships gives every record that was delivered to its child, if that child is in a return: what a linkage without mistakes would find.
func (s *Stages) trueMemberships(loads []*lake.Load) ([]linkage.Membership, error) {
	truth, err := s.readTruth()
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(s.encoder)
	if err != nil {
		return nil, err
	}
	sent := map[linkage.Key]bool{}
	for _, l := range loads {
		ids, err := unseal[linkage.Identity](s.lake, seal, identityKind, l)
		if err != nil {
			return nil, err
		}
		for i := range ids {
			sent[ids[i].Key] = true
		}
	}
	people, inCare := map[string]string{}, map[string]bool{}
	for _, t := range truth {
		if people[t.Person] == "" {
			people[t.Person] = s.encoder.PersonID("truth "+t.Person, 0)
		}
		inCare[t.Person] = inCare[t.Person] || t.Source == "ssda903" && sent[t.Key]
	}
	var out []linkage.Membership
	for _, t := range truth {
		if sent[t.Key] && inCare[t.Person] {
			out = append(out, linkage.Membership{Key: t.Key, Source: t.Source, Holder: t.Holder, PersonID: people[t.Person], Pass: "truth", MatchProbability: 1})
			delete(sent, t.Key) // the truth has a record again for each span of years
		}
	}
	return out, nil
}

func readCSV(path string, row func(get func(string) string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	at := map[string]int{}
	for i, h := range append([]string(nil), head...) {
		at[h] = i
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		err = row(func(name string) string {
			if i, ok := at[name]; ok {
				return cells[i]
			}
			return ""
		})
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
	}
}
