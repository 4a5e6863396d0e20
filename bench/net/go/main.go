// The echo server of gort bench net, in Go: as ../echo.cc.
package main

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What the two deadlines of a request cost, without one: as in ../echo.cc.
func cost() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var conns [100]net.Conn
	for i := range conns {
		if conns[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			panic(err)
		}
	}
	const n = 500_000
	start := processorTime()
	for i := 0; i < n; i++ {
		c := conns[i%len(conns)]
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		c.SetWriteDeadline(time.Now().Add(5 * time.Second))
	}
	fmt.Printf("%.1f\n", float64(processorTime()-start)/n)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "cost" {
		cost()
		return
	}
	deadlines := len(os.Args) > 1 && os.Args[1] == "deadlines"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4096)
			for {
				if deadlines {
					c.SetReadDeadline(time.Now().Add(5 * time.Second))
				}
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if deadlines {
					c.SetWriteDeadline(time.Now().Add(5 * time.Second))
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}
