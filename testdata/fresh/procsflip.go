// GOMAXPROCS goes through sixteen values while tickers fire and pipes are written.
package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			t := time.NewTicker(time.Duration(50+i*37) * time.Microsecond)
			defer t.Stop()
			x := 0
			for {
				select {
				case <-stop:
					return
				case <-t.C:
					for k := 0; k < 20000; k++ {
						x += k
					}
				}
			}
		}()
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, w, _ := os.Pipe()
			defer r.Close()
			defer w.Close()
			b := make([]byte, 10)
			for {
				select {
				case <-stop:
					return
				default:
				}
				w.Write(b)
				r.Read(b)
			}
		}()
	}
	for i := 0; i < 60; i++ {
		runtime.GOMAXPROCS(1 + (i*7)%16)
		if i%9 == 0 {
			runtime.GC()
		}
		time.Sleep(200 * time.Microsecond)
	}
	close(stop)
	wg.Wait()
}
