// Eight clients send N messages each to an echo server over loopback TCP and wait for every answer.
// Usage: echo N
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: echo N")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[1])
	if err != nil || n < 0 {
		fmt.Fprintf(os.Stderr, "echo: %q is not a count\n", os.Args[1])
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			conn, err := net.Dial("tcp", listener.Addr().String())
			check(err)
			message := make([]byte, 64)
			for range n {
				_, err := conn.Write(message)
				check(err)
				_, err = io.ReadFull(conn, message)
				check(err)
			}
			conn.Close()
		}()
	}
	wg.Wait()
	fmt.Println(8 * n)
}
