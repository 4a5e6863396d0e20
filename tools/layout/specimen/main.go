// Specimen is the program whose DWARF the layout tables in testdata/layout are taken from.
// The Go linker drops types that nothing uses, so it touches every corner of package
// runtime whose structs the port mirrors: channels, select, timers, semaphores, the
// network poller, coroutines, defer and panic.
package main

import (
	"fmt"
	"iter"
	"net"
	"runtime"
	"sync"
	"time"
)

func ping(l net.Listener, done chan<- error) {
	c, err := net.Dial("tcp", l.Addr().String())
	if err == nil {
		err = c.Close()
	}
	done <- err
}

func count(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func main() {
	defer func() { fmt.Println(recover(), runtime.NumGoroutine()) }()

	next, stop := iter.Pull(count)
	defer stop()
	next()

	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() { mu.Lock(); defer mu.Unlock(); wg.Done() }()
	}
	wg.Wait()
	sync.NewCond(&mu).Broadcast()

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done := make(chan error)
	go ping(l, done)
	select {
	case err = <-done:
	case <-time.After(time.Second):
	}
	panic(err)
}
