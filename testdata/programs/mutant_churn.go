// Threads that come and go all the time: short system calls that lose and find Ps, bursts of
// goroutines, pipes whose two ends are on different Ps, a collector with idle Ps and a poller.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		sink++
	}
}

func block(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil)
}

func pipe() (*os.File, *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	return r, w
}

type node struct {
	left, right *node
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

func main() {
	debug.SetGCPercent(-1)
	var all sync.WaitGroup
	for i := 0; i < 6; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 120; k++ {
				for j := 0; j < 3; j++ {
					go func() {}()
				}
				block(time.Duration((k*17+i*31)%60) * time.Microsecond)
				compute(5 * time.Microsecond)
			}
			all.Done()
		}()
	}
	all.Wait()
	// Bytes back and forth.
	for i := 0; i < 3; i++ {
		r1, w1 := pipe()
		r2, w2 := pipe()
		all.Add(2)
		go func() {
			var b [1]byte
			for k := 0; k < 300; k++ {
				w1.Write(b[:])
				compute(time.Duration(k%7) * time.Microsecond)
				r2.Read(b[:])
			}
			w1.Close()
			all.Done()
		}()
		go func() {
			var b [1]byte
			for {
				if n, _ := r1.Read(b[:]); n == 0 {
					break
				}
				compute(time.Duration(i*2) * time.Microsecond)
				w2.Write(b[:])
			}
			all.Done()
		}()
	}
	all.Wait()
	// Collections while one goroutine waits for the network and the others hardly run.
	keep := tree(15)
	r, w := pipe()
	all.Add(1)
	go func() {
		var b [1]byte
		for {
			if n, _ := r.Read(b[:]); n == 0 {
				break
			}
		}
		all.Done()
	}()
	var stop atomic.Bool
	for i := 0; i < 3; i++ {
		all.Add(1)
		go func() {
			for !stop.Load() {
				time.Sleep(10 * time.Microsecond)
				w.Write([]byte{1})
			}
			all.Done()
		}()
	}
	for i := 0; i < 8; i++ {
		runtime.GC()
	}
	stop.Store(true)
	runtime.KeepAlive(keep)
	time.Sleep(time.Millisecond)
	w.Close()
	all.Wait()
}
