// specimen FILE writes an execution trace of itself, of several generations (GODEBUG=traceadvanceperiod=NANOSECONDS) and small,
// in which there is something of all that exports show: goroutines that wait for each other, sleep, lock, call the system,
// yield and switch as coroutines; tasks, regions and logs, one inside the other and across goroutines; two collections; a stopped
// world; and names that a program would rather keep to itself.
package main

import (
	"context"
	"iter"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

type secretOrder struct{ lock sync.Mutex }

func (o *secretOrder) process(ctx context.Context, in <-chan int, done *sync.WaitGroup) {
	defer done.Done()
	trace.WithRegion(ctx, "secret region", func() {
		for n := range in {
			o.lock.Lock()
			runtime.Gosched()
			o.lock.Unlock()
			if n%10 == 0 {
				trace.Log(ctx, "secret category", "secret message, with \"quotes\", a comma,\nand a second line")
				trace.WithRegion(ctx, "secret inner region", func() { time.Sleep(100 * time.Microsecond) })
			}
		}
	})
}

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

func burn(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	early, cancel := context.WithCancel(context.Background())
	waiting := make(chan int)
	go func() {
		<-waiting
		var b [1]byte
		var p [2]int
		syscall.Pipe(p[:])
		go func() {
			time.Sleep(3 * time.Millisecond)
			syscall.Write(p[1], b[:])
		}()
		syscall.Read(p[0], b[:])
		cancel()
	}()
	time.Sleep(time.Millisecond)
	if samples, err := os.Create(os.DevNull); err == nil {
		pprof.StartCPUProfile(samples)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	waiting <- 1
	ctx, task := trace.NewTask(context.Background(), "secret task")
	inner, child := trace.NewTask(ctx, "secret child")
	order := &secretOrder{}
	in := make(chan int)
	var done sync.WaitGroup
	for i := 0; i < 3; i++ {
		done.Add(1)
		go order.process(inner, in, &done)
	}
	next, stop := iter.Pull(numbers(40))
	for {
		n, ok := next()
		if !ok {
			break
		}
		in <- n
	}
	stop()
	close(in)
	done.Wait()
	child.End()
	runtime.GC()
	var garbage [][]byte
	for i := 0; i < 20; i++ {
		garbage = append(garbage, make([]byte, 1<<15))
	}
	runtime.GC()
	old := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(old + 1)
	burn(25 * time.Millisecond)
	<-early.Done()
	task.End()
	_ = garbage
	go func() { select {} }()
	runtime.Gosched()
	trace.Stop()
	if err := file.Close(); err != nil {
		panic(err)
	}
}
