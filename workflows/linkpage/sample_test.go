package linkpage

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"throughline/linkage"
	"throughline/linkage/score"
)

// sampleModel has levels with made-up m and u.
func sampleModel(kind string) *score.Model {
	level := func(id string, m, u float64) score.Level {
		return score.Level{ID: id, Does: "level " + id, M: m, U: u, MFrom: score.FromLinksAndEM, UFrom: score.FromRandom, MPairs: int64(m * 41230), UPairs: int64(u * 2e6)}
	}
	m := &score.Model{Kind: kind, Prior: 1.0 / 15000, PriorFrom: score.FromAllPairs, Fingerprint: "sha256:0f3c5d1e9ab2", Hash: "7a1b0c44d95e33", Comparisons: []score.Comparison{
		{ID: "upn", Does: "unique pupil number", Levels: []score.Level{level("equal", .91, 0.0000012), level("former", .05, 0.0000007), level("conflict", .04, .9999981)}},
		{ID: "date_of_birth", Does: "date of birth", Levels: []score.Level{level("equal", .962, .00019), level("swapped", .009, .00016), level("two_parts", .024, .0171), level("differ", .005, .98255)}},
		{ID: "sex", Does: "sex", Levels: []score.Level{level("equal", .994, .503), level("differ", .006, .497)}},
		{ID: "ethnicity", Does: "ethnicity", Levels: []score.Level{level("equal_and_rare", .14, .003), level("equal", .71, .418), level("same_group", .09, .072), level("differ", .06, .507)}},
		{ID: "home_postcode", Does: "home postcode", Levels: []score.Level{level("unit", .43, .00008), level("sector", .21, .0011), level("district", .17, .014), level("differ", .19, .98482)}},
		{ID: "transfer", Does: "care ends in one authority when it starts in the other", Levels: []score.Level{level("same_day", .32, .00021), level("month", .11, .0052), level("none", .57, .99459)}},
	}}
	l := &m.Comparisons[1].Levels[1]
	l.MFrom, l.MPairs = score.FromNone, 3
	m.Warnings = []string{"comparison transfer: level month weighs less than was declared"}
	m.Sessions = []score.Trace{{Name: "dob and sector", Pairs: 184220, Prior: .21, Matches: 38686, Iterations: 14, Converged: true}, {Name: "upn", Pairs: 44120, Prior: .93, Matches: 41031, Iterations: 200}}
	return m
}

// scored is a pattern with how many pairs have it.
type scored struct {
	pattern        score.Pattern
	weight         float64
	matches, other float64
}

// patternsOf are all patterns of a model, with the pairs that it expects of n candidates, a tenth of them matches.
func patternsOf(m *score.Model, n float64) []scored {
	out := []scored{{matches: n / 10, other: n * 9 / 10}}
	for i, c := range m.Comparisons {
		var next []scored
		for _, s := range out {
			for k, l := range c.Levels {
				next = append(next, scored{pattern: s.pattern.With(i, k), matches: s.matches * l.M, other: s.other * l.U})
			}
		}
		out = next
	}
	for i := range out {
		out[i].weight = m.Weight(out[i].pattern)
	}
	slices.SortFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.pattern, b.pattern))
	})
	return out
}

