// AfterFunc, Reset and Stop on hundreds of timers, tickers and collections.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var n atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var ts []*time.Timer
			for j := 0; j < 300; j++ {
				d := time.Duration((i*31+j*17)%900) * time.Microsecond
				ts = append(ts, time.AfterFunc(d, func() { n.Add(1) }))
				k := (j * 13) % len(ts)
				switch j % 4 {
				case 0:
					ts[k].Reset(d / 2)
				case 1:
					ts[k].Stop()
				case 2:
					ts[k].Reset(-1)
				}
				if j%40 == 0 {
					time.Sleep(d)
				}
			}
			t := time.NewTimer(time.Hour)
			tk := time.NewTicker(time.Hour)
			for j := 0; j < 50; j++ {
				t.Reset(time.Duration(j) * 10 * time.Microsecond)
				tk.Reset(time.Duration(j+1) * 7 * time.Microsecond)
				select {
				case <-t.C:
				case <-tk.C:
				case <-time.After(100 * time.Microsecond):
				}
				if j%2 == 0 && !t.Stop() {
					select {
					case <-t.C:
					default:
					}
				}
			}
			tk.Stop()
			for _, x := range ts {
				x.Stop()
			}
		}()
	}
	go func() {
		for {
			runtime.GC()
			time.Sleep(3 * time.Millisecond)
		}
	}()
	wg.Wait()
}
