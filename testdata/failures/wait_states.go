// One goroutine in each way of waiting that a dump tells apart, and nobody to wake them.
package main

import (
	_ "os"
	"runtime"
	"sync"
)

var (
	nilChan chan int
	mu      sync.Mutex
	rw      sync.RWMutex
	held    sync.RWMutex
	wg      sync.WaitGroup
	cond    = sync.NewCond(&sync.Mutex{})
	open    = make(chan int)
)

func receiveNil() { <-nilChan }
func sendNil()    { nilChan <- 1 }
func receive()    { <-open }
func send()       { make(chan int) <- 1 }
func noCases()    { select {} }
func twoCases() {
	select {
	case <-open:
	case nilChan <- 1:
	}
}
func lockMutex() { mu.Lock() }
func rlock()     { rw.RLock() }
func lockRW()    { held.Lock() }
func waitGroup() { wg.Wait() }
func waitCond() {
	cond.L.Lock()
	cond.Wait()
}
func lockedToThread() {
	runtime.LockOSThread()
	<-open
}

func main() {
	mu.Lock()
	rw.Lock()
	held.RLock()
	wg.Add(1)
	for _, f := range []func(){receiveNil, sendNil, receive, send, noCases, twoCases, lockMutex, rlock, lockRW,
		waitGroup, waitCond, lockedToThread} {
		go f()
		runtime.Gosched()
	}
	<-open
}
