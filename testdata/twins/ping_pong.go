// Two goroutines hand one number to and fro.
package main

func main() {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	v := 0
	for i := 0; i < 100; i++ {
		ping <- v
		v = <-pong
	}
	close(ping)
	_, ok := <-pong
	println(v, ok)
}
