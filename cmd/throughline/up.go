package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-hclog"
)

// UpCmd runs the embedded server, its web page and a worker until it is interrupted.
type UpCmd struct {
	Dir string `help:"Project folder." default:"." type:"path"`
}

// Run serves until the program is interrupted. Runs that haven't ended go on next time.
func (c *UpCmd) Run(app *App) error {
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	return withTemporal(hclog.WithContext(app.Ctx, app.Log), p, toServe, func(ctx context.Context, s *session) error {
		if s.cluster {
			return fmt.Errorf("temporal.yaml or TEMPORAL_ADDRESS names a cluster, %s: its server is run elsewhere\nhint: 'throughline worker' carries out its runs", s.frontend)
		}
		fmt.Fprintf(app.Out, "server    %s\n", s.frontend)
		if s.ui != "" {
			fmt.Fprintf(app.Out, "web page  %s\n", s.ui)
		}
		fmt.Fprintln(app.Out, "Ctrl-C ends it; runs that haven't ended go on next time")
		<-ctx.Done()
		return nil
	})
}
