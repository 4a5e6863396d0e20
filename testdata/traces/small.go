// The program of small-1.27.trace: tasks, regions and logs, coroutines, channels, a collection, sleeps.
//
//	GOTOOLCHAIN=go1.27.3 GODEBUG=traceadvanceperiod=8000000 GOMAXPROCS=2 go run small.go small-1.27.trace
package main

import (
	"context"
	"iter"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	ctx, task := trace.NewTask(context.Background(), "task")
	for i := range 12 {
		trace.WithRegion(ctx, "round", func() {
			var done sync.WaitGroup
			c := make(chan int)
			done.Add(2)
			go func() { defer done.Done(); c <- i }()
			go func() { defer done.Done(); <-c }()
			done.Wait()
			next, stop := iter.Pull(numbers(3))
			next()
			next()
			stop()
			trace.Log(ctx, "key", "value")
		})
		if i == 6 {
			runtime.GC()
		}
		time.Sleep(2 * time.Millisecond)
	}
	task.End()
	trace.Stop()
}
