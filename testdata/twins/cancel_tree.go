// A tree of goroutines that all end when their parent says so.
package main

func node(depth int, quit <-chan struct{}, ended chan<- int) {
	sub := make(chan struct{})
	below := make(chan int)
	kids := 0
	if depth > 0 {
		kids = 3
	}
	for i := 0; i < kids; i++ {
		go node(depth-1, sub, below)
	}
	<-quit
	close(sub)
	n := 1
	for i := 0; i < kids; i++ {
		n += <-below
	}
	ended <- n
}

func main() {
	quit, ended := make(chan struct{}), make(chan int)
	go node(3, quit, ended)
	close(quit)
	println(<-ended)
}
