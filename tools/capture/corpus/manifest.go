// The manifest: which programs are captured, how, and what for.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A log is one capture that the manifest asks for.
type log struct {
	program string // name of the manifest's row
	release string // of Go: 1.24
	procs   int
	kind    string // goroot, test, ours, module or main
	target  string // file, package, or package@version
	args    []string
	env     []string
	why     string

	exit    int           // the status that the program has to end with
	cut     bool          // the log may end before the program does: it crashes
	runIn   string        // directory to run in, "" for a fresh one (a test's package)
	prepare string        // what to put into the fresh directory
	timeout time.Duration // for the program itself
	stretch string        // KIND=DURATION: a pause after each such record
	kills   []string      // mutants that the log has to refuse
	cpus    int           // processors to run on, and then without GOMAXPROCS; 0: as it comes
}

// The release whose logs lie in the corpus's own folder; those of others have a folder each.
const ownRelease = "1.24"

func (l log) name() string { return fmt.Sprintf("%s-p%d", l.program, l.procs) }

// file is the log's path below the corpus's folder, without its ending.
func (l log) file() string {
	if l.release == ownRelease {
		return l.name()
	}
	return filepath.Join("go"+l.release, l.name())
}

const columns = 5

// readManifest reads rows of five columns, separated by "|":
//
//	program | GOMAXPROCS ... | kind target | words | what it is there for
//
// GOMAXPROCS are those of Go 1.24; what comes behind "; RELEASE ...:" is of
// others, as in "1 4; 1.26: 1 2 4 8; 1.25 1.27: 2".
//
// Words are arguments for the program, except that some before the first
// ordinary one are for us: NAME=VALUE with a name in capitals goes into the
// environment (a value that starts with RUN: in the fresh directory), exit=N is
// the status to expect, cut allows a log that ends early, in=DIR says where to
// run, prepare=WHAT fills the directory, timeout=D kills a program that hangs,
// stretch=KIND=D makes the program pause after each record of a kind, and
// kills=MUTANT,... runs it again until its log refuses these mutants.
func readManifest(path string) ([]log, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var logs []log
	seen := map[string]bool{}
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		row, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %v", path, i+1, err)
		}
		for _, l := range row {
			if seen[l.file()] {
				return nil, fmt.Errorf("%s:%d: %s is there twice", path, i+1, l.file())
			}
			seen[l.file()] = true
			logs = append(logs, l)
		}
	}
	return logs, nil
}

func parseRow(line string) ([]log, error) {
	col := strings.Split(line, " | ")
	if len(col) != columns {
		return nil, fmt.Errorf("%d columns instead of %d", len(col), columns)
	}
	kind, target, ok := strings.Cut(strings.TrimSpace(col[2]), " ")
	if !ok {
		return nil, fmt.Errorf("%q is not a kind and a target", col[2])
	}
	switch kind {
	case "goroot", "test", "ours", "module", "main":
	default:
		return nil, fmt.Errorf("no kind %q", kind)
	}
	row := log{
		program: strings.TrimSpace(col[0]), kind: kind, target: strings.TrimSpace(target),
		why: strings.TrimSpace(col[4]), timeout: time.Minute,
	}
	words := strings.Fields(col[3])
	for len(words) > 0 {
		mine, err := row.option(words[0])
		if err != nil {
			return nil, err
		}
		if !mine {
			break
		}
		words = words[1:]
	}
	row.args = words
	var logs []log
	for _, part := range strings.Split(col[1], ";") {
		releases := []string{ownRelease}
		if names, procs, ok := strings.Cut(part, ":"); ok {
			releases, part = strings.Fields(names), procs
		}
		for _, release := range releases {
			for _, p := range strings.Fields(part) {
				l := row
				if l.release = release; release != ownRelease {
					l.kills = nil // mutants are of the port of Go 1.24
				}
				var err error
				if l.procs, err = strconv.Atoi(p); err != nil || l.procs < 1 {
					return nil, fmt.Errorf("GOMAXPROCS %q", p)
				}
				logs = append(logs, l)
			}
		}
	}
	if len(logs) == 0 {
		return nil, fmt.Errorf("no GOMAXPROCS")
	}
	return logs, nil
}

// option takes a word that is for us and not for the program.
func (l *log) option(word string) (mine bool, err error) {
	key, value, ok := strings.Cut(word, "=")
	switch {
	case word == "cut":
		l.cut = true
	case !ok:
		return false, nil
	case key == "exit":
		l.exit, err = strconv.Atoi(value)
	case key == "in":
		l.runIn = value
	case key == "prepare":
		l.prepare = value
	case key == "timeout":
		l.timeout, err = time.ParseDuration(value)
	case key == "stretch":
		l.stretch = value
	case key == "cpus":
		l.cpus, err = strconv.Atoi(value)
	case key == "kills":
		l.kills = strings.Split(value, ",")
	case key != "" && key == strings.ToUpper(key) && key[0] != '-':
		l.env = append(l.env, word)
	default:
		return false, nil
	}
	return true, err
}

// selectLogs keeps those of the releases that have a go command, and of them those that the list names, by log or by
// program.
func selectLogs(all []log, goCmds map[string]string, only string) ([]log, error) {
	var logs, kept []log
	for _, l := range all {
		if goCmds[l.release] != "" {
			logs = append(logs, l)
		}
	}
	if only == "" {
		return logs, nil
	}
	for _, name := range strings.Split(only, ",") {
		n := len(kept)
		for _, l := range logs {
			if l.program == name || l.name() == name {
				kept = append(kept, l)
			}
		}
		if len(kept) == n {
			return nil, fmt.Errorf("the manifest has no %q", name)
		}
	}
	return kept, nil
}
