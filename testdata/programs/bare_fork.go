// A daemon's way: a bare fork, whose child goes on in Go beside its parent with the one thread that it has. With an
// argument the parent waits for it. Whatever the child does is not of the parent's schedule.
package main

import (
	"os"
	"syscall"
)

func relay(n int) {
	c := make(chan int)
	go func() {
		for i := range n {
			c <- i
		}
		close(c)
	}()
	for range c {
	}
}

func main() {
	relay(200)
	pid, _, errno := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0)
	if errno != 0 {
		panic(errno)
	}
	if pid == 0 {
		relay(5000)
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
	if len(os.Args) > 1 {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(int(pid), &status, 0, nil); err != nil || status != 0 {
			panic("the child failed")
		}
	}
	relay(200)
}
