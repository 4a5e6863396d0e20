// A token goes round a ring of goroutines; the plainest wakeup there is, many
// times over, then through buffered channels and a condition variable.
package main

import (
	"fmt"
	"os"
	"sync"
)

func ring(members, rounds, buffer int) int {
	first := make(chan int, buffer)
	in := first
	for range members - 1 {
		from, out := in, make(chan int, buffer)
		go func() {
			for v := range from {
				out <- v + 1
			}
			close(out)
		}()
		in = out
	}
	token := 0
	for range rounds {
		if buffer == 0 {
			go func() { first <- token }()
		} else {
			first <- token
		}
		token = <-in + 1
	}
	close(first)
	return token
}

func turns(n, rounds int) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	cond := sync.NewCond(&mu)
	turn := 0
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			for range rounds {
				for turn%n != i {
					cond.Wait()
				}
				turn++
				cond.Broadcast()
			}
		}()
	}
	wg.Wait()
	return turn
}

func main() {
	a, b, c := ring(101, 300, 0), ring(101, 300, 4), turns(7, 400)
	if a != 101*300 || b != 101*300 || c != 2800 {
		fmt.Println(a, b, c)
		os.Exit(1)
	}
	fmt.Println("went round")
}
