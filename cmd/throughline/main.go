// Command throughline follows looked-after children through the care system and beyond it: yearly returns and extracts in,
// linked and pseudonymised trajectories out.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/hashicorp/go-hclog"

	"throughline/schemas"
)

// App is what every command is given: streams, a log and a context that ends with Ctrl-C.
type App struct {
	Ctx      context.Context
	In       io.Reader
	Out, Err io.Writer
	Log      hclog.Logger
}

type cli struct {
	Demo       DemoCmd       `cmd:"" help:"Invent a population and run the whole annual refresh on it."`
	Init       InitCmd       `cmd:"" help:"Make a project folder: settings, inbox and keys."`
	Synth      SynthCmd      `cmd:"" help:"Write returns and extracts of invented children, with the truth beside them."`
	Check      CheckCmd      `cmd:"" help:"Say what is wrong with one return. Needs no project."`
	Ingest     IngestCmd     `cmd:"" help:"Take what the inbox holds into the lake."`
	Link       LinkCmd       `cmd:"" help:"Find which records are the same child, and report how well."`
	Build      BuildCmd      `cmd:"" help:"Run the SQL models into research.duckdb."`
	Publish    PublishCmd    `cmd:"" help:"Make publication.duckdb and the report, and move readers to them."`
	Refresh    RefreshCmd    `cmd:"" help:"The whole annual refresh: ingest, link, build, publish."`
	Evaluate   EvaluateCmd   `cmd:"" help:"How far an invented population's figures are from its truth, by cause; or any project's from those that England published."`
	Up         UpCmd         `cmd:"" help:"Run the embedded server, its web page and a worker until Ctrl-C."`
	Worker     WorkerCmd     `cmd:"" help:"Run a worker for a Temporal cluster."`
	Schedule   ScheduleCmd   `cmd:"" help:"When the refresh starts by itself."`
	Runs       RunsCmd       `cmd:"" help:"What ran, is running, and waits for sign-off."`
	Query      QueryCmd      `cmd:"" help:"Ask a finished database, in SQL, read-only."`
	Models     ModelsCmd     `cmd:"" help:"Show the SQL models, with their columns and source."`
	Indicators IndicatorsCmd `cmd:"" help:"Show the outcomes framework: every indicator, what it means and its latest figures."`
	Codes      CodesCmd      `cmd:"" help:"Show modules, code sets, authorities."`
	Rules      RulesCmd      `cmd:"" help:"Show the rules that returns are checked by, and what each says."`
	Doctor     DoctorCmd     `cmd:"" help:"Look for what would keep this machine or project from working."`
	Version    VersionCmd    `cmd:"" help:"Print the version."`

	Verbose bool `short:"v" help:"Log what is done, to standard error."`
}

// Exit codes, for scripts.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3
)

// errRejected ends a command whose data has errors; what they are has been printed.
var errRejected = errors.New("the data has errors")

type usageError struct{ error }

// usage is an error about how a command was called.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without globals, as tests call it.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	syscall.Umask(0o077) // nothing we write is for other users of the machine
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	var c cli
	code := -1
	k, err := kong.New(&c, kong.Name("throughline"),
		kong.Description("Follows looked-after children through care and beyond it: yearly returns and extracts in, linked and pseudonymised trajectories out."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "throughline:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := k.Parse(args)
	if code >= 0 { // --help has printed
		return code
	}
	if err != nil {
		of := "throughline"
		if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) && wrong.Context.Selected() != nil {
			of = wrong.Context.Selected().FullPath()
		}
		fmt.Fprintf(errOut, "throughline: %v\nhint: '%s --help' lists commands and flags\n", err, of)
		return exitUsage
	}
	level := hclog.Warn
	if c.Verbose {
		level = hclog.Info
	}
	log := hclog.New(&hclog.LoggerOptions{Name: "throughline", Level: level, Output: errOut})
	app := &App{Ctx: hclog.WithContext(ctx, log), In: in, Out: out, Err: errOut, Log: log}
	err = cmd.Run(app)
	var u usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected):
		return exitRejected
	case errors.As(err, &u):
		fmt.Fprintln(errOut, "throughline:", err)
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled): // Ctrl-C, wherever it was met
		fmt.Fprintln(errOut, "throughline: stopped before the end")
		return exitFailed
	}
	fmt.Fprintln(errOut, "throughline:", strings.TrimSpace(err.Error()))
	if isRejection(err) {
		return exitRejected
	}
	return exitFailed
}

// loadSchemas reads the built-in schemas with a folder of the user's own over them; empty: none.
func loadSchemas(dir string) (*schemas.Schema, error) {
	if dir == "" {
		return schemas.Load(nil)
	}
	s, err := schemas.Load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return s, nil
}
