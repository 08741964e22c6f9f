package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// near fails unless got is within tol of want; NaN is near NaN.
func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) || got == want {
		return
	}
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// observations joins columns; entry and group may be nil.
func observations(entry, time []float64, cause, group []int) []Observation {
	out := make([]Observation, len(time))
	for i := range time {
		out[i] = Observation{Time: time[i], Cause: cause[i]}
		if entry != nil {
			out[i].Entry = entry[i]
		}
		if group != nil {
			out[i].Group = group[i]
		}
	}
	return out
}

// aml is survival::aml: weeks to relapse of 23 patients, group 1 maintained.
func aml() []Observation {
	return observations(nil,
		[]float64{9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45},
		[]int{1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1},
		[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2})
}

func of(obs []Observation, group int) (out []Observation) {
	for _, o := range obs {
		if o.Group == group {
			out = append(out, o)
		}
	}
	return out
}

func mustKM(t testing.TB, obs []Observation, o CurveOptions) SurvivalCurve {
	t.Helper()
	c, err := KaplanMeier(obs, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustAJ(t testing.TB, obs []Observation, causes int, o CurveOptions) IncidenceCurve {
	t.Helper()
	c, err := AalenJohansen(obs, causes, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// survival 3.5-3: survfit(Surv(time, status) ~ x, aml, conf.type = "log-log").
func TestKaplanMeierKnownAnswer(t *testing.T) {
	c := mustKM(t, of(aml(), 1), CurveOptions{})
	want := []SurvivalStep{
		{9, 11, 1, 0.90909090909, 0.08667841720, 0.508080205770, 0.9866738227},
		{13, 10, 1, 0.81818181818, 0.11629129983, 0.447428614682, 0.9511622286},
		{18, 8, 1, 0.71590909091, 0.13966497056, 0.350190385908, 0.8990239742},
		{23, 7, 1, 0.61363636364, 0.15263233103, 0.265752040001, 0.8352992433},
		{31, 5, 1, 0.49090909091, 0.16419326722, 0.167330909777, 0.7533997904},
		{34, 4, 1, 0.36818181818, 0.16266888583, 0.092829574937, 0.6570408324},
		{48, 2, 1, 0.18409090909, 0.15349274579, 0.011738480123, 0.5250148427},
	}
	if len(c.Steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(c.Steps), len(want))
	}
	for i, w := range want {
		g := c.Steps[i]
		if g.Time != w.Time || g.AtRisk != w.AtRisk || g.Events != w.Events {
			t.Errorf("step %d: %+v, want %+v", i, g, w)
		}
		near(t, "survival", g.Survival, w.Survival, 1e-10)
		near(t, "standard error", g.SE, w.SE, 1e-10)
		near(t, "low", g.Low, w.Low, 1e-9)
		near(t, "high", g.High, w.High, 1e-9)
	}
	m, low, high := c.Quantile(.5)
	near(t, "median", m, 31, 0)
	near(t, "median, low", low, 13, 0)
	near(t, "median, high", high, math.NaN(), 0)
	m, low, high = mustKM(t, of(aml(), 2), CurveOptions{}).Quantile(.5)
	near(t, "median of the other arm", m, 23, 0)
	near(t, "its low", low, 5, 0)
	near(t, "its high", high, 33, 0)
}

var (
	// every third patient of survival::veteran; lateEntry is made up
	veteranTime      = []float64{72, 126, 82, 100, 144, 30, 54, 97, 117, 22, 18, 31, 18, 27, 63, 8, 117, 162, 177, 553, 260, 182, 103, 999, 231, 111, 389, 357, 1, 283, 103, 87, 7, 8, 25, 51, 18, 51, 73, 48, 186, 45, 164, 15, 133, 378}
	veteranStatus    = []int{1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	veteranCell      = []int{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4}
	veteranKarno     = []float64{60, 60, 40, 70, 30, 60, 80, 60, 80, 60, 20, 75, 30, 60, 50, 20, 80, 80, 50, 70, 80, 90, 80, 90, 50, 70, 90, 70, 50, 90, 70, 60, 20, 80, 70, 30, 40, 60, 60, 10, 90, 40, 70, 30, 75, 80}
	veteranAge       = []float64{69, 63, 69, 70, 63, 61, 63, 67, 46, 68, 42, 65, 60, 62, 48, 61, 38, 64, 66, 47, 45, 62, 38, 54, 52, 62, 62, 58, 35, 51, 36, 60, 66, 68, 70, 59, 69, 62, 70, 81, 60, 69, 68, 63, 65, 65}
	veteranLateEntry = []float64{1, 4, 0, 0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 7, 3, 0, 1, 32, 7, 2, 7, 4, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 10}
)

// veteranMonths are the times in months begun, so that many tie.
func veteranMonths() []float64 {
	out := make([]float64, len(veteranTime))
	for i, d := range veteranTime {
		out[i] = math.Ceil(d / 30)
	}
	return out
}

func veteranRows() (rows [][]float64) {
	for i := range veteranTime {
		rows = append(rows, []float64{veteranKarno[i], veteranAge[i], map[bool]float64{false: 1, true: 2}[i >= 23]})
	}
	return rows
}

// survival 3.5-3: survfit(Surv(entry, months, status) ~ 1, conf.type = "log-log").
func TestKaplanMeierDelayedEntryKnownAnswer(t *testing.T) {
	c := mustKM(t, observations(veteranLateEntry, veteranMonths(), veteranStatus, nil), CurveOptions{})
	want := []SurvivalStep{
		{1, 28, 12, 0.57142857143, 0.09352195296, 0.370564979898, 0.72945006004},
		{2, 22, 6, 0.41558441558, 0.08700631578, 0.246315876169, 0.57679385413},
		{3, 18, 5, 0.30014430014, 0.07663894822, 0.161369070025, 0.45201117874},
		{4, 16, 4, 0.22510822511, 0.06602697987, 0.111626567137, 0.36271416986},
		{5, 11, 3, 0.16371507281, 0.05674160665, 0.071791077195, 0.28844107273},
		{6, 8, 3, 0.10232192050, 0.04519837700, 0.035694714649, 0.21028587462},
		{7, 5, 1, 0.08185753640, 0.04052757721, 0.025018689543, 0.18297810701},
		{9, 5, 1, 0.06548602912, 0.03557542817, 0.017799911282, 0.15810634811},
		{10, 4, 1, 0.04911452184, 0.03021466409, 0.011151063962, 0.13267248969},
		{12, 4, 1, 0.03683589138, 0.02503186785, 0.007140696784, 0.11021755157},
		{13, 3, 2, 0.01227863046, 0.01304344452, 0.000856722882, 0.06449624237},
		{19, 1, 1, 0, math.NaN(), math.NaN(), math.NaN()},
		{34, 1, 1, 0, math.NaN(), math.NaN(), math.NaN()},
	}
	if len(c.Steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(c.Steps), len(want))
	}
	for i, w := range want {
		g := c.Steps[i]
		if g.Time != w.Time || g.AtRisk != w.AtRisk || g.Events != w.Events {
			t.Errorf("step %d: %+v, want %+v", i, g, w)
		}
		near(t, "survival", g.Survival, w.Survival, 1e-10)
		near(t, "standard error", g.SE, w.SE, 1e-10)
		near(t, "low", g.Low, w.Low, 1e-9)
		near(t, "high", g.High, w.High, 1e-9)
	}
}

// survival 3.5-3: survfit(Surv(time, factor(cause, 0:2)) ~ 1).
func TestAalenJohansenKnownAnswer(t *testing.T) {
	c := mustAJ(t, observations(nil, []float64{1, 2, 2, 3, 4, 5, 6, 7, 8, 10}, []int{1, 0, 2, 1, 0, 1, 2, 0, 1, 0}, nil), 2, CurveOptions{})
	times := []float64{1, 2, 3, 5, 6, 8}
	f1 := []float64{.1, .1, .21429, .35143, .35143, .55714}
	f2 := []float64{0, .1, .1, .1, .23714, .23714}
	for i, at := range times {
		s, ok := c.At(at)
		if !ok || s.Time != at {
			t.Fatalf("nothing at %v: %+v", at, s)
		}
		near(t, "first cause", s.Incidence[0], f1[i], 5e-6)
		near(t, "second cause", s.Incidence[1], f2[i], 5e-6)
	}
}

// 200 made-up subjects with many ties; the standard errors are the matrix product formula of Andersen, Borgan, Gill and Keiding (4.4.19)
// written out in R, the incidences are cmprsk::cuminc's too.
func TestAalenJohansenVarianceKnownAnswer(t *testing.T) {
	c := mustAJ(t, observations(nil, madeTime, madeCause, nil), 2, CurveOptions{})
	for _, w := range []struct{ at, f1, f2, se1, se2 float64 }{
		{3, 0.07859475507, 0.05690654379, 0.01949798562, 0.01667521510},
		{6, 0.1464317550, 0.1023082711, 0.02610673818, 0.02229774581},
		{12, 0.2968692392, 0.1738472138, 0.03525605199, 0.02915181484},
		{24, 0.4594232735, 0.2860380573, 0.04149928868, 0.03738108374},
	} {
		s, ok := c.At(w.at)
		if !ok {
			t.Fatalf("nothing at %v", w.at)
		}
		near(t, "first cause", s.Incidence[0], w.f1, 1e-9)
		near(t, "second cause", s.Incidence[1], w.f2, 1e-9)
		near(t, "standard error of the first", s.SE[0], w.se1, 1e-9)
		near(t, "standard error of the second", s.SE[1], w.se2, 1e-9)
		if !(s.Low[0] > 0 && s.Low[0] < s.Incidence[0] && s.Incidence[0] < s.High[0] && s.High[0] < 1) {
			t.Errorf("interval at %v: %v to %v about %v", w.at, s.Low[0], s.High[0], s.Incidence[0])
		}
	}
}

// random observations with ties, delayed entry when asked.
func random(r *rand.Rand, n, causes int, late bool) []Observation {
	out := make([]Observation, n)
	for i := range out {
		out[i] = Observation{Time: float64(r.IntN(30)), Cause: r.IntN(causes + 1), Group: r.IntN(3)}
		if late && out[i].Time > 1 && r.IntN(3) == 0 {
			out[i].Entry = float64(1 + r.IntN(int(out[i].Time)-1))
		}
	}
	return out
}

func shuffled(r *rand.Rand, obs []Observation) []Observation {
	out := append([]Observation(nil), obs...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestIncidencesAndSurvivalSumTo1(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		obs := random(r, 5+r.IntN(80), 3, true)
		km, aj := mustKM(t, obs, CurveOptions{}), mustAJ(t, obs, 3, CurveOptions{})
		if len(km.Steps) != len(aj.Steps) || km.Until != aj.Until {
			t.Fatalf("%d and %d steps, until %v and %v", len(km.Steps), len(aj.Steps), km.Until, aj.Until)
		}
		for i, s := range aj.Steps {
			near(t, "sum", s.Survival+s.Incidence[0]+s.Incidence[1]+s.Incidence[2], 1, 1e-12)
			near(t, "survival", s.Survival, km.Steps[i].Survival, 1e-12)
		}
	}
}

func TestOneCauseIsKaplanMeier(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 100 {
		obs := random(r, 5+r.IntN(80), 1, true)
		km, aj := mustKM(t, obs, CurveOptions{}), mustAJ(t, obs, 1, CurveOptions{})
		for i, s := range aj.Steps {
			near(t, "incidence", s.Incidence[0], 1-km.Steps[i].Survival, 1e-12)
			if km.Steps[i].Survival > 0 {
				near(t, "standard error", s.SE[0], km.Steps[i].SE, 1e-10)
			}
		}
	}
}

func TestWithoutCensoringCurvesAreFractions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 100 {
		obs := random(r, 5+r.IntN(80), 2, false)
		for i := range obs {
			obs[i].Cause = 1 + obs[i].Cause%2
		}
		n := float64(len(obs))
		km, aj := mustKM(t, obs, CurveOptions{}), mustAJ(t, obs, 2, CurveOptions{})
		for i, s := range km.Steps {
			left, first := 0.0, 0.0
			for _, o := range obs {
				if o.Time > s.Time {
					left++
				} else if o.Cause == 1 {
					first++
				}
			}
			near(t, "survival", s.Survival, left/n, 1e-12)
			f := aj.Steps[i].Incidence[0]
			near(t, "incidence", f, first/n, 1e-12)
			near(t, "its standard error", aj.Steps[i].SE[0], math.Sqrt(f*(1-f)/n), 1e-9)
		}
	}
}

func TestOrderOfObservationsDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range 30 {
		obs := random(r, 60, 2, true)
		again := shuffled(r, obs)
		a, b := mustAJ(t, obs, 2, CurveOptions{LeastAtRisk: 5}), mustAJ(t, again, 2, CurveOptions{LeastAtRisk: 5})
		if len(a.Steps) != len(b.Steps) || a.Until != b.Until {
			t.Fatal("another curve")
		}
		for i := range a.Steps {
			if a.Steps[i].Incidence[0] != b.Steps[i].Incidence[0] || a.Steps[i].SE[1] != b.Steps[i].SE[1] {
				t.Fatal("another curve")
			}
		}
		x, err1 := LogRank(obs)
		y, err2 := LogRank(again)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		near(t, "log-rank", x.ChiSquare, y.ChiSquare, 1e-9)
	}
	for range 10 {
		obs := random(r, 120, 2, false)
		again := shuffled(r, obs)
		rows := func(obs []Observation) (out [][]float64) {
			for _, o := range obs {
				out = append(out, []float64{float64(o.Group), math.Sin(o.Time + float64(o.Cause))})
			}
			return out
		}
		x, err1 := Gray(obs, 1)
		y, err2 := Gray(again, 1)
		a, err3 := Cox(obs, []string{"group", "other"}, rows(obs))
		b, err4 := Cox(again, []string{"group", "other"}, rows(again))
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		near(t, "gray", x.ChiSquare, y.ChiSquare, 1e-9)
		near(t, "cox", a.Coefficients[1].Beta, b.Coefficients[1].Beta, 1e-9)
		near(t, "cox, standard error", a.Coefficients[1].SE, b.Coefficients[1].SE, 1e-9)
	}
}

func TestCurvesStopWhereFewAreAtRisk(t *testing.T) {
	obs := aml()
	whole := mustKM(t, obs, CurveOptions{})
	for _, least := range []int{1, 2, 5, 10, 23, 24} {
		c := mustKM(t, obs, CurveOptions{LeastAtRisk: least})
		for i, s := range c.Steps {
			if s.AtRisk < least || s.Survival != whole.Steps[i].Survival {
				t.Errorf("least %d: step %+v", least, s)
			}
		}
		atUntil, after := 0, 0
		for _, o := range obs {
			if o.atRisk(c.Until) {
				atUntil++
			}
			if o.atRisk(c.Until + .5) {
				after++
			}
		}
		if least <= 23 && (atUntil < least || after >= least) {
			t.Errorf("least %d: until %v, with %d at risk then and %d after", least, c.Until, atUntil, after)
		}
		if _, ok := c.At(c.Until + .5); ok {
			t.Errorf("least %d: a figure beyond %v", least, c.Until)
		}
	}
	if c := mustKM(t, obs, CurveOptions{LeastAtRisk: 24}); len(c.Steps) != 0 || c.Until != 0 {
		t.Errorf("fewer than 24 from the start: %+v", c)
	}
	late := []Observation{{Time: 5, Cause: 1}, {Time: 2, Cause: 1}, {Entry: 3, Time: 9, Cause: 1}, {Entry: 3, Time: 9}}
	if c := mustKM(t, late, CurveOptions{LeastAtRisk: 2}); c.Until != 2 {
		t.Errorf("one alone at risk between 2 and 3, then three: the curve goes until %v, not 2", c.Until)
	}
}

func TestEventsOnTheFirstDayCount(t *testing.T) {
	c := mustKM(t, []Observation{{Time: 0, Cause: 1}, {Time: 0}, {Time: 3, Cause: 1}, {Time: 4}}, CurveOptions{})
	s, ok := c.At(0)
	if !ok || s.Survival != .75 || s.AtRisk != 4 {
		t.Errorf("one of four has the event on day 0: %+v", s)
	}
}

func TestObservationsThatCannotBe(t *testing.T) {
	for name, o := range map[string]Observation{
		"time below 0":         {Time: -1},
		"time not a number":    {Time: math.NaN()},
		"endless time":         {Time: math.Inf(1)},
		"entry after the time": {Entry: 5, Time: 4},
		"entry at the time":    {Entry: 5, Time: 5},
		"entry below 0":        {Entry: -1, Time: 4},
		"cause below 0":        {Time: 4, Cause: -1},
	} {
		if _, err := KaplanMeier([]Observation{{Time: 1}, o}, CurveOptions{}); err == nil {
			t.Errorf("%s: no complaint", name)
		}
	}
	if _, err := AalenJohansen([]Observation{{Time: 1, Cause: 3}}, 2, CurveOptions{}); err == nil {
		t.Error("a cause beyond the last: no complaint")
	}
	if _, err := KaplanMeier(nil, CurveOptions{Level: 95}); err == nil {
		t.Error("a level of 95: no complaint")
	}
	if c := mustKM(t, nil, CurveOptions{}); c.N != 0 {
		t.Error(c)
	} else if _, ok := c.At(0); ok {
		t.Error("a figure of nobody")
	}
}

func TestLogRankKnownAnswer(t *testing.T) {
	// survival 3.5-3: survdiff(Surv(time, status) ~ x, aml)
	c, err := LogRank(aml())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "aml", c.ChiSquare, 3.39638869898, 1e-9)
	near(t, "aml, p", c.P, .06534, 5e-6)
	near(t, "aml, expected", c.Groups[0].Expected, 10.68934, 5e-6)
	// survdiff(Surv(time, status) ~ celltype, veteran[seq(1, 137, 3), ])
	c, err = LogRank(observations(nil, veteranTime, veteranStatus, veteranCell))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "veteran", c.ChiSquare, 19.9439777918, 1e-8)
	near(t, "veteran, p", c.P, .0001743, 5e-8)
	for i, want := range []GroupCount{{1, 12, 10, 16.49019}, {2, 16, 14, 6.28182}, {3, 9, 9, 5.57877}, {4, 9, 8, 12.64922}} {
		g := c.Groups[i]
		if g.Group != want.Group || g.N != want.N || g.Observed != want.Observed {
			t.Errorf("group %+v, want %+v", g, want)
		}
		near(t, "expected", g.Expected, want.Expected, 5e-6)
	}
	// with delayed entry: the score test of coxph(Surv(entry, months, status) ~ factor(celltype), ties = "exact")
	c, err = LogRank(observations(veteranLateEntry, veteranMonths(), veteranStatus, veteranCell))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "delayed entry", c.ChiSquare, 10.2858673194, 1e-8)
}

