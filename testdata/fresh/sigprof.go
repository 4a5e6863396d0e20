// SIGPROF, SIGCHLD, SIGPIPE and stopped children.
package main

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

func main() {
	runtime.SetMutexProfileFraction(1)
	pprof.StartCPUProfile(io.Discard)
	ctx := make(chan os.Signal, 1)
	signal.Notify(ctx, syscall.SIGCHLD, syscall.SIGCONT, syscall.SIGPIPE, syscall.SIGURG)
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 4; k++ {
				c := exec.Command("sleep", "0.02")
				c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				if c.Start() != nil {
					return
				}
				c.Process.Signal(syscall.SIGSTOP)
				time.Sleep(time.Millisecond)
				c.Process.Signal(syscall.SIGCONT)
				c.Wait()
				r, w, _ := os.Pipe()
				r.Close()
				w.Write([]byte("x"))
				w.Close()
			}
		}()
		go func() {
			var mu sync.Mutex
			for {
				mu.Lock()
				_ = make([]byte, 100)
				mu.Unlock()
				syscall.Kill(syscall.Getpid(), syscall.SIGURG)
			}
		}()
	}
	done := make(chan bool)
	go func() { wg.Wait(); close(done) }()
	for {
		select {
		case <-ctx:
			continue
		case <-done:
		}
		break
	}
	pprof.StopCPUProfile()
}
