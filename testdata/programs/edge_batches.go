// More goroutines become ready at once than a processor's queue has room for: 128 readers of pipes, found by the poll
// at the end of a stop of the world, when the queue holds 200 others already.
package main

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

var one [1]byte

func main() {
	const readers, others = 128, 200
	var wg sync.WaitGroup
	var ends [readers]int
	for i := range readers {
		var p [2]int
		if err := syscall.Pipe2(p[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC); err != nil {
			panic(err)
		}
		ends[i] = p[1]
		r := os.NewFile(uintptr(p[0]), "pipe")
		wg.Add(1)
		go func() {
			defer wg.Done()
			var b [1]byte
			for range 4 {
				r.Read(b[:])
			}
			r.Close()
		}()
	}
	var stats runtime.MemStats
	for range 4 {
		for range 3 * readers {
			runtime.Gosched() // until all of them wait
		}
		wg.Add(others)
		for range others {
			go wg.Done()
		}
		for _, end := range ends {
			syscall.RawSyscall(syscall.SYS_WRITE, uintptr(end), uintptr(unsafe.Pointer(&one[0])), 1)
		}
		runtime.ReadMemStats(&stats)
		runtime.Gosched()
	}
	wg.Wait()
}
