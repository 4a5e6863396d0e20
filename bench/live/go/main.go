// The workloads of ./gort bench live in Go. ../gort.cc and ../boost.cc are the same programs for the other two.
//
// Usage: live WORKLOAD [N]. One workload a process; GOMAXPROCS comes from the environment. Prints one line of JSON:
// how many operations there were, and what they took by the clock and of the processors; or, for the workload that
// is about memory, how many goroutines were parked and what they keep resident.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type workload struct {
	name string
	n    int // unless the command line gives another
	run  func(n int)
}

var workloads = []workload{
	{"yield", 2_000_000, yield},
	{"spawn", 1_000_000, spawn},
	{"roundtrip", 1_000_000, roundTrip},
	{"skynet", 1_000_000, skynet},
	{"prodcons", 4_000_000, producersConsumers},
	{"mutex", 4_000_000, mutex},
	{"sleep", 100_000, sleep},
	{"park", 100_000, park},
	{"park-small", 100_000, park}, // stacks as small as they come: Go's always are
	{"memory", 100_000, memory},
	{"memory-small", 100_000, memory},
	{"select-ready", 2_000_000, selectReady},
	{"select-blocked", 1_000_000, selectBlocked},
}

func main() {
	if len(os.Args) >= 2 {
		for _, w := range workloads {
			if w.name != os.Args[1] {
				continue
			}
			n := w.n
			if len(os.Args) > 2 {
				n, _ = strconv.Atoi(os.Args[2])
			}
			// As GORT_TRACE for the C++ program.
			if path := os.Getenv("LIVE_TRACE"); path != "" {
				f, err := os.Create(path)
				if err == nil {
					err = trace.Start(f)
				}
				if err != nil {
					panic(err)
				}
				defer trace.Stop()
			}
			w.run(n)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: live WORKLOAD [N]")
	os.Exit(2)
}

// cpuTime returns what this process has had of all processors, and the kernel's share of it.
func cpuTime() (all, sys time.Duration) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(u.Stime.Nano())
}

// timed runs f, which does ops operations, and reports. What f needs is warmed up before by running it on less.
func timed(ops int, f func()) {
	runtime.GC()
	cpu, sys := cpuTime()
	start := time.Now()
	f()
	wall := time.Since(start)
	cpuAfter, sysAfter := cpuTime()
	fmt.Printf(`{"ops": %d, "wall_ns": %d, "cpu_ns": %d, "sys_ns": %d}`+"\n",
		ops, wall.Nanoseconds(), (cpuAfter - cpu).Nanoseconds(), (sysAfter - sys).Nanoseconds())
}

// yield: two goroutines give way to each other, n times in all.
func yield(n int) {
	run := func(n int) {
		var wg sync.WaitGroup
		wg.Add(2)
		for range 2 {
			go func() {
				for range n / 2 {
					runtime.Gosched()
				}
				wg.Done()
			}()
		}
		wg.Wait()
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// spawn: n goroutines that end at once, in batches of 1,000 whose end is waited for.
func spawn(n int) {
	const batch = 1000
	run := func(n int) {
		var wg sync.WaitGroup
		for range n / batch {
			wg.Add(batch)
			for range batch {
				go wg.Done()
			}
			wg.Wait()
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// roundTrip: a number goes to another goroutine and comes back, over two unbuffered channels.
func roundTrip(n int) {
	run := func(n int) {
		there, back := make(chan int), make(chan int)
		go func() {
			for v := range there {
				back <- v + 1
			}
			close(back)
		}()
		v := 0
		for range n {
			there <- v
			v = <-back
		}
		close(there)
		if v != n {
			panic("round trips lost")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// skynet: each goroutine starts ten more and adds what they send, down to n leaves.
func skynet(n int) {
	run := func(n int) {
		c := make(chan int)
		go node(c, 0, n)
		if got := <-c; got != n*(n-1)/2 {
			panic(fmt.Sprint("skynet: ", got))
		}
	}
	timed(n, func() { run(n) })
}

func node(up chan<- int, first, size int) {
	if size == 1 {
		up <- first
		return
	}
	c := make(chan int)
	for i := range 10 {
		go node(c, first+i*size/10, size/10)
	}
	sum := 0
	for range 10 {
		sum += <-c
	}
	up <- sum
}

// producersConsumers: n items from 8 goroutines to 8 others over one channel with room for 128.
func producersConsumers(n int) {
	const each = 8
	run := func(n int) {
		c := make(chan int, 128)
		var producers, consumers sync.WaitGroup
		sums := make([]int, each*16)
		producers.Add(each)
		consumers.Add(each)
		for i := range each {
			go func() {
				for range n / each {
					c <- 1
				}
				producers.Done()
			}()
			go func() {
				sum := 0
				for v := range c {
					sum += v
				}
				sums[i*16] = sum
				consumers.Done()
			}()
		}
		producers.Wait()
		close(c)
		consumers.Wait()
		sum := 0
		for _, s := range sums {
			sum += s
		}
		if sum != n {
			panic("items lost")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// mutex: 16 goroutines lock and unlock one mutex, n times in all.
func mutex(n int) {
	const each = 16
	run := func(n int) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		count := 0
		wg.Add(each)
		for range each {
			go func() {
				for range n / each {
					mu.Lock()
					count++
					mu.Unlock()
				}
				wg.Done()
			}()
		}
		wg.Wait()
		if count != n {
			panic("the mutex does not exclude")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// sleep: n goroutines sleep 1 ms ten times each. One operation is one sleep.
func sleep(n int) {
	const naps = 10
	run := func(n int) {
		var wg sync.WaitGroup
		wg.Add(n)
		for range n {
			go func() {
				for range naps {
					time.Sleep(time.Millisecond)
				}
				wg.Done()
			}()
		}
		wg.Wait()
	}
	run(n / 20)
	timed(n*naps, func() { run(n) })
}

// status returns a figure of /proc/self/status in bytes.
func status(key string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib << 10
		}
	}
	panic("no " + key)
}

// park: n goroutines are made, park on one channel, are woken all at once, and end.
func park(n int) {
	timed(n, func() {
		c := make(chan int)
		var ready, done sync.WaitGroup
		ready.Add(n)
		done.Add(n)
		for range n {
			go func() {
				ready.Done()
				<-c
				done.Done()
			}()
		}
		ready.Wait()
		close(c)
		done.Wait()
	})
}

// memory: n goroutines wait for one channel.
func memory(n int) {
	debug.FreeOSMemory()
	c := make(chan int)
	var ready, done sync.WaitGroup
	resident, tables := status("VmRSS"), status("VmPTE")
	ready.Add(n)
	done.Add(n)
	for range n {
		go func() {
			ready.Done()
			<-c
			done.Done()
		}()
	}
	ready.Wait()
	time.Sleep(100 * time.Millisecond) // for the last ones to park
	runtime.GC()
	resident, tables = status("VmRSS")-resident, status("VmPTE")-tables
	fmt.Printf(`{"goroutines": %d, "resident": %d, "page_tables": %d}`+"\n", n, resident, tables)
	close(c)
	done.Wait()
}

// selectReady: receives from whichever of 4 channels that all hold something, and fills that one again.
func selectReady(n int) {
	run := func(n int) {
		var c [4]chan int
		for i := range c {
			c[i] = make(chan int, 1)
			c[i] <- i
		}
		sum := 0
		for range n {
			select {
			case v := <-c[0]:
				sum += v
				c[0] <- 0
			case v := <-c[1]:
				sum += v
				c[1] <- 1
			case v := <-c[2]:
				sum += v
				c[2] <- 2
			case v := <-c[3]:
				sum += v
				c[3] <- 3
			}
		}
		if sum > 3*n {
			panic("select: a wrong case")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}

// selectBlocked: waits for 4 channels; another goroutine sends to each in turn.
func selectBlocked(n int) {
	n -= n % 80
	run := func(n int) {
		var c [4]chan int
		for i := range c {
			c[i] = make(chan int)
		}
		go func() {
			for i := range n {
				c[i%4] <- i % 4
			}
		}()
		sum := 0
		for range n {
			select {
			case v := <-c[0]:
				sum += v
			case v := <-c[1]:
				sum += v
			case v := <-c[2]:
				sum += v
			case v := <-c[3]:
				sum += v
			}
		}
		if sum != n/4*6 {
			panic("select: a value lost")
		}
	}
	run(n / 20)
	timed(n, func() { run(n) })
}