var (
	// every 23rd patient of survival::mgus2: months to plasma cell malignancy (1) or death (2), by age group
	mgusTime  = []float64{30, 88, 196, 24, 49, 6, 8, 186, 40, 122, 101, 49, 95, 6, 139, 148, 394, 107, 71, 163, 94, 160, 81, 27, 103, 35, 137, 53, 165, 12, 45, 60, 11, 109, 121, 135, 96, 2, 175, 63, 111, 123, 178, 103, 128, 166, 228, 153, 201, 6, 243, 66, 64, 156, 129, 137, 147, 64, 111, 59, 35}
	mgusCause = []int{2, 2, 2, 2, 2, 2, 2, 0, 2, 2, 1, 2, 2, 2, 2, 2, 0, 2, 2, 0, 0, 0, 2, 2, 0, 2, 0, 0, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 0, 2, 0, 1, 2, 2, 1, 2, 2, 2, 0, 1, 0, 2, 2, 2, 0, 2, 2, 2, 0, 0, 0}
	mgusGroup = []int{3, 2, 2, 3, 3, 3, 1, 1, 3, 2, 2, 3, 1, 3, 2, 1, 1, 2, 2, 2, 2, 1, 2, 3, 1, 3, 1, 3, 2, 2, 3, 3, 2, 2, 1, 2, 1, 2, 1, 3, 1, 2, 2, 3, 1, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 2, 1, 3, 2}
)

