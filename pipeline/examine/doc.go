// Package examine looks at a return as its owner has it: whatever form it came in, it is read, its values are checked, the collection's
// rules are applied, and everything that is wrong comes back in one result, with writers for those who read it.
package examine
