// The overlay: instrumented copies of files of package runtime, and the JSON
// that makes the go command build them in place of its own.
package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"text/template"
	"time"
)

//go:embed runtime_hooks.go.tmpl
var hooksTemplate string

// What releases add to it, by their minor numbers.
//
//go:embed hooks_go*.go.tmpl
var laterHooks embed.FS

// A toolchain is an installed Go of one of our releases.
type toolchain struct {
	Go      string // path of the go command
	Root    string // GOROOT
	Version string // "go1.24.4"
	OS      string
	Arch    string
	modules string  // the module cache
	stretch stretch // what the instrumented runtime is to do slowly
	fake    bool    // built with Go's tag faketime: time passes when everybody sleeps
}

// A stretch is a pause after each record of one kind.
type stretch struct {
	kind  kind
	pause time.Duration
}

// parseStretch reads KIND=DURATION.
func parseStretch(text string) (s stretch, err error) {
	if text == "" {
		return s, nil
	}
	name, pause, _ := strings.Cut(text, "=")
	var ok bool
	if s.kind, ok = kindByName[name]; !ok {
		return s, fmt.Errorf("-stretch %s: no kind of record %q", text, name)
	}
	s.pause, err = time.ParseDuration(pause)
	if err != nil || s.pause < time.Microsecond || s.pause > time.Second {
		return s, fmt.Errorf("-stretch %s: %q is not a time between a microsecond and a second", text, pause)
	}
	return s, nil
}

// findToolchain asks the go command that is named for its version, or looks for one of Go 1.24 in the usual places; the
// rules are those of its release from then on.
func findToolchain(named string) (*toolchain, error) {
	candidates := []string{named}
	if named == "" {
		candidates = []string{os.Getenv("GORT_GO"), "/usr/lib/go-1.24/bin/go", "/usr/local/go/bin/go", "go"}
	}
	seen := ""
	for _, c := range candidates {
		if c == "" {
			continue
		}
		cmd := exec.Command(c, "env", "GOROOT", "GOVERSION", "GOOS", "GOARCH")
		// What builds the program may be wrong: that is for the build to say.
		cmd.Env = append(goEnviron(words("GOFLAGS GOEXPERIMENT")), "GOTOOLCHAIN=local")
		cmd.Dir = "/"
		out, err := cmd.Output()
		f := strings.Fields(string(out))
		if err != nil || len(f) != 4 {
			if named != "" {
				return nil, fmt.Errorf("-go %s: neither a version of Go nor a go command", named)
			}
			continue
		}
		if r, ok := releaseOf(f[1]); ok && (named != "" || r.minor == releases[0].minor) {
			t := &toolchain{Go: c, Root: f[0], Version: f[1], OS: f[2], Arch: f[3]}
			if _, ok := syscallNumbers[t.Arch]; !ok || t.OS != "linux" {
				return nil, fmt.Errorf("captures are of linux on amd64 (and arm64), not of %s on %s", t.OS, t.Arch)
			}
			if err := t.outOfModules(); err != nil {
				return nil, err
			}
			return t, useRelease(r)
		}
		seen += fmt.Sprintf("; %s is %s", c, f[1])
	}
	if named != "" {
		return nil, fmt.Errorf("no rules for it: %s (there are some for %s to %s)", strings.TrimPrefix(seen, "; "), releases[0].name, releases[len(releases)-1].name)
	}
	return nil, fmt.Errorf("no Go 1.24 found%s (name one with -go or GORT_GO)", seen)
}

// outOfModules gives a toolchain that came as a module a second name: the go command refuses to replace files that it
// finds below its module cache.
func (t *toolchain) outOfModules() error {
	cmd := exec.Command(t.Go, "env", "GOMODCACHE")
	cmd.Env = t.env()
	cmd.Dir = "/"
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s env GOMODCACHE: %v", t.Go, saidBy(err))
	}
	if t.modules = strings.TrimSpace(string(out)); !strings.HasPrefix(t.Root, t.modules+"/") {
		return nil
	}
	link := filepath.Join(cacheDir(), t.Version)
	if to, err := os.Readlink(link); err != nil || to != t.Root {
		if err := os.MkdirAll(cacheDir(), 0o755); err != nil {
			return err
		}
		os.Remove(link)
		if err := os.Symlink(t.Root, link); err != nil {
			return err
		}
	}
	t.Go, t.Root = filepath.Join(link, "bin/go"), link
	return nil
}

