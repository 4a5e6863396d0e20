// The sieve of primes: each prime found adds a goroutine that lets only what it does not divide pass.
package main

func generate(ch chan<- int) {
	for i := 2; ; i++ {
		ch <- i
	}
}

func filter(in <-chan int, out chan<- int, prime int) {
	for {
		if i := <-in; i%prime != 0 {
			out <- i
		}
	}
}

func main() {
	ch := make(chan int)
	go generate(ch)
	for i := 0; i < 16; i++ {
		prime := <-ch
		println(prime)
		next := make(chan int)
		go filter(ch, next, prime)
		ch = next
	}
}
