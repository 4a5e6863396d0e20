// A system call takes so long that its processor is taken away and the monitor rests; what comes back finds everybody
// asleep, and goes to sleep as well.
package main

import "syscall"

func main() {
	never := make(chan bool)
	t := syscall.Timespec{Nsec: 60_000_000}
	syscall.Nanosleep(&t, nil)
	<-never
}
