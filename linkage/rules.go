package linkage

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed passes.yaml
var defaultRules []byte

// Rules are the cannot-links and passes of a run, in the order in which they are tried.
type Rules struct {
	MaxBlock    int                   `yaml:"max_block"`   // records that may share a value of Agree; above it the block is refused
	PriorLinks  int                   `yaml:"prior_links"` // links that Pass.Precision counts for beside those that UPNs can judge
	Floor       float64               `yaml:"floor"`       // estimated precision below which a pass joins nothing
	Constraints map[string]Constraint `yaml:"constraints"`
	Overrides   map[string]Override   `yaml:"overrides"`
	Passes      []Pass                `yaml:"passes"`
}

// Constraint is a cannot-link: a reason why two records are two children.
type Constraint struct {
	Does     string `yaml:"does"`
	Strength string `yaml:"strength"` // absolute: no pass may cross it, only an override; pair: see Pass.Crosses
	Days     int    `yaml:"days"`     // tolerance where the constraint has one
}

// Override is a reason why a cannot-link does not hold for a pair. Every use of it is recorded.
type Override struct {
	Does  string `yaml:"does"`
	Lifts string `yaml:"lifts"` // id of the constraint
}

// Pass is one deterministic rule for joining two records.
type Pass struct {
	ID        string   `yaml:"id"`
	Does      string   `yaml:"does"`
	Links     string   `yaml:"links"`     // returns or attach
	Sources   []string `yaml:"sources"`   // for attach: the extracts it applies to; empty for all
	Agree     []string `yaml:"agree"`     // fields that must agree; together they are the block
	Also      []string `yaml:"also"`      // fields that must agree unless missing on a side
	Near      *Near    `yaml:"near"`      // nil: time does not matter
	Unique    bool     `yaml:"unique"`    // refuse pairs that have a rival
	Crosses   []string `yaml:"crosses"`   // cannot-links of strength pair that do not stop it
	Precision float64  `yaml:"precision"` // expected share of true links, 0 to 1
	Evidence  string   `yaml:"evidence"`  // why
}

// Near says how close the end of one record's care and the start of the other's must be.
type Near struct {
	Kind  string `yaml:"kind"`  // transfer: REC E3 and RNE S; handover: any end and RNE S; leaver and beside: see there
	Days  int    `yaml:"days"`  // most days from the end to the start
	Early int    `yaml:"early"` // most days by which the start may come before the end
}

// Kinds of pass and of nearness, as the rules file spells them.
const (
	linksReturns = "returns"
	linksAttach  = "attach"
	nearTransfer = "transfer"
	nearHandover = "handover"
	nearLeaver   = "leaver" // a record without episodes that starts after the other's last return: a care leaver under another number
	nearBeside   = "beside" // deliveries of both in a year in which one of them was in care
)

// Strengths of a cannot-link.
const (
	strengthAbsolute = "absolute"
	strengthPair     = "pair"
)

func strengthOf(constraint string) string {
	if constraint == constraintIDs[upnNeverAgrees] {
		return strengthPair
	}
	return strengthAbsolute
}

// DefaultRules are the rules built into the program.
func DefaultRules() *Rules {
	r, err := ParseRules(defaultRules)
	if err != nil {
		panic("linkage: built-in rules: " + err.Error())
	}
	return r
}

// ParseRules reads rules from YAML and refuses what it does not know, with its line.
func ParseRules(text []byte) (*Rules, error) {
	var r Rules
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&r); err != nil {
		return nil, err
	}
	return &r, r.Validate()
}

// Validate names everything in the rules that the linker could not follow.
func (r *Rules) Validate() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if r.MaxBlock < 2 {
		bad("max_block: %d leaves no pairs", r.MaxBlock)
	}
	if r.PriorLinks < 1 {
		bad("prior_links: %d must be 1 or more", r.PriorLinks)
	}
	if r.Floor < 0 || r.Floor > 1 {
		bad("floor: %v isn't a share", r.Floor)
	}
	for _, c := range constraintIDs {
		if got, ok := r.Constraints[c]; !ok {
			bad("constraints: %s is missing", c)
		} else if want := strengthOf(c); got.Strength != want {
			bad("constraints: %s: strength %q isn't %s, the only one that the linker knows for it", c, got.Strength, want)
		}
	}
	for id := range r.Constraints {
		if !slices.Contains(constraintIDs[:], id) {
			bad("constraints: %q isn't one of %v", id, constraintIDs)
		}
	}
	for _, id := range overrideIDs {
		if o, ok := r.Overrides[id]; ok && !slices.Contains(constraintIDs[:], o.Lifts) {
			bad("overrides: %s: lifts %q, which is no constraint", id, o.Lifts)
		}
	}
	for id := range r.Overrides {
		if !slices.Contains(overrideIDs[:], id) {
			bad("overrides: %q isn't one of %v", id, overrideIDs)
		}
	}
	seen := map[string]bool{}
	for i, p := range r.Passes {
		where := fmt.Sprintf("passes[%d] %s", i, p.ID)
		if p.ID == "" || seen[p.ID] {
			bad("%s: id is empty or used twice", where)
		}
		seen[p.ID] = true
		if p.Links != linksReturns && p.Links != linksAttach {
			bad("%s: links %q isn't one of: returns, attach", where, p.Links)
		}
		if len(p.Agree) == 0 {
			bad("%s: agree is empty", where)
		}
		for _, f := range slices.Concat(p.Agree, p.Also) {
			if _, ok := fieldsByName[f]; !ok {
				bad("%s: no field %q", where, f)
			}
		}
		for _, c := range p.Crosses {
			if !slices.Contains(constraintIDs[:], c) || strengthOf(c) != strengthPair {
				bad("%s: crosses: %q is no cannot-link of strength pair", where, c)
			}
		}
		if p.Near != nil && !slices.Contains([]string{nearTransfer, nearHandover, nearLeaver, nearBeside}, p.Near.Kind) {
			bad("%s: near: kind %q isn't one of: transfer, handover, leaver, beside", where, p.Near.Kind)
		}
		if p.Near != nil && (p.Near.Days < 0 || p.Near.Days > eventWindow || p.Near.Early < 0 || p.Near.Early > eventWindow) {
			bad("%s: near: %d days isn't from 0 to %d", where, p.Near.Days, eventWindow)
		}
		if p.Precision <= 0 || p.Precision > 1 {
			bad("%s: precision %v isn't a share above 0", where, p.Precision)
		}
	}
	return errors.Join(errs...)
}
