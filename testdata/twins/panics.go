// Panics that are recovered in their goroutine, some after it has parked in the deferred function.
package main

func try(i int, c, out chan int) {
	defer func() {
		if r := recover(); r != nil {
			v := <-c
			out <- v + r.(int)
		} else {
			out <- 0
		}
	}()
	if i%2 == 1 {
		panic(i)
	}
	c <- i
}

func main() {
	c, out := make(chan int), make(chan int)
	for i := 0; i < 10; i++ {
		go try(i, c, out)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-out
	}
	println(sum)
}
