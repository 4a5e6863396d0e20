// The Pebble key-value store: batches that share their syncs, flushes and
// compactions beside readers.
package main

import (
	"fmt"
	"os"
	"sync"

	"github.com/cockroachdb/pebble"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { fail(fmt.Errorf(format, args...)) }

func main() {
	db, err := pebble.Open("store", &pebble.Options{
		MemTableSize: 256 << 10, Logger: quiet{}, L0CompactionThreshold: 2,
		MaxConcurrentCompactions: func() int { return 3 },
	})
	fail(err)
	const writers, batches, each = 8, 100, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for i := range batches {
				b := db.NewBatch()
				for k := range each {
					fail(b.Set([]byte(fmt.Sprintf("%03d/%05d", w, i*each+k)), make([]byte, 200), nil))
				}
				fail(b.Commit(pebble.Sync))
			}
		}()
		go func() {
			defer wg.Done()
			for range 15 {
				it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte(fmt.Sprintf("%03d", w))})
				fail(err)
				for n := 0; it.Next() && n < 300; n++ {
				}
				fail(it.Close())
			}
		}()
	}
	wg.Wait()
	fail(db.Flush())
	fail(db.Compact([]byte("0"), []byte("1"), true))
	it, err := db.NewIter(nil)
	fail(err)
	count := 0
	for it.First(); it.Valid(); it.Next() {
		count++
	}
	fail(it.Close())
	fail(db.Close())
	if count != writers*batches*each {
		fail(fmt.Errorf("%d keys", count))
	}
	fmt.Println("stored", count)
}
