package examine

import (
	"strings"
	"testing"
)

// Rows that nobody's return has are said once, with the first return, whichever returns are looked at.
func TestRowsOfNoReturnAreSaid(t *testing.T) {
	head := "LA,YEAR,CHILD,DOB,REVIEW,REVIEW_CODE\n"
	files := map[string]string{
		"reviews.csv": head + "Birmingham,2020,1,04/03/2012,05/07/2019,PN1\nBirmingam,2020,2,04/03/2012,05/07/2019,PN1\nLeeds,2020,3,04/03/2012,05/07/2019,PN1\nLeeds,202,4,04/03/2012,05/07/2019,PN1\n",
		"missing.csv": "LA,YEAR,CHILD,DOB,MISSING,MIS_START,MIS_END\nAtlantis,2020,1,04/03/2012,M,05/07/2019,\n",
	}
	for name, c := range map[string]struct {
		o       Options
		returns int
	}{"all": {Options{}, 2}, "one": {Options{LA: "E08000035"}, 1}} {
		t.Run(name, func(t *testing.T) {
			c.o.Rules = []string{"100"}
			returns := look(t, files, c.o)
			if len(returns) != c.returns {
				t.Fatalf("%d returns", len(returns))
			}
			var got []string
			for i, r := range returns {
				for _, f := range append(r.Files[0].Problems, r.Files[1].Problems...) {
					if f.Rule == "no_return" {
						if got = append(got, f.String()); i > 0 || f.Severity() != "error" {
							t.Errorf("return %d says %+v", i, f)
						}
					}
				}
			}
			const want = "missing.csv:2: LA is no authority, or YEAR no year, in 1 of 1 rows, which are in no return: line 2\n" +
				"reviews.csv:3: LA is no authority, or YEAR no year, in 2 of 4 rows, which are in no return: line 3, 5"
			if strings.Join(got, "\n") != want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
		})
	}
	for _, f := range look(t, files, Options{})[0].Findings {
		if f.Rule == "no_return" {
			return
		}
	}
	t.Error("it isn't among the findings")
}
