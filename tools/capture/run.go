// Building the program, running it, and describing the log that it left.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// meta describes a raw log; it is written as JSON beside it.
type meta struct {
	GoVersion  string         `json:"go_version"`
	GOOS       string         `json:"goos"`
	GOARCH     string         `json:"goarch"`
	Gomaxprocs int64          `json:"gomaxprocs"`
	Cmdline    []string       `json:"cmdline"`
	Facts      map[string]any `json:"facts"`
	Kinds      []metaKind     `json:"kinds"`
	State      []metaSection  `json:"state"`
	Locks      []string       `json:"locks"`
	Notes      []string       `json:"notes"`
	Symbols    []symbol       `json:"symbols"`
	End        string         `json:"end"`
	Reason     string         `json:"reason"`
}

type metaKind struct {
	N     int      `json:"n"`
	Name  string   `json:"name"`
	Class string   `json:"class"`
	Args  []string `json:"args"`
}

// A metaSection is a sort of rows in snapshots: its name and what its rows are called by, "NAME:TYPE", and their fields.
type metaSection struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields"`
}

// A symbol names a code address that occurs in the log.
type symbol struct {
	PC   uint64 `json:"pc"`
	Name string `json:"name"`
}

// forProgram are variables that the runtime of any Go program reads: they are
// meant for the captured one, and the go command would take them for itself.
var forProgram = words("GODEBUG GOGC GOMEMLIMIT GOMAXPROCS GOTRACEBACK")

// goEnviron is the environment without those, and without the variables that
// are named as well.
func goEnviron(without map[string]bool) []string {
	var env []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !forProgram[name] && !without[name] {
			env = append(env, e)
		}
	}
	return env
}

// env is the environment for go commands: no cgo, no switch to another
// toolchain, and a build cache of our own.
func (t *toolchain) env() []string {
	return append(goEnviron(nil), "CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOROOT="+t.Root,
		"GOCACHE="+filepath.Join(cacheDir(), "go-build"))
}

func cacheDir() string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	return filepath.Join(base, "gort")
}

// goCommand runs the go command in dir and returns its output. When it fails,
// the first lines that it says are shown.
func (t *toolchain) goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command(t.Go, args...)
	cmd.Dir = dir
	cmd.Env = t.env()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		if len(lines) > 12 {
			lines = append(lines[:12], "...")
		}
		fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
		return "", fmt.Errorf("go %s %s failed", args[0], args[len(args)-1])
	}
	return strings.TrimSpace(out.String()), nil
}

// A program is what was built and how it is to be run.
type program struct {
	bin, cwd string
	args     []string
}

// build builds the target with the instrumented runtime into tmp.
func (t *toolchain) build(o *options, tmp string) (*program, error) {
	files, err := t.instrument()
	if err != nil {
		return nil, err
	}
	overlay, err := t.writeOverlay(filepath.Join(cacheDir(), "overlay"), files)
	if err != nil {
		return nil, err
	}
	n := 0
	for n < len(o.target) && strings.HasSuffix(o.target[n], ".go") {
		n++
	}
	if n == 0 {
		n = 1
	}
	what, dir := o.target[:n], t.buildDir(o.dir, o.target[0], tmp)
	p := &program{bin: filepath.Join(tmp, "prog"), cwd: o.runCwd, args: o.target[n:]}
	if pkg, _, ok := strings.Cut(what[0], "@"); ok {
		dir = filepath.Join(tmp, "module")
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, err
		}
		if _, err := t.goCommand(dir, "mod", "init", "gortcapture"); err != nil {
			return nil, err
		}
		get := []string{"get", what[0]}
		if o.test { // what the tests import as well
			get = []string{"get", "-t", what[0]}
		}
		if _, err := t.goCommand(dir, get...); err != nil {
			return nil, err
		}
		what = []string{pkg}
	}
	listed, err := t.goCommand(dir, append([]string{"list", "-f", "{{.Name}} {{.Dir}}"}, what...)...)
	if err != nil {
		return nil, err
	}
	name, pkgDir, _ := strings.Cut(listed, " ")
	if strings.Contains(listed, "\n") {
		return nil, fmt.Errorf("%s: more than one package", what[0])
	}
	if o.test {
		if p.cwd == "" {
			p.cwd = pkgDir
		}
		_, err = t.goCommand(dir, append([]string{"test", "-c", "-buildmode=exe", "-overlay", overlay, "-o", p.bin}, what...)...)
		if err == nil && !exists(p.bin) {
			err = fmt.Errorf("%s: no tests", what[0])
		}
	} else if name != "main" {
		err = fmt.Errorf("%s: package %s is not a program", what[0], name)
	} else {
		_, err = t.goCommand(dir, append([]string{"build", "-buildmode=exe", "-overlay", overlay, "-o", p.bin}, what...)...)
	}
	return p, err
}

