// Timers of every sort: sleeps, tickers, functions after a time, timers that
// are reset and stopped by others, and many that are due together.
package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var wg sync.WaitGroup
	var fired, ticks, stopped atomic.Int64
	start := time.Now()
	for i := range 400 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Duration(i%20) * time.Millisecond)
		}()
	}
	for i := range 200 {
		wg.Add(1)
		time.AfterFunc(time.Duration(i%10)*time.Millisecond, func() {
			fired.Add(1)
			wg.Done()
		})
	}
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			t := time.NewTicker(time.Duration(1+i%3) * time.Millisecond)
			defer t.Stop()
			for range 30 {
				<-t.C
				ticks.Add(1)
				if ticks.Load()%7 == 0 {
					t.Reset(time.Duration(1+i%2) * time.Millisecond)
				}
			}
		}()
	}
	far := make([]*time.Timer, 500)
	for i := range far {
		far[i] = time.AfterFunc(time.Hour+time.Duration(i)*time.Second, func() { panic("too early") })
	}
	for i := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := i; j < len(far); j += 4 {
				far[j].Reset(2 * time.Hour)
				if j%16 < 4 {
					time.Sleep(100 * time.Microsecond)
				}
				if far[j].Stop() {
					stopped.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	if took := time.Since(start); fired.Load() != 200 || ticks.Load() != 240 || stopped.Load() != 500 || took < 19*time.Millisecond {
		fmt.Println("fired", fired.Load(), "ticks", ticks.Load(), "stopped", stopped.Load(), "in", took)
		os.Exit(1)
	}
	fmt.Println("all timers did what they should")
}
