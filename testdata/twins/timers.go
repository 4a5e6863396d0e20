// NewTimer and After: many at once, received in the order of their times.
package main

import "time"

func main() {
	var timers []*time.Timer
	for _, ms := range []int{9, 2, 7, 4, 11, 1} {
		timers = append(timers, time.NewTimer(time.Duration(ms)*time.Millisecond))
	}
	done := make(chan int)
	for i, t := range timers {
		go func() {
			<-t.C
			done <- i
		}()
	}
	sum := 0
	for range timers {
		sum += <-done
	}
	a, b := time.After(2*time.Millisecond), time.After(3*time.Millisecond)
	fired := 0
	for fired < 2 {
		select {
		case <-a:
			a = nil
			fired++
		case <-b:
			b = nil
			fired++
		}
	}
	println(sum, fired)
}
