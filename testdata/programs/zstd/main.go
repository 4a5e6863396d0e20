// The klauspost/compress library: zstd and gzip, packed by several goroutines
// each and unpacked as a stream.
package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"os"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func text(seed int64, size int) []byte {
	r := rand.New(rand.NewSource(seed))
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "word%d ", r.Intn(4000))
	}
	return b.Bytes()
}

func main() {
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			plain := text(int64(i), 6<<20)
			var packed bytes.Buffer
			var w io.WriteCloser
			if i%2 == 0 {
				z, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(4), zstd.WithWindowSize(1<<18))
				fail(err)
				w = z
			} else {
				w = s2.NewWriter(&packed, s2.WriterConcurrency(4), s2.WriterBlockSize(1<<16))
			}
			_, err := io.Copy(w, bytes.NewReader(plain))
			fail(err)
			fail(w.Close())
			var r io.Reader = s2.NewReader(&packed)
			if i%2 == 0 {
				z, err := zstd.NewReader(&packed, zstd.WithDecoderConcurrency(4))
				fail(err)
				defer z.Close()
				r = z
			}
			back, err := io.ReadAll(r)
			fail(err)
			if !bytes.Equal(plain, back) {
				fail(fmt.Errorf("text %d differs", i))
			}
		}()
	}
	wg.Wait()
	fmt.Println("packed and unpacked")
}
