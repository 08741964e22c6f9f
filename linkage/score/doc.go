// Package score says how strongly two records' agreement speaks for one child: the model of Fellegi and Sunter, on patterns of agreement.
//
// It sees no record and no value. A pair of records is a Pattern: for each comparison (date of birth, UPN, postcode ...) the level on which
// the pair agrees, or that one side has no value. What is learned is learned from Counts: patterns, with how many pairs have each.
//
// For each level of a comparison, m is the share of matches that are on it and u the share of other pairs; log2(m/u) is the level's
// weight in bits. The weights of a pair's levels add up; with the prior they give the probability of a match. A comparison that is missing
// on either side is left out: it adds nothing, and nothing is learned from it.
//
//   - model.go: Model, what it says of a pattern (Weight, Probability, Parts); scorer.go: the same for millions of pairs
//   - train.go: Train learns u from random pairs, then m from the links of trusted passes and from candidates by EM; prior.go: the prior
//   - em.go: EM, by which pairs are divided between matches and others
//   - choose.go: how many links of a threshold are right, and which threshold is best, by the model alone
//   - file.go, compare.go: the model file with its hash; how two models differ
//
// What to know before a weight is believed: the model takes comparisons as independent, given that a pair matches or not. Twins and siblings
// break that (date of birth, postcode and surname agree together), so they need cannot-links and people, not bits.
//
// The same counts give the same bytes, whatever the order of a map: patterns are always summed in ascending order.
//
// Sources: Fellegi and Sunter, A Theory for Record Linkage (JASA 64, 1969); Winkler, Using the EM Algorithm for Weight Computation (1988);
// Splink's training sessions, which leave out the comparisons that a blocking rule holds fixed.
package score
