// SetGCPercent, SetMemoryLimit, FreeOSMemory and ReadMemStats in a loop beside goroutines that allocate.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
)

var sink [][]byte

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var l [][]byte
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
				}
				l = append(l, make([]byte, 1000+j%3000))
				if len(l) > 200 {
					l = nil
				}
			}
		}()
	}
	for i := 0; i < 60; i++ {
		debug.SetGCPercent(10 + i*5)
		if i%7 == 0 {
			debug.SetMemoryLimit(int64(20+i) << 20)
		}
		if i%10 == 3 {
			debug.FreeOSMemory()
		}
		if i%5 == 0 {
			var ms runtime.MemStats
			runtime.ReadMemStats(&ms)
		}
		debug.SetGCPercent(-1)
		runtime.Gosched()
	}
	debug.SetGCPercent(100)
	close(stop)
	wg.Wait()
	var st debug.GCStats
	debug.ReadGCStats(&st)
}
