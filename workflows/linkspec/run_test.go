package linkspec_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"throughline/fixtures"
	"throughline/linkage"
	"throughline/linkage/evaluate"
	"throughline/pipeline/duck"
	"throughline/schemas"
	"throughline/workflows/linkspec"
)

const examples = "../../docs/examples/"

func load(t *testing.T) *schemas.Schema {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, o linkspec.Options) (*linkspec.Summary, error) {
	t.Helper()
	o.Schema = load(t)
	s, err := linkspec.Load(o)
	if err != nil {
		return nil, err
	}
	return linkspec.Run(t.Context(), s, o, nil)
}

func must(t *testing.T, o linkspec.Options) *linkspec.Summary {
	t.Helper()
	sum, err := run(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// people invents records of people with names.
func people(t *testing.T, n int, seed uint64) string {
	t.Helper()
	var b bytes.Buffer
	if err := fixtures.People(t.Context(), n, seed, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPeopleAreFoundWithoutLabels(t *testing.T) {
	for _, seed := range []uint64{11, 12} {
		in := write(t, "people.csv", people(t, 2000, seed))
		out := t.TempDir()
		sum := must(t, linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": in}, Out: out})
		if sum.Rows != 2000 || sum.Records != 2000 || sum.Truth == nil || sum.Score == nil {
			t.Fatalf("%+v", sum)
		}
		p := sum.Truth
		t.Logf("pairs F1 %.4f, score alone %.4f, best %.4f, completeness %.4f", p.Pairs.F1(), sum.Score.F1(), sum.Best.F1(), p.Completeness())
		if p.Pairs.F1() < 0.93 || p.Completeness() < 0.97 || sum.Score.F1() > sum.Best.F1() {
			t.Errorf("pairs %+v, score %+v", p.Pairs, sum.Score)
		}
	}
}

// childYears invents children of the returns as rows, and who they are.
func childYears(t *testing.T, children int) (rows, truth string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	o := fixtures.DefaultOptions
	o.Children, o.Seed = children, 3
	if _, err := fixtures.ChildYears(t.Context(), load(t), o, path, nil); err != nil {
		t.Fatal(err)
	}
	return path, strings.TrimSuffix(path, ".csv") + "_truth.csv"
}

func TestChildYearsAreLinkedOnTokens(t *testing.T) {
	rows, truth := childYears(t, 4000)
	with := func(without ...string) *linkspec.Summary {
		return must(t, linkspec.Options{Spec: examples + "child_years.yaml", Inputs: map[string]string{"child_years": rows}, Truth: truth, Out: t.TempDir(), Without: without})
	}
	all, bare := with(), with("constraints")
	t.Logf("%d records: pairs %+v; without constraints %+v", all.Records, all.Truth.Pairs, bare.Truth.Pairs)
	if all.Truth.Pairs.Precision() < 0.97 {
		t.Errorf("pairs %+v", all.Truth.Pairs)
	}
	if all.Truth.Pairs.F1() < bare.Truth.Pairs.F1() {
		t.Errorf("F1 %.4f with constraints, %.4f without", all.Truth.Pairs.F1(), bare.Truth.Pairs.F1())
	}
	groups := map[string]bool{}
	for _, g := range all.Truth.Groups {
		groups[g.Subgroup] = true
	}
	for _, want := range []string{"age: under 5", "age: 5 and over", "sex: 1", "sex: 2", "asylum-seeking: no"} {
		if !groups[want] {
			t.Errorf("no figures for %s", want)
		}
	}
}

func TestSameBytesWhateverTheThreads(t *testing.T) {
	text := people(t, 1500, 4)
	in := write(t, "people.csv", text)
	var first string
	for _, threads := range []int{1, 2, 3} {
		out := t.TempDir()
		must(t, linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": in}, Out: out, Threads: threads})
		all := ""
		for _, f := range []string{linkspec.ClustersFile, linkspec.PairsFile, linkspec.ModelFile, linkspec.QualityFile, linkspec.PageFile} {
			all += read(t, out, f)
		}
		if first == "" {
			first = all
		} else if all != first {
			t.Errorf("%d threads give other bytes", threads)
		}
		if left, err := os.ReadDir(out); err != nil || len(left) != 5 {
			t.Errorf("%d files, %v", len(left), err)
		}
	}
}

func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	head, body, _ := strings.Cut(people(t, 800, 9), "\n")
	lines := strings.Split(strings.TrimSpace(body), "\n")
	result := func() (string, string, string) {
		in := write(t, "people.csv", head+"\n"+strings.Join(lines, "\n")+"\n")
		out := t.TempDir()
		must(t, linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": in}, Out: out})
		rows := strings.Split(read(t, out, linkspec.ClustersFile), "\n")
		slices.Sort(rows)
		return strings.Join(rows, "\n"), read(t, out, linkspec.PairsFile), read(t, out, linkspec.QualityFile)
	}
	clusters, pairs, quality := result()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2 {
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		c, p, q := result()
		if c != clusters || p != pairs || q != quality {
			t.Errorf("another order of rows: clusters equal %v, pairs %v, quality %v", c == clusters, p == pairs, q == quality)
		}
	}
}

func TestWhatIsWritten(t *testing.T) {
	in := write(t, "people.csv", "unique_id,first_name,surname,dob,city,email,cluster\n"+
		"\"a,1\",Ann,Lee,2001-02-03,York,ann@x.example,1\nb,Anne,Lee,2001-02-03,York,ann@x.example,1\nc,Bob,Ray,1990-05-06,Hull,bob@y.example,2\n"+
		"d,Eve,Fox,1970-07-08,Leeds,eve@z.example,3\ne,Bob,Ray,1990-06-05,Hull,bob@y.example,2\n")
	text, err := os.ReadFile(examples + "fake_1000.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "s.yaml", strings.Replace(string(text), "threshold: auto", "threshold: '3'", 1))
	out := filepath.Join(t.TempDir(), "deep", "out")
	must(t, linkspec.Options{Spec: path, Inputs: map[string]string{"people": in}, Out: out, Version: "v1"})
	rows, err := csv.NewReader(strings.NewReader(read(t, out, linkspec.ClustersFile))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, r := range rows[1:] {
		of[r[0]] = r[1]
	}
	if !slices.Equal(rows[0], []string{"unique_id", "cluster"}) || len(of) != 5 || of["a,1"] != of["b"] || of["c"] != of["e"] || of["a,1"] == of["c"] || of["d"] == of["c"] {
		t.Errorf("%q", rows)
	}
	db, err := duck.Open("", duck.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n, together int
	var lowest string
	q := fmt.Sprintf("select count(*), count(*) filter (together and probability between 0 and 1 and pass = 'score'), min(id_l) from read_parquet(%s)", duck.Literal(filepath.Join(out, linkspec.PairsFile)))
	if err := db.Row(t.Context(), q, &n, &together, &lowest); err != nil || n != 2 || together != 2 || lowest != "b" && lowest != "a,1" && lowest != "c" {
		t.Errorf("%d pairs, %d together, lowest %s: %v", n, together, lowest, err)
	}
	var m linkage.Models
	if err := json.Unmarshal([]byte(read(t, out, linkspec.ModelFile)), &m); err != nil || len(m.Models) != 1 || m.Models[0].Validate() != nil || m.Thresholds["people"] != 3 {
		t.Errorf("%+v %v", m, err)
	}
	var r linkage.Report
	if err := json.Unmarshal([]byte(read(t, out, linkspec.QualityFile)), &r); err != nil || r.Made["program"] != "v1" || len(r.Rows) == 0 || r.Title == "" {
		t.Errorf("%+v %v", r.Made, err)
	}
	if page := read(t, out, linkspec.PageFile); !strings.Contains(page, "</html>") || strings.Contains(page, "ann@x.example") {
		t.Error("the page is not whole, or tells a value")
	}
}

// Two inputs: the pupils of a school register are attached to the children of a care list, one to one.
func TestRecordsOfASecondInputAreAttached(t *testing.T) {
	spec := write(t, "two.yaml", `title: care and school
inputs:
  - name: care
    path: care.csv
    id: id
    truth: who
    columns: [{column: upn, as: upn}, {column: dob, as: date}, {column: post, as: postcode}]
  - name: school
    path: school.tsv
    id: pupil
    year: year
    truth: who
    columns: [{column: pupil_upn, as: upn, field: upn}, {column: born, as: date, format: dmy, field: dob}, {column: home, as: postcode, field: post}]
max_block: 20
budget: 100
prior_links: 50
constraints:
  - {id: one_delivery, kind: beside, of: attached, strength: absolute, does: two pupils of one year are two}
passes:
  - {id: upn, links: attach, agree: [upn, dob], precision: 0.99}
  - {id: home, links: attach, agree: [dob, post], unique: true, precision: 0.95}
`)
	files := filepath.Dir(spec)
	for name, text := range map[string]string{
		"care.csv":   "id,upn,dob,post,who\n1,B801200005001,2010-03-05,SW1A 1AA,p\n2,,2011-04-06,M1 1AE,q\n3,,2012-05-07,B33 8TH,r\n",
		"school.tsv": "pupil\tyear\tpupil_upn\tborn\thome\twho\n1\t2020\tB801200005001\t5/3/2010\t\tp\n2\t2020\t\t6/4/2011\tm11ae\tq\n3\t2020\t\t6/4/2011\tM1 1AE\tq2\n4\t2020\t\t1/1/2009\t\ts\n",
	} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := t.TempDir()
	sum := must(t, linkspec.Options{Spec: spec, Out: out})
	of := map[string][]string{}
	rows, err := csv.NewReader(strings.NewReader(read(t, out, linkspec.ClustersFile))).ReadAll()
	if err != nil || !slices.Equal(rows[0], []string{"input", "id", "cluster"}) {
		t.Fatal(rows, err)
	}
	for _, r := range rows[1:] {
		of[r[2]] = append(of[r[2]], r[0]+" "+r[1])
	}
	if len(of) != 6 || sum.Truth.Pairs != (evaluate.Scores{TP: 1, FN: 1}) { // which of two twins lives with whom, nothing tells
		t.Errorf("%v; %+v", of, sum.Truth.Pairs)
	}
}

// TestSmallestSpecRuns carries out what the reference begins with.
func TestSmallestSpecRuns(t *testing.T) {
	page, err := os.ReadFile("../../docs/linkage-spec.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for i, b := range strings.Split(string(page), "```") {
		if i%2 == 1 {
			_, text, _ := strings.Cut(b, "\n")
			blocks = append(blocks, text)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"people.yaml": blocks[0], "people.csv": blocks[1]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := run(t, linkspec.Options{Spec: filepath.Join(dir, "people.yaml"), Out: filepath.Join(dir, "linked")}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "linked", linkspec.ClustersFile))
	if err != nil || string(got) != blocks[2] {
		t.Errorf("got %s, %v; the page says %s", got, err, blocks[2])
	}
}

func TestWhatCannotBeDone(t *testing.T) {
	in := write(t, "people.csv", "unique_id,first_name,surname,dob,city,email\n1,Ann,Lee,2001-02-03,York,ann@x.example\n2,Bob,Lee,2001-02-03,York,\n")
	inputs := map[string]string{"people": in}
	for name, c := range map[string]struct {
		o    linkspec.Options
		want string
	}{
		"no spec":           {linkspec.Options{Spec: "none.yaml"}, "none.yaml"},
		"no such input":     {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"persons": in}}, `no input "persons"`},
		"no such file":      {linkspec.Options{Spec: examples + "fake_1000.yaml"}, "hint: say --input people=PATH"},
		"no such part":      {linkspec.Options{Spec: examples + "fake_1000.yaml", Without: []string{"blocking"}}, `"blocking" is none of`},
		"a column short":    {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": write(t, "x.csv", "unique_id,first_name\n1,Ann\n")}}, `has no column "surname"`},
		"a broken row":      {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": write(t, "x.csv", "unique_id,first_name,surname,dob,city,email\n1,Ann\n")}}, "x.csv:2: 2 fields"},
		"no truth file":     {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: inputs, Truth: "none.csv"}, "none.csv"},
		"a truth of others": {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: inputs, Truth: write(t, "t.csv", "unique_id,cluster\n7,x\n")}, "truth: 2 of 2 rows of the inputs have no line in t.csv"},
		"a truth of some":   {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: inputs, Truth: write(t, "t.csv", "unique_id,cluster\n2,x\n")}, "truth: 1 of 2 rows"},
		"a truth of nobody": {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: inputs, Truth: write(t, "t.csv", "unique_id,cluster\n1,\n2,\n")}, "says of no row whose it is"},
		"no truth in it":    {linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: inputs, Truth: write(t, "t.csv", "unique_id,person\n1,x\n2,x\n")}, `t.csv has no column "cluster"`},
	} {
		c.o.Out = filepath.Join(t.TempDir(), "out")
		_, err := run(t, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(c.o.Out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestAStoppedRunWritesNothing(t *testing.T) {
	in := write(t, "people.csv", people(t, 3000, 4))
	o := linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": in}, Out: t.TempDir(), Schema: load(t)}
	for _, step := range []linkspec.Step{linkspec.ReadStep, linkspec.LinkStep, linkspec.WriteStep} {
		s, err := linkspec.Load(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err = linkspec.Run(ctx, s, o, func(at linkspec.Step, _, _ int64) {
			if at == step {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stopped in %s: %v", step, err)
		}
		if left, err := os.ReadDir(o.Out); err != nil || len(left) > 0 {
			t.Errorf("stopped in %s: %d files are left, %v", step, len(left), err)
		}
	}
}

func TestPlan(t *testing.T) {
	in := write(t, "people.csv", people(t, 1000, 4))
	o := linkspec.Options{Spec: examples + "fake_1000.yaml", Inputs: map[string]string{"people": in}, Schema: load(t)}
	s, err := linkspec.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	plan, rows, err := linkspec.Plan(t.Context(), s, o, nil)
	if err != nil || rows != 1000 || !plan.Fits() || plan.Pairs == 0 || len(plan.Rules) != len(s.Blocking) {
		t.Errorf("%+v, %d rows, %v", plan, rows, err)
	}
	s.Budget = 1
	if plan, _, err = linkspec.Plan(t.Context(), s, o, nil); err != nil || plan.Fits() {
		t.Errorf("%+v %v", plan, err)
	}
	o.Out = t.TempDir()
	var over *linkage.OverBudget
	if _, err := linkspec.Run(t.Context(), s, o, nil); !errors.As(err, &over) {
		t.Errorf("a run over its budget: %v", err)
	}
}
