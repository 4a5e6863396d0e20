// System calls of every length: short ones, ones that lose their P to sysmon, to a stop of the
// world or to the collector's call on every P, and ones that come back to a P which others used.
package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		sink++
	}
}

// A call that blocks its thread.
func block(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil)
}

func main() {
	debug.SetGCPercent(-1)
	var all sync.WaitGroup
	for i := 0; i < 5; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 40; k++ {
				block(time.Duration((k*37+i*91)%190) * time.Microsecond)
				if k%5 == i {
					compute(40 * time.Microsecond)
				}
			}
			all.Done()
		}()
	}
	all.Wait()
	// Long calls with work beside them, without, and with stops of the world.
	var stats runtime.MemStats
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 6; k++ {
				block(time.Duration(3+i) * time.Millisecond)
			}
			all.Done()
		}()
	}
	for i := 0; i < 12; i++ {
		block(30 * time.Microsecond)
		runtime.ReadMemStats(&stats)
		compute(200 * time.Microsecond)
	}
	runtime.GC()
	all.Wait()
	block(25 * time.Millisecond)
	// Nothing runs for a while: sysmon sleeps, a return from a call wakes it.
	time.Sleep(30 * time.Millisecond)
	block(15 * time.Millisecond)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	// Signals arrive by a goroutine in a call that gives its P away at once.
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	for i := 0; i < 5; i++ {
		syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
		<-c
	}
}