// cmprsk 2.2-11: cuminc(time, cause, group)$Tests.
func TestGrayKnownAnswer(t *testing.T) {
	tied, two := make([]float64, len(mgusTime)), make([]int, len(mgusTime))
	for i, m := range mgusTime {
		tied[i] = math.Ceil(m / 24)
		two[i] = min(mgusGroup[i], 2)
	}
	for _, c := range []struct {
		name        string
		obs         []Observation
		first, pOne float64
		other, pTwo float64
	}{
		{"three groups", observations(nil, mgusTime, mgusCause, mgusGroup), 0.878666139802, 6.44466091622e-01, 35.464773831907, 1.99031681136e-08},
		{"three groups, ties", observations(nil, tied, mgusCause, mgusGroup), 0.812665847105, 6.66088373999e-01, 29.946807770969, 3.14147289737e-07},
		{"two groups, ties", observations(nil, tied, mgusCause, two), 1.18726249613, 0.275882439498775, 13.64440689605, 0.000220898355766},
		{"200 made up", observations(nil, madeTime, madeCause, madeGroup), 1.1118225814668, 0.573549352761, 0.0410918681228, 0.979663695509},
	} {
		for cause, want := range map[int][2]float64{1: {c.first, c.pOne}, 2: {c.other, c.pTwo}} {
			got, err := Gray(c.obs, cause)
			if err != nil {
				t.Fatal(c.name, err)
			}
			near(t, c.name, got.ChiSquare, want[0], 1e-9*(1+want[0]))
			near(t, c.name+", p", got.P, want[1], 1e-9)
		}
	}
}

