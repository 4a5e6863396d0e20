// For Go's build tag faketime: time passes when everybody sleeps.
package main

import (
	"sync"
	"time"
)

func main() {
	var all sync.WaitGroup
	for n := range 9 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range n {
				time.Sleep(time.Duration(n) * time.Hour)
			}
		}()
	}
	timeout := time.After(time.Minute)
	<-timeout
	all.Wait()
}
