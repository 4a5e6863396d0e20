// Pairs that pass bytes through pipes: a read that finds nothing may be ready before its goroutine
// has parked, and the park is refused.
package main

import (
	"os"
	"sync"
)

func pipe() (*os.File, *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	return r, w
}

func main() {
	var all sync.WaitGroup
	for i := 0; i < 24; i++ {
		r1, w1 := pipe()
		r2, w2 := pipe()
		all.Add(2)
		go func() {
			var b [1]byte
			for k := 0; k < 600; k++ {
				w1.Write(b[:])
				r2.Read(b[:])
			}
			w1.Close()
			all.Done()
		}()
		go func() {
			var b [1]byte
			for {
				if n, _ := r1.Read(b[:]); n == 0 {
					break
				}
				w2.Write(b[:])
			}
			all.Done()
		}()
	}
	all.Wait()
}