// addScored adds to a report what the model says of n candidate pairs.
func addScored(r *linkage.Report, m *score.Model, n float64) {
	const chosen = 16.0
	r.Models = append(r.Models, m)
	all := patternsOf(m, n)
	h, t := linkage.Histogram{Kind: m.Kind}, linkage.ThresholdTable{Kind: m.Kind, Chosen: chosen, Why: "expected F1 is highest there"}
	for b := -30.0; b < 60; b++ {
		bin := linkage.Bin{From: b, To: b + 1}
		match := 0.0
		for _, s := range all {
			if s.weight < b || s.weight >= b+1 {
				continue
			}
			pairs := int64(math.Round(s.matches + s.other))
			if s.weight >= chosen {
				bin.Refused += int64(math.Round(s.other * .9))
				bin.Ambiguous += int64(math.Round(s.matches * .01))
				twins := int64(math.Round(s.matches * math.Exp(-math.Pow((s.weight-27)/6, 2)) / 8)) // agree on all but the UPN
				bin.Refused += twins
				bin.Joined += max(0, pairs-twins-int64(math.Round(s.other*.9))-int64(math.Round(s.matches*.01)))
			} else {
				bin.Left += pairs
			}
			match += s.matches
		}
		known := int64(math.Round(match))
		bin.True = &known
		h.Bins = append(h.Bins, bin)
	}
	r.Weights = append(r.Weights, h)
	for w := 4.0; w <= 30; w++ {
		var matches, other, every float64
		for _, s := range all {
			every += s.matches
			if s.weight >= w {
				matches += s.matches
				other += s.other
			}
		}
		precision, recall := matches/(matches+other), matches/every
		known, found := precision*.996, recall*.991
		f1 := 2 * known * found / (known + found)
		t.Rows = append(t.Rows, linkage.ThresholdRow{Weight: w, Probability: m.Probability(w), Links: int64(math.Round(matches + other)), Precision: precision, Recall: recall, F1: 2 * precision * recall / (precision + recall),
			TruePrecision: &known, TrueRecall: &found, TrueF1: &f1})
	}
	r.Thresholds = append(r.Thresholds, t)
	for i, s := range all {
		pairs := int64(math.Round(s.matches + s.other))
		if near := math.Abs(s.weight-chosen) < 1.5; pairs < 2 || !near && (pairs < 40 || i%3 == 1 && pairs < 1000) {
			continue
		}
		x := linkage.PatternRow{Kind: m.Kind, Pattern: uint64(s.pattern), Pairs: pairs, Weight: s.weight, Probability: m.Probability(s.weight)}
		for k, c := range m.Comparisons {
			x.Levels = append(x.Levels, c.Levels[s.pattern.Level(k)].ID)
		}
		if s.weight >= chosen {
			x.Refused = int64(math.Round(s.other*.9)) + pairs/50
			x.Joined = pairs - x.Refused
		} else {
			x.Left = pairs
		}
		r.Patterns = append(r.Patterns, x)
	}
}

