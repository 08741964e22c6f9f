package read

import (
	"bytes"
	"strings"
	"testing"
)

// BenchmarkReadCSV is a year's episodes of a large authority, opened and gone through.
func BenchmarkReadCSV(b *testing.B) {
	d, q := dataset(b)
	var in bytes.Buffer
	in.WriteString("CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n")
	for range 20000 {
		in.WriteString("1000001,04/03/2018,S,C2,N1,U4,PR1,04/03/2019,X1,CARPL,AB1 2CD,AB1 3CD,1234567\n")
	}
	b.ReportAllocs()
	for b.Loop() {
		f := Open("episodes.csv", in.Bytes(), d, 2019, q)[0]
		if err := f.Each(func(*Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*20000/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkReadXML is the return of 6,000 children.
func BenchmarkReadXML(b *testing.B) {
	d, q := dataset(b)
	from, to := strings.Index(xmlReturn, "<CHILD>"), strings.Index(xmlReturn, "</EXP")
	in := []byte(xmlReturn[:from] + strings.Repeat(xmlReturn[from:to], 2000) + xmlReturn[to:])
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	rows := int64(0)
	for b.Loop() {
		for _, f := range Open("r.xml", in, d, 2019, q) {
			rows += f.Rows
			if err := f.Each(func(*Row) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkReadWorkbook is a sheet of 2,000 episodes.
func BenchmarkReadWorkbook(b *testing.B) {
	d, q := dataset(b)
	sheet := []any{"Episodes", row("CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC", "REASON_PLACE_CHANGE", "HOME_POST", "PL_POST", "URN")}
	for range 2000 {
		sheet = append(sheet, row(1000001, 43163, "S", "C2", "N1", "U4", "PR1", 43528, "X1", "CARPL", "AB1 2CD", "AB1 3CD", 1234567))
	}
	in := book(b, nil, sheet)
	b.ReportAllocs()
	for b.Loop() {
		f := Open("b.xlsx", in, d, 2019, q)[0]
		if err := f.Each(func(*Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*2000/b.Elapsed().Seconds(), "rows/s")
}
