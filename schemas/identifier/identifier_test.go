package identifier

import "testing"

func TestUPN(t *testing.T) {
	for in, want := range map[string]UPNKind{
		"B801200005001": UPNValid, " b801 200005001 ": UPNValid, "A801200005001": UPNInvalid, "": UPNBlank, "UN1": "UN1", "UN6": UPNInvalid,
		"B80120000500A": UPNTemporary, "I801200005001": UPNInvalid, "B80120000500": UPNInvalid,
	} {
		if _, got := UPN(in); got != want {
			t.Errorf("UPN(%q) is %s, want %s", in, got, want)
		}
	}
}

func TestNHSNumber(t *testing.T) {
	for in, want := range map[string]bool{"943 476 5919": true, "9434765919": true, "9434765918": false, "9999999999": false, "1111111111": false, "": false, "12345": false, "943476591X": false} {
		if _, got := NHSNumber(in); got != want {
			t.Errorf("NHSNumber(%q) is %v, want %v", in, got, want)
		}
	}
}

func TestPostcode(t *testing.T) {
	for in, want := range map[string]string{"sw1a 1aa": "SW1A1AA", "M1  1AE": "M11AE", "C25 1YT": "C251YT", "BO1 OAA": "BO10AA", "B33 8TH": "B338TH", "V28 5OY": "V285OY", "X": "", "12345": "", "SW1A": ""} {
		got, ok := ParsePostcode(in)
		if got.Unit != want || ok != (want != "") {
			t.Errorf("ParsePostcode(%q) is %q, want %q", in, got.Unit, want)
		}
	}
}
