// Bubbles of fake time: tickers, contexts, condition variables, in parallel (Go 1.25 and later).
package bubble

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMany(t *testing.T) {
	for i := 0; i < 20; i++ {
		synctest.Test(t, func(t *testing.T) {
			var wg sync.WaitGroup
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			for j := 0; j < 10; j++ {
				wg.Go(func() {
					tk := time.NewTicker(time.Duration(j+1) * time.Minute)
					defer tk.Stop()
					for {
						select {
						case <-tk.C:
						case <-ctx.Done():
							return
						}
					}
				})
			}
			synctest.Wait()
			time.Sleep(2 * time.Hour)
			wg.Wait()
		})
	}
}

func TestParallel(t *testing.T) {
	for i := 0; i < 8; i++ {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := sync.NewCond(new(sync.Mutex))
				n := 0
				for k := 0; k < 5; k++ {
					go func() {
						time.Sleep(time.Duration(k) * time.Second)
						c.L.Lock()
						n++
						c.Broadcast()
						c.L.Unlock()
					}()
				}
				c.L.Lock()
				for n < 5 {
					c.Wait()
				}
				c.L.Unlock()
				time.AfterFunc(time.Second, func() { n++ })
				time.Sleep(time.Minute)
				synctest.Wait()
				t.Cleanup(func() { time.Sleep(time.Second) })
			})
		})
	}
}
