// Goroutines wired to their threads: ping-pong between two of them, threads
// that end because their goroutine ends while it is locked, and goroutines
// that are started from a locked thread.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

func init() {
	runtime.LockOSThread() // main stays on the first thread
}

func pingPong(rounds int) int {
	ping, pong := make(chan int), make(chan int)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	sum := 0
	for i := range rounds {
		ping <- i
		sum += <-pong
	}
	close(ping)
	<-pong
	return sum
}

// short locks its thread and ends without unlocking it, so the thread ends too.
func short(id *int, wg *sync.WaitGroup) {
	defer wg.Done()
	runtime.LockOSThread()
	*id = syscall.Gettid()
	for range 10 {
		runtime.Gosched()
	}
}

func main() {
	if first := syscall.Gettid(); first != syscall.Getpid() {
		fmt.Println("main is not on the first thread")
		os.Exit(1)
	}
	sum := pingPong(2000)
	var wg sync.WaitGroup
	threads := map[int]bool{}
	for range 20 {
		var ids [10]int
		for i := range ids {
			wg.Add(1)
			go short(&ids[i], &wg)
		}
		wg.Wait()
		for _, id := range ids {
			threads[id] = true
		}
	}
	wg.Add(1)
	go func() { // nested locks count
		defer wg.Done()
		runtime.LockOSThread()
		runtime.LockOSThread()
		me := syscall.Gettid()
		runtime.UnlockOSThread()
		runtime.Gosched()
		if syscall.Gettid() != me {
			fmt.Println("moved while locked")
			os.Exit(1)
		}
		runtime.UnlockOSThread()
	}()
	wg.Wait()
	fmt.Println("sum", sum, "threads that ended", len(threads))
}
