// Fork and join, deep: a goroutine for one half of each call.
package main

func fib(n int) int {
	if n < 2 {
		return n
	}
	c := make(chan int, 1)
	go func() { c <- fib(n - 1) }()
	b := fib(n - 2)
	return <-c + b
}

func deep(n int) int {
	if n == 0 {
		return 0
	}
	c := make(chan int)
	go func() { c <- deep(n-1) + 1 }()
	return <-c
}

func main() {
	println(fib(10), deep(60))
}