func TestGrayWithOneCauseAndNoCensoringIsCloseToLogRank(t *testing.T) {
	obs := random(rand.New(rand.NewPCG(5, 1)), 900, 1, false)
	for i := range obs {
		obs[i].Cause = 1
		obs[i].Time += float64(i) / 1000 // no ties
	}
	a, err := LogRank(obs)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Gray(obs, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Groups {
		near(t, "expected", b.Groups[i].Expected, a.Groups[i].Expected, 1e-6)
	}
	near(t, "chi-square", b.ChiSquare, a.ChiSquare, .1*(1+a.ChiSquare)) // the variances differ by a little
}

func TestComparisonsThatCannotBe(t *testing.T) {
	for name, obs := range map[string][]Observation{
		"nobody":              nil,
		"one group":           {{Time: 1, Cause: 1}, {Time: 2, Cause: 1}},
		"no events":           {{Time: 1}, {Time: 2, Group: 1}},
		"never together":      {{Time: 1, Cause: 1}, {Time: 2, Entry: 1, Cause: 1, Group: 1}},
		"a time not a number": {{Time: math.NaN(), Cause: 1}, {Time: 2, Group: 1}},
	} {
		if c, err := LogRank(obs); err == nil {
			t.Errorf("%s: no complaint, %+v", name, c)
		}
		if c, err := Gray(obs, 1); err == nil {
			t.Errorf("%s: no complaint of Gray, %+v", name, c)
		}
	}
	if _, err := Gray([]Observation{{Time: 3, Entry: 1, Cause: 1}, {Time: 2, Group: 1}}, 1); err == nil {
		t.Error("delayed entry: no complaint of Gray")
	}
}

func TestCoxKnownAnswer(t *testing.T) {
	names := []string{"karno", "age", "trt"}
	for _, c := range []struct {
		name           string
		obs            []Observation
		names          []string
		rows           [][]float64
		beta, se       []float64
		null, loglik   float64
		score, pOfLast float64
	}{
		{ // survival 3.5-3: coxph(Surv(months, status) ~ karno + age + trt, ties = "efron")
			"ties", observations(nil, veteranMonths(), veteranStatus, nil), names, veteranRows(),
			[]float64{-0.03359489196895, 0.00717895168337, -0.07072787461400}, []float64{0.00868928320696, 0.01869235712212, 0.33450384289721},
			-120.007884835, -111.292623043, 20.12, 0.83254306,
		},
		{ // coxph(Surv(entry, months, status) ~ karno + age + trt)
			"delayed entry", observations(veteranLateEntry, veteranMonths(), veteranStatus, nil), names, veteranRows(),
			[]float64{-0.0258440758194, -0.0107225113902, 0.2373005031991}, []float64{0.0088674368049, 0.0174223812200, 0.3354991516921},
			-100.0431713616, -95.6827192906, 9.05632160484, 0.47937,
		},
	} {
		fit, err := Cox(c.obs, c.names, c.rows)
		if err != nil {
			t.Fatal(c.name, err)
		}
		for i, g := range fit.Coefficients {
			near(t, c.name+" "+g.Name, g.Beta, c.beta[i], 1e-9)
			near(t, c.name+" standard error of "+g.Name, g.SE, c.se[i], 1e-9)
			near(t, c.name+" hazard ratio", g.Ratio, math.Exp(c.beta[i]), 1e-9)
		}
		near(t, c.name+" no effect", fit.NullLikelihood, c.null, 1e-8)
		near(t, c.name+" likelihood", fit.LogLikelihood, c.loglik, 1e-8)
		near(t, c.name+" score", fit.Score, c.score, 5e-3)
		near(t, c.name+" p of the last", fit.Coefficients[2].P, c.pOfLast, 1e-5)
	}
	fit, err := Cox(observations(nil, veteranMonths(), veteranStatus, nil), names, veteranRows())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "likelihood ratio test, p", fit.P, .000576, 5e-7)
	near(t, "interval", fit.Coefficients[0].Low, 0.9506345, 5e-8)
	near(t, "interval", fit.Coefficients[0].High, 0.9835722, 5e-8)

	// coxph(Surv(time, status) ~ x, aml)
	var rows [][]float64
	for _, o := range aml() {
		rows = append(rows, []float64{float64(o.Group - 1)})
	}
	if fit, err = Cox(aml(), []string{"not maintained"}, rows); err != nil {
		t.Fatal(err)
	}
	near(t, "aml", fit.Coefficients[0].Beta, 0.915532575, 1e-6)
	near(t, "aml, standard error", fit.Coefficients[0].SE, 0.5119342752, 1e-6)
	near(t, "aml, likelihood", fit.LogLikelihood, -41.03261560, 1e-7)
}

