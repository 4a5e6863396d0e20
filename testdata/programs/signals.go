// Signals and profiles: a goroutine that waits for signals, a profiling timer
// that interrupts loops, profiles and a heap dump that stop the world.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

func main() {
	var cpu, stacks bytes.Buffer
	if err := pprof.StartCPUProfile(&cpu); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	usr1 := make(chan os.Signal, 200)
	signal.Notify(usr1, syscall.SIGUSR1)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			x := i
			for range 50_000_000 {
				x = x*31 + 7
			}
			runtime.KeepAlive(x)
		}()
	}
	for range 50 {
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		select {
		case <-usr1:
		case <-time.After(5 * time.Second):
			fmt.Println("no signal came")
			os.Exit(1)
		}
	}
	for range 5 {
		pprof.Lookup("goroutine").WriteTo(&stacks, 2)
		runtime.Stack(make([]byte, 1<<16), true)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	if f, err := os.CreateTemp("", "heap"); err == nil {
		debug.WriteHeapDump(f.Fd())
		f.Close()
		os.Remove(f.Name())
	}
	signal.Stop(usr1)
	pprof.StopCPUProfile()
	fmt.Println("profiled", cpu.Len() > 0, stacks.Len() > 0)
}
