// Mutexes that starve: a lock that is held too long is handed over directly,
// and the one who lets go yields. Spinning for a lock happens as well.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	count, reads := 0, 0
	for i := range 10 {
		wg.Add(3)
		go func() { // long holders: waiters starve after a millisecond
			defer wg.Done()
			for range 30 {
				mu.Lock()
				for end := time.Now().Add(150 * time.Microsecond); time.Now().Before(end); {
				}
				count++
				mu.Unlock()
			}
		}()
		go func() { // short holders: they spin
			defer wg.Done()
			for range 3000 {
				mu.Lock()
				count++
				mu.Unlock()
			}
		}()
		go func() {
			defer wg.Done()
			for j := range 500 {
				if (i+j)%10 == 0 {
					rw.Lock()
					reads++
					rw.Unlock()
				} else {
					rw.RLock()
					_ = reads
					rw.RUnlock()
				}
			}
		}()
	}
	wg.Wait()
	if count != 10*3030 || reads != 500 {
		fmt.Println("count", count, "reads", reads)
		os.Exit(1)
	}
	fmt.Println("count", count)
}
