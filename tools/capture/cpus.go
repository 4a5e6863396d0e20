// On how many processors the program may run.
package main

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

// onProcessors calls start on a thread that may use the first n processors of those that there are for us, and so what it
// starts; 0: all of them.
func onProcessors(n int, start func() error) error {
	if n == 0 {
		return start()
	}
	if n < 0 {
		return fmt.Errorf("-cpus %d: no number of processors", n)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, some [1024]uint64
	size, _, e := affinity(syscall.SYS_SCHED_GETAFFINITY, &all)
	if e != 0 {
		return fmt.Errorf("-cpus %d: %v", n, e)
	}
	left := n
	for i := range int(size) * 8 {
		if bit := all[i/64] & (1 << (i % 64)); bit != 0 && left > 0 {
			some[i/64] |= bit
			left--
		}
	}
	if left > 0 {
		return fmt.Errorf("-cpus %d: there are %d", n, n-left)
	}
	if _, _, e := affinity(syscall.SYS_SCHED_SETAFFINITY, &some); e != 0 {
		return fmt.Errorf("-cpus %d: %v", n, e)
	}
	defer affinity(syscall.SYS_SCHED_SETAFFINITY, &all)
	return start()
}

func affinity(call uintptr, set *[1024]uint64) (uintptr, uintptr, syscall.Errno) {
	return syscall.RawSyscall(call, 0, unsafe.Sizeof(*set), uintptr(unsafe.Pointer(set)))
}
