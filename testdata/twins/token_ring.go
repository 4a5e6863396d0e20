// A token goes round a ring of goroutines.
package main

func main() {
	const n, turns = 25, 160
	first := make(chan int)
	in := first
	done := make(chan int)
	for i := 0; i < n; i++ {
		out := make(chan int)
		if i == n-1 {
			out = first
		}
		go func(in <-chan int, out chan<- int) {
			for v := range in {
				if v == turns {
					done <- i
					return
				}
				out <- v + 1
			}
		}(in, out)
		in = out
	}
	first <- 0
	println(<-done)
}
