// A small program that touches most of the scheduler: what CI captures anew and replays in each run.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup

	// Hand-offs between goroutines, and a full local queue.
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	sum := 0
	for i := range 2000 {
		ping <- i
		sum += <-pong
	}
	close(ping)
	for range 600 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.Gosched()
		}()
	}
	wg.Wait()

	// A loop without calls, which only a signal can stop.
	var stop, spun = make(chan bool), 0
	go func() {
		for i := 0; i < 1<<27; i++ {
			spun += i
		}
		close(stop)
	}()
	time.Sleep(5 * time.Millisecond)
	<-stop

	// A locked thread that dies with its goroutine, a collection, another number of Ps.
	wg.Add(1)
	go func() {
		defer wg.Done()
		runtime.LockOSThread()
		time.Sleep(time.Millisecond)
	}()
	wg.Wait()
	runtime.GC()
	old := runtime.GOMAXPROCS(3)
	runtime.GOMAXPROCS(old)

	// The network poller and a system call that blocks.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 64)
		n, _ := c.Read(buf)
		time.Sleep(2 * time.Millisecond)
		c.Write(buf[:n])
		c.Close()
	}()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c.Write([]byte("gort"))
	buf := make([]byte, 64)
	n, _ := c.Read(buf)
	c.Close()
	listener.Close()
	fmt.Println(sum, spun != 0, string(buf[:n]))
}
