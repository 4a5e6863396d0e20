// Network input and output through the poller: echo servers on TCP and on a
// Unix socket, many clients, deadlines that pass, connections that go away.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

func client(network, addr string, rounds int) {
	c, err := net.Dial(network, addr)
	fail(err)
	defer c.Close()
	for i := range rounds {
		out := bytes.Repeat([]byte{byte(i)}, 1+i*37)
		_, err := c.Write(out)
		fail(err)
		in := make([]byte, len(out))
		_, err = io.ReadFull(c, in)
		fail(err)
		if !bytes.Equal(in, out) {
			fail(fmt.Errorf("echo differs in round %d", i))
		}
	}
	c.SetReadDeadline(time.Now().Add(3 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !os.IsTimeout(err) {
		fail(fmt.Errorf("deadline: %v", err))
	}
}

func main() {
	dir, err := os.MkdirTemp("", "echo")
	fail(err)
	defer os.RemoveAll(dir)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	unix, err := net.Listen("unix", filepath.Join(dir, "s"))
	fail(err)
	var wg sync.WaitGroup
	for _, l := range []net.Listener{tcp, unix} {
		go serve(l)
		for range 20 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				client(l.Addr().Network(), l.Addr().String(), 25)
			}()
		}
	}
	wg.Wait()
	tcp.Close()
	unix.Close()
	fmt.Println("echoed")
}
