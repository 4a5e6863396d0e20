// The tracer, profiles of all sorts and runtime/metrics, started and stopped under load.
package main

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

func work(stop chan bool, wg *sync.WaitGroup) {
	defer wg.Done()
	var mu sync.Mutex
	c := make(chan int)
	go func() {
		for range c {
		}
	}()
	defer close(c)
	x := 0
	for {
		select {
		case <-stop:
			return
		case c <- 1:
		}
		mu.Lock()
		for i := 0; i < 3000; i++ {
			x += i
		}
		mu.Unlock()
	}
}

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go work(stop, &wg)
	}
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	for i := 0; i < 4; i++ {
		var b bytes.Buffer
		trace.Start(&b)
		pprof.StartCPUProfile(io.Discard)
		time.Sleep(15 * time.Millisecond)
		pprof.Lookup("goroutine").WriteTo(io.Discard, i%3)
		if i%2 == 0 {
			runtime.GC()
		}
		trace.Stop()
		pprof.StopCPUProfile()
		runtime.SetCPUProfileRate(500)
		runtime.SetCPUProfileRate(0)
		pprof.Lookup("block").WriteTo(io.Discard, 0)
		pprof.Lookup("heap").WriteTo(io.Discard, 0)
		buf := make([]byte, 1<<16)
		runtime.Stack(buf, true)
		s := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/goroutines:goroutines"}, {Name: "/gc/heap/live:bytes"}}
		metrics.Read(s)
	}
	d := metrics.All()
	var all []metrics.Sample
	for _, x := range d {
		all = append(all, metrics.Sample{Name: x.Name})
	}
	metrics.Read(all)
	close(stop)
	wg.Wait()
	_ = os.Args
}
