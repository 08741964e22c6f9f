package examine

import (
	"fmt"
	"strings"
	"testing"
)

// One mistake that was made once, and spoils most rows of a file, is what to mend first.
func TestAMistakeInMostRowsComesFirst(t *testing.T) {
	rows := func(many, wrong int) string {
		var b strings.Builder
		b.WriteString("CHILD,DOB,REVIEW,REVIEW_CODE\n")
		for i := range many {
			day := "05/07/2019"
			if i < wrong {
				day = "5 July 2019"
			}
			fmt.Fprintf(&b, "%d,04/03/2012,%s,PN1\n", 1000+i, day)
		}
		return b.String()
	}
	const say = "reviews.csv, column REVIEW: %d of %d rows are wrong in one way: a value of the shape 9 AAAA 9999 isn't a date written dd/mm/yyyy. "
	for _, c := range []struct {
		many, wrong int
		said        bool
	}{{20, 11, true}, {20, 10, false}, {9, 9, false}, {30, 30, true}, {30, 0, false}} {
		first := strings.Join(beforeAll(look(t, map[string]string{"reviews.csv": rows(c.many, c.wrong)}, Options{Year: 2020})), "\n")
		if strings.Contains(first, fmt.Sprintf(say, c.wrong, c.many)) != c.said {
			t.Errorf("%d of %d: %q", c.wrong, c.many, first)
		}
	}
	if first := beforeAll(look(t, map[string]string{"reviews.csv": rows(20, 20)}, Options{Year: 2020, Rules: []string{"101"}})); len(first) > 0 {
		t.Errorf("another rule was asked for: %q", first)
	}
	copied := map[string]string{"reviews.csv": rows(12, 0), "reviews_2.csv": rows(12, 0)}
	if first := strings.Join(beforeAll(look(t, copied, Options{Year: 2020})), "\n"); !strings.Contains(first, "reviews_2.csv: 12 of 12 rows are wrong in one way: a second row with the same CHILD and REVIEW. ") {
		t.Errorf("a file that is there twice: %q", first)
	}
}
