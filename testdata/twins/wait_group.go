// A WaitGroup with several waiters, used three times, and one that grows while it is waited for.
package main

import (
	"runtime"
	"sync"
)

func spawn(wg *sync.WaitGroup, mu *sync.Mutex, depth int, n []int) {
	defer wg.Done()
	mu.Lock()
	n[depth]++
	mu.Unlock()
	for i := 0; i < depth; i++ {
		wg.Add(1)
		go spawn(wg, mu, depth-1, n)
		runtime.Gosched()
	}
}

func main() {
	var wg, waiters sync.WaitGroup
	for round := 0; round < 3; round++ {
		for i := 0; i < 4; i++ {
			wg.Add(1)
			go func() {
				for k := 0; k < i; k++ {
					runtime.Gosched()
				}
				wg.Done()
			}()
		}
		for i := 0; i < 3; i++ {
			waiters.Add(1)
			go func() {
				wg.Wait()
				waiters.Done()
			}()
		}
		waiters.Wait()
	}
	var tree sync.WaitGroup
	n := make([]int, 5)
	var mu sync.Mutex
	tree.Add(1)
	spawn(&tree, &mu, 4, n)
	tree.Wait()
	println(n[0], n[1], n[2], n[3], n[4])
}
