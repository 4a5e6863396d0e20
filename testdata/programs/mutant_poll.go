// The network poller from every side: idle threads that block in it, sysmon, the start of the
// world, deadlines that move the next timer, many descriptors ready at once.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

var sink int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		sink++
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func echo() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				var buf [64]byte
				for {
					n, err := c.Read(buf[:])
					if err != nil {
						c.Close()
						return
					}
					c.Write(buf[:n])
				}
			}()
		}
	}()
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			c, err := net.Dial("tcp", l.Addr().String())
			check(err)
			var buf [64]byte
			for k := 0; k < 40; k++ {
				fmt.Fprintf(c, "%d", k)
				_, err := c.Read(buf[:])
				check(err)
				if k%8 == i {
					time.Sleep(300 * time.Microsecond)
				}
			}
			c.SetReadDeadline(time.Now().Add(time.Duration(i+1) * 2 * time.Millisecond))
			c.Read(buf[:])
			c.Close()
		}()
	}
	all.Wait()
	l.Close()
}

func main() {
	echo()

	// 200 readers; all pipes become readable at one moment.
	const n = 200
	var all sync.WaitGroup
	var writers []*os.File
	for i := 0; i < n; i++ {
		r, w, err := os.Pipe()
		check(err)
		writers = append(writers, w)
		all.Add(1)
		go func() {
			var b [1]byte
			for {
				if k, _ := r.Read(b[:]); k == 0 {
					r.Close()
					all.Done()
					return
				}
			}
		}()
	}
	wake := func() {
		for _, w := range writers {
			w.Write([]byte{1})
		}
	}
	time.Sleep(2 * time.Millisecond)
	wake()
	time.Sleep(2 * time.Millisecond)
	// While the local queue is full, by the start of the world.
	var stats runtime.MemStats
	for i := 0; i < 200; i++ {
		all.Add(1)
		go func() { all.Done() }()
	}
	wake()
	runtime.ReadMemStats(&stats)
	time.Sleep(2 * time.Millisecond)
	// While every P computes: only sysmon is there to poll.
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		all.Add(1)
		go func() {
			compute(25 * time.Millisecond)
			all.Done()
		}()
	}
	runtime.Gosched()
	wake()
	compute(25 * time.Millisecond)
	for _, w := range writers {
		w.Close()
	}
	all.Wait()

	// A timer that is added while a thread sleeps in the poller for a later one.
	late := time.AfterFunc(time.Second, func() {})
	for i := 0; i < 30; i++ {
		time.Sleep(time.Duration(500-i*10) * time.Microsecond)
	}
	early := make(chan bool)
	for i := 0; i < 10; i++ {
		time.AfterFunc(time.Millisecond, func() { early <- true })
		compute(100 * time.Microsecond)
		<-early
	}
	late.Stop()
}
