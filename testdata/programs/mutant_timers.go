// Many short sleeps on all Ps: while a thread looks for the next timer, its owner runs it.
package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	var all sync.WaitGroup
	for i := 0; i < 40; i++ {
		all.Add(1)
		go func() {
			d := uint32(i*2654435 + 1)
			for k := 0; k < 120; k++ {
				d = d*1664525 + 1013904223
				time.Sleep(time.Duration(d>>16%100+5) * time.Microsecond)
			}
			all.Done()
		}()
	}
	// Timers that come and go unfired.
	for k := 0; k < 300; k++ {
		t := time.AfterFunc(time.Duration(k%40+10)*time.Microsecond, func() {})
		if k%3 == 0 {
			time.Sleep(15 * time.Microsecond)
		}
		t.Reset(time.Millisecond)
		if k%4 != 0 {
			t.Stop()
		}
	}
	all.Wait()
	// Timers that run here just when another thread has seen them and is about to sleep.
	for k := 0; k < 1500; k++ {
		time.AfterFunc(20*time.Microsecond, func() {})
		go func() {}()
		for end := time.Now().Add(time.Duration(k%12+12) * time.Microsecond); time.Now().Before(end); {
		}
		runtime.Gosched()
	}
	// Timers that ready nobody, on a P that goes on computing: a deadline that nobody waits for.
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	for k := 0; k < 60; k++ {
		r.SetReadDeadline(time.Now().Add(20 * time.Microsecond))
		go func() {}()
		for end := time.Now().Add(80 * time.Microsecond); time.Now().Before(end); {
		}
	}
	w.Close()
	r.Close()
}
