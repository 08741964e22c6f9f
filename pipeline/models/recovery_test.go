package models_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"throughline/schemas"
)

// TestKnownAnswerReliableChange: 1.96 times 5.8 times the root of 2 (1 - .82) is 6.82, in whole points 7. What the models compare scores with
// is what the catalogue says.
func TestKnownAnswerReliableChange(t *testing.T) {
	schema := loadSchema(t)
	parameter := func(id, name string) any {
		at := slices.IndexFunc(schema.Indicators, func(i schemas.Indicator) bool { return i.ID == id })
		if at < 0 {
			t.Fatalf("no indicator %s", id)
		}
		return schema.Indicators[at].Parameters[name]
	}
	db := build(t, schema, &txtar.Archive{Files: []txtar.File{{Name: "years", Data: []byte("2020 2021")}}}, "sdq_threshold")
	got := query(t, db, "select normal_to, high_from, reliable_change, sd, alpha, round(1.96 * sd * sqrt(2 * (1 - alpha)), 2) from sdq_threshold")
	want := fmt.Sprintf("%v,%v,%v,%v,%v,6.82\n", parameter("REC03", "normal_to"), parameter("REC03", "concern_from"),
		parameter("REC06", "t_parent_carer_total"), parameter("REC06", "sd"), parameter("REC06", "alpha"))
	if got != want || want != "13,17,7,5.8,0.82,6.82\n" {
		t.Errorf("got %swant %s", got, want)
	}
}