func TestCoxSaysWhenItCannotFit(t *testing.T) {
	obs := observations(nil, []float64{1, 2, 3, 4, 5, 6}, []int{1, 1, 1, 1, 1, 0}, nil)
	if fit, err := Cox(obs, []string{"x"}, [][]float64{{6}, {5}, {4}, {3}, {2}, {1}}); !errors.Is(err, ErrNoConvergence) {
		t.Errorf("the covariate orders the events: %v, %+v", err, fit.Coefficients)
	}
	if _, err := Cox(obs, []string{"x", "y"}, [][]float64{{1, 2}, {3, 6}, {2, 4}, {5, 10}, {1, 2}, {7, 14}}); !errors.Is(err, ErrNoConvergence) {
		t.Errorf("y is twice x: %v", err)
	}
	if _, err := Cox(obs, []string{"x"}, [][]float64{{1}, {1}, {1}, {1}, {1}, {1}}); err == nil {
		t.Error("a covariate that is the same in every row: no complaint")
	}
	if _, err := Cox(obs, []string{"x"}, [][]float64{{1}}); err == nil {
		t.Error("too few rows: no complaint")
	}
	for i := range obs {
		obs[i].Cause = 0
	}
	if _, err := Cox(obs, []string{"x"}, [][]float64{{1}, {2}, {1}, {3}, {1}, {2}}); err == nil {
		t.Error("no events: no complaint")
	}
}
