// runnext: the goroutine made or woken last runs first and pushes out the one before it.
package main

func chain(n int, done chan<- int) {
	if n == 0 {
		done <- 0
		return
	}
	go chain(n-1, done)
}

func main() {
	done := make(chan int)
	for i := 0; i < 5; i++ {
		go chain(10, done)
	}
	for i := 0; i < 5; i++ {
		<-done
	}
	// One goroutine wakes three: the last one woken is the first to run.
	var in [3]chan int
	for i := range in {
		in[i] = make(chan int)
		go func() {
			for v := range in[i] {
				done <- v + i
			}
		}()
	}
	sum := 0
	for r := 0; r < 10; r++ {
		for i := range in {
			in[i] <- r
		}
		for range in {
			sum += <-done
		}
	}
	println(sum)
}
