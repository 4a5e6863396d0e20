// A select whose cases are all ready nearly always: chance decides each time which sender goes on.
package main

import "runtime"

func main() {
	var chans [6]chan int
	for i := range chans {
		chans[i] = make(chan int, 2)
		go func() {
			for k := 0; k < 12; k++ {
				chans[i] <- 1 << (4 * i)
			}
		}()
	}
	runtime.Gosched()
	sum := 0
	for n := 0; n < 6*12; n++ {
		select {
		case v := <-chans[0]:
			sum += v
		case v := <-chans[1]:
			sum += v
		case v := <-chans[2]:
			sum += v
		case v := <-chans[3]:
			sum += v
		case v := <-chans[4]:
			sum += v
		case v := <-chans[5]:
			sum += v
		}
		if n%4 == 3 {
			runtime.Gosched()
		}
	}
	println(sum)
}
