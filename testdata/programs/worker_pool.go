// Work of uneven length for a pool, results through a pipeline, and calls
// abandoned by their context: stealing, idling and waking processors.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
	"time"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	jobs, results := make(chan int, 16), make(chan [32]byte)
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range jobs {
				sum := sha256.Sum256([]byte{byte(n)})
				for range n * n {
					sum = sha256.Sum256(sum[:])
				}
				var parts sync.WaitGroup
				for range n % 5 {
					parts.Add(1)
					go func() {
						defer parts.Done()
						short, stop := context.WithTimeout(ctx, time.Duration(n)*10*time.Microsecond)
						defer stop()
						<-short.Done()
					}()
				}
				parts.Wait()
				results <- sum
			}
		}()
	}
	go func() {
		for i := range 1500 {
			jobs <- i % 40
			if i%300 == 299 {
				time.Sleep(12 * time.Millisecond) // everybody runs out of work
			}
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	seen := map[[32]byte]int{}
	for r := range results {
		seen[r]++
	}
	cancel()
	if len(seen) != 40 {
		fmt.Println("different results:", len(seen))
		os.Exit(1)
	}
	fmt.Println("all work done")
}
