// Bursts of work between times of rest, longer and longer: the monitor slows
// down, sleeps when all processors are idle, and is woken again.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func main() {
	for rest := time.Millisecond; rest < 300*time.Millisecond; rest *= 2 {
		var wg sync.WaitGroup
		for range 30 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if fib(20) != 6765 {
					os.Exit(1)
				}
				time.Sleep(rest / 10)
			}()
		}
		wg.Wait()
		time.Sleep(rest)
	}
	fmt.Println("rested")
}
