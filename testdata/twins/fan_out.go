// A select that sends to whichever worker is free, and takes answers in between: cases of both kinds are ready at once.
package main

import "runtime"

func main() {
	var work [4]chan int
	answers := make(chan int, 8)
	for i := range work {
		work[i] = make(chan int)
		go func() {
			for v := range work[i] {
				if v%(i+2) == 0 {
					runtime.Gosched()
				}
				answers <- v * v
			}
		}()
	}
	runtime.Gosched()
	sum, sent, got := 0, 0, 0
	for sent < 60 {
		select {
		case work[0] <- sent:
			sent++
		case v := <-answers:
			sum += v
			got++
		case work[1] <- sent:
			sent++
		case work[2] <- sent:
			sent++
		case work[3] <- sent:
			sent++
		}
		if sent%5 == 4 {
			runtime.Gosched()
		}
	}
	for got < sent {
		sum += <-answers
		got++
	}
	println(sum)
}
