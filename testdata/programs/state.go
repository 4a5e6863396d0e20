// Something of every sort at once, for snapshots in which each field of the scheduler's state has something to say:
// goroutines that end, wait, yield and are wired, coroutines, system calls short and long, collections, stops of the
// world, timers, a changing number of Ps, threads that end.
package main

import (
	"iter"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func busy(n int) (sum int) {
	for i := range n {
		sum += i * i
	}
	return
}

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for round := range 5 {
		for i := range 100 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mu.Lock()
				busy(200)
				mu.Unlock()
				if i%16 == 0 {
					time.Sleep(50 * time.Microsecond)
				}
				runtime.Gosched()
			}()
		}
		for range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				runtime.LockOSThread()
				if round%4 != 0 {
					defer runtime.UnlockOSThread() // else the thread ends with it
				}
				next, stop := iter.Pull(func(yield func(int) bool) {
					for i := 0; i < 20 && yield(i); i++ {
					}
				})
				for range 10 {
					next()
				}
				stop()
			}()
		}
		pipe := make([]int, 2)
		if syscall.Pipe(pipe) == nil {
			wg.Add(1)
			go func() {
				defer wg.Done()
				syscall.Read(pipe[0], make([]byte, 1))
				syscall.Close(pipe[0])
			}()
			busy(100000)
			syscall.Write(pipe[1], []byte{1})
			syscall.Close(pipe[1])
		}
		if round%2 == 0 {
			runtime.GC()
		}
		runtime.GOMAXPROCS(1 + round%4)
		os.Stat("/")
		wg.Wait()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
}
