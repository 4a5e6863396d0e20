// Making one log: capture, convert, replay, accept.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// tries is how often a program may run until its log is as it should be: a
// signal that comes in the middle of a hook spoils one, for instance.
const tries = 3

// raceTries is the same for a log that has to hold a rare race.
const raceTries = 30

type result struct {
	records, bytes int64
	err            error
}

// prepare finds Go and makes the directories.
func (w *workshop) prepare() error {
	for release, goCmd := range w.goCmds {
		out, err := w.command(goCmd, "", nil, goCmd, "env", "GOROOT")
		if err != nil {
			return fmt.Errorf("%s: %v", goCmd, err)
		}
		w.goRoots[release] = strings.TrimSpace(string(out))
		if err := os.MkdirAll(filepath.Join(w.out, filepath.Dir(log{release: release}.file())), 0o755); err != nil {
			return err
		}
	}
	// Toolchains that the go command fetches are without them.
	if w.tests == "" {
		w.tests = w.goRoots[ownRelease]
	}
	var err error
	if w.reports, err = os.MkdirTemp("", "gort-corpus-reports-"); err != nil {
		return err
	}
	return nil
}

// command runs a command and returns all that it printed. Whatever it calls finds this go command.
func (w *workshop) command(goCmd, dir string, env []string, words ...string) ([]byte, error) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	// Programs that call the go command are to find the same one, and no other toolchain.
	path := filepath.Dir(goCmd) + string(filepath.ListSeparator) + os.Getenv("PATH")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if filepath.IsAbs(goCmd) {
		cmd.Env = append(cmd.Env, "PATH="+path)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd.CombinedOutput()
}

// make makes one log, in a few tries.
func (w *workshop) make(l log) result {
	var r result
	var report []byte
	most := tries
	if l.kills != nil {
		most = raceTries
	}
	for range most {
		var retry bool
		if r, report, retry = w.try(l); r.err == nil || !retry {
			break
		}
	}
	if r.err != nil {
		os.WriteFile(filepath.Join(w.reports, l.reportName()+".txt"), report, 0o644)
	}
	return r
}

// try runs the program once. retry says that another run may do better.
func (w *workshop) try(l log) (r result, report []byte, retry bool) {
	tmp, err := os.MkdirTemp("", "gort-corpus-")
	if err != nil {
		return result{err: err}, nil, false
	}
	defer removeAll(tmp)
	raw, meta, slog := filepath.Join(tmp, "raw"), filepath.Join(tmp, "json"), filepath.Join(tmp, l.name()+".slog")
	run := filepath.Join(tmp, "run")
	if err := os.Mkdir(run, 0o755); err != nil {
		return result{err: err}, nil, false
	}
	if l.prepare != "" {
		if err := fill(run, l.prepare); err != nil {
			return result{err: err}, nil, false
		}
	}
	var env []string
	for _, e := range l.env {
		env = append(env, strings.Replace(e, "=RUN", "="+run, 1))
	}
	report, err = w.command(w.goCmds[l.release], w.root, env, w.captureWords(l, raw, meta, run)...)
	if err != nil {
		return result{err: fmt.Errorf("not captured: %s", lastLine(report))}, report, false
	}
	what, err := readMeta(meta)
	if err != nil {
		return result{err: err}, report, false
	}
	r.records = what.Facts.Records
	if err := l.check(what); err != nil {
		r.err = err
		return r, report, true
	}
	out, err := w.command(w.goCmds[l.release], "", nil, append(w.convert[:len(w.convert):len(w.convert)], raw, meta, slog)...)
	if err != nil {
		r.err = fmt.Errorf("not converted: %s", lastLine(out))
		return r, out, false
	}
	if info, err := os.Stat(slog); err == nil {
		r.bytes = info.Size()
	}
	out, err = w.command(w.goCmds[l.release], "", nil, append(w.replay[:len(w.replay):len(w.replay)], slog)...)
	if err != nil {
		keep := filepath.Join(w.reports, l.reportName()+".slog")
		os.Rename(slog, keep)
		r.err = fmt.Errorf("replay differs: %s", firstLine(out))
		return r, out, false
	}
	if l.kills != nil {
		if out, retry, r.err = w.refuses(l, slog); r.err != nil {
			return r, out, retry
		}
	}
	r.err = moveFile(slog, filepath.Join(w.out, l.file()+".slog"))
	return r, nil, false
}

