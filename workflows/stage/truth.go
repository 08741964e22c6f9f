package stage

import (
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

	"throughline/linkage/evaluate"
	"throughline/pipeline/check"
	"throughline/schemas"
)

// truthFiles are what an invented population has beside its inbox for the evaluation of linkage. The pipeline itself never reads them.
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
