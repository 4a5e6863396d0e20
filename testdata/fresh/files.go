// Files, a fifo, locks of files, directories, sleeping system calls.
package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

func main() {
	dir, _ := os.MkdirTemp("", "odd")
	defer os.RemoveAll(dir)
	fifo := filepath.Join(dir, "fifo")
	syscall.Mkfifo(fifo, 0o600)
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		for i := 0; i < 50; i++ {
			f.Write(make([]byte, 5000))
		}
		f.Close()
	}()
	go func() {
		defer wg.Done()
		time.Sleep(3 * time.Millisecond)
		f, err := os.Open(fifo)
		if err != nil {
			return
		}
		io.Copy(io.Discard, f)
		f.Close()
	}()
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 15; k++ {
				name := filepath.Join(dir, string(rune('a'+i)))
				f, _ := os.Create(name)
				w := bufio.NewWriter(f)
				for j := 0; j < 100; j++ {
					w.WriteString("line of text\n")
				}
				w.Flush()
				if k%5 == 0 {
					f.Sync()
				}
				syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
				f.Close()
				os.ReadFile(name)
				os.ReadDir(dir)
				os.Stat(name)
				os.Remove(name)
			}
		}()
	}
	wg.Wait()
	r, w, _ := os.Pipe()
	go func() { time.Sleep(time.Millisecond); r.Close() }()
	io.ReadAll(r)
	w.Close()
	var ts syscall.Timespec
	ts.Nsec = 12e6
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); t := ts; syscall.Nanosleep(&t, nil) }()
	}
	for i := 0; i < 1000; i++ {
		syscall.Getppid()
	}
	wg.Wait()
}
