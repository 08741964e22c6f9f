package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// WorkerCmd carries out the runs of a cluster until it is interrupted.
type WorkerCmd struct {
	Dir   string   `help:"Project folder." default:"." type:"path"`
	Queue []string `help:"Task queue to serve; again for another. None: all that temporal.yaml names." placeholder:"Q"`
}

// Run works until the program is interrupted. What it had in hand is taken up by another worker, or by the next.
func (c *WorkerCmd) Run(app *App) error {
	p, err := openProject(c.Dir)
	if err != nil {
		return err
	}
	if _, cluster, err := clusterOptions(p.Temporal); err != nil {
		return err
	} else if !cluster {
		return errors.New("temporal.yaml: mode: is embedded, whose worker is part of the server\nhint: 'throughline up' runs both; set mode to cluster, or TEMPORAL_ADDRESS, for a worker alone")
	}
	queues := c.Queue
	if len(queues) == 0 {
		queues = p.Temporal.Queues.Names()
	}
	return withTemporal(hclog.WithContext(app.Ctx, app.Log), p, toWork, func(ctx context.Context, s *session) error {
		stop, err := startWorkers(ctx, s, queues)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Fprintf(app.Out, "working for %s on %s; Ctrl-C ends it\n", s.frontend, strings.Join(queues, ", "))
		<-ctx.Done()
		return nil
	})
}
