// A NATS message broker under load: publishers, subscribers, queue groups and
// requests in one process, over TCP.
package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	fail(err)
	go broker.Start()
	if !broker.ReadyForConnections(10 * time.Second) {
		fail(fmt.Errorf("the broker does not start"))
	}
	connect := func() *nats.Conn {
		c, err := nats.Connect(broker.ClientURL())
		fail(err)
		return c
	}
	const publishers, messages = 6, 1500
	var got, queued atomic.Int64
	var all sync.WaitGroup
	all.Add(2 * publishers * messages)
	for range 2 {
		c := connect()
		defer c.Close()
		_, err := c.Subscribe("news.*", func(*nats.Msg) {
			if got.Add(1)%2 == 0 {
				all.Done()
			}
		})
		fail(err)
		_, err = c.QueueSubscribe("news.*", "workers", func(*nats.Msg) {
			queued.Add(1)
			all.Done()
		})
		fail(err)
		_, err = c.Subscribe("double", func(m *nats.Msg) { m.Respond(append(m.Data, m.Data...)) })
		fail(err)
		fail(c.Flush())
	}
	var senders sync.WaitGroup
	for i := range publishers {
		senders.Add(1)
		go func() {
			defer senders.Done()
			c := connect()
			defer c.Close()
			for n := range messages {
				fail(c.Publish(fmt.Sprintf("news.%d", i), []byte(fmt.Sprint("message ", n))))
				if n%50 == 0 {
					answer, err := c.Request("double", []byte("ab"), 10*time.Second)
					fail(err)
					if string(answer.Data) != "abab" {
						fail(fmt.Errorf("answer %q", answer.Data))
					}
				}
			}
			fail(c.Flush())
		}()
	}
	senders.Wait()
	all.Wait()
	broker.Shutdown()
	broker.WaitForShutdown()
	fmt.Println("delivered", got.Load(), "and", queued.Load())
}
