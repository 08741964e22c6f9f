package linkage

import "math/bits"

// value is a token, day or code as the linker compares it: 64 bits, never zero.
type value = uint64

// field is one kind of value that a record has, possibly several of.
type field uint8

const (
	fUPN field = iota
	fUPNTemporary
	fFormerUPN
	fNHS
	fRef
	fDOB
	fDOBSwapped
	fDOBYearMonth
	fDOBYearDay
	fDOBMonthDay
	fSex
	fEthnic
	fEthnicGroup
	fHomeUnit
	fHomeSector
	fPlacementUnit
	fPlacementSector
	fDECOM
	fTransfer
	fHandover
	fReturn // year and load
	fLineage
	fHolder
	fieldCount
)

// fieldsByName are the names that rules use. A name that stands for several fields agrees when any of them do.
var fieldsByName = map[string][]field{
	"upn":            {fUPN},
	"upn_ever":       {fUPN, fFormerUPN},
	"upn_temporary":  {fUPNTemporary},
	"nhs":            {fNHS},
	"ref":            {fRef},
	"dob":            {fDOB},
	"dob_or_swapped": {fDOB, fDOBSwapped},
	"dob_two_parts":  {fDOBYearMonth, fDOBYearDay, fDOBMonthDay},
	"sex":            {fSex},
	"ethnic":         {fEthnic},
	"ethnic_group":   {fEthnicGroup},
	"home_unit":      {fHomeUnit},
	"placement_unit": {fPlacementUnit},
	"unit":           {fHomeUnit, fPlacementUnit},
	"home_sector":    {fHomeSector},
	"sector":         {fHomeSector, fPlacementSector},
	"decom":          {fDECOM},
	"transfer":       {fTransfer},
	"handover":       {fHandover},
	"lineage":        {fLineage},
	"holder":         {fHolder},
}

// mix folds one more value into a hash, so that lists of values that differ get hashes that differ.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xe7037ed1a0b428db)
	return hi ^ lo
}

// number makes a comparable value of a small number.
func number(salt field, n int64) value { return mix(uint64(salt)+1, uint64(n)+1) | 1 }

// tokenValue is a token's comparable value; zero for none.
func tokenValue(t Token) value {
	if !t.Present() {
		return 0
	}
	return t.Hi ^ bits.RotateLeft64(t.Lo, 29) | 1<<63
}

// keyValue is a key's comparable value; zero for none.
func keyValue(k Key) value {
	if k == (Key{}) {
		return 0
	}
	var hi, lo uint64
	for i := range 8 {
		hi = hi<<8 | uint64(k[i])
		lo = lo<<8 | uint64(k[8+i])
	}
	return hi ^ bits.RotateLeft64(lo, 29) | 1<<63
}
