// A pipeline of stages with small buffers, closed stage after stage.
package main

func stage(in <-chan int, out chan<- int, add int) {
	for v := range in {
		out <- v*2 + add
	}
	close(out)
}

func main() {
	first := make(chan int, 3)
	in := first
	for i := 0; i < 5; i++ {
		out := make(chan int, i)
		go stage(in, out, i)
		in = out
	}
	go func() {
		for i := 0; i < 40; i++ {
			first <- i
		}
		close(first)
	}()
	sum := 0
	for v := range in {
		sum += v
	}
	println(sum)
}
