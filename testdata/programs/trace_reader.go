// The execution tracer switched on and off under load: its reader is a
// goroutine that the scheduler itself wakes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

func load() {
	var wg sync.WaitGroup
	work := make(chan int)
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range work {
				time.Sleep(50 * time.Microsecond)
				runtime.Gosched()
			}
		}()
	}
	for i := range 600 {
		work <- i
	}
	close(work)
	wg.Wait()
	for range 30 { // a thread in the kernel, and nobody else to run: its processor looks after the reader
		nap := syscall.NsecToTimespec(int64(400 * time.Microsecond))
		syscall.Nanosleep(&nap, nil)
	}
}

func main() {
	for range 3 {
		var out bytes.Buffer
		if err := trace.Start(&out); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		load()
		runtime.GC()
		trace.Stop()
		if out.Len() < 1000 {
			fmt.Println("a trace of only", out.Len(), "bytes")
			os.Exit(1)
		}
		load()
	}
	fmt.Println("traced")
}
