// read reads an execution trace with Go's own reader, internal/trace, to its end, and prints the events, the seconds of
// processor time, and the peak of resident memory: read FILE. It is built as part of cmd, which may use that package (see ./run).
package main

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"internal/trace"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	r, err := trace.NewReader(file)
	events := 0
	for err == nil {
		if _, err = r.ReadEvent(); err == nil {
			events++
		}
	}
	if err != io.EOF {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	seconds := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	fmt.Println(events, seconds, usage.Maxrss*1024)
}
