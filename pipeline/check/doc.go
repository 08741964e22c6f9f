// Package check reads the values of one delivery and says what is wrong with them: types, codes by year, ranges, check digits, and
// whether rows and modules agree with each other and with last year's return.
//
// Every row comes through, in order, with the rules that it breaks; a value that can't be read is blank and named. What a row says of
// who it is about stays in Person, for the caller to tokenise.
package check
