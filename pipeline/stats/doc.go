// Package stats holds the methods that outcomes are measured with: time to an event, placement sequences, change of the SDQ and funnels.
//
// It takes numbers and gives numbers: no file, no database, nothing that says who a child is. The same input gives the same bytes,
// on any number of cores, and what draws at random does so from a seed that it is given.
//
//   - KaplanMeier, AalenJohansen, LogRank, Gray and Cox take Observations: time to an event with censoring and delayed entry.
//   - Sequences of monthly states: Describe, TransitionRates, StateDistribution, OptimalMatching, Ward, PAM, and Types, which joins them.
//   - Moments, Thresholds and AddedValue: the SDQ net of regression to the mean.
//   - ProportionFunnel, RateFunnel, Wilson and PoissonInterval: authorities beside each other.
//
// The tests compare with figures of R 4.2 and its packages survival 3.5-3, cmprsk 2.2-11, cluster 2.1.4, and TraMineR.
package stats
