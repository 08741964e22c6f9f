package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDefaultIsWhatTheFileSays(t *testing.T) {
	s, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if s.Mode != EmbeddedMode || s.Embedded.Retention.Std() != 400*24*time.Hour || s.Schedule.TimeZone != "Europe/London" {
		t.Fatalf("%+v", s)
	}
	if got := s.Queues.Names(); len(got) != 1 || got[0] != "throughline" {
		t.Fatalf("queues %v", got)
	}
}

func TestLoad(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"a file of comments is the defaults", "# nothing\n", ""},
		{"an empty file is the defaults", "", ""},
		{"one key leaves the rest", "concurrency:\n  deliveries: 2\n", ""},
		{"an unknown key names its line", "mode: embedded\nnamspace: x\n", `t.yaml:2: unknown field "namspace"`},
		{"an unknown nested key names its line", "retry:\n  tries: 2\n  trys: 2\n", `t.yaml:3: unknown field "trys"`},
		{"a wrong value names its line", "mode: embedded\nschedule:\n  hour: 1\n", "t.yaml:3: schedule.hour: 1 isn't 0 or from 3 to 23"},
		{"a time without a unit names its line", "mode: embedded\ntimeouts:\n  link: 30\n", `t.yaml:3: "30" isn't a time`},
		{"an unknown mode", "mode: cloud\n", `t.yaml:1: mode: "cloud" is neither`},
		{"fewer starts than failures", "retry:\n  tries: 9\n  crashes: 3\n", "t.yaml:3: retry.crashes"},
		{"shards of nothing", "link:\n  shard_records: 0\n", "t.yaml:2: link.shard_records: 0 is less than 1"},
		{"day 31", "schedule:\n  day: 31\n", "t.yaml:2: schedule.day"},
		{"a zone nobody knows", "schedule:\n  time_zone: London\n", "t.yaml:2: schedule.time_zone"},
		{"a blank name", "sign_off:\n  by: [' ']\n", "t.yaml:2: sign_off.by"},
		{"not YAML", "mode: [\n", "t.yaml:1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := filepath.Join(t.TempDir(), "t.yaml")
			if err := os.WriteFile(p, []byte(c.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Load(p)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want == "" && (s.Queues.Ingest != "throughline" || s.Concurrency.Activities != 16):
				t.Fatalf("%+v", s)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNoFileIsTheDefaults(t *testing.T) {
	s, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if err != nil || s.Mode != EmbeddedMode {
		t.Fatal(s, err)
	}
}
