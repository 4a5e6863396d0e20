// Flight recorders beside the tracer (Go 1.25 and later).
package main

import (
	"bytes"
	"context"
	"io"
	"runtime/trace"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := make(chan int)
			for {
				select {
				case <-stop:
					return
				default:
				}
				go func() { c <- 1 }()
				<-c
				trace.WithRegion(context.Background(), "r", func() { time.Sleep(10 * time.Microsecond) })
			}
		}()
	}
	for i := 0; i < 3; i++ {
		fr := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: time.Millisecond})
		fr.Start()
		time.Sleep(5 * time.Millisecond)
		var b bytes.Buffer
		if i == 1 {
			trace.Start(io.Discard)
		}
		fr.WriteTo(&b)
		fr.WriteTo(&b)
		fr.Stop()
		if i == 1 {
			trace.Stop()
		}
	}
	close(stop)
	wg.Wait()
}
