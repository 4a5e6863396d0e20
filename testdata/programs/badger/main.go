// The Badger key-value store: concurrent transactions with conflicts,
// compaction in the background, iteration, and a reopened store.
package main

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func open() *badger.DB {
	opt := badger.DefaultOptions("store").WithLogger(nil).WithMemTableSize(1 << 20).
		WithNumVersionsToKeep(1).WithValueThreshold(1 << 10).WithNumCompactors(4).WithValueLogFileSize(1 << 22)
	db, err := badger.Open(opt)
	fail(err)
	return db
}

func main() {
	db := open()
	const workers, each = 12, 400
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				for {
					err := db.Update(func(tx *badger.Txn) error {
						n := byte(0)
						item, err := tx.Get([]byte("shared"))
						if err == nil {
							err = item.Value(func(v []byte) error { n = v[0]; return nil })
						} else if errors.Is(err, badger.ErrKeyNotFound) {
							err = nil
						}
						if err != nil {
							return err
						}
						if i%20 == 0 {
							if err := tx.Set([]byte("shared"), []byte{n + 1}); err != nil {
								return err
							}
						}
						return tx.Set([]byte(fmt.Sprintf("key-%d-%d", w, i)), make([]byte, 700))
					})
					if err == nil {
						break
					}
					if !errors.Is(err, badger.ErrConflict) {
						fail(err)
					}
				}
			}
		}()
	}
	wg.Wait()
	fail(db.Flatten(2))
	fail(db.Close())
	db = open()
	count := 0
	fail(db.View(func(tx *badger.Txn) error {
		it := tx.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			count++
		}
		return nil
	}))
	fail(db.Close())
	if count != workers*each+1 {
		fail(fmt.Errorf("%d keys", count))
	}
	fmt.Println("stored", count)
}
