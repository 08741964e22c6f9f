package stats

import "gonum.org/v1/gonum/stat/distuv"

func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// twoSided is the chance of a standard normal value at least as far from 0 as z.
func twoSided(z float64) float64 { return 2 * distuv.UnitNormal.Survival(max(z, -z)) }

// upperChiSquared is the chance of a chi-squared value above x.
func upperChiSquared(x float64, df int) float64 { return distuv.ChiSquared{K: float64(df)}.Survival(x) }
