// Package review makes the queue of pairs of records at which people look, and reads what they decide. It sees patterns of agreement and
// weights, never a value; keys of records stay inside, and a case is known by a keyed pseudonym.
package review
