package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"throughline/pipeline/check"
	"throughline/pipeline/inbox"
	"throughline/pipeline/lake"
	"throughline/pipeline/reference"
	"throughline/pipeline/rules"
	"throughline/schemas"
)

// fakeTokeniser makes pseudonyms that hide what they are of, and counts what it is told.
type fakeTokeniser struct{ people, stays int }

func (*fakeTokeniser) Pseudonym(kind string, parts ...string) (k [16]byte) {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	copy(k[:], sum[:])
	return k
}
func (f *fakeTokeniser) Key(dataset, holder, id string) [16]byte {
	return f.Pseudonym("child", dataset, holder, id)
}
func (f *fakeTokeniser) Person(LoadRef, *check.Person)                   { f.people++ }
func (f *fakeTokeniser) Stay(LoadRef, Stay)                              { f.stays++ }
func (f *fakeTokeniser) Save(*lake.Lake) (map[string][]lake.File, error) { return nil, nil }

const (
	headerHead   = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
	episodesHead = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
	reviewsHead  = "CHILD,DOB,REVIEW,REVIEW_CODE\n"
	header       = headerHead + "1000001,1,04/03/2012,WBRI,B801200005001,,\n"
)

// ingest takes files of Birmingham's return for 2020 into a new lake.
func ingest(t *testing.T, files map[string]string) (*lake.Lake, *lake.Load, *fakeTokeniser) {
	t.Helper()
	return ingestBy(t, nil, files)
}