// syscallNumbers are the system calls that the hooks make.
var syscallNumbers = map[string]map[string]int{
	"amd64": {"mmap": 9, "munmap": 11, "madvise": 28, "close": 3, "fstat": 5, "getpid": 39, "fcntl": 72, "ftruncate": 77, "openat": 257, "fallocate": 285},
	"arm64": {"mmap": 222, "munmap": 215, "madvise": 233, "close": 57, "fstat": 80, "getpid": 172, "fcntl": 25, "ftruncate": 46, "openat": 56, "fallocate": 47},
}

// handWritten are the kinds whose hooks are written out in the template.
var handWritten = words(`idlepMask.read idlepMask.set idlepMask.clear timerpMask.read timerpMask.set timerpMask.clear
	sched.gFree.stack.empty sched.gFree.stack.pop sched.gFree.stack.pushAll sched.gFree.stack.take
	sched.gFree.noStack.empty sched.gFree.noStack.pop sched.gFree.noStack.pushAll netpoll injectglist runqdrain.ret`)

// hooksSource generates the file that is added to package runtime.
func hooksSource(arch string, slow stretch) ([]byte, error) {
	sys, ok := syscallNumbers[arch]
	if !ok {
		return nil, fmt.Errorf("no hooks for GOARCH %s", arch)
	}
	var atomics, u32s []field
	for _, f := range fields {
		switch f.Sort {
		case "atomic":
			atomics = append(atomics, f)
		case "u32":
			u32s = append(u32s, f)
		}
	}
	isField := map[string]bool{}
	for _, f := range fields {
		for _, op := range strings.Fields(f.Ops) {
			isField[f.Name+"."+op] = true
		}
	}
	var plain []kind
	for _, k := range kinds {
		if !isField[k.Name] && !handWritten[k.Name] {
			plain = append(plain, k)
		}
	}
	forced := words("startTheWorldWithSema exit throw fatal")
	goTypes := map[string]string{"u": "uint64", "i": "int64", "t": "int64", "b": "bool", "g": "*g", "p": "*p", "m": "*m", "l": "uint64", "pc": "uintptr"}
	text := hooksTemplate
	for _, r := range releases {
		if later, err := laterHooks.ReadFile("hooks_" + strings.ReplaceAll(r.name, ".", "") + ".go.tmpl"); err == nil && r.minor <= current.minor {
			text += string(later)
		}
	}
	tmpl, err := template.New("hooks").Funcs(template.FuncMap{
		"ops":    func(f field) []string { return strings.Fields(f.Ops) },
		"inc":    func(i int) int { return i + 1 },
		"goType": func(t string) string { return goTypes[t] },
		"forced": func(name string) bool { return forced[name] },
		"addType": func(t string) string {
			return strings.TrimPrefix(t, "u")
		},
		"enc": encode,
	}).Parse(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = tmpl.Execute(&out, map[string]any{
		"Minor": current.minor, "Kinds": kinds, "Plain": plain, "Atomic": atomics, "U32": u32s, "Locks": lockNames, "Sys": sys,
		"Stretch": slow.kind, "StretchUs": slow.pause.Microseconds(),
		"Masks": []string{"idlepMask", "timerpMask"}, "MaskWrites": []string{"set", "clear"}, "GFree": []string{"stack", "noStack"},
	})
	return out.Bytes(), err
}

// encode is the call that writes a value of that wire type at q.
func encode(t, v string) string {
	switch t {
	case "u", "l", "pc":
		return "zgU(q, uint64(" + v + "))"
	case "i", "t":
		return "zgI(q, int64(" + v + "))"
	}
	return "zg" + strings.ToUpper(t) + "(q, " + v + ")"
}

// outsideModules is the environment without those of GOFLAGS that only a module can be built with; tags stay, which say
// what package runtime is made of.
func outsideModules(env []string) []string {
	for i, e := range env {
		flags, ok := strings.CutPrefix(e, "GOFLAGS=")
		if !ok {
			continue
		}
		var kept []string
		for _, flag := range strings.Fields(flags) {
			if !strings.HasPrefix(strings.TrimLeft(flag, "-"), "mod") {
				kept = append(kept, flag)
			}
		}
		env[i] = "GOFLAGS=" + strings.Join(kept, " ")
	}
	return env
}

// saidBy is the first line that a command said when it failed.
func saidBy(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		said, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return errors.New(said)
	}
	return err
}

