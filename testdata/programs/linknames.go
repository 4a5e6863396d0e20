// Calls of what proc.go and coro.go let everybody reach by linkname.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

//go:linkname gopark runtime.gopark
func gopark(unlock func(gp, lock unsafe.Pointer) bool, lock unsafe.Pointer, reason, trace uint8, skip int)

//go:linkname goready runtime.goready
func goready(gp unsafe.Pointer, skip int)

//go:linkname goyield runtime.goyield
func goyield()

//go:linkname wakep runtime.wakep
func wakep()

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

//go:linkname canSpin sync.runtime_canSpin
func canSpin(i int) bool

//go:linkname doSpin sync.runtime_doSpin
func doSpin()

//go:nosplit
func publish(gp, slot unsafe.Pointer) bool {
	atomic.StorePointer((*unsafe.Pointer)(slot), gp)
	return true
}

//go:nosplit
func refuse(gp, slot unsafe.Pointer) bool { return false }

//go:nosplit
func calls() {
	entersyscall()
	exitsyscall()
	entersyscallblock()
	exitsyscall()
}

func main() {
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 20 {
				wakep()
				var slot unsafe.Pointer
				go func() {
					for atomic.LoadPointer(&slot) == nil {
						runtime.Gosched()
					}
					goready(atomic.LoadPointer(&slot), 0)
					wakep()
				}()
				gopark(publish, unsafe.Pointer(&slot), 0, 0, 0)
				gopark(refuse, nil, 0, 0, 0)
				goyield()
				calls()
				procPin()
				procUnpin()
				for i := 0; canSpin(i); i++ {
					doSpin()
				}
			}
		}()
	}
	all.Wait()
}
