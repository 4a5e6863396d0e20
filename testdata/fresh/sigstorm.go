// Signals to oneself from four goroutines, while Notify, Stop, Ignore and Reset come and go.
package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	c := make(chan os.Signal, 4)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGHUP)
	done := make(chan bool)
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-c:
			case <-done:
				return
			}
		}
	}()
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 150; j++ {
				syscall.Kill(os.Getpid(), []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGURG, syscall.SIGHUP}[(i+j)%5])
				if j%20 == 0 {
					time.Sleep(100 * time.Microsecond)
				}
			}
		}()
	}
	for j := 0; j < 40; j++ {
		d := make(chan os.Signal, 1)
		signal.Notify(d, syscall.SIGUSR2)
		time.Sleep(50 * time.Microsecond)
		signal.Stop(d)
		signal.Ignore(syscall.SIGWINCH)
		signal.Reset(syscall.SIGWINCH)
		signal.Notify(c, syscall.SIGWINCH)
	}
	close(done)
	go func() {
		for {
			<-c
		}
	}()
	wg.Wait()
}