// ingestBy applies rules too.
func ingestBy(t *testing.T, by Rules, files map[string]string) (*lake.Lake, *lake.Load, *fakeTokeniser) {
	t.Helper()
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for n, text := range files {
		p := filepath.Join(dir, "ssda903/2020/E08000025", n)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := inbox.Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	found, err := b.Scan()
	if err != nil {
		t.Fatal(err)
	}
	post, err := reference.ParsePostcodes("postcodes.csv", []byte("postcode,la_code_9,easting,northing\nAB1 2CD,E08000025,0,0\nAB1 3CD,E08000026,40000,0\n"), s.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	l, tok := lake.Open(t.TempDir()), &fakeTokeniser{}
	load, err := Run(t.Context(), s, l, Source{Inbox: b, Delivery: found[0], Postcodes: post, Rules: by}, tok, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return l, load, tok
}

// rows reads a Parquet file of the lake: each row as NAME=value, less what is NULL, without child_key.
func rows(t *testing.T, l *lake.Lake, f lake.File) (out []string) {
	t.Helper()
	b, err := l.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	cols := file.Schema().Columns()
	for _, g := range file.RowGroups() {
		r := g.Rows()
		defer r.Close()
		for {
			buf := make([]parquet.Row, 1)
			n, err := r.ReadRows(buf)
			if n == 1 {
				var cells []string
				for _, v := range buf[0] {
					if name := cols[v.Column()][0]; !v.IsNull() && !strings.HasSuffix(strings.ToLower(name), "_key") {
						cells = append(cells, name+"="+v.String())
					}
				}
				slices.Sort(cells)
				out = append(out, strings.Join(cells, " "))
			}
			if err == io.EOF || n == 0 {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// A stack of several returns in one authority's folder: children of others who have the same number must not become this authority's.
func TestOnlyTheFoldersReturnIsTakenFromAStack(t *testing.T) {
	head := strings.TrimSuffix(reviewsHead, "\n") + ",LA,YEAR\n"
	_, load, _ := ingest(t, map[string]string{"header.csv": header, "reviews.csv": head +
		"1000001_330,2012-03-04,2019-05-01,PN1,Birmingham,2020\n1000001_331,2012-03-04,2019-06-01,PN1,Coventry,2020\n1000001_330,2012-03-04,2018-05-01,PN1,330,2018-19\n"})
	for _, c := range load.Counts {
		if c.Module == "Reviews" && (c.Rows != 1 || c.Kept != 1) {
			t.Errorf("%+v", c)
		}
	}
	found := 0
	for _, f := range load.FindingCounts {
		if f.Rule == "other_return" {
			found += int(f.N)
		}
		if f.Rule == "not_in_header" {
			t.Error("the code of the row's own authority is still on the child's number")
		}
	}
	if found != 1 {
		t.Errorf("%d findings tell of the other rows", found)
	}
}

// A mistyped authority or year is an error, and not taken for another's return.
func TestRowsOfNoReturnAreCountedApart(t *testing.T) {
	_, load, _ := ingest(t, map[string]string{"header.csv": header, "reviews.csv": strings.TrimSuffix(reviewsHead, "\n") + ",LA,YEAR\n" +
		"1000001,2012-03-04,2019-05-01,PN1,Birmingham,2020\n1000001,2012-03-04,2019-06-01,PN1,Birmingam,2020\n1000001,2012-03-04,2019-07-01,PN1,Birmingham,202\n"})
	got := map[string]int64{}
	for _, f := range load.FindingCounts {
		got[f.Rule+" "+f.Severity] += f.N
	}
	if got["no_return error"] != 1 || got["other_return warning"] != 0 {
		t.Errorf("%v", got)
	}
}

func TestEveryRowIsKeptAndMarked(t *testing.T) {
	l, load, tok := ingest(t, map[string]string{"header.csv": header,
		"episodes.csv": episodesHead + "1000001,05/06/2019,S,C2,N1,U4,PR1,01/08/2019,X1,CARPL,AB1 2CD,AB1 3CD,SC123456\n1000001,01/08/2019,P,C2,N1,XX,PR1,,,,nowhere,AB1 2CD,\n,x\n"})
	got := rows(t, l, load.Tables["Episodes"][0])
	want := []string{"PLACE=U4", "PL_DISTANCE_BAND=over_20_miles", "PL_LA=E08000026", "PL_LOCATION=OUT", "AGE_AT_DECOM=7", "AGE_AT_YEAR_END=8", "row=1",
		"problems=PLACE:not_a_code HOME_POST:bad_postcode", "PL_LOCATION=IN", "HOME_POST_STATUS=invalid", "row=2", "problems=ragged_row CHILD:required_blank DECOM:bad_date", "row=3"}
	text := strings.Join(got, "\n")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %s in\n%s", w, text)
		}
	}
	if len(got) != 3 || tok.people != 1 || tok.stays != 2 {
		t.Errorf("%d rows, %d people, %d stays", len(got), tok.people, tok.stays)
	}
	for _, c := range load.Counts {
		if c.Rows != c.Kept {
			t.Errorf("%s: %d rows sent, %d kept", c.Module, c.Rows, c.Kept)
		}
	}
}

func TestAFileThatCanNotBeUsedIsSetAsideAndTheOthersGoOn(t *testing.T) {
	_, load, _ := ingest(t, map[string]string{"header.csv": header, "reviews.csv": "a,b\n1,2\n3,4\n", "oc2.csv": "CHILD\x00"})
	got, err := json.Marshal(load.Counts)
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"module":"","files":2,"rows":2,"kept":0,"quarantined":2},{"module":"Header","files":1,"rows":1,"kept":1,"quarantined":0}]`; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLoadsKeepTheirNumberAndTheirDate(t *testing.T) {
	l, load, _ := ingest(t, map[string]string{"header.csv": header, "2020-09-01/header.csv": strings.Replace(header, "WBRI", "MWBC", 1)})
	got := rows(t, l, load.Tables["Header"][0])
	if len(got) != 2 || !strings.Contains(got[0], "ETHNIC=WBRI") || !strings.Contains(got[0], "load=0") || !strings.Contains(got[1], "ETHNIC=MWBC") || !strings.Contains(got[1], "load=1") {
		t.Errorf("%q", got)
	}
	if load.Inputs[0].Path != "header.csv" || load.Inputs[1].Path != "2020-09-01/header.csv" {
		t.Errorf("%+v", load.Inputs)
	}
}

// A rule that can't be applied is on record: no findings of it don't mean that it was kept.
func TestSkippedRulesAreOnRecord(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := rules.New(s, s.Dataset("ssda903"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, load, _ := ingestBy(t, rules.Share(e), map[string]string{"header.csv": header, "2020-09-01/header.csv": header})
	why := map[string]string{}
	for _, x := range load.Skipped {
		if why[x.Rule] != "" {
			t.Errorf("rule %s is skipped twice", x.Rule)
		}
		why[x.Rule] = x.Why
	}
	if why["141"] != "the return has no Episodes" || why["203"] != "last year's return isn't there" || why["103"] != "" {
		t.Errorf("%v", why)
	}
}

func TestTheSameFilesGiveTheSameBytes(t *testing.T) {
	files := map[string]string{"header.csv": header, "reviews.csv": reviewsHead + "1000002,04/03/2013,01/05/2019,PN1\n1000001,04/03/2013,x,PN1\n"}
	_, a, _ := ingest(t, files)
	_, b, _ := ingest(t, files)
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if !bytes.Equal(x, y) {
		t.Errorf("%s\n%s", x, y)
	}
}

// Each identifier stands in each column of each module once, in files that somebody named after the child: none is in the lake after it.
func TestShiftedIdentifiersStayOut(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"1000001", "B801200005001", "AB1 2CD", "AB12CD", "04/03/2012", "2012-03-04", "Amy Smith"}
	files := map[string]string{"header.csv": header, "Amy Smith 1000001.csv": "a,b\n1000001,04/03/2012\n"}
	sent := 1
	for _, m := range s.Dataset("ssda903").Modules {
		if m.Holds == schemas.Children {
			continue
		}
		var head []string
		for _, c := range m.Columns {
			head = append(head, c.Name)
		}
		text := strings.Join(head, ",") + "\n"
		for i := range m.Columns {
			for _, x := range secrets {
				for _, child := range []string{"1000001", ""} {
					row := make([]string, len(m.Columns))
					row[0], row[i] = child, x
					text += strings.Join(row, ",") + "\n"
					sent++
					if i == 0 {
						break
					}
				}
			}
		}
		files[m.ID+".csv"] = text
	}
	l, load, _ := ingest(t, files)
	birth := "15403" // 4 March 2012, as days from 1970
	kept := 0
	for name, fs := range load.Tables {
		for _, r := range rows(t, l, fs[0]) {
			kept++
			for _, x := range append(secrets, "="+birth) {
				if strings.Contains(r, x) && !strings.Contains(r, "DECOM="+birth) {
					t.Errorf("%s: %s", name, r)
				}
			}
			if name == "PrevPerm" && strings.Contains(r, "DATE_PERM_day=4") {
				t.Errorf("%s: %s", name, r)
			}
		}
	}
	if kept != sent {
		t.Errorf("%d rows sent, %d kept", sent, kept)
	}
	manifest, err := json.Marshal(load)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(rows(t, l, load.Finding), string(manifest)) {
		for _, x := range append(secrets, "Amy") {
			if strings.Contains(r, x) {
				t.Errorf("%s in %.300s", x, r)
			}
		}
	}
}
