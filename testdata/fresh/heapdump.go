// Heap dumps, profiles of goroutines with labels, and the search for leaks where there is one.
package main

import (
	"context"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"time"
)

func main() {
	f, _ := os.CreateTemp("", "dump")
	defer os.Remove(f.Name())
	debug.SetCrashOutput(f, debug.CrashOptions{})
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			pprof.Do(context.Background(), pprof.Labels("a", "b"), func(context.Context) {
				for {
					select {
					case <-stop:
						return
					default:
					}
					os.Stat("/")
					_ = make([]byte, 10000)
					if i == 3 {
						runtime.Gosched()
					}
				}
			})
		}()
	}
	for i := 0; i < 5; i++ {
		debug.WriteHeapDump(f.Fd())
		for k := 0; k < 10; k++ {
			pprof.Lookup("goroutine").WriteTo(io.Discard, k%3)
			pprof.Lookup("threadcreate").WriteTo(io.Discard, 1)
			if p := pprof.Lookup("goroutineleak"); p != nil {
				go func() { <-make(chan int) }()
				time.Sleep(time.Millisecond)
				p.WriteTo(io.Discard, 1)
			}
			var recs [100]runtime.StackRecord
			runtime.GoroutineProfile(recs[:])
		}
	}
	close(stop)
	wg.Wait()
}
