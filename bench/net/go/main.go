// The echo server of gort bench net, in Go: as ../echo.cc.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
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
