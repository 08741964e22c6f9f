package linkage

// Token is a keyed pseudonym of one identifying value, 128 bits. The zero Token means that there was no usable value.
type Token struct{ Hi, Lo uint64 }

// Present reports whether there was a usable value.
func (t Token) Present() bool { return t != Token{} }

// Key is a child_key: the keyed pseudonym of authority and CHILD, or of an extract's record_id. One holder's child is one Key.
type Key [16]byte

// Day is a number of days since 1 January 1970; zero means not known (or, for an end, not ended).
type Day int32

// Identity is what one delivery says of who a child is: one row per Key, year and load. Values that differ between rows of one
// delivery (a Header sent twice) give several.
type Identity struct {
	Key    Key
	Source string // dataset id: ssda903, npd, mhsds, cin_census, wellbeing_survey, or a user's own
	Holder string // ONS code of the supplier; E92000001 for a national extract
	Year   int    // collection year of the delivery
	Load   int    // 0 for the first delivery of that year

	UPN, UPNTemporary, FormerUPN, NHS Token // each its own type: a temporary UPN never equals a permanent one; FormerUPN is under UPN's key
	Ref                               Key   // the ssda903 Key quoted by another holder; zero when none
	DOB                               Token // full date
	DOBSwapped                        Token // day and month exchanged, under DOB's key, when both are 12 or less and differ
	DOBYearMonth, DOBYearDay          Token
	DOBMonthDay                       Token
	DOBLowInformation                 bool // the 15th of a month or 1 January: a usual stand-in for a day that is not known
	Sex, Ethnic, EthnicGroup          Token
	UPNDOB                            Token  // composite
	UPNMissing                        string // UN1 to UN5, temporary, invalid, blank; empty when there is a UPN
	UASC                              bool   // unaccompanied asylum-seeking in this return
}

// Address is one postcode that a holder had for a child, with its period.
type Address struct {
	Key                    Key
	Year                   int  // collection year of the delivery that said so
	Placement              bool // the placement's postcode, else the home's
	From, To               Day  // first and last day; zero: not known, not ended
	Unit, Sector, District Token
	DOBSexUnit             Token // composite of date of birth, sex and postcode unit
}

// Stay is one episode of a return as far as linkage needs it.
type Stay struct {
	Key      Key
	Year     int // of the return that said so
	Load     int
	From, To Day // DECOM and DEC; To zero while open on 31 March of Year
	RNE, REC string
	LS       string
}
