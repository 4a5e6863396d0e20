// Faults that are caught, an interval timer of the process, limits.
package main

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	"unsafe"
)

func poke() (s string) {
	defer func() {
		if e := recover(); e != nil {
			s = "fault"
		}
	}()
	debug.SetPanicOnFault(true)
	m, _ := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	*(*byte)(unsafe.Pointer(&m[0])) = 1
	return "?"
}

func main() {
	for i := 0; i < 20; i++ {
		println(poke())
	}
	debug.SetMaxThreads(500)
	debug.SetMaxStack(1 << 20)
	debug.SetTraceback("all")
	c := make(chan os.Signal, 1)
	signal.Notify(c)
	tk := time.NewTicker(time.Millisecond)
	// An interval timer of the process.
	it := [4]int64{0, 300, 0, 300}
	syscall.Syscall(syscall.SYS_SETITIMER, 0, uintptr(unsafe.Pointer(&it)), 0)
	n := 0
	for n < 40 {
		select {
		case <-c:
			n++
		case <-tk.C:
			n++
		}
	}
	it = [4]int64{}
	syscall.Syscall(syscall.SYS_SETITIMER, 0, uintptr(unsafe.Pointer(&it)), 0)
}
