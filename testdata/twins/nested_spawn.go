// Goroutines that make goroutines that make goroutines: the local queue overflows from within.
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 12; j++ {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for k := 0; k < 5; k++ {
						wg.Add(1)
						go func() {
							defer wg.Done()
							mu.Lock()
							n += i + j + k
							mu.Unlock()
						}()
					}
				}()
			}
		}()
	}
	wg.Wait()
	println(n)
}
