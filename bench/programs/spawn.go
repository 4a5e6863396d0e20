// Short-lived goroutines that share a mutex, N of them, at most 1000 at a time. Usage: spawn N
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: spawn N")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[1])
	if err != nil || n < 0 {
		fmt.Fprintf(os.Stderr, "spawn: %q is not a count\n", os.Args[1])
		os.Exit(2)
	}
	var mu sync.Mutex
	sum := 0
	for done := 0; done < n; {
		batch := min(1000, n-done)
		var wg sync.WaitGroup
		for i := range batch {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mu.Lock()
				sum += i
				mu.Unlock()
			}()
		}
		wg.Wait()
		done += batch
	}
	fmt.Println(sum)
}
