// Package reference reads the tables that a return is held against: where a postcode lies, and which settings Ofsted has registered. All
// are optional. Their columns go by the names in layouts.yaml, since holders rename them.
package reference
