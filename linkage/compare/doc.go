// Package compare says how alike two values are: names by their spelling (Jaro-Winkler, Levenshtein, Damerau-Levenshtein), by their sound
// (Soundex, double metaphone) and by what people call each other (Fold, NameParts, Nickname).
//
// Every function is pure, and those that run once a pair of records allocate nothing for strings of up to 64 bytes.
//
// # Bytes, not letters
//
// Jaro, JaroWinkler, Levenshtein and Damerau give what DuckDB 1.1.2's jaro_similarity, jaro_winkler_similarity, levenshtein and
// damerau_levenshtein give, and those compare bytes of UTF-8: é against è is one edit, é against e two. Fold both sides first, and an
// accent costs nothing.
package compare
