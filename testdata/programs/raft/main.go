// A Raft cluster of five in one process: elections by timers, a replicated
// log, the leader shut down in the middle, and another elected.
package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

type counter struct{ n atomic.Int64 }

func (c *counter) Apply(*raft.Log) any                  { return c.n.Add(1) }
func (c *counter) Snapshot() (raft.FSMSnapshot, error)  { return c, nil }
func (c *counter) Restore(io.ReadCloser) error          { return nil }
func (c *counter) Persist(sink raft.SnapshotSink) error { return sink.Close() }
func (c *counter) Release()                             {}

func leader(nodes []*raft.Raft) int {
	for range 5000 {
		for i, n := range nodes {
			if n != nil && n.State() == raft.Leader {
				return i
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	fail(fmt.Errorf("no leader"))
	return 0
}

func main() {
	const size = 5
	var nodes []*raft.Raft
	var states [size]counter
	var transports [size]*raft.InmemTransport
	var servers []raft.Server
	for i := range size {
		addr, t := raft.NewInmemTransport("")
		transports[i] = t
		servers = append(servers, raft.Server{ID: raft.ServerID(fmt.Sprint(i)), Address: addr})
	}
	for i := range size {
		for j := range size {
			transports[i].Connect(servers[j].Address, transports[j])
		}
		c := raft.DefaultConfig()
		c.LocalID = servers[i].ID
		c.LogOutput = io.Discard
		c.HeartbeatTimeout, c.ElectionTimeout = 80*time.Millisecond, 80*time.Millisecond
		c.LeaderLeaseTimeout, c.CommitTimeout = 60*time.Millisecond, 5*time.Millisecond
		store := raft.NewInmemStore()
		snaps := raft.NewDiscardSnapshotStore()
		if i == 0 {
			fail(raft.BootstrapCluster(c, store, store, snaps, transports[i], raft.Configuration{Servers: servers}))
		}
		n, err := raft.NewRaft(c, &states[i], store, store, snaps, transports[i])
		fail(err)
		nodes = append(nodes, n)
	}
	const entries = 600
	for done := 0; done < entries; {
		l := leader(nodes)
		var futures []raft.ApplyFuture
		for range 20 {
			futures = append(futures, nodes[l].Apply([]byte("one more"), 5*time.Second))
		}
		for _, f := range futures {
			if f.Error() == nil {
				done++
			}
		}
		if done >= entries/2 && nodes[l] != nil && countNil(nodes) == 0 {
			fail(nodes[l].Shutdown().Error())
			nodes[l] = nil
		}
	}
	l := leader(nodes)
	fail(nodes[l].Barrier(5 * time.Second).Error())
	if n := states[l].n.Load(); n < entries {
		fail(fmt.Errorf("%d entries of %d", n, entries))
	}
	for _, n := range nodes {
		if n != nil {
			fail(n.Shutdown().Error())
		}
	}
	fmt.Println("replicated", entries)
}

func countNil(nodes []*raft.Raft) (n int) {
	for _, r := range nodes {
		if r == nil {
			n++
		}
	}
	return n
}
