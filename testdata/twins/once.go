// Once, OnceFunc and OnceValue, with others waiting while the function runs.
package main

import (
	"runtime"
	"sync"
)

func main() {
	var once sync.Once
	var wg sync.WaitGroup
	calls := 0
	value := sync.OnceValue(func() int {
		runtime.Gosched()
		calls += 10
		return 42
	})
	f := sync.OnceFunc(func() {
		runtime.Gosched()
		calls += 100
	})
	sums := make([]int, 6)
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			once.Do(func() {
				runtime.Gosched()
				calls++
				runtime.Gosched()
			})
			if i%2 == 0 {
				f()
			}
			sums[i] = value()
			f()
		}()
	}
	wg.Wait()
	sum := 0
	for _, s := range sums {
		sum += s
	}
	println(calls, sum)
}
