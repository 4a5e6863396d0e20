// A name server under load, over UDP and TCP.
package main

import (
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/miekg/dns"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	dns.HandleFunc("example.", func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Answer = append(m.Answer, &dns.TXT{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET},
			Txt: []string{q.Question[0].Name},
		})
		w.WriteMsg(m)
	})
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	fail(err)
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	servers := []*dns.Server{{PacketConn: packets}, {Listener: stream}}
	for _, s := range servers {
		go s.ActivateAndServe()
	}
	addr := map[string]string{"udp": packets.LocalAddr().String(), "tcp": stream.Addr().String()}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			network := []string{"udp", "udp", "udp", "tcp"}[i%4]
			c, err := dns.Dial(network, addr[network])
			fail(err)
			defer c.Close()
			for n := range 120 {
				name := fmt.Sprintf("host%d-%d.example.", i, n)
				fail(c.WriteMsg(new(dns.Msg).SetQuestion(name, dns.TypeTXT)))
				r, err := c.ReadMsg()
				fail(err)
				if len(r.Answer) != 1 || r.Answer[0].(*dns.TXT).Txt[0] != name {
					fail(fmt.Errorf("answer %v", r))
				}
			}
		}()
	}
	wg.Wait()
	for _, s := range servers {
		fail(s.Shutdown())
	}
	fmt.Println("all names answered")
}
