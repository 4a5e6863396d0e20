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
	type set struct {
		logs     int
		procs    map[int]bool
		programs map[string]bool
	}
	sets := map[string]*set{}
	for _, l := range logs {
		s := sets[l.release]
		if s == nil {
			s = &set{procs: map[int]bool{}, programs: map[string]bool{}}
			sets[l.release] = s
		}
		s.logs++
		s.procs[l.procs] = true
		s.programs[l.program] = true
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
	for release, least := range map[string]set{
		"1.24": {logs: 60}, "1.25": {logs: 25}, "1.26": {logs: 60}, "1.27": {logs: 25},
	} {
		s := sets[release]
		if s == nil {
			t.Errorf("%s: no logs", release)
		} else if s.logs < least.logs || len(s.programs) < 25 || !s.procs[1] || !s.procs[2] || !s.procs[4] || !s.procs[8] {
			t.Errorf("%s: %d logs of %d programs, GOMAXPROCS %v", release, s.logs, len(s.programs), s.procs)
		}
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
		asked[l.file()] = true
		if _, err := os.Stat(filepath.Join(dir, l.file()+".slog")); err != nil {
			t.Error(err)
		}
	}
	for _, pattern := range []string{"*.slog", "go1.*/*.slog"} {
		stored, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range stored {
			if file, _ := filepath.Rel(dir, strings.TrimSuffix(path, ".slog")); !asked[file] {
				t.Errorf("the manifest does not ask for %s", file)
			}
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

func TestReleases(t *testing.T) {
	logs, err := parseRow("name | 1; 1.25 1.27: 2 4; 1.26: 8 | ours a.go |  | what for")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, l := range logs {
		files = append(files, l.file())
	}
	want := "name-p1 go1.25/name-p2 go1.25/name-p4 go1.27/name-p2 go1.27/name-p4 go1.26/name-p8"
	if got := strings.Join(files, " "); got != want {
		t.Errorf("%q instead of %q", got, want)
	}
	kept, err := selectLogs(logs, map[string]string{"1.25": "go"}, "name-p4")
	if err != nil || len(kept) != 1 || kept[0].file() != "go1.25/name-p4" {
		t.Errorf("%v, %v", kept, err)
	}
	if kept, err = selectLogs(logs, map[string]string{"1.25": "go"}, "name-p8"); err == nil {
		t.Errorf("%v is of a release that was not asked for", kept)
	}
}

func TestBadRows(t *testing.T) {
	for _, row := range []string{
		"name | 1 | ours a.go | why",
		"name | 0 | ours a.go |  | why",
		"name | 1; 1.26 | ours a.go |  | why",
		"name | 1.26: | ours a.go |  | why",
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
		w := workshop{mutants: []string{script}}
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
