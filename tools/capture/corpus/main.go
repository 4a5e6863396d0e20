// Command corpus captures the schedule logs of testdata/schedlogs again, as the
// manifest beside it says: it builds and runs each program, converts what it
// left, replays it, and keeps a log only when the replay agrees with it.
//
//	corpus -go RELEASE=COMMAND ... [-only NAME,...] [-list]
//
// Logs of releases that no -go names are left alone.
//
// One capture runs at a time. A failure does not stop the others: they are
// named at the end and their reports are kept. Exit status: 0 when every log
// was accepted, 1 when some were not, 2 on bad usage.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A workshop is where and with what logs are made.
type workshop struct {
	root    string            // of the repository
	goCmds  map[string]string // the go command of each release
	goRoots map[string]string
	tests   string   // where Go's own tests are: a GOROOT
	out     string   // directory of the logs
	capture []string // commands, as words
	convert []string
	replay  []string
	mutants []string
	reports string // directory of what went wrong
}

func main() {
	w := workshop{goCmds: map[string]string{}, goRoots: map[string]string{}}
	var only, manifest, capture, convert, replay, mutants string
	var list bool
	flag.StringVar(&w.root, "root", ".", "the repository is in `DIR`")
	flag.Func("go", "a go command, and what it is of: `RELEASE=COMMAND`; may be repeated", func(s string) error {
		release, command, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("not RELEASE=COMMAND")
		}
		w.goCmds[release] = command
		return nil
	})
	flag.StringVar(&w.tests, "tests", "", "Go's own tests are below GOROOT `DIR` (that of Go 1.24)")
	flag.StringVar(&w.out, "out", "", "write the logs to `DIR` (testdata/schedlogs)")
	flag.StringVar(&manifest, "manifest", "", "the manifest `FILE` (manifest.txt in tools/capture/corpus)")
	flag.StringVar(&capture, "capture", "", "the `COMMAND` that captures")
	flag.StringVar(&convert, "convert", "", "the `COMMAND` that converts RAW JSON to OUT.slog")
	flag.StringVar(&replay, "replay", "", "the `COMMAND` that replays a log")
	flag.StringVar(&mutants, "mutants", "", "the `COMMAND` that runs mutants (conformance/mutants/run)")
	flag.StringVar(&only, "only", "", "make only the logs, or all logs of the programs, with these `NAMES`")
	flag.BoolVar(&list, "list", false, "print the logs that the manifest asks for, and stop")
	flag.Parse()
	w.capture, w.convert, w.replay = strings.Fields(capture), strings.Fields(convert), strings.Fields(replay)
	if w.mutants = strings.Fields(mutants); mutants == "" {
		w.mutants = []string{filepath.Join(w.root, "conformance/mutants/run")}
	}
	failed, err := w.run(manifest, only, list)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

func (w *workshop) run(manifest, only string, list bool) (failed bool, err error) {
	if flag.NArg() > 0 {
		return false, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if w.root, err = filepath.Abs(w.root); err != nil {
		return false, err
	}
	if manifest == "" {
		manifest = filepath.Join(w.root, "tools/capture/corpus/manifest.txt")
	}
	if w.out == "" {
		w.out = filepath.Join(w.root, "testdata/schedlogs")
	}
	if w.out, err = filepath.Abs(w.out); err != nil {
		return false, err
	}
	logs, err := readManifest(manifest)
	if err != nil {
		return false, err
	}
	if logs, err = selectLogs(logs, w.goCmds, only); err != nil {
		return false, err
	}
	if list {
		for _, l := range logs {
			fmt.Printf("%-28s %-7s %s %s\n", l.file(), l.kind, l.target, strings.Join(l.args, " "))
		}
		return false, nil
	}
	if len(w.capture) == 0 || len(w.convert) == 0 || len(w.replay) == 0 {
		return false, fmt.Errorf("-capture, -convert and -replay are needed")
	}
	if err := w.prepare(); err != nil {
		return false, err
	}
	return w.makeAll(logs), nil
}

// makeAll makes the logs one after the other and prints a line for each.
func (w *workshop) makeAll(logs []log) (failed bool) {
	var bad []string
	var records, bytes int64
	programs := map[string]bool{}
	start := time.Now()
	fmt.Printf("%-28s %12s %10s %8s  %s\n", "log", "records", "bytes", "seconds", "")
	for _, l := range logs {
		began := time.Now()
		r := w.make(l)
		note := "ok"
		if r.err != nil {
			note = r.err.Error()
			bad = append(bad, l.file())
		} else {
			records += r.records
			bytes += r.bytes
			programs[l.program] = true
		}
		fmt.Printf("%-28s %12d %10d %8.1f  %s\n", l.file(), r.records, r.bytes, time.Since(began).Seconds(), note)
	}
	fmt.Printf("%d logs of %d programs, %d records, %d bytes, %s\n",
		len(logs)-len(bad), len(programs), records, bytes, time.Since(start).Round(time.Second))
	if len(bad) > 0 {
		fmt.Printf("%d failed; reports are in %s: %s\n", len(bad), w.reports, strings.Join(bad, " "))
	}
	return len(bad) > 0
}
