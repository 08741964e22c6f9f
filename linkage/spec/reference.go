package spec

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// referenceHead begins the reference.
const referenceHead = `# What a linkage spec may say

This page is written by the program's own tests from the code that reads specs; ` + "`go test ./linkage/spec -update`" + ` writes it anew.
[linkage.md](linkage.md) explains how linkage works, and shows two specs at work: [fake_1000.yaml](examples/fake_1000.yaml) and
[child_years.yaml](examples/child_years.yaml).

A spec is one YAML file. A key that is not listed here is refused, with its line. ` + "`throughline link --spec FILE --local`" + ` carries it
out; with ` + "`--plan`" + ` it only says what blocking would cost.

Results, in the folder that ` + "`--out`" + ` names:

| file | holds |
| --- | --- |
| clusters.csv | each row's id, under its own name, and ` + "`cluster`" + `, a number from 1; rows stand as they came. With several inputs the first column is ` + "`input`" + ` |
| pairs.parquet | every pair of records that a rule proposed: id_l and id_r (the lowest id of each record's rows, shorter ones first), pass (the first pass that proposed it; "score" when only the score did and its weight is high enough; else empty), pattern, weight (bits), probability, together (in one cluster in the end) |
| model.json | m and u of every level, how they were learned, and the thresholds |
| quality.json | every figure about the linkage, and about how right it is where the truth is known |
| quality.html | the same as a page |
`

// The smallest spec, with rows and what comes of them: it begins the reference, and a test of the package that carries out specs runs it.
const (
	smallest = `title: people
inputs:
  - name: people
    path: people.csv
    id: id
    columns:
      - {column: name, as: name}
      - {column: born, as: date}
max_block: 50
budget: 100
prior_links: 50
passes:
  - {id: same, links: within, agree: [name, born], precision: 0.99}
`
	smallestRows = `id,name,born
1,Ann Lee,2001-02-03
2,ann  lee,2001-02-03
3,Bo Fox,2001-09-09
`
	smallestClusters = `id,cluster
1,1
2,1
3,2
`
)

// Reference is docs/linkage-spec.md: all that a spec may say, from the code that reads it.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	fmt.Fprintf(&b, "\n## The smallest that works\n\nThis spec, saved as people.yaml,\n\n```yaml\n%s```\n\nand these rows, saved as people.csv beside it,\n\n```csv\n%s```\n\n"+
		"are linked by `throughline link --spec people.yaml --local`, which writes linked/clusters.csv:\n\n```csv\n%s```\n\n"+
		"Rows 1 and 2 agree in name and date of birth, so they are one person. It has all keys that a spec needs and no other; the tables below say which keys are\n"+
		"needed, and what holds where another is not given.\n", smallest, smallestRows, smallestClusters)
	b.WriteString("\n## A spec\n\nThe rules of linkage, from max_block on, stand beside the rest. In them a term is a field, a name under `terms`, or holder or lineage, which\nevery record has.\n\n")
	for _, t := range types() {
		if len(t.keys) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n", strings.Join(t.keys, ", "))
		}
		b.WriteString("| key | holds | needed, or else | says |\n| --- | --- | --- | --- |\n")
		keys(&b, t.of)
	}
	b.WriteString("\n## Kinds of column\n\nA column of a kind gives a field, and a field FIELD_PART for each part; those that no rule speaks of cost nothing.\n\n" +
		"| kind | holds | normalisers unless the column names others | parts |\n| --- | --- | --- | --- |\n")
	for _, k := range Kinds {
		var parts []string
		if k.Second != "" {
			parts = append(parts, fmt.Sprintf("%s (values that are usable but of less worth, in a field of their own)", k.Second))
		}
		for _, p := range k.Parts {
			parts = append(parts, fmt.Sprintf("%s (%s)", p.ID, p.Does))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", k.ID, k.Does, strings.Join(k.Normalise, ", "), strings.Join(parts, "; "))
	}
	b.WriteString("\n## Normalisers\n\n| normaliser | makes |\n| --- | --- |\n")
	for _, n := range Normalisers {
		fmt.Fprintf(&b, "| %s | %s |\n", n.ID, n.Does)
	}
	b.WriteString("\n## Formats of a date\n\n| format | is |\n| --- | --- |\n")
	for _, l := range Layouts {
		fmt.Fprintf(&b, "| %s | %s |\n", l.ID, l.Does)
	}
	return b.String()
}

// described is a type that keys of a spec hold.
type described struct {
	of   reflect.Type
	keys []string
}

// types are Spec and all that it holds, in the order in which they are met.
func types() []described {
	out := []described{{of: reflect.TypeFor[Spec]()}}
	for i := 0; i < len(out); i++ {
		var visit func(t reflect.Type)
		visit = func(t reflect.Type) {
			for j := range t.NumField() {
				f := t.Field(j)
				key := f.Tag.Get("yaml")
				inner := f.Type
				if k := inner.Kind(); k == reflect.Slice || k == reflect.Pointer {
					inner = inner.Elem()
				}
				switch {
				case key == ",inline":
					visit(f.Type)
				case key == "" || inner.Kind() != reflect.Struct:
				default:
					at := slices.IndexFunc(out, func(d described) bool { return d.of == inner })
					if at < 0 {
						at, out = len(out), append(out, described{of: inner})
					}
					if !slices.Contains(out[at].keys, key) {
						out[at].keys = append(out[at].keys, key)
					}
				}
			}
		}
		visit(out[i].of)
	}
	return out
}

// keys writes a row for each key of a struct, those of an inlined one among them.
func keys(b *strings.Builder, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("yaml")
		switch {
		case tag == ",inline":
			keys(b, f.Type)
		case tag != "":
			says, otherwise, ok := strings.Cut(cmp.Or(f.Tag.Get("does"), "?"), "; default: ")
			switch must := f.Tag.Get("must"); {
			case must == "yes":
				otherwise = "**needed**"
			case must != "":
				otherwise = "**needed** " + must
			case !ok:
				otherwise = nothing(f.Type)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", tag, holds(f.Type), otherwise, says)
		}
	}
}

// nothing is what a key holds that is not given.
func nothing(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "false"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		return "0"
	}
	return "none"
}

// holds is a type in a user's words.
func holds(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return "list, see below"
		}
		if t.Elem().Kind() == reflect.Slice {
			return "list of lists of text"
		}
		return "list of " + holds(t.Elem())
	case reflect.Map:
		return holds(t.Elem()) + ", by name"
	case reflect.Pointer, reflect.Struct:
		return "keys, see below"
	}
	return "text"
}