// sample is an invented report with something in every section.
func sample() *linkage.Report {
	r := &linkage.Report{Title: "annual linkage", Made: map[string]string{"run_id": "2025-3f9a0b12c4d5", "rules": "sha256:9d41f2", "data_fingerprint": "sha256:77ab10", "program_version": "0.4.0"}}
	add := func(section, item, subgroup string, value float64, note string) {
		r.Rows = append(r.Rows, linkage.QualityRow{Section: section, Item: item, Subgroup: subgroup, Value: value, Note: note})
	}
	add("run", "records", "", 168213, "distinct records of all sources, years joined")
	add("run", "records of the returns", "", 51233, "distinct authority and CHILD")
	add("run", "persons", "", 46120, "children in the spine")
	add("run", "expected false links", "", 212.4, "sum over linked records of 1 - match probability")
	add("run", "records for review", "", 31, "a number that two children seem to have had")
	add("estimate", "expected false links", "", 212.4, "sum over linked records of 1 - match probability")
	add("estimate", "expected missed links", "", 903.7, "true links among compared pairs that were not made")
	for i, e := range []string{"minted", "attached", "detached", "merged", "split", "retired"} {
		add("event", e, "", []float64{4102, 17220, 12, 41, 9, 0}[i], "changes of the spine since the parent snapshot")
	}
	add("rejected", "date of birth after the return", "header", 14, "records or rows that could not be used")
	add("rejected", "postcode of an office", "episodes", 1203, "records or rows that could not be used")
	add("rejected", "repeated NHS number", "mhsds", 77, "records or rows that could not be used")
	passes := []struct {
		id, does  string
		joined    float64
		precision float64
		weight    float64
	}{
		{"b00_same_number", "an authority's successor sends the same CHILD number, and two parts of the date of birth agree", 311, .998, 31.2},
		{"p01_upn_dob", "UPN and date of birth agree", 2902, .9991, 44.8},
		{"p02_upn_dob_parts", "UPN, sex and two parts of the date of birth agree", 141, .9973, 33.0},
		{"p03_upn_dob_swapped", "UPN agrees, day and month are exchanged", 0, .997, math.NaN()},
		{"p05_dob_sex_home", "date of birth, sex and home postcode agree", 870, .9847, 28.8},
		{"p07_transfer_same_day", "date of birth, sex and ethnicity agree, REC E3 in one authority and RNE S in the other on one day", 412, .9812, 26.4},
		{"p12_transfer_dob_parts", "two parts of the date of birth, sex and ethnicity agree, REC E3 and RNE S on one day", 38, .93, 17.9},
		{"s01_score", "match weight of the model, as a rule's rest", 477, .972, 21.5},
		{"e01_upn_dob", "UPN and date of birth agree", 60123, .9990, 43.9},
		{"e03_nhs_dob", "NHS number and two parts of the date of birth agree", 20412, .9991, 41.7},
		{"e05_dob_sex_unit", "date of birth, sex and a postcode agree", 7420, .985, 27.1},
	}
	for _, x := range passes {
		add("pass", x.id, "pairs", math.Floor(x.joined*1.2), x.does)
		add("pass", x.id, "joined", x.joined, "pairs that brought two clusters together")
		add("pass", x.id, "confirmed", math.Floor(x.joined*.15), "pairs that were together already")
		add("pass", x.id, "ambiguous", math.Floor(x.joined*.03), "pairs refused because another record fitted as well")
		doubtful := 0.0
		if x.joined == 0 {
			doubtful = 17
		}
		add("pass", x.id, "doubtful", doubtful, "pairs not joined since the pass is expected to be wrong too often")
		add("pass", x.id, "refused", math.Floor(x.joined*.02), "pairs refused by a cannot-link")
		add("pass", x.id, "estimated precision", x.precision, "expected share of right links")
		add("pass", x.id, "mean weight", x.weight, "bits, of the pairs joined")
		add("blocking", x.id, "values", x.joined*9+100, "values looked at")
		add("blocking", x.id, "blocks", x.joined*2+10, "values shared by two or more records")
		add("blocking", x.id, "largest block", math.Mod(x.joined, 47)+2, "records")
		add("blocking", x.id, "blocks refused", math.Mod(x.joined, 3), "values shared by too many records")
		add("blocking", x.id, "pairs compared", math.Floor(x.joined*3.1), "pairs that share a value")
		add("blocking", x.id, "pairs alone", math.Floor(x.joined*.06), "pairs that nothing else proposes")
		if x.joined > 0 {
			add("evaluation_pass", x.id, "precision", x.precision-.002, "share of the records that the pass attached which are their person's")
		}
	}
	for i, c := range []string{"same_return", "two_authorities", "upn_conflict", "upn_never_agrees", "nhs_conflict", "after_death", "across_adoption", "same_delivery"} {
		n := []float64{402, 61, 210, 33, 19, 2, 88, 140}[i]
		add("cannot_link", c, "p05_dob_sex_home", n/2, "pairs of this pass refused")
		add("cannot_link", c, "p07_transfer_same_day", n-n/2, "pairs of this pass refused")
		add("cannot_link", c, "", n, "pairs refused")
	}
	add("override", "returned_twice", "", 12, "cannot-links lifted")
	add("override", "held_twice", "", 0, "cannot-links lifted")
	for i, n := range []float64{41800, 3710, 480, 96, 22, 9, 2, 0, 1} {
		if n > 0 {
			add("cluster_size", "records of the returns", fmt.Sprint(i+1), n, "persons with so many authority and CHILD numbers")
		}
	}
	sources := []string{"cin_census", "mhsds", "npd", "ssda903", "wellbeing_survey"}
	for k, s := range sources {
		for y := 2016; y <= 2025; y++ {
			if s == "wellbeing_survey" && y < 2020 {
				continue
			}
			note := "share of the year's records that are linked to a child of the returns"
			if s == "ssda903" {
				note = "share of the year's records that are linked to any other record"
			}
			rate := []float64{.957, .842, .931, .902, .973}[k] + .004*float64(y-2020) - .03*math.Mod(float64(y*(k+3)), 3)/3
			if s == "npd" && y == 2021 {
				rate -= .17
			}
			add("linkage_rate", s, fmt.Sprint(y), rate, note)
			add("records", s, fmt.Sprint(y), math.Floor([]float64{9800, 3100, 8200, 10100, 1210}[k]*(1+.01*float64(y-2016))), "distinct records in the year's deliveries")
		}
	}
	identifiers := []string{"UPN", "temporary UPN", "NHS number", "date of birth", "date of birth that may stand for another", "sex", "ethnicity", "postcode in any year"}
	complete := [][]float64{{.81, .02, 0, .99, .03, .999, .97, .88}, {.0, .0, .93, .995, .01, .99, .85, .97}, {.985, .03, 0, 1, 0, 1, .96, .94}, {.71, .04, 0, .999, .02, 1, .96, .92}, {0, 0, 0, .97, .04, .9, 0, 0}}
	for k, s := range sources {
		for y := 2016; y <= 2025; y++ {
			if s == "wellbeing_survey" && y < 2020 {
				continue
			}
			for i, name := range identifiers {
				v := complete[k][i]
				if v > 0 && v < 1 {
					v = min(1, v+.02*float64(y-2020)*v*(1-v))
				}
				add("completeness", s+": "+name, fmt.Sprint(y), v, "share of identity rows")
			}
		}
	}
	for a := 1; a <= 33; a++ {
		for i, name := range identifiers {
			v := complete[3][i]
			if v > 0 && v < 1 {
				v = max(0, min(1, v-.04*math.Mod(float64(a*(i+5)), 9)*(1-v)+.02))
			}
			if name == "UPN" && a%11 == 3 {
				v *= .6
			}
			add("completeness", "ssda903: "+name, fmt.Sprintf("E090000%02d", a), v, "share of identity rows")
		}
	}
	evaluation := func(item, group string, right, wrong, missed float64) {
		add("evaluation", item+": precision", group, right/max(right+wrong, 1), "share of links that are right, against known truth")
		add("evaluation", item+": recall", group, right/max(right+missed, 1), "share of true links that were made, against known truth")
		add("evaluation", item+": right", group, right, "true links made")
		add("evaluation", item+": false", group, wrong, "links made that are wrong")
		add("evaluation", item+": missed", group, missed, "true links not made")
	}
	for _, x := range []struct {
		group string
		f     float64
		miss  float64
	}{{"", 1, .02}, {"age: 5 and over", .7, .014}, {"age: under 5", .3, .034}, {"asylum-seeking: no", .95, .018}, {"asylum-seeking: yes", .05, .12}, {"sex: F", .44, .02}, {"sex: M", .56, .02}} {
		evaluation("pairs", x.group, math.Round(5110*x.f), math.Round(14*x.f), math.Round(5110*x.f*x.miss))
		evaluation("mhsds", x.group, math.Round(2810*x.f), math.Round(3*x.f), math.Round(2810*x.f*x.miss*4))
	}
	add("evaluation", "records not delivered", "", 12, "records of the truth that no delivery holds")
	groups := map[string][]string{"age band": {"under 5", "5 to 9", "10 to 15", "16 and over"}, "sex": {"F", "M"}, "asylum-seeking": {"yes", "no"}, "category of need": {"N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"}}
	for d, dimension := range []string{"age band", "sex", "asylum-seeking", "category of need", "authority"} {
		list := groups[dimension]
		for a := 1; dimension == "authority" && a <= 33; a++ {
			list = append(list, fmt.Sprintf("E090000%02d", a))
		}
		for i, g := range list {
			x := .06 * math.Sin(float64(7*i+3*d))
			if g == "yes" {
				x = -.31
			}
			add("subgroup", dimension, g, .93+x/2, fmt.Sprintf("share of records that are linked, 95%% interval %.4f to %.4f", .93+x/2-.01, .93+x/2+.01))
			add("subgroup", dimension, g, math.Round(4000/float64(i+1)), "records that could be linked")
			add("std_difference", dimension, g, x, "standardised difference, linked less unlinked")
			add("std_difference", dimension, g+": lower", x-.03, "end of the 95% interval")
			add("std_difference", dimension, g+": upper", x+.03, "end of the 95% interval")
		}
	}
	for i, h := range []string{"children in care on 31 March", "share with three or more placements", "children back in care within two years"} {
		for k, l := range []string{"2 bits lower", "chosen", "2 bits higher"} {
			v := []float64{10433, .103, 1204}[i] * (1 + .004*float64(k-1)*float64(1+4*i))
			if i != 1 {
				v = math.Round(v)
			}
			add("sensitivity", h, l, v, []string{"children", "share of children in care", "children"}[i])
		}
	}
	add("impossible_history", "in two places on one day", "2024", 7, "children whose linked history can't be")
	r.Review = linkage.ReviewSummary{Queued: []linkage.ReviewCount{{Name: "grey band", Count: 412}, {Name: "twins", Count: 96}, {Name: "more than two authorities", Count: 131}},
		Decided: []linkage.ReviewCount{{Name: "one child", Count: 120}, {Name: "two children", Count: 71}, {Name: "can't tell", Count: 14}}, Reviewers: 2}
	addScored(r, sampleModel("returns"), 60000)
	return r
}
