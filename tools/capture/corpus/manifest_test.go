// Tests of the manifest and of what makes a log acceptable.
package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestManifestIsGood(t *testing.T) {
	logs, err := readManifest("manifest.txt")
	if err != nil {
		t.Fatal(err)
	}
	procs, programs := map[int]bool{}, map[string]bool{}
	for _, l := range logs {
		procs[l.procs] = true
		programs[l.program] = true
		if l.why == "" {
			t.Errorf("%s: not said what it is there for", l.name())
		}
		for _, mutant := range l.kills {
			if _, err := os.Stat(filepath.Join("../../../conformance/mutants", mutant+".patch")); err != nil {
				t.Errorf("%s: %v", l.name(), err)
			}
		}
		var path string
		switch l.kind {
		case "ours":
			path = l.target
		case "module":
			path = filepath.Join(l.target, "go.mod")
		default:
			continue
		}
		if _, err := os.Stat(filepath.Join("../../../testdata/programs", path)); err != nil {
			t.Errorf("%s: %v", l.name(), err)
		}
	}
	if len(logs) < 60 || len(programs) < 30 || !procs[1] || !procs[2] || !procs[4] || !procs[8] {
		t.Errorf("%d logs of %d programs, GOMAXPROCS %v", len(logs), len(programs), procs)
	}
}

// The logs that are stored are those that the manifest asks for.
func TestLogsAreThoseOfTheManifest(t *testing.T) {
	logs, err := readManifest("manifest.txt")
	if err != nil {
		t.Fatal(err)
	}
	const dir = "../../../testdata/schedlogs"
	asked := map[string]bool{}
	for _, l := range logs {
		asked[l.name()] = true
		if _, err := os.Stat(filepath.Join(dir, l.name()+".slog")); err != nil {
			t.Error(err)
		}
	}
	stored, err := filepath.Glob(filepath.Join(dir, "*.slog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stored {
		if name := strings.TrimSuffix(filepath.Base(path), ".slog"); !asked[name] {
			t.Errorf("the manifest does not ask for %s", name)
		}
	}
}

func TestRow(t *testing.T) {
	row := "name | 1 8 | ours a.go | exit=2 cut GODEBUG=x=1 stretch=lock=2ms kills=a,b -flag=1 exit=3 | what for"
	logs, err := parseRow(row)
	if err != nil || len(logs) != 2 {
		t.Fatal(logs, err)
	}
	l := logs[1]
	if l.name() != "name-p8" || l.exit != 2 || !l.cut || l.why != "what for" {
		t.Errorf("%+v", l)
	}
	if l.stretch != "lock=2ms" || strings.Join(l.kills, " ") != "a b" {
		t.Errorf("stretch %q, kills %q", l.stretch, l.kills)
	}
	if len(l.env) != 1 || l.env[0] != "GODEBUG=x=1" {
		t.Errorf("environment %q", l.env)
	}
	if got := strings.Join(l.args, " "); got != "-flag=1 exit=3" {
		t.Errorf("arguments %q", got)
	}
}

func TestBadRows(t *testing.T) {
	for _, row := range []string{
		"name | 1 | ours a.go | why",
		"name | 0 | ours a.go |  | why",
		"name |  | ours a.go |  | why",
		"name | 1 | theirs a.go |  | why",
		"name | 1 | ours |  | why",
		"name | 1 | ours a.go | exit=x | why",
	} {
		if logs, err := parseRow(row); err == nil {
			t.Errorf("%q gives %v", row, logs)
		}
	}
}

// A log with kills= is taken if the mutants are refused (status 0), made again if one survives (1), and given up if they
// cannot be run (2).
func TestRefuses(t *testing.T) {
	for status, want := range map[string]string{"0": "", "1": "mutants survive it: killed 0 of 1", "2": "mutants: killed 0 of 1"} {
		dir := t.TempDir()
		script, slog := filepath.Join(dir, "run"), filepath.Join(dir, "x-p1.slog")
		text := "#!/bin/sh\n[ -e \"$2/x-p1.slog\" ] && [ \"$3\" = broken ] || exit 9\necho killed 0 of 1\nexit " + status + "\n"
		for path, text := range map[string]string{script: text, slog: ""} {
			if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		w := workshop{goCmd: "go", mutants: []string{script}}
		_, retry, err := w.refuses(log{kills: []string{"broken"}}, slog)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || retry != (status == "1") {
			t.Errorf("status %s: %q, retry %v", status, got, retry)
		}
	}
}

func TestCheck(t *testing.T) {
	zero, two := 0, 2
	ended := func(exit *int, end string, flags int64) (d description) {
		d.End, d.Facts.Exit, d.Facts.Flags = end, exit, flags
		return d
	}
	good := log{}
	crash := log{exit: 2, cut: true}
	for _, c := range []struct {
		log  log
		d    description
		want bool
	}{
		{good, ended(&zero, "complete", 0), true},
		{good, ended(&two, "complete", 0), false},
		{good, ended(&zero, "complete", 2), false},
		{good, ended(&zero, "cut", 0), false},
		{good, ended(nil, "cut", 0), false},
		{crash, ended(&two, "cut", crashed), true},
		{crash, ended(&zero, "complete", 0), false},
	} {
		if err := c.log.check(c.d); (err == nil) != c.want {
			t.Errorf("%+v %+v: %v", c.log, c.d, err)
		}
	}
}
