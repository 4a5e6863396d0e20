// The fasthttp web server under load from its own client and from net/http:
// pools of workers, kept connections, slow handlers, a graceful end.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	server := &fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		if string(c.Path()) == "/slow" {
			time.Sleep(2 * time.Millisecond)
		}
		fmt.Fprintf(c, "%s %s", c.Method(), c.Path())
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	base := "http://" + l.Addr().String()
	var wg sync.WaitGroup
	client := &fasthttp.Client{MaxConnsPerHost: 64}
	for i := range 24 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range 100 {
				path := fmt.Sprintf("/%d/%d", i, n)
				if n%25 == 0 {
					path = "/slow"
				}
				var body []byte
				if i%6 == 0 {
					r, err := http.Get(base + path)
					fail(err)
					body, err = io.ReadAll(r.Body)
					fail(err)
					r.Body.Close()
				} else {
					_, b, err := client.GetTimeout(nil, base+path, 10*time.Second)
					fail(err)
					body = b
				}
				if string(body) != "GET "+path {
					fail(fmt.Errorf("answer %q for %s", body, path))
				}
			}
		}()
	}
	wg.Wait()
	client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	fail(server.Shutdown())
	fail(<-ended)
	fmt.Println("served")
}
