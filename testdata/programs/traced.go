// Writes an execution trace of itself: `traced NAME FILE` does one of the works below and traces it from its first line to
// its last. `traced NAME FILE N` does pingpong or spawn N times instead of some thousand.
package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/trace"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

var works = map[string]func(){
	"pingpong": pingpong,
	"spawn":    spawn,
	"fan":      fan,
	"mutex":    mutex,
	"sleeps":   sleeps,
	"compute":  compute,
	"echo":     echo,
	"garbage":  garbage,
	"files":    files,
	"wired":    wired,
	"timers":   timers,
	"naps":     naps,
	"late":     late,
	"loaded":   loaded,
	"procs":    procs,
	"pages":    pages,
	"pool":     pool,
	"turns":    turns,
	"selects":  selects,
	"pipes":    pipes,
	"sorts":    sorts,
	"calls":    calls,
	"rounds":   rounds,
	"mix":      mix,
}

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 || works[os.Args[1]] == nil {
		log.Fatal("usage: traced NAME FILE [N]")
	}
	file, err := os.Create(os.Args[2])
	check(err)
	check(trace.Start(file))
	works[os.Args[1]]()
	trace.Stop()
	check(file.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// times is how often the work is done: so often, or as the command line says.
func times(usual int) int {
	if len(os.Args) < 4 {
		return usual
	}
	n, err := strconv.Atoi(os.Args[3])
	check(err)
	return n
}

// together runs n of them and waits.
func together(n int, work func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Add(1)
		go func() {
			defer all.Done()
			work(i)
		}()
	}
	all.Wait()
}

// Two goroutines wake each other.
func pingpong() {
	there, back := make(chan int), make(chan int)
	go func() {
		for n := range there {
			back <- n
		}
		close(back)
	}()
	for n := range times(2000) {
		there <- n
		<-back
	}
	close(there)
	<-back
}

// More goroutines than a local queue has room for.
func spawn() { together(times(5000), func(int) {}) }

// A buffered channel that is full at times and empty at times.
func fan() {
	numbers, sums := make(chan int, 16), make(chan int)
	go func() {
		together(4, func(int) {
			for n := range 500 {
				numbers <- n
			}
		})
		close(numbers)
	}()
	go func() {
		together(4, func(int) {
			sum := 0
			for n := range numbers {
				sum += n
			}
			sums <- sum
		})
		close(sums)
	}()
	for range sums {
	}
}

// Goroutines that give way with the mutex held, so that the others wait for it.
func mutex() {
	var held sync.Mutex
	together(8, func(int) {
		for n := range 200 {
			held.Lock()
			if n%7 == 0 {
				runtime.Gosched()
			}
			held.Unlock()
			if n%10 == 0 {
				runtime.Gosched()
			}
		}
	})
}

func sleeps() {
	together(20, func(i int) {
		for range 10 {
			time.Sleep(time.Duration(100+37*i) * time.Microsecond)
		}
	})
}

// Loops of far more than ten milliseconds, without a call.
func compute() {
	sums := make([]int, 6)
	together(len(sums), func(i int) {
		sum := 1
		for n := range 40_000_000 {
			sum = sum*3 + n
		}
		sums[i] = sum
	})
}

// server handles each connection that dial makes, until stop.
func server(handle func(net.Conn)) (dial func() net.Conn, stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				handle(conn)
				check(conn.Close())
			}()
		}
	}()
	dial = func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		check(err)
		return conn
	}
	return dial, func() { check(listener.Close()) }
}

func sendBack(conn net.Conn) {
	_, err := io.Copy(conn, conn)
	check(err)
}

// thereAndBack sends a word and waits for it.
func thereAndBack(conn net.Conn, word []byte) {
	_, err := conn.Write(word)
	check(err)
	_, err = io.ReadFull(conn, word)
	check(err)
}

