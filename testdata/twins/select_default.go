// Polling: select with a default, and Gosched between the tries.
package main

import "runtime"

func main() {
	c, quit := make(chan int, 2), make(chan bool)
	dropped := make(chan int)
	go func() {
		n := 0
		for i := 0; i < 30; i++ {
			select {
			case c <- i:
			default:
				n++
			}
			if i%4 == 0 {
				runtime.Gosched()
			}
		}
		close(quit)
		dropped <- n
	}()
	got := 0
	for open := true; open; {
		select {
		case <-c:
			got++
		case <-quit:
			open = false
		default:
			runtime.Gosched()
		}
	}
	n := <-dropped
	for len(c) > 0 {
		<-c
		got++
	}
	println(got + n)
}
