// gRPC on one machine: unary calls and streams of the health service over
// HTTP/2, many at a time, with deadlines and cancellations.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	pb "google.golang.org/grpc/health/grpc_health_v1"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	status := health.NewServer()
	server := grpc.NewServer()
	pb.RegisterHealthServer(server, status)
	go server.Serve(l)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 4 {
		c, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		fail(err)
		defer c.Close()
		client := pb.NewHealthClient(c)
		for range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 60 {
					r, err := client.Check(ctx, &pb.HealthCheckRequest{})
					fail(err)
					if r.Status != pb.HealthCheckResponse_SERVING {
						fail(fmt.Errorf("status %v", r.Status))
					}
				}
			}()
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			watch, stop := context.WithCancel(ctx)
			defer stop()
			s, err := client.Watch(watch, &pb.HealthCheckRequest{Service: fmt.Sprint("s", i)})
			fail(err)
			for {
				r, err := s.Recv()
				fail(err)
				if r.Status == pb.HealthCheckResponse_SERVING {
					return
				}
				status.SetServingStatus(fmt.Sprint("s", i), pb.HealthCheckResponse_SERVING)
			}
		}()
	}
	wg.Wait()
	server.GracefulStop()
	fmt.Println("all calls answered")
}
