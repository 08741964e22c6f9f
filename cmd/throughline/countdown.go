package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/mattn/go-isatty"
)

// countdown shows how far one piece of work is: a bar on a terminal, a line every quarter elsewhere.
type countdown struct {
	out     io.Writer
	label   string
	bar     progress.Writer
	tracker *progress.Tracker
	ended   chan struct{}
	quarter int64
}

func newCountdown(out io.Writer, label string) *countdown {
	c := &countdown{out: out, label: label, quarter: -1}
	f, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return c
	}
	c.bar, c.ended = progress.NewWriter(), make(chan struct{})
	c.bar.SetOutputWriter(out)
	c.bar.SetTrackerLength(30)
	c.bar.SetMessageLength(20)
	c.bar.SetUpdateFrequency(100 * time.Millisecond)
	c.bar.SetStyle(progress.StyleBlocks)
	c.bar.SetTrackerPosition(progress.PositionRight)
	c.bar.Style().Visibility.Speed = false
	c.tracker = &progress.Tracker{Message: label}
	c.bar.AppendTracker(c.tracker)
	go func() {
		defer close(c.ended)
		c.bar.Render()
	}()
	return c
}

func (c *countdown) show(done, total int64) {
	if total <= 0 {
		return
	}
	if c.bar != nil {
		c.tracker.UpdateTotal(total)
		c.tracker.SetValue(min(done, total-1))
		return
	}
	if q := done * 4 / total; q != c.quarter {
		c.quarter = q
		fmt.Fprintf(c.out, "%s: %d%%\n", c.label, q*25)
	}
}

func (c *countdown) close() {
	if c.bar != nil {
		c.tracker.MarkAsDone()
		c.bar.Stop()
		<-c.ended
	}
}
