// Unix sockets that carry descriptors, sendfile, splice, half-closed and reset connections.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

func main() {
	dir, _ := os.MkdirTemp("", "u")
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
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
				defer c.Close()
				u := c.(*net.UnixConn)
				b := make([]byte, 100)
				oob := make([]byte, syscall.CmsgSpace(4))
				n, on, _, _, err := u.ReadMsgUnix(b, oob)
				if err != nil {
					return
				}
				if m, err := syscall.ParseSocketControlMessage(oob[:on]); err == nil && len(m) > 0 {
					fds, _ := syscall.ParseUnixRights(&m[0])
					for _, fd := range fds {
						f := os.NewFile(uintptr(fd), "x")
						io.Copy(u, f)
						f.Close()
					}
				}
				u.Write(b[:n])
				u.CloseWrite()
			}()
		}
	}()
	big := filepath.Join(dir, "big")
	os.WriteFile(big, make([]byte, 300000), 0o600)
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 5; k++ {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(k)*200*time.Microsecond)
				var d net.Dialer
				c, err := d.DialContext(ctx, "unix", l.Addr().String())
				cancel()
				if err != nil {
					continue
				}
				f, _ := os.Open(big)
				c.(*net.UnixConn).WriteMsgUnix([]byte("hello"), syscall.UnixRights(int(f.Fd())), nil)
				f.Close()
				io.Copy(io.Discard, c)
				c.Close()
			}
		}()
	}
	wg.Wait()
	l.Close()
	// TCP: sendfile, splice, half-close, resets.
	t, _ := net.Listen("tcp", "127.0.0.1:0")
	go func() {
		for {
			c, err := t.Accept()
			if err != nil {
				return
			}
			go func() {
				f, _ := os.Open(big)
				io.Copy(c, f)
				f.Close()
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c)
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}()
		}
	}()
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.Dial("tcp", t.Addr().String())
			if err != nil {
				return
			}
			o, _ := os.Create(filepath.Join(dir, "o"+string(rune('a'+i))))
			if i%2 == 0 {
				io.CopyN(o, c, 100000)
			} else {
				io.Copy(o, c)
			}
			o.Close()
			c.Close()
		}()
	}
	wg.Wait()
	t.Close()
}