// TestKnownAnswerExpectedFollowUp: with means of 14, standard deviations of 7 and a correlation of .7 a first score of 24 lets 21.0 expect. Of forty
// children elsewhere twenty have 7 at first and twenty 21, and their next scores, below, have that mean, deviation and correlation. So Amy,
// who goes from 24 to 21, is where she was to be expected, and Ben, from 24 to 15, is 6 below: -3 on average.
func TestKnownAnswerExpectedFollowUp(t *testing.T) {
	next := []int{0, 0, 0, 7, 8, 8, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 11, 18, 18, 18} // after 7; the others mirror it
	var s scores
	var sum, squares int
	for i, n := range next {
		s.add(fmt.Sprintf("a%d", i), "E08000025", 7, n)
		s.add(fmt.Sprintf("b%d", i), "E08000025", 21, 28-n)
		sum, squares = sum+n-14, squares+(n-14)*(n-14)
	}
	if slope, deviation := float64(2*-7*sum)/(40*49), math.Sqrt(float64(2*squares)/40); slope != .7 || deviation != 7 {
		t.Fatalf("slope %v, standard deviation %v: the scores aren't those of the known answer", slope, deviation)
	}
	s.add("amy", "E08000026", 24, 21)
	s.add("ben", "E08000026", 24, 15)
	db := build(t, loadSchema(t), s.story(), "ind_rec05")
	// Their spread: residuals of 0 and -6 have a variance of 18, over 2 children 9. The line: the forty have a residual sum of squares of
	// (1 - .7 * .7) * 40 * 49 = 999.6, over 38 is 26.3053; times 1/40 + 10 * 10 / 1960 for the mean of the two 1.99974. The root of both is 3.316585.
	got := query(t, db, "select denominator, value, round(lower, 4), round(upper, 4) from ind_rec05 where breakdown = 'total' and area_code = 'E08000026'")
	if want := "2,-3,-9.5004,3.5004\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
	// Both are boys and came with family: groups of their own, with the same children left out.
	got = query(t, db, `select breakdown, category, denominator, value from ind_rec05
		where geographic_level = 'Local authority' and area_code = 'E08000026' and breakdown in ('sex', 'uasc_status') order by all`)
	if want := "sex,male,2,-3\nuasc_status,not_uasc,2,-3\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
	// Of all first scores of concern, twenty in the one authority and the two are left out: nobody with spread is left to compare them with.
	got = query(t, db, "select denominator, value, coverage_denominator from ind_rec05 where breakdown = 'first_sdq_band' and category = 'concern' and geographic_level = 'National'")
	if want := "0,,22\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// TestKnownAnswerMedianWait has the leukaemia survival times of the R package survival (aml): medians of 31 and 23.
// On the log(-log) scale the limits are 13 and none, and 5 and 33.
func TestKnownAnswerMedianWait(t *testing.T) {
	var s scores
	var referrals, contacts strings.Builder
	referrals.WriteString("key,la,year,UniqServReqID,ReferralRequestReceivedDate,ServTeamTypeRefToMH,AgeServReferRecDate,ServDischDate\n")
	contacts.WriteString("key,la,year,UniqCareContID,UniqServReqID,CareContDate,AttendOrDNACode\n")
	for la, times := range map[string][]int{
		"E08000025": {9, 13, -13, 18, 23, -28, 31, 34, -45, 48, -161}, // negative: out of view
		"E08000026": {5, 5, 8, 8, 12, -16, 23, 27, 30, 33, 43, 45},
	} {
		for i, days := range times {
			name := la[7:] + fmt.Sprint(i)
			s.add(name, la, 10, 10)
			fmt.Fprintf(&s.members, "m%s,mhsds,E92000001,%s\n", name, name)
			end := ""
			if days < 0 {
				end = mayDay(-days)
			} else {
				fmt.Fprintf(&contacts, "m%s,E92000001,2021,v%s,r%s,%s,5\n", name, name, name, mayDay(days))
			}
			fmt.Fprintf(&referrals, "m%s,E92000001,2021,r%s,2020-05-01,C06,10,%s\n", name, name, end)
		}
	}
	story := s.story()
	story.Files = append(story.Files, txtar.File{Name: "mhsds_referral.csv", Data: []byte(referrals.String())}, txtar.File{Name: "mhsds_contact.csv", Data: []byte(contacts.String())})
	db := build(t, loadSchema(t), story, "ind_rec10_km")
	got := query(t, db, "select area_code, denominator, value, lower, upper from ind_rec10_km where breakdown = 'total' and geographic_level = 'Local authority' order by all")
	if want := "E08000025,11,31,13,\nE08000026,12,23,5,33\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// mayDay is so many days after 1 May 2020.
func mayDay(after int) string {
	return time.Date(2020, 5, 1+after, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// TestKnownAnswerKappa has the two by two that Cohen's kappa is often shown on: 20 say yes twice, 15 no twice, 5 and 10 differ. .7 agree, by
// chance .5: kappa is .4. The interval is that of Fleiss, Cohen and Everitt.
func TestKnownAnswerKappa(t *testing.T) {
	var s scores
	var forms strings.Builder
	forms.WriteString("key,la,year,survey_date,form,life_satisfaction\n")
	n := 0
	for _, part := range []struct{ children, score, satisfaction int }{{20, 17, 4}, {5, 17, 5}, {10, 16, 4}, {15, 16, 5}} {
		for range part.children {
			name := fmt.Sprintf("c%d", n)
			n++
			s.add(name, "E08000025", 10, part.score)
			fmt.Fprintf(&s.members, "w%s,wellbeing_survey,E08000025,%s\n", name, name)
			fmt.Fprintf(&forms, "w%s,E08000025,2021,2021-03-01,child_8_11,%d\n", name, part.satisfaction)
		}
	}
	story := s.story()
	story.Files = append(story.Files, txtar.File{Name: "wellbeing_survey_response.csv", Data: []byte(forms.String())})
	db := build(t, loadSchema(t), story, "ind_wel05_kappa")
	// Margins: the first says yes to .5, the other to .6. With 1 - kappa = .6, A = .4 (1 - 1.1 * .6)^2 + .3 (1 - .9 * .6)^2 = .10972,
	// B = .36 (.1 (.6 + .5)^2 + .2 (.4 + .5)^2) = .10188, C = (.4 - .5 * .6)^2 = .01: the root of (.2016 / 50) over .5 is .126996.
	got := query(t, db, "select denominator, value, round(lower, 4), round(upper, 4) from ind_wel05_kappa where breakdown = 'total' and geographic_level = 'National' and time_period = '2021'")
	if want := "50,0.4,0.1511,0.6489\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// scores are children of 10 and 11 who are looked after from 2018 on, with a score in 2020 and one in 2021.
type scores struct{ members, headers, episodes, oc2 strings.Builder }

func (s *scores) add(name, la string, first, second int) {
	fmt.Fprintf(&s.members, "%s,ssda903,%s,%s\n", name, la, name)
	for y := 2020; y <= 2021; y++ {
		fmt.Fprintf(&s.headers, "%s,%s,%d,M,2009,6,WBRI\n", name, la, y)
		fmt.Fprintf(&s.episodes, "%s,%s,%d,2018-05-01,S,C2,N1,U6,PR1\n", name, la, y)
	}
	fmt.Fprintf(&s.oc2, "%s,%s,2020,%d\n%s,%s,2021,%d\n", name, la, first, name, la, second)
}

func (s *scores) story() *txtar.Archive {
	return &txtar.Archive{Files: []txtar.File{{Name: "years", Data: []byte("2020 2021")},
		{Name: "membership.csv", Data: []byte("key,source,holder,person\n" + s.members.String())},
		{Name: "ssda903_header.csv", Data: []byte("key,la,year,SEX,birth_year,birth_month,ETHNIC\n" + s.headers.String())},
		{Name: "ssda903_episodes.csv", Data: []byte("key,la,year,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER\n" + s.episodes.String())},
		{Name: "ssda903_oc2.csv", Data: []byte("key,la,year,SDQ_SCORE\n" + s.oc2.String())}}}
}
