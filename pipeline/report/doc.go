// Package report writes report.html: one page, complete in itself, that shows what a run found.
//
// It takes plain data that has passed disclosure control and draws it; it reads no database and no file. Report holds Sections,
// a Section holds Charts and Tables, a Chart holds a Figure: Lines, Stacked, Ribbon, Curves, Bars, Dots, Mosaic or Histogram.
// Every chart carries its figures as a table and a CSV download, its meaning in words, and a Vega-Lite specification.
//
// Findings is a page that looks the same and says other things, in parts of words, charts and tables. Panels, Traces, Forest, Odds,
// Waterfall and Funnel are figures for it: their axes need not start at 0, as they show no lengths or say what a length is.
//
// The rules of a picture are held by Validate: a title of ten words or fewer, at most four colours, bars that start at 0,
// measure, source, population, place and time under each. The same Report gives the same bytes.
package report
