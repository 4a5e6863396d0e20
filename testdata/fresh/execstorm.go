// Children: with deadlines, pipes, no such file, and oneself.
package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"sync"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		time.Sleep(time.Millisecond)
		os.Stdout.WriteString("hello\n")
		return
	}
	var wg sync.WaitGroup
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 6; j++ {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(j*5+1)*time.Millisecond)
				var out bytes.Buffer
				c := exec.CommandContext(ctx, "/bin/sh", "-c", "echo x; sleep 0.01; echo y")
				c.Stdout = &out
				c.Stderr = &out
				c.Run()
				cancel()
				c = exec.Command("/bin/cat")
				in, _ := c.StdinPipe()
				o, _ := c.StdoutPipe()
				if c.Start() == nil {
					in.Write([]byte("abc"))
					in.Close()
					b := make([]byte, 100)
					o.Read(b)
					c.Wait()
				}
				exec.Command("/no/such").Run()
				c = exec.Command(os.Args[0], "child")
				c.Env = []string{}
				c.Run()
			}
		}()
	}
	wg.Wait()
}
