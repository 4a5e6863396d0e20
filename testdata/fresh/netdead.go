// Deadlines on the network: passed already, moved while a read waits, on listeners, UDP and net.Pipe.
package main

import (
	"io"
	"net"
	"sync"
	"time"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var wg sync.WaitGroup
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				b := make([]byte, 100)
				for {
					c.SetReadDeadline(time.Now().Add(3 * time.Millisecond))
					n, err := c.Read(b)
					if err != nil {
						if e, ok := err.(net.Error); ok && e.Timeout() {
							continue
						}
						c.Close()
						return
					}
					c.Write(b[:n])
				}
			}()
		}
	}()
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				return
			}
			defer c.Close()
			b := make([]byte, 10)
			for j := 0; j < 40; j++ {
				c.SetDeadline(time.Now().Add(time.Duration(j%5) * 100 * time.Microsecond))
				c.Write([]byte("ping"))
				io.ReadFull(c, b[:4])
				if j%10 == 0 {
					c.SetDeadline(time.Now().Add(-time.Second))
					c.Read(b)
				}
				if j%13 == 0 {
					c.SetDeadline(time.Time{})
					go func() { time.Sleep(50 * time.Microsecond); c.SetReadDeadline(time.Unix(1, 0)) }()
					c.Read(b)
				}
			}
		}()
	}
	wg.Wait()
	l.(*net.TCPListener).SetDeadline(time.Now())
	l.Close()
	u1, _ := net.ListenPacket("udp", "127.0.0.1:0")
	u2, _ := net.ListenPacket("udp", "127.0.0.1:0")
	go func() {
		for i := 0; i < 100; i++ {
			u2.WriteTo([]byte("x"), u1.LocalAddr())
		}
	}()
	b := make([]byte, 10)
	for i := 0; i < 110; i++ {
		u1.SetReadDeadline(time.Now().Add(2 * time.Millisecond))
		u1.ReadFrom(b)
	}
	u1.Close()
	u2.Close()
	a, c := net.Pipe()
	go func() { c.SetReadDeadline(time.Now().Add(time.Millisecond)); c.Read(b); c.Close() }()
	io.ReadAll(a)
}
