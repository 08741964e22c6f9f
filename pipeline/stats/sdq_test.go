package stats

import (
	"math/rand/v2"
	"testing"
)

func TestRegressionToTheMeanKnownAnswer(t *testing.T) {
	m := Moments{FirstMean: 14, FirstSD: 7, NextMean: 14, NextSD: 7, Correlation: .7}
	near(t, "expected after 24", m.Expected(24), 21, 1e-12)
	near(t, "net of it", m.Net(24, 19), -2, 1e-12)
	near(t, "fall above 17", m.FallAbove(17), 2.29, .005)
	near(t, "fall above 17, in R", m.FallAbove(17), 2.28741970543, 1e-9) // (1-r) s dnorm(3/7) / pnorm(3/7, lower = FALSE)
}

// base R: mean, sd, cor and lm(next ~ first).
func TestMomentsKnownAnswer(t *testing.T) {
	first := []float64{12, 20, 25, 9, 17, 31, 14, 22, 6, 18}
	next := []float64{14, 17, 21, 8, 19, 24, 10, 20, 9, 12}
	var s, group PairSums
	for i := range first {
		s.Add(first[i], next[i])
	}
	for range 3 { // another group that is in the sums and out again
		s.Add(33, 2)
		group.Add(33, 2)
	}
	m, err := s.Without(group).Moments()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "first mean", m.FirstMean, 17.4, 1e-12)
	near(t, "first sd", m.FirstSD, 7.54541803569, 1e-10)
	near(t, "next mean", m.NextMean, 15.4, 1e-12)
	near(t, "next sd", m.NextSD, 5.58171618372, 1e-10)
	near(t, "correlation", m.Correlation, 0.903317015173, 1e-11)
	near(t, "expected after 24", m.Expected(24), 19.8103044496, 1e-9)
}

func TestMomentsThatCannotBe(t *testing.T) {
	var few, same PairSums
	few.Add(3, 4)
	few.Add(5, 4)
	if _, err := few.Moments(); err == nil {
		t.Error("two pairs: no complaint")
	}
	for i := range 5 {
		same.Add(13, float64(i))
	}
	if _, err := same.Moments(); err == nil {
		t.Error("first scores all the same: no complaint")
	}
}

func TestNetChangeOfEverybodyIs0(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	var s PairSums
	var pairs [][2]float64
	for range 500 {
		p := [2]float64{float64(r.IntN(41)), float64(r.IntN(41))}
		pairs = append(pairs, p)
		s.Add(p[0], p[1])
	}
	m, err := s.Moments()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, p := range pairs {
		sum += m.Net(p[0], p[1])
	}
	near(t, "sum of net changes", sum, 0, 1e-9)
}

func TestReliableChangeKnownAnswer(t *testing.T) {
	c, err := ReliableChange(5.8, .82)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "points", c, 6.82, .005)
	for threshold, want := range map[float64]int{c: 7, 4.33: 4, 4.5: 5, 3.82: 4} {
		if got := WholePoints(threshold); got != want {
			t.Errorf("%v in whole points is %d, want %d", threshold, got, want)
		}
	}
	if DefaultThresholds().ReliableChange != WholePoints(c) {
		t.Error("the default isn't the derived threshold")
	}
	if _, err := ReliableChange(5.8, 1.2); err == nil {
		t.Error("an alpha of 1.2: no complaint")
	}
}

func TestAddedValueKnownAnswer(t *testing.T) {
	near(t, "score", DefaultAddedValue().Score(20, 4, 6, 17), .3, 1e-12)
}

func TestChangeAndRecovery(t *testing.T) {
	th := DefaultThresholds()
	if err := th.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name         string
		first, later int
		want         Change
		recovered    bool
	}{
		{"a fall of 7 to the normal band is recovery", 20, 13, Improved, true},
		{"a fall of 6 isn't reliable", 19, 13, NoChange, false},
		{"a fall to the middle band is no recovery", 24, 14, Improved, false},
		{"from the middle band there is no recovery", 16, 3, Improved, false},
		{"a rise of 7", 10, 17, Worsened, false},
		{"a rise of 6", 10, 16, NoChange, false},
		{"from 17", 17, 10, Improved, true},
	} {
		if got := th.Change(c.first, c.later); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := th.Recovered(c.first, c.later); got != c.recovered {
			t.Errorf("%s: recovered %v", c.name, got)
		}
	}
	for _, bad := range []Thresholds{{-1, 17, 7}, {13, 13, 7}, {13, 17, 0}} {
		if bad.Validate() == nil {
			t.Errorf("%+v: no complaint", bad)
		}
	}
}

func TestTrajectory(t *testing.T) {
	for _, c := range []struct {
		name   string
		scores []int
		want   Trajectory
	}{
		{"one score is no trajectory", []int{20}, NoTrajectory},
		{"none is none", nil, NoTrajectory},
		{"all 13 or less, even with a reliable rise", []int{2, 8, 13}, StableLow},
		{"all 17 or more, even with a reliable fall", []int{38, 30, 17}, StableHigh},
		{"a reliable fall", []int{20, 22, 13}, Improving},
		{"a reliable rise", []int{10, 9, 17}, Worsening},
		{"up and back", []int{12, 25, 14}, Mixed},
		{"in the middle", []int{15, 15}, Mixed},
	} {
		if got := DefaultThresholds().Trajectory(c.scores); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
