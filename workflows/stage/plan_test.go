package stage

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"throughline/pipeline/inbox"
	"throughline/workflows"
	"throughline/workflows/project"
)

const (
	headerText   = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1000001,1,04/03/2012,WBRI,B801200005001,,\n"
	episodesText = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n1000001,05/06/2018,S,C2,N1,U4,PR1,,,,AB1 2CD,AB1 3CD,SC123456\n"
)

// folder makes a project and puts files into its inbox, in the order given.
func folder(t *testing.T, files ...string) *Stages {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	p, err := project.Init(filepath.Join(t.TempDir(), "care"), "", true, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		put(t, p.Sub("inbox"), f)
	}
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, inbox, file string) {
	t.Helper()
	text := headerText
	if strings.Contains(file, "episodes") {
		text = episodesText
	}
	p := filepath.Join(inbox, "ssda903", file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func planned(t testing.TB, s *Stages, year int) *workflows.PlanResult {
	t.Helper()
	out, err := s.Plan(t.Context(), workflows.PlanInput{Year: year})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rejectedAs(err error) string {
	var r *workflows.Rejected
	if errors.As(err, &r) {
		return r.Kind
	}
	return ""
}

func TestThePlanDependsOnContentAlone(t *testing.T) {
	files := []string{"2019/E08000025/header.csv", "2019/E08000025/episodes.csv", "2019/E10000021/header.csv", "2018/E08000025/episodes.csv"}
	a := planned(t, folder(t, files...), 0)
	b := planned(t, folder(t, files[3], files[2], files[1], files[0]), 0)
	if a.RunID != b.RunID || a.Year != 2019 || a.Deliveries != 3 {
		t.Errorf("the order of arrival makes another run: %+v, %+v", a, b)
	}
	if c := planned(t, folder(t, files[1:]...), 0); c.RunID == a.RunID {
		t.Error("a file less makes the same run")
	}
	s := folder(t, files...)
	if early := planned(t, s, 2018); early.Deliveries != 1 || early.RunID == a.RunID {
		t.Errorf("a refresh up to 2018 takes later returns: %+v", early)
	}
	if _, err := s.Plan(t.Context(), workflows.PlanInput{Year: 2017}); rejectedAs(err) != workflows.ReturnRejected || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("no return up to that year: %v", err)
	}
}

func take(t *testing.T, s *Stages, run string, year int, la string) (*workflows.IngestResult, error) {
	t.Helper()
	return s.Ingest(t.Context(), workflows.IngestInput{RunID: run, Delivery: workflows.Delivery{Dataset: "ssda903", Year: year, Authority: la}}, func(int64, int64) {})
}

func TestAChangedInboxIsRefused(t *testing.T) {
	s := folder(t, "2019/E08000025/header.csv", "2019/E08000025/episodes.csv")
	run := planned(t, s, 0).RunID
	p := filepath.Join(s.p.Sub("inbox"), "ssda903/2019/E08000025/header.csv")
	if err := os.WriteFile(p, []byte(strings.Replace(headerText, "WBRI", "MWBC", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t, s, run, 2019, "E08000025"); rejectedAs(err) != workflows.ReturnRejected || !strings.Contains(err.Error(), "hint: start the refresh again") {
		t.Errorf("got %v", err)
	}
	if again := planned(t, s, 0).RunID; again == run {
		t.Error("the changed file makes the same run")
	}
}

func TestIngestingAgainGivesTheSameLoad(t *testing.T) {
	s := folder(t, "2019/E08000025/header.csv", "2019/E08000025/episodes.csv")
	run := planned(t, s, 0).RunID
	a, err := take(t, s, run, 2019, "E08000025")
	if err != nil {
		t.Fatal(err)
	}
	// The second finds the first's load; the third has lost a file of it and makes it again.
	for _, lose := range []bool{false, true} {
		if lose {
			l, _ := filepath.Glob(filepath.Join(s.p.Sub("lake"), "ssda903/episodes/*/*/*.parquet"))
			if len(l) != 1 {
				t.Fatalf("%d files of episodes", len(l))
			}
			if err := os.WriteFile(l[0], []byte("broken"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := take(t, s, run, 2019, "E08000025"); err != nil || *a != *b {
			t.Errorf("%+v, %+v, %v", a, b, err)
		}
	}
	if _, err := take(t, s, run, 2019, "E08000026"); rejectedAs(err) != workflows.WorkspaceBroken {
		t.Errorf("a delivery that isn't planned: %v", err)
	}
}

func TestAPlanThatWasChangedIsRefused(t *testing.T) {
	s := folder(t, "2019/E08000025/header.csv")
	run := planned(t, s, 0).RunID
	p := s.lake.Path("runs/" + run + "/" + planFile)
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, bytes.Replace(b, []byte("2019"), []byte("2018"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t, s, run, 2019, "E08000025"); rejectedAs(err) != workflows.WorkspaceBroken {
		t.Errorf("got %v", err)
	}
}

// A file that somebody named after a child is read, and its name is nowhere outside the inbox.
func TestAFilesOwnNameStaysInTheInbox(t *testing.T) {
	s := folder(t, "2019/E08000025/Amy Smith header 1000001.csv", "2019/E08000025/Amy Smith episodes.csv")
	run := planned(t, s, 0).RunID
	res, err := take(t, s, run, 2019, "E08000025")
	if err != nil || res.Rows != 2 || res.Kept != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
	err = filepath.WalkDir(s.p.Sub("lake"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		for _, x := range []string{"Amy", "1000001", "B801200005001", "AB1 2CD"} {
			if bytes.Contains(b, []byte(x)) || strings.Contains(p, x) {
				t.Errorf("%s in %s", x, p)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLastYearsReturnOfTheSameChildren(t *testing.T) {
	for name, c := range map[string]struct {
		last []string
		now  string
		want string // file of last year's return; empty: none
	}{
		"of the same authority":                   {[]string{"2019/E08000025/header.csv"}, "E08000025", "2019/E08000025"},
		"the latest resubmission":                 {[]string{"2019/E08000025/header.csv", "2019/E08000025/2019-09-01/header.csv"}, "E08000025", "2019/E08000025/2019-09-01"},
		"none of another authority":               {[]string{"2019/E08000026/header.csv"}, "E08000025", ""},
		"none of two years before":                {[]string{"2018/E08000025/header.csv"}, "E08000025", ""},
		"of the authority whose place it took":    {[]string{"2019/E10000002/header.csv"}, "E06000060", "2019/E10000002"},
		"none of one that was shared out":         {[]string{"2019/E10000021/header.csv"}, "E06000061", ""},
		"none of one of several that were joined": {[]string{"2019/E06000028/header.csv"}, "E06000058", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := folder(t, append(c.last, "2020/"+c.now+"/header.csv")...)
			r, err := s.run(planned(t, s, 0).RunID)
			if err != nil {
				t.Fatal(err)
			}
			d, err := r.find(workflows.Delivery{Dataset: "ssda903", Year: 2020, Authority: c.now})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if l := s.previous(r, d); l != nil {
				got = strings.TrimPrefix(strings.TrimSuffix(l.Files[0].Path, "/header.csv"), "ssda903/")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReferencesAreInputs(t *testing.T) {
	s := folder(t, "2019/E08000025/header.csv", "2019/E08000025/episodes.csv")
	write := func(name, text string) {
		t.Helper()
		p := filepath.Join(s.p.Sub("inbox"), "reference", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	bases := map[string]string{}
	plan := func(what string) *run {
		t.Helper()
		r, err := s.run(planned(t, s, 0).RunID)
		if err != nil {
			t.Fatal(err)
		}
		basis := s.basis(r, r.Plan.Deliveries[0])
		if before, same := bases[basis]; same {
			t.Errorf("%s: what becomes of the return is as %s", what, before)
		}
		bases[basis] = what
		return r
	}
	plan("without tables")
	write("postcodes.csv", "postcode,la_code_9,easting,northing\nAB1 2CD,E08000025,1,2\n")
	plan("with postcodes")
	s.p.References.Providers = []string{"reference/homes.csv", "reference/supported.csv"}
	if _, err := s.Plan(t.Context(), workflows.PlanInput{}); rejectedAs(err) != workflows.SettingsWrong || !strings.Contains(err.Error(), "no file reference/homes.csv") {
		t.Errorf("a list that isn't there: %v", err)
	}
	write("homes.csv", "urn,place,postcode\nSC123456,K1/K2,AB1 2CD\n")
	write("supported.csv", "urn,place\n2500001,K3\n")
	old := plan("with lists")
	b, err := inbox.Open(s.p.Sub("inbox"), s.p.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	places, list, err := s.readReferences(b, old.Plan)
	if err != nil || places.Len() != 1 || len(list) != 3 || list[2].URN != "2500001" {
		t.Errorf("%d postcodes, %+v, %v", places.Len(), list, err)
	}
	if _, again, err := s.readReferences(b, old.Plan); err != nil || &again[0] != &list[0] {
		t.Errorf("a run's second return has a list of its own (%v): rules lay out each list anew", err)
	}
	write("homes.csv", "urn,place,postcode\nSC123456,K2,AB1 2CD\n")
	now := plan("with another list")
	if _, list, err = s.readReferences(b, now.Plan); err != nil || len(list) != 2 {
		t.Errorf("the list as it now is: %+v, %v", list, err)
	}
	extract := plannedDelivery{Dataset: "npd", Year: 2019, LA: inbox.National}
	if s.basis(old, extract) != s.basis(now, extract) {
		t.Error("a list of settings makes an extract be read again, which has no rules")
	}
	write("supported.csv", "urn\n")
	if _, _, err = s.readReferences(b, plan("with a broken list").Plan); rejectedAs(err) != workflows.ReturnRejected || !strings.Contains(err.Error(), "inbox/reference/supported.csv") {
		t.Errorf("a broken list: %v", err)
	}
	again, err := New(s.p)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := again.readReferences(b, old.Plan); rejectedAs(err) != workflows.ReturnRejected || !errors.Is(err, inbox.ErrChanged) {
		t.Errorf("a list that changed after the plan: %v", err)
	}
}
