package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-hclog"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLog is where the server's own errors go: a file in its folder, begun anew at each start. They name workflows and
// queues, never data.
type serverLog struct {
	file *os.File
	out  hclog.Logger
}

var _ log.Logger = (*serverLog)(nil)

// openLog begins the log of a server.
func openLog(dir string) (*serverLog, error) {
	f, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &serverLog{file: f, out: hclog.New(&hclog.LoggerOptions{Name: "server", Level: hclog.Error, Output: f})}, nil
}

func (l *serverLog) close() { _ = l.file.Close() }

// args are tags as key and value. The second result says that a caller just didn't wait any longer, which isn't an error.
func args(tags []tag.Tag) (out []any, gone bool) {
	for _, t := range tags {
		v := t.Value()
		if err, ok := v.(error); ok {
			v = err.Error()
			gone = gone || errors.Is(err, context.Canceled)
		}
		if s, ok := v.(string); ok && strings.Contains(s, context.Canceled.Error()) {
			gone = true
		}
		out = append(out, t.Key(), v)
	}
	return out, gone
}

// Debug is dropped.
func (l *serverLog) Debug(string, ...tag.Tag) {}

// Info is dropped.
func (l *serverLog) Info(string, ...tag.Tag) {}

// Warn is dropped.
func (l *serverLog) Warn(string, ...tag.Tag) {}

// Error is kept unless a caller has gone away.
func (l *serverLog) Error(msg string, tags ...tag.Tag) {
	if a, gone := args(tags); !gone {
		l.out.Error(msg, a...)
	}
}

// DPanic is an error in a released program.
func (l *serverLog) DPanic(msg string, tags ...tag.Tag) { l.Error(msg, tags...) }

// Panic is kept and panics.
func (l *serverLog) Panic(msg string, tags ...tag.Tag) {
	l.Error(msg, tags...)
	panic("temporal server: " + msg)
}

// Fatal is kept and ends the program.
func (l *serverLog) Fatal(msg string, tags ...tag.Tag) { l.Panic(msg, tags...) }
