// Goroutines wired to threads: hand-offs between them, nesting, a return from a call without a P,
// threads that end with their goroutine, threads made from a wired one.
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

func block(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil)
}

func main() {
	var all sync.WaitGroup
	ping, pong := make(chan int), make(chan int)
	all.Add(2)
	go func() {
		runtime.LockOSThread()
		runtime.LockOSThread()
		for v := range ping {
			if v == 10 {
				runtime.UnlockOSThread()
			}
			pong <- v
		}
		runtime.UnlockOSThread()
		close(pong)
		all.Done()
	}()
	go func() {
		runtime.LockOSThread()
		for i := 0; i < 20; i++ {
			ping <- i
			<-pong
		}
		close(ping)
		all.Done()
	}()
	all.Wait()
	// Wired and in calls, more of them than there are Ps.
	for i := 0; i < runtime.GOMAXPROCS(0)+3; i++ {
		all.Add(1)
		go func() {
			runtime.LockOSThread()
			for k := 0; k < 6; k++ {
				block(time.Duration(60+20*i) * time.Microsecond)
				runtime.Gosched()
			}
			all.Done() // the thread ends here
		}()
	}
	all.Wait()
	time.Sleep(time.Millisecond)
	// A wired goroutine that makes work: new threads must come from a clean one.
	all.Add(1)
	go func() {
		runtime.LockOSThread()
		var inner sync.WaitGroup
		for i := 0; i < 8; i++ {
			inner.Add(1)
			go func() {
				block(400 * time.Microsecond)
				inner.Done()
			}()
			runtime.Gosched()
		}
		inner.Wait()
		all.Done()
	}()
	all.Wait()
	time.Sleep(2 * time.Millisecond)
	for i := 0; i < 10; i++ {
		all.Add(1)
		go func() {
			block(300 * time.Microsecond)
			all.Done()
		}()
	}
	all.Wait()
}
