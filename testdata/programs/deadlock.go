// Everybody waits for somebody else: the runtime finds out and ends the
// program with status 2.
package main

import "sync"

func main() {
	var a, b sync.Mutex
	ready := make(chan bool)
	a.Lock()
	for range 5 {
		go func() {
			b.Lock()
			ready <- true
			a.Lock()
		}()
	}
	<-ready
	b.Lock()
}
