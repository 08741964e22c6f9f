// Package linkpage turns what a run says about its linkage (linkage.Report) into one page, complete in itself: for a researcher who judges
// the run, and for a statistician who publishes it with the figures that rest on it.
//
// Render reads nothing but the report; the same report gives the same bytes. The page holds what GUILD (Gilbert and others, 2018) and
// RECORD (Benchimol and others, 2015) ask of a linkage: a summary in plain words with what to be careful about, then a section for each
// question, each with a picture, its figures as a table, and a sentence on how to read it. A section without data says so in a line. Rows of
// the report whose section the page doesn't know stand in a table at the end: nothing is dropped.
//
// What rows say is read from them alone. A value is a share when its section, its item or its note ("share of ...") says so. A 95% interval
// stands at the end of the note ("..., 95% interval -0.34 to -0.28") or in two rows like the figure's with ": lower" and ": upper" after the
// subgroup. Among thresholds of the section sensitivity the one with "chosen" in its name is what others are compared with, or else the
// middle one. Expected errors are the rows of the section estimate whose item has the word false or missed.
//
//   - page.go: Render, the order of sections, the words all charts share
//   - rows.go: reading the report's long table
//   - summary.go: summary, cards and cautions
//   - inputs.go: identifiers, rates, rejected input
//   - rules.go: passes, blocking, cannot-links, cluster sizes
//   - models.go: m and u, match weights, patterns, thresholds
//   - people.go: known truth, subgroups, ids, sensitivity, review
package linkpage
