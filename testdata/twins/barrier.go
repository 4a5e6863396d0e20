// A barrier that is used again and again, made of a Cond.
package main

import "sync"

type barrier struct {
	mu          sync.Mutex
	cond        *sync.Cond
	n, in, turn int
}

func (b *barrier) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	turn := b.turn
	b.in++
	if b.in == b.n {
		b.in = 0
		b.turn++
		b.cond.Broadcast()
		return
	}
	for turn == b.turn {
		b.cond.Wait()
	}
}

func main() {
	const n, rounds = 5, 8
	b := barrier{n: n}
	b.cond = sync.NewCond(&b.mu)
	done := make(chan bool)
	var at [n]int
	for i := 0; i < n; i++ {
		go func() {
			ok := true
			for r := 0; r < rounds; r++ {
				at[i] = r
				b.wait()
				for _, other := range at {
					ok = ok && other == r
				}
				b.wait()
			}
			done <- ok
		}()
	}
	ok := true
	for i := 0; i < n; i++ {
		ok = <-done && ok
	}
	println(ok)
}
