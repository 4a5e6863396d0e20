// The program ends with status 3 while others still compute, sleep and block.
package main

import (
	"os"
	"syscall"
	"time"
)

func main() {
	for i := range 20 {
		go func() {
			for {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond)
			}
		}()
	}
	for range 3 {
		go func() {
			for x := 1; ; x = x*3 + 1 {
			}
		}()
	}
	var p [2]int
	syscall.Pipe(p[:])
	go syscall.Read(p[0], make([]byte, 1))
	go func() {
		time.Sleep(30 * time.Millisecond)
		os.Exit(3)
	}()
	select {}
}
