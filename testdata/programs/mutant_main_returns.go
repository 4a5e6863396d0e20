// main returns while a panic's deferred calls run elsewhere, and waits for them: some end soon, some do not.
package main

import "runtime"

func main() {
	begun := make(chan struct{})
	for n := range 3 {
		go func() {
			defer func() { recover() }()
			defer func() {
				begun <- struct{}{}
				for range 10 * n {
					runtime.Gosched()
				}
			}()
			panic(n)
		}()
	}
	for range 3 {
		<-begun
	}
}
