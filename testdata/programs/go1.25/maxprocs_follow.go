// The number of Ps follows the machine: the process takes a processor from itself and gives it back, sets the number by
// hand, and lets it follow again. Needs two processors, and Go 1.25.
package main

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// allow lets all threads of the process use these processors.
func allow(mask uint64) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		panic(err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(task.Name())
		syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), 8, uintptr(unsafe.Pointer(&mask)))
	}
}

// become waits until the number of Ps is n.
func become(n int) {
	for range 40 {
		if runtime.GOMAXPROCS(0) == n {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	println("still", runtime.GOMAXPROCS(0))
}

func main() {
	all := runtime.GOMAXPROCS(0)
	var mask uint64
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&mask)))
	one := mask & -mask
	allow(one)
	become(1)
	allow(mask)
	become(all)
	runtime.GOMAXPROCS(3)
	runtime.SetDefaultGOMAXPROCS()
	println(runtime.GOMAXPROCS(0) == all)
}
