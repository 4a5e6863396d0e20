// Many returns from system calls at once: a processor that was not idle at the first look may be
// idle at the second, under the lock.
package main

import (
	"sync"
	"syscall"
	"time"
)

func main() {
	var all sync.WaitGroup
	for i := 0; i < 9; i++ {
		all.Add(1)
		go func() {
			for k := 0; k < 700; k++ {
				t := syscall.NsecToTimespec(int64(time.Duration((k*7+i*13)%40) * time.Microsecond))
				syscall.Nanosleep(&t, nil)
			}
			all.Done()
		}()
	}
	all.Wait()
}
