// Tickers: two periods side by side, Stop, Reset, and a receiver that is too slow.
package main

import "time"

func main() {
	fast, slow := time.NewTicker(2*time.Millisecond), time.NewTicker(5*time.Millisecond)
	done := make(chan int)
	go func() {
		n := 0
		for n < 4 {
			<-slow.C
			n++
		}
		slow.Stop()
		done <- n
	}()
	n := 0
	for n < 6 {
		<-fast.C
		n++
	}
	fast.Reset(3 * time.Millisecond)
	for n < 9 {
		<-fast.C
		n++
	}
	time.Sleep(10 * time.Millisecond)
	<-fast.C
	fast.Stop()
	select {
	case <-fast.C:
		println("a tick after Stop")
	default:
	}
	println(n, <-done)
}
