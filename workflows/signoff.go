package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// SignOffUpdate is the update by which a person says yes or no to publishing a run. It takes a SignOff.
const SignOffUpdate = "sign-off"

// Kinds of end that a sign-off brings about.
const (
	SignOffRefused = "SignOffRefused" // somebody said no
	SignOffExpired = "SignOffExpired" // nobody said anything for as long as temporal.yaml waits
	signOffInvalid = "SignOffInvalid" // the sign-off itself wasn't accepted
)

// SignOff is one person's word on publishing a run.
type SignOff struct {
	Approved bool
	By       string // who says so; not who started the run
	Reason   string // needed to say no
	Release  string // run id of what was looked at, so that nobody signs off what has changed since
}

// maySignOff is the update's validator: what it refuses leaves no trace in the run.
func (r *refresh) maySignOff(in SignOff) error {
	refuse := func(format string, args ...any) error {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf(format, args...), signOffInvalid, nil)
	}
	by, rules := strings.TrimSpace(in.By), r.plan.Limits.SignOff
	switch {
	case r.SignedOff != nil:
		return refuse("%s has already signed off this run", r.SignedOff.By)
	case r.Stage != SignOffStage:
		return refuse("this run isn't waiting for a sign-off: it is at %s", r.Stage)
	case by == "":
		return refuse("a sign-off needs a name")
	case strings.EqualFold(by, strings.TrimSpace(r.in.By)):
		return refuse("%s started this run, and somebody else must sign it off", by)
	case len(rules.By) > 0 && !slices.ContainsFunc(rules.By, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), by) }):
		return refuse("%s isn't among those who may sign off, as temporal.yaml has them", by)
	case in.Release != r.RunID:
		return refuse("the sign-off is for release %q, and this run is %s", in.Release, r.RunID)
	case !in.Approved && strings.TrimSpace(in.Reason) == "":
		return refuse("saying no needs a reason")
	}
	return nil
}

// signOff takes a sign-off that maySignOff let through.
func (r *refresh) signOff(_ workflow.Context, in SignOff) error {
	r.SignedOff = &in
	return nil
}

// awaitSignOff waits until somebody has said yes.
func (r *refresh) awaitSignOff(ctx workflow.Context) error {
	wait := r.plan.Limits.SignOff.Wait
	said, err := workflow.AwaitWithTimeout(ctx, wait.Std(), func() bool { return r.SignedOff != nil })
	if err != nil {
		return err
	}
	if !said {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf("nobody signed off this run within %s", wait.Std()), SignOffExpired, nil)
	}
	if s := r.SignedOff; !s.Approved {
		return temporal.NewNonRetryableApplicationError(fmt.Sprintf("%s refused to publish this run: %s", s.By, s.Reason), SignOffRefused, nil)
	}
	return nil
}