// refuses says whether the log refuses the mutants that it is there for. retry:
// all is well but for the race that did not happen.
func (w *workshop) refuses(l log, slog string) (out []byte, retry bool, err error) {
	dir := filepath.Join(filepath.Dir(slog), "alone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, false, err
	}
	if err := os.Link(slog, filepath.Join(dir, filepath.Base(slog))); err != nil {
		return nil, false, err
	}
	words := append(w.mutants[:len(w.mutants):len(w.mutants)], "--logs", dir)
	out, err = w.command(w.goCmds[l.release], "", nil, append(words, l.kills...)...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out, false, nil
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return out, true, fmt.Errorf("mutants survive it: %s", lastLine(out))
	}
	return out, false, fmt.Errorf("mutants: %s", lastLine(out))
}

// captureWords is the command line of the capture.
func (w *workshop) captureWords(l log, raw, meta, run string) []string {
	words := append([]string{}, w.capture...)
	words = append(words, "-go", w.goCmds[l.release], "-o", raw, "-meta", meta, "-timeout", l.timeout.String())
	if l.cpus > 0 {
		words = append(words, "-cpus", strconv.Itoa(l.cpus))
	} else {
		words = append(words, "-procs", strconv.Itoa(l.procs))
	}
	if l.stretch != "" {
		words = append(words, "-stretch", l.stretch)
	}
	target := l.target
	switch l.kind {
	case "goroot":
		words = append(words, "-dir", w.tests)
	case "test":
		words = append(words, "-test", "-dir", filepath.Join(w.goRoots[l.release], "src"))
	case "ours":
		words = append(words, "-dir", filepath.Join(w.root, "testdata/programs"))
	case "module":
		words = append(words, "-dir", filepath.Join(w.root, "testdata/programs", target))
		target = "programs/" + target
	}
	switch {
	case l.runIn != "":
		words = append(words, "-run-cwd", strings.ReplaceAll(l.runIn, "GOROOT", w.goRoots[l.release]))
	case l.kind != "test":
		words = append(words, "-run-cwd", run)
	}
	return append(append(words, "--", target), l.args...)
}

// A description is what the capture says about a raw log.
type description struct {
	End, Reason string
	Facts       struct {
		Records, Flags int64
		Exit           *int   `json:"exit_status"`
		Signal         string `json:"signal"`
	}
}

func readMeta(path string) (d description, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	return d, err
}

// Bits of a raw log's flags. One of them says that the program crashed; a log
// of the corpus must not have any other.
const crashed = 4

// check says what is wrong with the way the program ended.
func (l log) check(d description) error {
	switch {
	case d.Facts.Exit == nil:
		return fmt.Errorf("%s", d.Reason)
	case *d.Facts.Exit != l.exit:
		return fmt.Errorf("exit status %d instead of %d", *d.Facts.Exit, l.exit)
	case d.Facts.Flags&^crashed != 0:
		return fmt.Errorf("the capture is spoilt: flags %d", d.Facts.Flags)
	case !l.cut && (d.End != "complete" || d.Facts.Flags&crashed != 0):
		return fmt.Errorf("the log is cut: %s", d.Reason)
	}
	return nil
}

// reportName tells logs of the same name apart by their release.
func (l log) reportName() string { return strings.ReplaceAll(l.file(), "/", "-") }

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}

func lastLine(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

// moveFile moves a file, to another file system if need be.
func moveFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	tmp := to + ".new"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, to)
}

// removeAll removes a directory, also when programs left parts of it read-only.
func removeAll(dir string) {
	if errors.Is(os.RemoveAll(dir), fs.ErrPermission) {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
		os.RemoveAll(dir)
	}
}
