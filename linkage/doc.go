// Package linkage finds which records are the same child, without knowing who the child is: it sees tokens, or, in experiments and at a
// trusted third party, values; never files, databases or workflows. Tokens are made by linkage/encode.
//
// Link works in this order:
//
//  1. deliveries are folded into records, the years of one Key joined (builder.go, returns.go, table.go); a number that two children seem to
//     have had is put up for review;
//  2. rules, which are data (rules.go, returns.yaml), propose pairs that share a value which few others have (blocking.go);
//  3. each pair is compared once: its pattern says how it agrees (levels.go), and a Fellegi-Sunter model weighs patterns (training.go,
//     linkage/score);
//  4. decisions of people, then passes in order, then weights from the highest down merge two clusters unless a cannot-link stands between
//     any two of their records (clusters.go, constraints.go); records that no pair connects never meet, so that components are worked on at once;
//  5. clusters that hold a record of the spine's source become persons, who keep the ids that they had (spine.go).
//
// Quality tells how it went; linkage/evaluate compares with the truth where that is known.
package linkage
