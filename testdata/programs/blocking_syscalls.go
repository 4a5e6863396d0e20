// Threads that block in the kernel: raw pipes, file reads, naps. The monitor
// takes their processors away; they come back and look for another.
package main

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// relay passes rounds bytes through a ring of pipes that block the thread.
func relay(pipes, rounds int, wg *sync.WaitGroup) {
	var fds [][2]int
	for range pipes {
		var p [2]int
		fail(syscall.Pipe(p[:]))
		fds = append(fds, p)
	}
	for i := range pipes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var b [1]byte
			for range rounds {
				for {
					_, err := syscall.Read(fds[i][0], b[:])
					if err != syscall.EINTR {
						fail(err)
						break
					}
				}
				_, err := syscall.Write(fds[(i+1)%pipes][1], b[:])
				fail(err)
			}
		}()
	}
	_, err := syscall.Write(fds[0][1], []byte{7})
	fail(err)
}

func main() {
	var wg sync.WaitGroup
	relay(12, 60, &wg)
	dir, err := os.MkdirTemp("", "blocking")
	fail(err)
	defer os.RemoveAll(dir)
	for i := range 6 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			name := fmt.Sprintf("%s/%d", dir, i)
			for n := range 60 {
				fail(os.WriteFile(name, make([]byte, 1000*n), 0o600))
				b, err := os.ReadFile(name)
				fail(err)
				if len(b) != 1000*n {
					fail(fmt.Errorf("%d bytes of %d", len(b), 1000*n))
				}
			}
		}()
		go func() {
			defer wg.Done()
			for n := range 15 {
				nap := syscall.NsecToTimespec(int64(time.Duration(n) * 300 * time.Microsecond))
				syscall.Nanosleep(&nap, nil)
			}
		}()
	}
	wg.Wait()
	fmt.Println("every byte came round")
}
