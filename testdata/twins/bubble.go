// A bubble of synctest: its own clock, which moves when all in it wait.
package main

import (
	"testing/synctest"
	"time"
)

func main() {
	synctest.Run(func() {
		start := time.Now()
		c := make(chan int)
		for i := 0; i < 5; i++ {
			go func() {
				time.Sleep(time.Duration(5-i) * time.Hour)
				c <- i
			}()
		}
		sum := 0
		for i := 0; i < 5; i++ {
			sum = sum*10 + <-c
		}
		println(sum, time.Since(start) == 5*time.Hour)

		done := false
		time.AfterFunc(time.Minute, func() { done = true })
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		println(done)
		time.Sleep(1)
		synctest.Wait()
		println(done)

		tick := time.NewTicker(time.Second)
		n := 0
		for range tick.C {
			n++
			if n == 5 {
				tick.Stop()
				break
			}
		}
		println(n)
	})
}
