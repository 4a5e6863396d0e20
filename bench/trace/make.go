// make writes an execution trace of itself: make FILE MEGABYTES. Goroutines hand work to each other over channels, lock
// mutexes, sleep, make goroutines, garbage and system calls, under user tasks and regions, until the file is that long.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type countingWriter struct {
	w *bufio.Writer
	n atomic.Int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.w.Write(p)
}

var stop atomic.Bool

func pairs(done *sync.WaitGroup) {
	ping, pong := make(chan int), make(chan int)
	done.Add(2)
	go func() {
		defer done.Done()
		for i := 0; !stop.Load(); i++ {
			ping <- i
			<-pong
		}
		close(ping)
	}()
	go func() {
		defer done.Done()
		for v := range ping {
			pong <- v
		}
	}()
}

func lockers(done *sync.WaitGroup, mu *sync.Mutex) {
	done.Add(1)
	go func() {
		defer done.Done()
		for !stop.Load() {
			mu.Lock()
			runtime.Gosched()
			mu.Unlock()
		}
	}()
}

var sink []byte

func spawners(done *sync.WaitGroup) {
	done.Add(1)
	go func() {
		defer done.Done()
		for !stop.Load() {
			ctx, task := trace.NewTask(context.Background(), "spawn")
			var wg sync.WaitGroup
			for range 20 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					trace.WithRegion(ctx, "work", func() { sink = make([]byte, 1024) })
				}()
			}
			wg.Wait()
			trace.Log(ctx, "spawned", "twenty")
			task.End()
		}
	}()
}

func callers(done *sync.WaitGroup) {
	done.Add(1)
	go func() {
		defer done.Done()
		for !stop.Load() {
			if _, err := os.Stat("/"); err != nil {
				panic(err)
			}
		}
	}()
}

func sleepers(done *sync.WaitGroup) {
	done.Add(1)
	go func() {
		defer done.Done()
		for !stop.Load() {
			time.Sleep(100 * time.Microsecond)
		}
	}()
}

func main() {
	megabytes, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	out := &countingWriter{w: bufio.NewWriterSize(file, 1<<20)}
	if err := trace.Start(out); err != nil {
		panic(err)
	}
	var done sync.WaitGroup
	var mu sync.Mutex
	for range 20 {
		pairs(&done)
		sleepers(&done)
		lockers(&done, &mu)
	}
	for range 2 {
		spawners(&done)
		callers(&done)
	}
	for out.n.Load() < int64(megabytes)<<20 {
		time.Sleep(10 * time.Millisecond)
	}
	stop.Store(true)
	done.Wait()
	trace.Stop()
	if err := out.w.Flush(); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
	fmt.Println(out.n.Load())
}
