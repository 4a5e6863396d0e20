// The process's processors change, GOMAXPROCS is set and left to follow (Go 1.25 and later).
package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	var wg sync.WaitGroup
	end := time.Now().Add(2500 * time.Millisecond)
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for time.Now().Before(end) {
				time.Sleep(5 * time.Millisecond)
			}
		}()
	}
	var mask [128]uint64
	for k := 0; time.Now().Before(end); k++ {
		mask[0] = []uint64{1, 2, 3}[k%3]
		runtime.LockOSThread()
		// The whole process: /proc/self/task is what the runtime does not look at; pid is.
		syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(syscall.Getpid()), 1024, uintptr(unsafe.Pointer(&mask)))
		runtime.UnlockOSThread()
		if k%4 == 1 {
			runtime.GOMAXPROCS(3)
		}
		if k%4 == 2 {
			runtime.SetDefaultGOMAXPROCS()
		}
		time.Sleep(300 * time.Millisecond)
	}
	wg.Wait()
}
