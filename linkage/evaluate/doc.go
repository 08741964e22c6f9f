// Package evaluate compares a person spine with the truth, where the truth is known: pairs of records, bridges to extracts and whole
// children, for all and by subgroup.
package evaluate
