package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/worker"

	"throughline/workflows"
	"throughline/workflows/embedded"
	"throughline/workflows/settings"
)

// session is a connection to the server that holds a project's runs.
type session struct {
	client.Client
	project  *Project
	frontend string // host:port
	ui       string // URL of the web page; empty when there is none
	ours     bool   // this process runs the server, which ends with the session
	worked   bool   // somebody carries out runs
	cluster  bool
}

// need says what a command wants of a session.
type need int

const (
	toLook  need = iota // at runs and schedules
	toWork              // runs are carried out, by this process or by the one whose server it finds
	toServe             // this process must be the one that runs the server
)

// errServed says that another process already serves the project.
var errServed = errors.New("this project's server is already running")

// withTemporal calls do with a connection to the project's server: the cluster that temporal.yaml or TEMPORAL_ADDRESS names, the
// embedded server that another process runs, or one of its own that ends with the call.
func withTemporal(ctx context.Context, p *Project, n need, do func(context.Context, *session) error) error {
	opts, cluster, err := clusterOptions(p.Temporal)
	if err != nil {
		return err
	}
	opts.Logger = sdkLog{hclog.FromContext(ctx).Named("temporal")}
	if cluster {
		return connect(ctx, opts, &session{project: p, frontend: opts.HostPort, cluster: true, worked: true}, do)
	}
	opts.Namespace = p.Temporal.Namespace
	patience := time.Now().Add(time.Minute)
	for {
		if a, ok := embedded.Find(p.TemporalDir); ok && n == toServe && a.Worker {
			return fmt.Errorf("%w (process %d, %s)", errServed, a.PID, a.Frontend)
		} else if ok && n != toServe && (a.Worker || n == toLook) {
			opts.HostPort, opts.Namespace = a.Frontend, a.Namespace
			s := &session{project: p, frontend: a.Frontend, ui: a.UI, worked: a.Worker}
			err := connect(ctx, opts, s, do)
			if _, still := embedded.Find(p.TemporalDir); err != nil && !still && ctx.Err() == nil {
				continue // it ended under our hands: go on with a server of our own
			}
			return err
		}
		err := serve(ctx, p, n, opts, do)
		if !errors.Is(err, embedded.ErrRunning) || time.Now().After(patience) {
			return err
		}
		select { // another process is starting, or is looking something up and will soon end
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// serve calls do with an embedded server of this process.
func serve(ctx context.Context, p *Project, n need, opts client.Options, do func(context.Context, *session) error) error {
	t := p.Temporal
	server, err := embedded.Start(ctx, embedded.Options{
		Dir: p.TemporalDir, Namespace: t.Namespace, Retention: t.Embedded.Retention.Std(),
		UI: t.Embedded.UI && n != toLook, UIPort: t.Embedded.UIPort, Worker: n != toLook,
	})
	if err != nil {
		return err
	}
	defer server.Stop()
	a := server.Address()
	opts.HostPort = a.Frontend
	return connect(ctx, opts, &session{project: p, frontend: a.Frontend, ui: a.UI, ours: true, worked: n != toLook}, func(ctx context.Context, s *session) error {
		if n == toLook {
			return do(ctx, s)
		}
		stop, err := startWorkers(ctx, s, t.Queues.Names())
		if err != nil {
			return err
		}
		defer stop()
		return do(ctx, s)
	})
}

// connect calls do with a client.
func connect(ctx context.Context, opts client.Options, s *session, do func(context.Context, *session) error) error {
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return fmt.Errorf("temporal server at %s: %w", opts.HostPort, err)
	}
	defer c.Close()
	s.Client = c
	return do(ctx, s)
}

// startWorkers carries out what comes in on task queues until stop is called.
func startWorkers(ctx context.Context, s *session, queues []string) (stop func(), err error) {
	activities := &workflows.Activities{Stages: s.project.Stages, Settings: s.project.Temporal, Log: hclog.FromContext(ctx).Named("stages")}
	var started []worker.Worker
	stop = func() {
		for _, w := range started {
			w.Stop()
		}
	}
	for _, q := range queues {
		w := workflows.NewWorker(s.Client, q, activities)
		if err := w.Start(); err != nil {
			stop()
			return nil, fmt.Errorf("worker on queue %s: %w", q, err)
		}
		started = append(started, w)
	}
	return stop, nil
}

// clusterOptions are the client options for a cluster, and whether there is to be one. TEMPORAL_ variables win over the file.
func clusterOptions(t *settings.Settings) (client.Options, bool, error) {
	cluster := t.Mode == settings.ClusterMode || os.Getenv("TEMPORAL_ADDRESS") != ""
	if !cluster {
		return client.Options{}, false, nil
	}
	profile := envconfig.ClientConfigProfile{Address: t.Address, Namespace: t.Namespace}
	if err := profile.ApplyEnvVars(nil); err != nil {
		return client.Options{}, true, err
	}
	if profile.Address == "" {
		return client.Options{}, true, errors.New("temporal.yaml: address: is empty, and mode is cluster\nhint: name the cluster there, or in TEMPORAL_ADDRESS")
	}
	opts, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	return opts, true, err
}

// alive reports whether the process whose embedded server a session found still runs it.
func (s *session) alive() bool {
	if s.ours || s.cluster {
		return true
	}
	_, ok := embedded.Find(s.project.TemporalDir)
	return ok
}

// workflowID puts the project before a run's name where several projects share a namespace.
func (s *session) workflowID(name string) string {
	if s.cluster {
		return s.project.ID + "/" + name
	}
	return name
}

// sdkLog makes a Temporal client less talkative: its warnings are of what it tries again, and what went wrong in a stage the
// stages log themselves.
type sdkLog struct{ hclog.Logger }

// Debug is dropped.
func (sdkLog) Debug(string, ...any) {}

// Info is dropped.
func (sdkLog) Info(string, ...any) {}

// Warn is no more than information.
func (w sdkLog) Warn(msg string, args ...any) { w.Logger.Info(msg, args...) }

// Error is passed on unless it is a stage's.
func (w sdkLog) Error(msg string, args ...any) {
	if msg != "Activity error." {
		w.Logger.Error(msg, args...)
	}
}
