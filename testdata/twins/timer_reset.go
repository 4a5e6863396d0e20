// Stop and Reset of timers: before they fire, after, and of one whose receiver waits.
package main

import "time"

func main() {
	t := time.NewTimer(time.Hour)
	done := make(chan string)
	go func() {
		<-t.C
		done <- "fired"
	}()
	time.Sleep(time.Millisecond)
	println(t.Reset(2 * time.Millisecond))
	println(<-done)
	println(t.Stop(), t.Reset(time.Millisecond))
	time.Sleep(3 * time.Millisecond)
	println(t.Stop()) // it was due, but nobody received: the value is gone
	select {
	case <-t.C:
		println("a stale value")
	default:
	}
	t.Reset(time.Millisecond)
	<-t.C
	for i := 0; i < 5; i++ {
		t.Reset(time.Duration(5-i) * time.Millisecond)
	}
	<-t.C
	f := time.AfterFunc(2*time.Millisecond, func() { done <- "called" })
	time.Sleep(time.Millisecond)
	println(f.Reset(4 * time.Millisecond))
	println(<-done)
	println(f.Reset(0))
	println(<-done)
}
