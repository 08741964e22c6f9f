// Package encode turns what identifies a child into tokens: keyed pseudonyms that can be compared and say nothing else.
//
// A value is normalised and validated first (package identifier), since two spellings of one value must give one token
// and a value that can't be right must give none. Keys come from one master key per project and epoch; each field has its own, so
// that a token of one field never equals a token of another.
package encode
