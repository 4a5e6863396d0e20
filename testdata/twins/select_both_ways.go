// Goroutines that would send or receive on the same two channels, whatever comes first.
package main

func main() {
	a, b, done := make(chan int), make(chan int), make(chan int)
	quit := make(chan struct{})
	for i := 0; i < 4; i++ {
		go func() {
			balance := 0
			for {
				select {
				case a <- i:
					balance++
				case <-a:
					balance--
				case b <- i:
					balance++
				case <-b:
					balance--
				case <-quit:
					done <- balance
					return
				}
			}
		}()
	}
	sum := 0
	for k := 0; k < 40; k++ {
		select {
		case a <- k:
			sum++
		case <-b:
			sum--
		}
	}
	close(quit)
	for i := 0; i < 4; i++ {
		sum += <-done
	}
	println(sum)
}