// buildDir is where a target of dir is to be built. Within GOROOT/src package runtime belongs to the main module, which
// the go command reads from an index, past the overlay, where a toolchain lies in the module cache. Packages of the
// standard library are found by their names from anywhere else as well.
func (t *toolchain) buildDir(dir, target, tmp string) string {
	byName := !strings.HasPrefix(target, ".") && !strings.HasPrefix(target, "/") && !strings.HasSuffix(target, ".go")
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs) // Root may be a link of ours to it
	}
	src, err2 := filepath.EvalSymlinks(filepath.Join(t.Root, "src"))
	if err == nil && err2 == nil && byName && strings.HasPrefix(abs+"/", src+"/") {
		return tmp
	}
	return dir
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// run runs the program with the log in raw and says how it ended.
func (p *program) run(o *options, raw string) (end, reason string, facts map[string]any, err error) {
	cmd := exec.Command(p.bin, p.args...)
	cmd.Dir = p.cwd
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(append(os.Environ(), o.env...), "GORT_SLOG="+raw)
	if o.procs > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", o.procs))
	}
	if p.cwd != "" {
		cwd, err := filepath.Abs(p.cwd)
		if err != nil {
			return "", "", nil, err
		}
		cmd.Env = append(cmd.Env, "PWD="+cwd)
	}
	interrupts := make(chan os.Signal, 4) // a key press reaches the program as well; its end is ours
	signal.Notify(interrupts, os.Interrupt, syscall.SIGQUIT)
	defer signal.Stop(interrupts)
	start := time.Now()
	if err := onProcessors(o.cpus, cmd.Start); err != nil {
		return "", "", nil, err
	}
	timedOut := false
	if o.timeout > 0 {
		timer := time.AfterFunc(o.timeout, func() {
			timedOut = true
			cmd.Process.Kill()
		})
		defer timer.Stop()
	}
	waitErr := cmd.Wait()
	var exit *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exit) {
		return "", "", nil, waitErr
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	facts = map[string]any{"run_ms": time.Since(start).Milliseconds()}
	if status.Signaled() {
		facts["signal"] = status.Signal().String()
		reason = "killed by signal " + status.Signal().String()
		if timedOut {
			reason = "killed after " + o.timeout.String()
		}
		return "cut", reason, facts, nil
	}
	facts["exit_status"] = status.ExitStatus()
	return "complete", fmt.Sprintf("exit status %d", status.ExitStatus()), facts, nil
}

// metaReserve bytes are kept for the description while the program runs, so
// that a log that fills the disk can still be described.
const metaReserve = 256 << 10

// capture does the whole work of the command.
func capture(o *options) error {
	t, err := findToolchain(o.goCmd)
	if err != nil {
		return err
	}
	if t.stretch, err = parseStretch(o.stretch); err != nil {
		return err
	}
	raw, err := filepath.Abs(o.out)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "gort-capture-")
	if err != nil {
		return err
	}
	if o.keep {
		defer fmt.Fprintln(os.Stderr, "capture: the program is in", tmp)
	} else {
		defer os.RemoveAll(tmp)
	}
	p, err := t.build(o, tmp)
	if err != nil {
		return err
	}
	if err := os.Remove(raw); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(o.meta, make([]byte, metaReserve), 0o644); err != nil {
		return err
	}
	end, reason, facts, err := p.run(o, raw)
	if err != nil {
		return err
	}
	log, err := openRaw(raw)
	if err != nil {
		return fmt.Errorf("the program left no log: %v", err)
	}
	defer log.close()
	if why := log.unusable(); why != "" {
		os.Remove(raw)
		os.Remove(o.meta)
		return errors.New(why)
	}
	sum, err := log.summary()
	if err != nil {
		return err
	}
	full, lost := log.flags&flagFull != 0, log.flags&flagLost != 0
	switch {
	case end == "cut":
	case full:
		end, reason = "cut", "no space left for the log; "+reason
	case lost:
		end, reason = "cut", "the program closed the log's file; "+reason
	case !sum.ended && log.flags&flagFrozen != 0:
		end, reason = "cut", "the program crashed; "+reason
	case !sum.ended:
		end, reason = "cut", "no record of the program's exit; "+reason
	}
	facts["test"] = o.test
	if t.fake {
		facts["faketime"] = true
	}
	if o.stretch != "" {
		facts["stretch"] = o.stretch
	}
	facts["records"] = sum.records
	facts["bytes"] = log.size
	facts["flags"] = log.flags
	facts["ncpu"] = sum.ncpu
	facts["pid"] = log.pid
	m := meta{
		GoVersion: t.Version, GOOS: t.OS, GOARCH: t.Arch, Gomaxprocs: sum.procs,
		Cmdline: o.target, Facts: facts, Kinds: metaKinds(), State: metaState(), Locks: lockNames, Notes: noteNames,
		End: end, Reason: reason,
	}
	if m.Symbols, err = symbolize(p.bin, sum.pcs); err != nil {
		return err
	}
	js, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := os.Truncate(raw, rawHeader+log.size); err != nil {
		return err
	}
	if err := os.WriteFile(o.meta, append(js, '\n'), 0o644); err != nil {
		return err
	}
	if lost {
		return fmt.Errorf("%s: the program closed the log's file and it cannot be opened again; the %d records up to there are kept", o.out, sum.records)
	}
	if full {
		return fmt.Errorf("%s: no space left on the device after %d records; the log up to there is kept", o.out, sum.records)
	}
	return nil
}

func metaKinds() []metaKind {
	var list []metaKind
	for _, k := range kinds {
		mk := metaKind{N: k.N, Name: k.Name, Class: k.Class, Args: []string{}}
		for _, a := range k.Args {
			mk.Args = append(mk.Args, a.Name+":"+a.Type)
		}
		list = append(list, mk)
	}
	return list
}
