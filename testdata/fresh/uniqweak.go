// unique, weak pointers, finalizers and cleanups, some of which are stopped.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unique"
	"weak"
)

type node struct {
	next *node
	v    [100]int
}

func main() {
	var n atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var ws []weak.Pointer[node]
			for j := 0; j < 400; j++ {
				h := unique.Make("s" + strconv.Itoa(i*100+j%200))
				_ = h.Value()
				x := &node{}
				ws = append(ws, weak.Make(x))
				switch j % 3 {
				case 0:
					runtime.AddCleanup(x, func(int) { n.Add(1); runtime.Gosched() }, j)
				case 1:
					runtime.SetFinalizer(x, func(x *node) { n.Add(1); time.Sleep(time.Microsecond) })
				case 2:
					c := runtime.AddCleanup(x, func(int) { panic("stopped") }, j)
					c.Stop()
				}
				runtime.KeepAlive(x)
				if j%100 == 50 {
					runtime.GC()
				}
				for _, w := range ws[len(ws)/2:] {
					if p := w.Value(); p != nil {
						p.v[0]++
					}
				}
			}
		}()
	}
	wg.Wait()
	runtime.GC()
	time.Sleep(3 * time.Millisecond)
	runtime.GC()
	time.Sleep(3 * time.Millisecond)
	fmt.Println(n.Load() > 0)
}