// Connections on which each word comes back.
func echo() {
	dial, stop := server(sendBack)
	together(4, func(int) {
		conn := dial()
		word := make([]byte, 10)
		for range 200 {
			thereAndBack(conn, word)
		}
		check(conn.Close())
	})
	stop()
}

// Several collections.
func garbage() {
	together(4, func(int) {
		var kept [][]byte
		for range 20_000 {
			if kept = append(kept, make([]byte, 1000)); len(kept) == 1000 {
				kept = nil
			}
		}
	})
	runtime.GC()
}

// System calls, some of which take their time.
func files() {
	dir, err := os.MkdirTemp("", "traced")
	check(err)
	together(3, func(i int) {
		path := filepath.Join(dir, string(rune('a'+i)))
		for n := range 100 {
			check(os.WriteFile(path, make([]byte, 100*n), 0o600))
			_, err := os.ReadFile(path)
			check(err)
		}
	})
	check(os.RemoveAll(dir))
}

// Goroutines with a thread of their own, which wake each other and others that have none.
func wired() {
	together(4, func(i int) {
		if i%2 == 0 {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		there, back := make(chan int), make(chan int)
		go func() {
			if i < 2 {
				runtime.LockOSThread()
			}
			for n := range there {
				back <- n
			}
			close(back)
		}()
		for n := range 60 {
			there <- n
			<-back
			if n%20 == 0 {
				runtime.Gosched()
			}
		}
		close(there)
		<-back
	})
}

// Timers that call functions, that tick, and that are put off or stopped.
func timers() {
	var all sync.WaitGroup
	for i := range 30 {
		all.Add(1)
		time.AfterFunc(time.Duration(i%10*100)*time.Microsecond, all.Done)
	}
	together(4, func(i int) {
		ticker := time.NewTicker(time.Duration(200+50*i) * time.Microsecond)
		defer ticker.Stop()
		late := time.NewTimer(time.Millisecond)
		for range 20 {
			select {
			case <-ticker.C:
				late.Reset(time.Millisecond)
			case <-late.C:
			}
		}
	})
	all.Wait()
}

// nap sleeps in the kernel, until it is over or a signal of the runtime's comes.
func nap(d time.Duration) {
	rest := syscall.NsecToTimespec(int64(d))
	if err := syscall.Nanosleep(&rest, nil); err != syscall.EINTR {
		check(err)
	}
}

// System calls so long that the monitor takes the processor away, beside goroutines that have work.
func naps() {
	together(6, func(i int) {
		sum := 1
		for n := range 15 {
			if i < 3 {
				nap(time.Duration(200+300*i) * time.Microsecond)
			} else {
				for range 200_000 {
					sum = sum*3 + n
				}
				runtime.Gosched()
			}
		}
	})
}

// Reads whose deadline is over before anything comes.
func late() {
	dial, stop := server(func(net.Conn) { time.Sleep(20 * time.Millisecond) })
	together(4, func(i int) {
		conn := dial()
		word := make([]byte, 10)
		for n := range 25 {
			check(conn.SetReadDeadline(time.Now().Add(time.Duration(100+50*((n+i)%5)) * time.Microsecond)))
			if _, err := conn.Read(word); err == nil {
				log.Fatal("read something")
			}
		}
		check(conn.Close())
	})
	stop()
}

// Connections on which each word comes back, while the collector runs again and again.
func loaded() {
	dial, stop := server(sendBack)
	together(4, func(int) {
		conn := dial()
		word := make([]byte, 64)
		var kept [][]byte
		for range 80 {
			for range 60 {
				if kept = append(kept, make([]byte, 1500)); len(kept) > 400 {
					kept = nil
				}
			}
			thereAndBack(conn, word)
		}
		check(conn.Close())
	})
	stop()
}

// Workers, while GOMAXPROCS changes.
func procs() {
	usual := runtime.GOMAXPROCS(0)
	for _, n := range []int{usual + 1, 2, usual + 3, 1} {
		runtime.GOMAXPROCS(n)
		jobsDone(200)
	}
	runtime.GOMAXPROCS(usual)
}

// Five workers with one queue of jobs, of several lengths, and one of results.
func pool() { jobsDone(300) }

func jobsDone(times int) {
	jobs, done := make(chan int, 8), make(chan int, 8)
	for range 5 {
		go func() {
			for job := range jobs {
				sum := 0
				for n := range 2000 * (job%7 + 1) {
					sum += n * job
				}
				done <- sum
			}
		}()
	}
	go func() {
		for job := range times {
			jobs <- job
		}
		close(jobs)
	}()
	for range times {
		<-done
	}
}

// Pages of an HTTP server.
func pages() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: http.HandlerFunc(func(page http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(page, "hello\n")
		check(err)
	})}
	go server.Serve(listener)
	together(6, func(int) {
		client := &http.Client{Transport: &http.Transport{}}
		for range 15 {
			page, err := client.Get("http://" + listener.Addr().String())
			check(err)
			_, err = io.Copy(io.Discard, page.Body)
			check(err)
			check(page.Body.Close())
		}
		client.CloseIdleConnections()
	})
	check(server.Shutdown(context.Background()))
}

