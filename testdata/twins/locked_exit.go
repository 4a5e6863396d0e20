// A goroutine that ends while it is wired takes its thread along.
package main

import "runtime"

func main() {
	done := make(chan int)
	for i := 0; i < 6; i++ {
		go func() {
			runtime.LockOSThread()
			if i%2 == 0 {
				runtime.Gosched()
			}
			done <- i
		}()
	}
	sum := 0
	for i := 0; i < 6; i++ {
		sum += <-done
	}
	runtime.Gosched()
	println(sum)
}
