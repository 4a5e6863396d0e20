// The bbolt key-value store: readers beside a writer, batches from many
// goroutines, every commit synced to a file.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	bolt "go.etcd.io/bbolt"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	db, err := bolt.Open("store.db", 0o600, nil)
	fail(err)
	bucket := []byte("numbers")
	fail(db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket(bucket)
		return err
	}))
	const writers, keys = 16, 120
	var wg sync.WaitGroup
	for w := range writers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for k := range keys {
				key := binary.BigEndian.AppendUint32(nil, uint32(w*keys+k))
				fail(db.Batch(func(tx *bolt.Tx) error {
					return tx.Bucket(bucket).Put(key, make([]byte, 100+k))
				}))
			}
		}()
		go func() {
			defer wg.Done()
			for range 200 {
				fail(db.View(func(tx *bolt.Tx) error {
					c := tx.Bucket(bucket).Cursor()
					for k, _ := c.First(); k != nil; k, _ = c.Next() {
					}
					return nil
				}))
			}
		}()
	}
	wg.Wait()
	fail(db.View(func(tx *bolt.Tx) error {
		if n := tx.Bucket(bucket).Stats().KeyN; n != writers*keys {
			return fmt.Errorf("%d keys", n)
		}
		return nil
	}))
	fail(db.Close())
	fmt.Println("stored", writers*keys)
}
