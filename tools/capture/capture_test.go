// Tests with the installed Go 1.24: the rules fit its runtime, and the logs of
// small programs agree with themselves.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRulesFitTheInstalledRuntime(t *testing.T) {
	tc, err := findToolchain("")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		t.Setenv("GOARCH", arch)
		tc.Arch = arch
		if _, err := tc.instrument(); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
	}
}

var slow string // the -stretch of captured

// captured captures a program, checks its log, and returns the description and
// the log as text.
func captured(t *testing.T, procs int, timeout time.Duration, source string) (meta, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &options{
		out: filepath.Join(dir, "log.raw"), meta: filepath.Join(dir, "log.json"),
		procs: procs, timeout: timeout, dir: dir, stretch: slow, target: []string{file},
	}
	if err := capture(o); err != nil {
		t.Fatal(err)
	}
	if _, err := checkRaw(o.out); err != nil {
		t.Error(err)
	}
	var m meta
	js, err := os.ReadFile(o.meta)
	if err == nil {
		err = json.Unmarshal(js, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := dumpRaw(&text, o.out, o.meta); err != nil {
		t.Fatal(err)
	}
	return m, text.String()
}

func TestStretch(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "lock=1ms": true, "lock": false, "lock=0s": false, "lock=2s": false, "look=1ms": false,
	} {
		if _, err := parseStretch(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	slow = "goexit1=20ms"
	defer func() { slow = "" }()
	m, text := captured(t, 1, 0, `package main
import "sync"
func main() {
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go wg.Done()
	}
	wg.Wait()
}
`)
	// Pauses of different threads may overlap; without any the program is over far sooner.
	if n := strings.Count(text, " goexit1\n"); n < 20 || m.Facts["run_ms"].(float64) < 100 || m.Facts["stretch"] != slow {
		t.Errorf("%d goroutines ended in %v ms, stretch %v", n, m.Facts["run_ms"], m.Facts["stretch"])
	}
}

// A program that closes all descriptors, and opens another file under the number of the log's, leaves a log all the same.
func TestClosedDescriptors(t *testing.T) {
	m, text := captured(t, 1, 0, `package main
import ("os"; "syscall")
func main() {
	for fd := range 3000 {
		if fd > 2 { syscall.Close(fd) }
	}
	for {
		f, err := os.Open("/dev/null")
		if err != nil { panic(err) }
		if f.Fd() > 1010 { break }
		defer f.Close()
	}
	c, d := make(chan int), make(chan int)
	go func() { for v := range c { d <- v } }()
	for i := range 30000 {
		c <- i
		<-d
	}
}
`)
	if m.End != "complete" || strings.Count(text, "\n") < 300000 {
		t.Errorf("end %s (%s), %d records", m.End, m.Reason, strings.Count(text, "\n"))
	}
}

// What GODEBUG=inittrace=1 asks the clock is outside of the scheduler, as all of an initialiser is.
func TestInitTrace(t *testing.T) {
	t.Setenv("GODEBUG", "inittrace=1")
	_, text := captured(t, 1, 0, "package main\nimport \"os\"\nfunc main() { os.Exit(0) }\n")
	_, inits, _ := strings.Cut(text, " m0 doInit\n")
	inits, _, ended := strings.Cut(inits, " m0 doInit.ret\n")
	if !ended {
		t.Fatalf("no end:\n%s", inits)
	}
	// Of the goroutines made meanwhile every eighth is tracked, by chance: its clock is asked as it becomes runnable.
	drawn, before := uint64(1), ""
	for _, line := range strings.Split(inits, "\n") {
		if _, v, ok := strings.Cut(line, " m0 cheaprand v="); ok {
			drawn, _ = strconv.ParseUint(v, 10, 32)
		}
		tracked := drawn%8 == 0 && strings.Contains(before, " m0 g.atomicstatus.Cas ") && strings.HasSuffix(before, " old=6 new=1 won=true")
		if strings.Contains(line, " m0 nanotime ") && !tracked {
			t.Errorf("the clock was asked (%s):\n%s", line, inits)
		}
		before = line
	}
}

func TestHello(t *testing.T) {
	m, text := captured(t, 1, 0, "package main\nfunc main() {}\n")
	if m.End != "complete" || m.Gomaxprocs != 1 {
		t.Errorf("end %s (%s), gomaxprocs %d", m.End, m.Reason, m.Gomaxprocs)
	}
	// The main thread's last record; the monitor may make some more before the process is gone.
	_, behind, exits := strings.Cut(text, " m0 exit code=0 own=true\n")
	if !strings.HasPrefix(text, "0 m0 schedinit ncpu=") || !exits || strings.Contains(behind, " m0 ") {
		t.Errorf("the log does not span the program:\n%s", text)
	}
	if !strings.Contains(text, "newproc1 fn=runtime.main ") {
		t.Error("runtime.main has no name")
	}
}

// What the program's runtime is told must not be told to the go command, which dies of this.
func TestVariablesForTheProgram(t *testing.T) {
	t.Setenv("GODEBUG", "sbrk=1")
	t.Setenv("GOGC", "77")
	t.Setenv("GOMEMLIMIT", "1000000")
	for _, e := range (&toolchain{}).env() {
		if name, _, _ := strings.Cut(e, "="); forProgram[name] {
			t.Errorf("the go command gets %s", e)
		}
	}
	m, _ := captured(t, 2, 0, `package main
import "os"
func main() {
	if os.Getenv("GODEBUG") != "sbrk=1" || os.Getenv("GOGC") != "77" || os.Getenv("GOMEMLIMIT") != "1000000" { os.Exit(3) }
}
`)
	if m.Reason != "exit status 0" {
		t.Error("the program does not get them: ", m.Reason)
	}
}

// A child of a bare fork runs on in Go and crashes: nothing of it is in its parent's log.
// A toolchain of the module cache has to be asked from outside of its own module, also where we see it through a link.
func TestBuildDir(t *testing.T) {
	top := t.TempDir()
	for _, dir := range []string{"r/src/sync", "r/test", "r/srcs"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("r", filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	tc := &toolchain{Root: filepath.Join(top, "link")}
	for _, c := range []struct {
		dir, target string
		elsewhere   bool
	}{
		{"r/src", "sync", true},
		{"link/src/sync", "sync", true},
		{"r/src", "./sync", false},
		{"r/src", "x.go", false},
		{"r", "test/chan/fifo.go", false},
		{"r/srcs", "sync", false},
		{"missing", "sync", false},
	} {
		dir := filepath.Join(top, c.dir)
		want := dir
		if c.elsewhere {
			want = "/elsewhere"
		}
		if got := tc.buildDir(dir, c.target, "/elsewhere"); got != want {
			t.Errorf("%s in %s is built in %s", c.target, dir, got)
		}
	}
}

func TestOutsideModules(t *testing.T) {
	env := outsideModules([]string{"A=-modfile=x", "GOFLAGS=-modfile=a.mod -tags=faketime --mod=mod -modcacherw"})
	if got := strings.Join(env, "|"); got != "A=-modfile=x|GOFLAGS=-tags=faketime" {
		t.Errorf("%q", got)
	}
}

func TestForkedChild(t *testing.T) {
	m, text := captured(t, 4, 0, `package main
import ("os"; "syscall")
func main() {
	pid, _, _ := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0)
	if pid == 0 {
		c := make(chan int)
		go func() { for i := range 1000 { c <- i } }()
		for range 1000 { <-c }
		os.Stderr.Close()
		panic("the child ends")
	}
	var status syscall.WaitStatus
	syscall.Wait4(int(pid), &status, 0, nil)
	if status.ExitStatus() != 2 { os.Exit(3) }
}
`)
	if n := strings.Count(text, "\n"); m.Reason != "exit status 0" || m.Facts["flags"] != 0.0 || n > 2500 {
		t.Errorf("%s, flags %v, %d records", m.Reason, m.Facts["flags"], n)
	}
}

func TestBusyProgram(t *testing.T) {
	m, text := captured(t, 4, 0, `package main
import ("fmt"; "os"; "runtime"; "sync"; "syscall"; "time")
func main() {
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Add(1)
		go func() { defer wg.Done(); time.Sleep(time.Duration(i) * time.Microsecond); runtime.Gosched() }()
	}
	runtime.GC()
	wg.Wait()
	runtime.GOMAXPROCS(2)
	// Two threads: the process's first one would not end.
	for range 2 {
		wg.Add(1)
		var tid int
		go func() { defer wg.Done(); runtime.LockOSThread(); tid = syscall.Gettid() }()
		wg.Wait()
		for tid != os.Getpid() {
			if _, err := os.Stat(fmt.Sprint("/proc/self/task/", tid)); err != nil { break }
			time.Sleep(time.Millisecond)
		}
	}
}
`)
	if m.End != "complete" {
		t.Errorf("end %s (%s)", m.End, m.Reason)
	}
	for _, want := range []string{" Gosched own=false\n", "timers.check.ret", "GOMAXPROCS n=2", " mexit\n", "stopTheWorldWithSema", "goexit1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the log", want)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name, body, end, reason, in string
		timeout                     time.Duration
	}{
		{"deadlock", "select {}", "complete", "exit status 2", " fatal\n", 0},
		{"panic", `panic("x")`, "cut", "the program crashed; exit status 2", "", 0},
		{"timeout", "for {}", "cut", "killed after 300ms", "", 300 * time.Millisecond},
	} {
		m, text := captured(t, 2, c.timeout, "package main\nfunc main() { "+c.body+" }\n")
		if m.End != c.end || m.Reason != c.reason || !strings.Contains(text, c.in) {
			t.Errorf("%s: end %s (%s)", c.name, m.End, m.Reason)
		}
	}
}

func TestBadTargets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bad.go")
	if err := os.WriteFile(file, []byte("package main\nfunc main() { nothing() }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{file: "go build", "fmt": "package fmt is not a program"} {
		o := &options{out: filepath.Join(dir, "x.raw"), meta: filepath.Join(dir, "x.json"), target: []string{target}}
		if err := capture(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestDamagedLogsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.raw")
	text := append([]byte("gortraw1\x02"), make([]byte, rawHeader-9)...)
	text = append(text, 255, 0) // no kind has this number
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := checkRaw(path); err == nil || !strings.Contains(err.Error(), "byte 4096") {
		t.Errorf("unknown kind: %v", err)
	}
	if err := os.Truncate(path, rawHeader+1); err != nil {
		t.Fatal(err)
	}
	if _, err := checkRaw(path); err == nil {
		t.Error("a log shorter than it says was accepted")
	}
}
