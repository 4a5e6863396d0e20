// main returns while others are in everything.
package main

import (
	"net"
	"os"
	"runtime"
	"time"
)

// Ends while others are in everything.
func main() {
	for i := 0; i < 3; i++ {
		go func() {
			for {
				runtime.GC()
			}
		}()
		go func() {
			for {
				time.Sleep(time.Microsecond)
			}
		}()
		go func() { r, _, _ := os.Pipe(); r.Read(make([]byte, 1)) }()
		go func() { l, _ := net.Listen("tcp", "127.0.0.1:0"); l.Accept() }()
		go func() {
			runtime.LockOSThread()
			for {
				time.Sleep(10 * time.Microsecond)
			}
		}()
		go func() {
			for {
				runtime.GOMAXPROCS(1 + time.Now().Nanosecond()%5)
				time.Sleep(time.Millisecond)
			}
		}()
		go func() {
			for {
				os.Stat("/")
			}
		}()
	}
	time.Sleep(20 * time.Millisecond)
}
