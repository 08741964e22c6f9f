// Package stats holds the methods that outcomes are measured with: time to an event, placement sequences, change of the SDQ and funnels.
//
// It takes numbers and gives numbers: no file, no database, nothing that says who a child is. The same input gives the same bytes,
// on any number of cores, and what draws at random does so from a seed that it is given.
//
//   - KaplanMeier, AalenJohansen, LogRank, Gray and Cox take Observations: time to an event with censoring and delayed entry.
//   - Sequences of monthly states: Describe, TransitionRates, StateDistribution, OptimalMatching, Ward, PAM, Silhouette, and Types, which finds kinds.
//   - Moments, Thresholds and AddedValue: the SDQ net of regression to the mean.
//   - ProportionFunnel, RateFunnel, Wilson and PoissonInterval: authorities beside each other.
//
// KnownAnswer tests compare with figures worked out in R 4.2, by its packages survival 3.5-3, cmprsk 2.2-11 and cluster 2.1.4 where they
// have the method. R isn't needed to run them.
package stats
