package reference

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"throughline/schemas"
)

// tab is a sheet of an invented workbook.
type tab struct {
	name string
	rows [][]any
}

func book(t *testing.T, from1904 bool, tabs ...tab) []byte {
	t.Helper()
	b := excelize.NewFile()
	defer b.Close()
	if err := b.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}); err != nil {
		t.Fatal(err)
	}
	for i, s := range tabs {
		if _, err := b.NewSheet(s.name); err != nil {
			t.Fatal(err)
		}
		if i == 0 && s.name != "Sheet1" {
			if err := b.DeleteSheet("Sheet1"); err != nil {
				t.Fatal(err)
			}
		}
		for j, row := range s.rows {
			if err := b.SetSheetRow(s.name, fmt.Sprintf("A%d", j+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := b.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func shown(list []Provider) string {
	var out []string
	for _, p := range list {
		out = append(out, strings.TrimRight(strings.Join([]string{p.URN, p.Place, p.Provider, p.Postcode, p.From, p.To}, " "), " "))
	}
	return strings.Join(out, "\n")
}

func TestProviders(t *testing.T) {
	day := time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"a plain table": {[]byte("urn,place,provider,postcode,from,to\nSC123456,K2/R3,PR4,b1 1aa,,31/12/2023\n"),
			"SC123456 K2 PR4 B11AA  31/12/2023\nSC123456 R3 PR4 B11AA  31/12/2023"},
		"titles, notes and rows twice": {[]byte("\ufeffSettings as at 31 March 2024\n\n\"URN, name and place\"\nURN,Setting name,Placement code\nSC123456,A,\"K1, K2\"\n,,\nSC123456,A,K2\nSource: Ofsted\n"),
			"SC123456 K1\nSC123456 K2"},
		"separate sheets": {book(t, false,
			tab{"Notes", [][]any{{"URN", "what it is"}}},
			tab{" provider  INFORMATION", [][]any{{"Social care providers"}, {}, {"Urn ", "placement_code", "Placement Provider Code", "Registration date", "Closed Date"},
				{"SC123456", "K2/R3", "PR4", day.AddDate(-1, 0, 0), nil}, {1234567, "K1", "PR1/PR2", nil, day}, {"1234568.0", "S1", "PR5", nil, "45291"}}},
			tab{"Address details", [][]any{{"Name", "URN", "Postcode"}, {"b", "1234567", "B1 1AB"}, {"a", "SC 123456", "b11aa"}, {"none", nil, "B1 1AC"}, {"b again", "1234567", "B1 1AD"}}}),
			"SC123456 K2 PR4 B11AA 31/12/2022\nSC123456 R3 PR4 B11AA 31/12/2022\n1234567 K1 PR1 B11AB  31/12/2023\n1234567 K1 PR2 B11AB  31/12/2023\n1234568 S1 PR5   31/12/2023"},
		"separate sheets by their other name": {book(t, false,
			tab{"Settings and Inspection Info", [][]any{{"URN", "Setting type", "Sector"}, {"SC123456", "Secure children\u2019s home", "Local authority"}, {"SC123457", "Boarding school", "Private"}}},
			tab{"Address Details", [][]any{{"URN", "Setting address postcode"}, {"SC123456", "B1 1AA"}}}),
			"SC123456 K1 PR1 B11AA\nSC123456 K1 PR2 B11AA\nSC123457  PR4"},
		"combined sheets": {book(t, false,
			tab{"Providers", [][]any{{"URN", "Placement code", "Provider code", "Postcode", "End date"}, {"SC123456", "K2,R3", "PR4", "B1 1AA", "Closed on 31st March 2024"}}},
			tab{"SA Providers ", [][]any{{"URN", "Provider code", "Postcode", "End date"}, {"2500001", "PR4", "B1 1AB", "n/a"}, {"2500002", "PR5", "B1 1AB", "1/3/24"}}},
			tab{"Inspections", [][]any{{"URN", "Setting type"}, {"SC999999", "Children's home"}}}),
			"SC123456 K2 PR4 B11AA  31/03/2024\nSC123456 R3 PR4 B11AA  31/03/2024\n2500001 K3 PR4 B11AB\n2500002 K3 PR5 B11AB  01/03/2024"},
		"supported accommodation that is listed as something else": {book(t, false,
			tab{"SA providers", [][]any{{"URN", "Placement code"}, {"2500001", "H5"}}}), "2500001 H5\n2500001 K3"},
		"sheets of other names": {book(t, false,
			tab{"D1", [][]any{{"A title"}, {"URN", "Provision type", "Sector", "Postcode"}, {"SC123456", "Children's home", "Health Authority", "B1 1AA"}, {"2500001", "Supported accommodation", "Voluntary", nil}}},
			tab{"D2", [][]any{{"URN", "Post code"}, {2500001, "B1 1AB"}}}),
			"SC123456 K2 PR3 B11AA\n2500001 K3 PR5 B11AB"},
		"a fostering agency has foster care of any kind": {[]byte("URN,Setting type\nSC123456,Independent Fostering Agency\n"),
			"SC123456 U1\nSC123456 U2\nSC123456 U3\nSC123456 U4\nSC123456 U5\nSC123456 U6"},
		"days from 1904": {book(t, true, tab{"Providers", [][]any{{"URN", "Placement code", "End date"}, {"SC123456", "K2", 45291 - 1462}}}), "SC123456 K2    31/12/2023"},
		"dates in words": {[]byte("URN,place,to\nSC000001,K2,2023-12-31 00:00:00\nSC000002,K2,31-Dec-23\nSC000003,K2,\"Sunday 31 December, 2023\"\nSC000004,K2,31.12.2023\nSC000005,K2,30-Sept-2023\nSC000006,K2,-\n"),
			"SC000001 K2    31/12/2023\nSC000002 K2    31/12/2023\nSC000003 K2    31/12/2023\nSC000004 K2    31/12/2023\nSC000005 K2    30/09/2023\nSC000006 K2"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseProviders("p", c.in)
			if err != nil {
				t.Fatal(err)
			}
			if shown(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", shown(got), c.want)
			}
		})
	}
}

func TestListsThatAreRefused(t *testing.T) {
	good := book(t, false, tab{"Providers", [][]any{{"URN", "Placement code"}, {"SC123456", "K2"}}})
	far := tab{"far", make([][]any, 300)} // a cell at the far end of each row makes blank ones before it
	for i := range far.rows {
		far.rows[i] = make([]any, 16384)
		far.rows[i][16383] = "x"
	}
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"other columns":           {[]byte("a,b\n1,2\n"), "p: no header with a URN, and a placement code or type of setting, in the first 30 rows"},
		"no settings":             {[]byte("URN,place\nNote,K2\n"), "no setting below it"},
		"empty":                   {nil, "p: no header"},
		"no sheet of ours":        {book(t, false, tab{"Cover", [][]any{{"Contents"}}}), `its sheets are "Cover"` + "\nhint: a workbook has sheets provider information, settings and inspection info, providers, sa providers"},
		"says which columns":      {book(t, false, tab{"Cover", nil}), "the URN goes by urn, setting urn, provision urn, unique reference number, the code by place, placement code"},
		"a sheet without columns": {book(t, false, tab{"Providers", [][]any{{"URN", "Postcode"}, {"SC1", "B1 1AA"}}}, tab{"SA providers", [][]any{{"URN", "Postcode"}}}), `p: sheet "Providers": no header`},
		"no date":                 {book(t, false, tab{"Providers", [][]any{{"Title"}, {"URN", "place", "End date "}, {"SC123456", "K2", "soon"}}}), `p: sheet "Providers", row 3, column "End date": not a date`},
		"a year for a date":       {[]byte("urn,place,to\nSC123456,K2,2023\n"), `p: row 2, column "to": a number that is no day`},
		"a workbook of old":       {[]byte("\xd0\xcf\x11\xe0\xa1\xb1"), "p: a workbook of the old form (.xls)"},
		"cells in plenty":         {book(t, false, tab{"Providers", [][]any{{"URN", "Placement code"}, {"SC123456", "K2"}}}, far), "p: the workbook has or unpacks to more than any list"},
		"half a workbook":         {good[:len(good)/2], "p: the workbook can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := ParseProviders("p", c.in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestNewest(t *testing.T) {
	list := []Provider{{From: "01/02/2020"}, {From: "01/02/2019", To: "05/03/2024"}, {}}
	if got := Newest(list).Format(time.DateOnly); got != "2024-03-05" {
		t.Error(got)
	}
	if !Newest(nil).IsZero() {
		t.Error("no list has a date")
	}
}

// Types and sectors stand for codes of the return, and no two names are one without blanks and marks that mean different codes.
func TestCodesOfTypes(t *testing.T) {
	s, err := schemas.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for set, m := range map[string]map[string][]string{"PLACE": layouts.Types, "PLACE_PROVIDER": layouts.Sectors, "PLACE of supported": {"k3": {layouts.SupportedPlace}}} {
		at := slices.IndexFunc(s.CodeSets, func(c *schemas.CodeSet) bool { return c.ID == strings.Fields(set)[0] })
		for name, codes := range m {
			if m[plain(name)] == nil || !slices.Equal(m[plain(name)], codes) {
				t.Errorf("%s: %v and %v", name, codes, m[plain(name)])
			}
			for _, code := range codes {
				if !slices.ContainsFunc(s.CodeSets[at].Codes, func(c *schemas.Item) bool { return c.Code == code }) {
					t.Errorf("%s: %q is no code", name, code)
				}
			}
		}
	}
}