// Goroutines that take turns, all of them woken for each.
func turns() {
	const n = 6
	var held sync.Mutex
	changed := sync.NewCond(&held)
	turn := 0
	together(n, func(i int) {
		for range 60 {
			held.Lock()
			for turn%n != i {
				changed.Wait()
			}
			turn++
			changed.Broadcast()
			held.Unlock()
		}
	})
}

// Selects over channels, and a time limit that is over now and then.
func selects() {
	channels, quit := [2]chan int{make(chan int), make(chan int)}, make(chan bool)
	var all sync.WaitGroup
	for range 3 {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				select {
				case <-channels[0]:
				case <-channels[1]:
				case <-quit:
					return
				case <-time.After(300 * time.Microsecond):
				}
			}
		}()
	}
	together(len(channels), func(i int) {
		for n := range 150 {
			channels[i] <- n
			if n%25 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	})
	close(quit)
	all.Wait()
}

// Pipes of the system.
func pipes() {
	together(3, func(i int) {
		from, to, err := os.Pipe()
		check(err)
		go func() {
			for range 60 {
				_, err := to.Write([]byte{1})
				check(err)
				if i == 1 {
					time.Sleep(50 * time.Microsecond)
				}
			}
			check(to.Close())
		}()
		_, err = io.Copy(io.Discard, from)
		check(err)
		check(from.Close())
	})
}

// Sorts by halves, a goroutine for each.
func sorts() {
	numbers := make([]int, 60_000)
	for range 3 {
		for i := range numbers {
			numbers[i] = i * 7919 % 60_013
		}
		sortHalves(numbers, 6)
	}
}

func sortHalves(numbers []int, deep int) {
	if deep > 0 {
		middle := len(numbers) / 2
		together(2, func(i int) { sortHalves([2][]int{numbers[:middle], numbers[middle:]}[i], deep-1) })
	}
	slices.Sort(numbers)
}

// Goroutines, some with a thread of their own, that sleep, sit in the kernel, give way and compute.
func calls() {
	together(5, func(i int) {
		if i < 3 {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		sum := 0
		for n := range 40 {
			switch (n + i) % 4 {
			case 0:
				time.Sleep(100 * time.Microsecond)
			case 1:
				nap(50 * time.Microsecond)
			case 2:
				runtime.Gosched()
			case 3:
				for k := range 20_000 {
					sum += k
				}
			}
		}
	})
}

// Many that send to one, again and again.
func rounds() {
	for range 12 {
		numbers := make(chan int)
		for i := range 40 {
			go func() { numbers <- i }()
		}
		for range 40 {
			<-numbers
		}
	}
}

// Several of these at once.
func mix() {
	several := []func(){pool, pipes, selects, calls, loaded}
	together(len(several), func(i int) { several[i]() })
}
