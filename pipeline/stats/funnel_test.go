package stats

import (
	"math"
	"testing"
)

func target(p float64) FunnelOptions { return FunnelOptions{Target: &p} }

func mustFunnel(t testing.TB, f Funnel, err error) Funnel {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFunnelKnownAnswer(t *testing.T) {
	f, err := ProportionFunnel(nil, target(.1))
	l := mustFunnel(t, f, err).Limits(200)
	near(t, "low 95", l.Low95, .05842, 5e-6)
	near(t, "high 95", l.High95, .14158, 5e-6)
	near(t, "low 99.8", l.Low998, .03445, 5e-6)
	near(t, "high 99.8", l.High998, .16555, 5e-6)
	// base R: qbinom(c(.025, .975, .001, .999), n, .1) / n
	for n, want := range map[float64][4]float64{
		1: {0, 1, 0, 1}, 7: {0, 3. / 7, 0, 4. / 7}, 20: {0, .25, 0, .35}, 50: {.02, .18, 0, .26}, 99: {4. / 99, 16. / 99, 2. / 99, 20. / 99},
	} {
		l := f.Limits(n)
		for i, got := range []float64{l.Low95, l.High95, l.Low998, l.High998} {
			near(t, "exact limit", got, want[i], 1e-12)
		}
	}
	// qpois(c(.025, .975, .001, .999), n * .2) / n
	f, err = RateFunnel(nil, target(.2))
	f = mustFunnel(t, f, err)
	for n, want := range map[float64][4]float64{5: {0, .6, 0, 1}, 30: {2. / 30, 11. / 30, 0, .5}, 300: {.15, 76. / 300, 38. / 300, 85. / 300}} {
		l := f.Limits(n)
		for i, got := range []float64{l.Low95, l.High95, l.Low998, l.High998} {
			near(t, "exact limit of a rate", got, want[i], 1e-12)
		}
	}
	l = f.Limits(1000) // .2 +- z sqrt(.2 / 1000)
	near(t, "rate, low 95", l.Low95, .2-1.96*math.Sqrt(.0002), 1e-12)
	near(t, "rate, high 99.8", l.High998, .2+3.09*math.Sqrt(.0002), 1e-12)
}

// Written out in base R: z = (k/n - p0) / sqrt(p0 (1-p0) / n), the lowest and the highest of 12 set to the next, the mean of z^2.
func TestOverdispersionKnownAnswer(t *testing.T) {
	k := []float64{12, 30, 8, 45, 22, 60, 5, 17, 33, 80, 41, 9}
	n := []float64{100, 210, 120, 330, 240, 390, 110, 130, 300, 620, 280, 150}
	var units []Unit
	for i := range k {
		units = append(units, Unit{k[i], n[i]})
	}
	units = append(units, Unit{0, 0}) // nothing to count
	f, err := ProportionFunnel(units, DefaultFunnelOptions())
	f = mustFunnel(t, f, err)
	near(t, "target", f.Target, 0.121476510067, 1e-12)
	near(t, "phi", f.Dispersion, 1.80512847702, 1e-10)
	l := f.Limits(250)
	near(t, "low 95", l.Low95, 0.0670684842289, 1e-10)
	near(t, "high 95", l.High95, 0.175884535905, 1e-10)
	near(t, "low 99.8", l.Low998, 0.0357005917813, 1e-10)
	near(t, "high 99.8", l.High998, 0.207252428353, 1e-10)
	if f.Units != 12 || f.Position(units[12]) != NoPosition {
		t.Errorf("%d units, the empty one %q", f.Units, f.Position(units[12]))
	}
	o := DefaultFunnelOptions()
	o.Winsorise = 0
	f, err = ProportionFunnel(units, o)
	near(t, "phi of all z", mustFunnel(t, f, err).Dispersion, 2.04183301104, 1e-10)
}

func TestWilsonKnownAnswer(t *testing.T) {
	for _, c := range []struct {
		count, of int
		low, high float64
	}{{8, 80, .05155, .18511}, {0, 20, 0, .16113}, {20, 20, 1 - .16113, 1}} {
		low, high, err := Wilson(c.count, c.of, .95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", low, c.low, 5e-6)
		near(t, "high", high, c.high, 5e-6)
	}
	for _, bad := range [][2]int{{1, 0}, {-1, 5}, {6, 5}} {
		if _, _, err := Wilson(bad[0], bad[1], .95); err == nil {
			t.Errorf("%d of %d: no complaint", bad[0], bad[1])
		}
	}
}

// base R: poisson.test.
func TestPoissonIntervalKnownAnswer(t *testing.T) {
	for _, c := range []struct {
		count           int
		exposure, level float64
		low, high       float64
	}{
		{3, 2.5, .95, 0.247468849158, 3.506909227897},
		{0, 4, .95, 0, 0.922219863528},
		{120, 1000, .998, 0.0889745527292, 0.1578591487802},
	} {
		low, high, err := PoissonInterval(c.count, c.exposure, c.level)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", low, c.low, 1e-9)
		near(t, "high", high, c.high, 1e-9)
	}
	if _, _, err := PoissonInterval(3, 0, .95); err == nil {
		t.Error("no exposure: no complaint")
	}
}

func TestPosition(t *testing.T) {
	f, err := ProportionFunnel(nil, target(.1))
	f = mustFunnel(t, f, err)
	for _, c := range []struct {
		name string
		unit Unit
		want Position
	}{
		{"6 of 200 lies below both limits", Unit{6, 200}, Below998},
		{"10 of 200 lies between them", Unit{10, 200}, Below95},
		{"20 of 200 is the target", Unit{20, 200}, Within},
		{"30 of 200", Unit{30, 200}, Above95},
		{"34 of 200", Unit{34, 200}, Above998},
		{"on an exact limit is within it", Unit{5, 20}, Within},
		{"one more isn't", Unit{6, 20}, Above95},
		{"nobody has no position", Unit{0, 0}, NoPosition},
	} {
		if got := f.Position(c.unit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestExactLimitsLeaveNoMoreOutsideThanTheySay(t *testing.T) {
	for _, p := range []float64{.01, .1, .37, .5, .95} {
		f, err := ProportionFunnel(nil, target(p))
		f = mustFunnel(t, f, err)
		for n := 1; n < 100; n += 7 {
			l := f.Limits(float64(n))
			below, above := 0.0, 0.0
			for k := 0; k <= n; k++ {
				a, _ := math.Lgamma(float64(n + 1))
				b, _ := math.Lgamma(float64(k + 1))
				c, _ := math.Lgamma(float64(n - k + 1))
				chance := math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p))
				if x := float64(k) / float64(n); x < l.Low95-1e-9 {
					below += chance
				} else if x > l.High95+1e-9 {
					above += chance
				}
			}
			if below > .025+1e-9 || above > .025+1e-9 {
				t.Errorf("p %v, n %d: %v below, %v above", p, n, below, above)
			}
		}
	}
}

func TestLimitsStayShares(t *testing.T) {
	for _, p := range []float64{0, .001, .02, .98, 1} {
		f, err := ProportionFunnel([]Unit{{0, 500}, {500, 500}, {3, 4}, {40, 90}}, target(p))
		f = mustFunnel(t, f, err)
		for _, n := range []float64{1, 5, 99, 100, 101, 5000} {
			l := f.Limits(n)
			if !(0 <= l.Low998 && l.Low998 <= l.Low95 && l.Low95 <= p && p <= l.High95 && l.High95 <= l.High998 && l.High998 <= 1) {
				t.Errorf("p %v, n %v: %+v", p, n, l)
			}
		}
	}
}

func TestFunnelsThatCannotBe(t *testing.T) {
	if _, err := ProportionFunnel([]Unit{{5, 4}}, DefaultFunnelOptions()); err == nil {
		t.Error("5 of 4: no complaint")
	}
	if _, err := ProportionFunnel(nil, DefaultFunnelOptions()); err == nil {
		t.Error("no units and no target: no complaint")
	}
	if _, err := ProportionFunnel(nil, target(1.1)); err == nil {
		t.Error("a target of 1.1: no complaint")
	}
	if _, err := RateFunnel([]Unit{{-1, 4}}, DefaultFunnelOptions()); err == nil {
		t.Error("-1 events: no complaint")
	}
}
