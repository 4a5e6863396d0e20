// Ten thousand threads and one more, each in a system call: the limit that nobody has changed.
package main

import "syscall"

func main() {
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		panic(err)
	}
	for range 10_010 {
		go func() {
			var b [1]byte
			syscall.Read(p[0], b[:])
		}()
	}
	select {}
}
