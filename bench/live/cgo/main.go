// The workloads of ./gort bench live that are about foreign code, in Go: the C compiler makes a part of this program.
//
// Usage: cgo WORKLOAD [N].
package main

/*
#include "add.h"
void bench_thread(long n);
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// cCall: calls a function of C's that adds.
func cCall(n int) {
	run := func(n int) {
		sum := C.long(0)
		for range n {
			sum = C.bench_add(sum, 1)
		}
		if int(sum) != n {
			panic("cCall: a wrong sum")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

var called int

//export benchCalled
func benchCalled() {
	if runtime.NumGoroutine() > 0 {
		called++
	}
}

// cThread: a thread of C's asks how many goroutines there are.
func cThread(n int) {
	C.bench_thread(C.long(n / 20))
	called = 0
	timed(n, func() { C.bench_thread(C.long(n)) })
	if called != n {
		panic("cThread: a call lost")
	}
}

func cpu() (all, sys int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		panic("getrusage")
	}
	return u.Utime.Nano() + u.Stime.Nano(), u.Stime.Nano()
}

func timed(ops int, f func()) {
	all, sys := cpu()
	start := time.Now()
	f()
	wall := time.Since(start)
	all2, sys2 := cpu()
	fmt.Printf("{\"ops\": %d, \"wall_ns\": %d, \"cpu_ns\": %d, \"sys_ns\": %d}\n", ops, wall.Nanoseconds(), all2-all, sys2-sys)
}

func main() {
	n := 2_000_000
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	switch {
	case len(os.Args) > 1 && os.Args[1] == "c-call":
		cCall(n)
	case len(os.Args) > 1 && os.Args[1] == "c-thread":
		cThread(n)
	default:
		fmt.Fprintln(os.Stderr, "usage: cgo WORKLOAD [N]")
		os.Exit(2)
	}
}