// runtimeFiles lists the Go files of package runtime that are built.
func (t *toolchain) runtimeFiles() (dir string, files []string, err error) {
	cmd := exec.Command(t.Go, "list", "-f", "{{.Dir}}\n{{range .GoFiles}}{{.}}\n{{end}}", "runtime")
	cmd.Env = outsideModules(t.env())
	cmd.Dir = "/"
	out, err := cmd.Output()
	if err != nil {
		return "", nil, fmt.Errorf("%s list runtime: %v", t.Go, saidBy(err))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[0], lines[1:], nil
}

// instrumented applies the rules to the sources of package runtime, and returns all of them by name.
func (t *toolchain) instrumented() (dir string, sources map[string][]byte, changed []string, err error) {
	dir, files, err := t.runtimeFiles()
	if err != nil {
		return "", nil, nil, err
	}
	sources = map[string][]byte{}
	count := map[string]int{}
	for _, name := range files {
		t.fake = t.fake || name == "time_fake.go"
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", nil, nil, err
		}
		edited, err := rewrite(name, text, count)
		if err != nil {
			return "", nil, nil, err
		}
		if !bytes.Equal(text, edited) {
			changed = append(changed, name)
		}
		sources[name] = edited
	}
	return dir, sources, changed, checkCounts(count)
}

// instrument returns the files of package runtime that differ, by path.
func (t *toolchain) instrument() (map[string][]byte, error) {
	dir, sources, names, err := t.instrumented()
	if err != nil {
		return nil, err
	}
	if err := checkCallers(sources); err != nil {
		return nil, err
	}
	if err := checkStores(sources); err != nil {
		return nil, err
	}
	changed := map[string][]byte{}
	for _, name := range names {
		changed[filepath.Join(dir, name)] = sources[name]
	}
	hooks, err := hooksSource(t.Arch, t.stretch)
	if err != nil {
		return nil, err
	}
	changed[filepath.Join(dir, "zgort_slog.go")] = hooks
	if changed[filepath.Join(dir, "zgort_state.go")], err = snapshotSource(); err != nil {
		return nil, err
	}
	return changed, nil
}

// writeOverlay writes the instrumented files below dir, in a folder named by
// their content (so that equal overlays are built once), and returns the path
// of the overlay's JSON.
func (t *toolchain) writeOverlay(dir string, files map[string][]byte) (string, error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	sum := sha256.New()
	byPath, _ := json.Marshal(files)
	sum.Write(byPath)
	dir = filepath.Join(dir, hex.EncodeToString(sum.Sum(nil))[:16])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for path, text := range files {
		copyAt := filepath.Join(dir, filepath.Base(path))
		overlay.Replace[path] = copyAt
		if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil && !strings.HasPrefix(real, t.modules+"/") {
			overlay.Replace[filepath.Join(real, filepath.Base(path))] = copyAt
		}
		if old, err := os.ReadFile(copyAt); err == nil && bytes.Equal(old, text) {
			continue
		}
		if err := os.WriteFile(copyAt, text, 0o644); err != nil {
			return "", err
		}
	}
	js, _ := json.MarshalIndent(overlay, "", "\t")
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, js, 0o644)
}

// printCounts prints the number of matches of every rule, one a line.
func (t *toolchain) printCounts(w io.Writer) error {
	dir, files, err := t.runtimeFiles()
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if _, err := rewrite(name, text, count); err != nil {
			return err
		}
	}
	var rules []string
	for rule := range count {
		rules = append(rules, rule)
	}
	sort.Strings(rules)
	for _, rule := range rules {
		fmt.Fprintf(w, "\t%q: %d,\n", rule, count[rule])
	}
	return nil
}
