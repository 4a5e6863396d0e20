// Command capture records the schedule of a Go program: it builds the program
// with an instrumented copy of package runtime, runs it, and writes the raw log
// of scheduling records and a JSON file that describes it.
//
//	capture -o OUT.raw -meta OUT.json [options] -- PACKAGE|FILE.go... [ARGS]
//	capture -dump-raw OUT.raw OUT.json
//	capture -check-raw OUT.raw
//	capture -overlay-only DIR
//
// Exit status: 0 when a log was written (the program's own status is in the
// JSON), 2 on bad usage, a program that does not build, another Go version, or
// a full disk.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	out, meta   string
	procs       int
	cpus        int
	test        bool
	dir, runCwd string
	keep        bool
	timeout     time.Duration
	goCmd       string
	stretch     string
	env         []string // for the program, beside our own: NAME=VALUE
	target      []string // what is to be built, then the program's arguments
}

func main() {
	var o options
	var overlayOnly, dump, check string
	var counts bool
	flag.StringVar(&o.out, "o", "", "write the raw log to `FILE`")
	flag.StringVar(&o.meta, "meta", "", "write the description to `FILE`")
	flag.IntVar(&o.procs, "procs", 0, "run with GOMAXPROCS=`N`")
	flag.IntVar(&o.cpus, "cpus", 0, "run on `N` processors only")
	flag.BoolVar(&o.test, "test", false, "the target is a package whose tests are to run")
	flag.StringVar(&o.dir, "dir", "", "build in module `DIR`")
	flag.StringVar(&o.runCwd, "run-cwd", "", "run in `DIR`")
	flag.BoolVar(&o.keep, "keep", false, "keep the built program and say where it is")
	flag.DurationVar(&o.timeout, "timeout", 0, "kill the program after this time")
	flag.StringVar(&o.stretch, "stretch", "", "pause after each record of a kind: `KIND=DURATION`")
	flag.Func("env", "run with this in the environment: `NAME=VALUE`; may be repeated", func(s string) error {
		if i := strings.IndexByte(s, '='); i < 1 {
			return fmt.Errorf("not NAME=VALUE")
		}
		o.env = append(o.env, s)
		return nil
	})
	flag.StringVar(&o.goCmd, "go", "", "the go command, which says what Go is captured (1.24)")
	flag.StringVar(&overlayOnly, "overlay-only", "", "write the instrumented runtime below `DIR` and stop")
	flag.StringVar(&dump, "dump-raw", "", "print the records of a raw `LOG`, described by the JSON that follows")
	flag.StringVar(&check, "check-raw", "", "check that a raw `LOG` agrees with itself")
	flag.BoolVar(&counts, "counts", false, "print how often each rule matches the installed runtime")
	flag.Parse()
	o.target = flag.Args()
	var err error
	switch {
	case dump != "":
		if len(o.target) != 1 {
			err = fmt.Errorf("-dump-raw needs a raw log and its JSON")
		} else {
			err = dumpRaw(os.Stdout, dump, o.target[0])
		}
	case check != "":
		var n int
		if _, err = findToolchain(o.goCmd); err != nil {
			break
		}
		if n, err = checkRaw(check); err == nil {
			fmt.Println(n, "records agree")
		}
	case overlayOnly != "" || counts:
		err = overlayCommand(o.goCmd, overlayOnly, counts)
	case o.out == "" || o.meta == "" || len(o.target) == 0:
		err = fmt.Errorf("usage: capture -o OUT.raw -meta OUT.json [options] -- PACKAGE|FILE.go... [ARGS]")
	default:
		err = capture(&o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(2)
	}
}

func overlayCommand(goCmd, dir string, counts bool) error {
	t, err := findToolchain(goCmd)
	if err != nil {
		return err
	}
	if counts {
		return t.printCounts(os.Stdout)
	}
	files, err := t.instrument()
	if err != nil {
		return err
	}
	path, err := t.writeOverlay(dir, files)
	if err == nil {
		fmt.Println(path)
	}
	return err
}
