// select with a timeout: sometimes the answer is first, sometimes the time.
package main

import "time"

func server(requests chan int, answers chan int) {
	for r := range requests {
		time.Sleep(time.Duration(r) * 4 * time.Millisecond)
		select {
		case answers <- r:
		case <-time.After(time.Millisecond):
		}
	}
	close(answers)
}

func main() {
	requests, answers := make(chan int), make(chan int)
	go server(requests, answers)
	answered, late := 0, 0
	for i := 0; i < 12; i++ {
		requests <- i % 4
		select {
		case <-answers:
			answered++
		case <-time.After(6 * time.Millisecond):
			late++
		}
	}
	close(requests)
	for range answers {
	}
	println(answered, late)
}
