// plain_net.cc: what goroutines do with sockets, pipes, children and contexts, in which a sanitizer must find nothing.
// Status 0.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "context/context.h"
#include "errgroup/errgroup.h"
#include "gort.h"
#include "net/dial.h"
#include "net/net.h"
#include "os/exec/exec.h"
#include "os/file.h"
#include "os/signal/signal.h"
#include "singleflight/singleflight.h"

namespace {

using namespace std::chrono_literals;
namespace net = gort::net;
namespace sync = gort::sync;

void check(bool ok, const char* what) {
  if (ok) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

// Sends back what comes, until the other end closes.
void echo(net::Conn conn) {
  std::byte buffer[512];
  while (auto n = conn.Read(buffer)) {
    if (!conn.Write(std::span(buffer).first(*n))) break;
  }
  (void)conn.Close();
}

void serve(net::Listener listener) {
  while (auto conn = listener.Accept()) {
    gort::go([c = *conn] { echo(c); });
  }
}

void talk(std::string_view network, std::string_view address) {
  auto listener = net::Listen(network, address);
  check(bool(listener), "listen");
  gort::go([l = *listener] { serve(l); });
  sync::WaitGroup clients;
  for (int i = 0; i < 20; i++) {
    clients.Go([&, i] {
      auto conn = net::Dial(network, listener->Address().String());
      check(bool(conn), "dial");
      std::string text(static_cast<std::size_t>(100 + i), static_cast<char>('a' + i));
      for (int k = 0; k < 10; k++) {
        if (k % 3 == 0) check(!conn->SetDeadline(gort::time::Now() + 30s), "deadline");
        check(bool(conn->Write(text)), "write");
        std::vector<std::byte> back(text.size());
        auto n = gort::io::ReadFull(*conn, std::span(back));
        check(n && std::memcmp(back.data(), text.data(), text.size()) == 0, "echo");
      }
      check(!conn->Close(), "close");
    });
  }
  clients.Wait();
  check(!listener->Close(), "close of the listener");
}

void packets() {
  auto a = net::ListenPacket("udp", "127.0.0.1:0"), b = net::ListenPacket("udp", "127.0.0.1:0");
  check(a && b, "udp");
  check(bool(a->WriteTo("hello", b->LocalAddr())), "send");
  std::byte buffer[64];
  auto packet = b->ReadFrom(buffer);
  check(packet && packet->n == 5 && packet->from == a->LocalAddr(), "receive");
}

// Deadlines that are over, and ends that are closed, while others wait.
void ends() {
  auto listener = net::Listen("tcp", "127.0.0.1:0");
  check(bool(listener), "listen");
  gort::Chan<net::Conn> accepted(1);
  gort::go([=, l = *listener] { accepted << *l.Accept(); });
  auto conn = net::Dial("tcp", listener->Address().String());
  auto other = *accepted.recv();
  std::byte buffer[8];
  check(!conn->SetReadDeadline(gort::time::Now() + 1ms), "deadline");
  check(conn->Read(buffer).error().Timeout(), "timeout");
  check(!conn->SetReadDeadline({}), "deadline");
  gort::Chan<bool> closed(0);
  for (int i = 0; i < 2; i++) {
    gort::go([=, c = *conn] {
      std::byte byte[1];
      closed << gort::errors::Is(c.Read(byte).error(), net::ErrClosed);
    });
  }
  gort::time::Sleep(2ms);
  check(!conn->Close(), "close");
  check(*closed.recv() && *closed.recv(), "close while blocked");
  check(!listener->Close(), "close of the listener");
  check(net::Dial("tcp", listener->Address().String()).error().code() == std::errc::connection_refused, "refused");
}

// A pipe is all that orders the two, in both directions.
void handedOver() {
  auto there = gort::os::Pipe(), back = gort::os::Pipe();
  check(there && back, "pipe");
  int mine = 0;
  sync::WaitGroup other;
  other.Go([&] {
    std::byte byte[1];
    while (there->first.Read(byte)) {
      mine++;
      (void)back->second.Write(byte);
    }
    (void)back->second.Close();
  });
  std::byte byte[1] = {};
  for (int i = 0; i < 50; i++) {
    mine++;
    check(bool(there->second.Write(byte)) && bool(back->first.Read(byte)), "pipe");
    check(mine == 2 * (i + 1), "handed over");
  }
  check(!there->second.Close(), "close");
  check(!back->first.Read(byte), "end of the pipe");
  other.Wait();
}

void children() {
  auto cat = gort::os::exec::Command("cat");
  auto in = cat.StdinPipe();
  auto out = cat.StdoutPipe();
  check(in && out && !cat.Start(), "start");
  gort::go([f = *in] {
    for (int i = 0; i < 100; i++) (void)f.Write("0123456789");
    (void)f.Close();
  });
  auto text = gort::io::ReadAll(*out);
  check(text && text->size() == 1000 && !cat.Wait(), "cat");
  auto said = gort::os::exec::Command("echo", {"hello"}).Output();
  check(said && *said == "hello\n", "echo");
}

// Descriptors that are one goroutine's now and another one's next.
void childrenAtOnce() {
  sync::WaitGroup wg;
  for (int i = 0; i < 6; i++) {
    wg.Go([] {
      for (int k = 0; k < 3; k++) children();
    });
  }
  wg.Wait();
}

void contexts() {
  auto [ctx, cancel] = gort::context::WithTimeout(gort::context::Background(), 30s);
  gort::errgroup::Group group;
  group.SetLimit(3);
  int first = 0;
  sync::Mutex mu;
  for (int i = 0; i < 20; i++) {
    group.Go([&, ctx = ctx]() -> gort::error {
      std::lock_guard hold(mu);
      first++;
      return ctx.Err();
    });
  }
  check(!group.Wait() && first == 20, "errgroup");
  gort::Chan<void> ended(0);
  gort::go([=, ctx = ctx] {
    ctx.Done().recv();
    ended.close();
  });
  cancel();
  ended.recv();
  gort::singleflight::Group<std::string, std::string> flights;
  sync::WaitGroup wg;
  for (int i = 0; i < 8; i++) {
    wg.Go([&] {
      auto r = flights.Do("key", []() -> gort::Result<std::string> { return std::string(100, 's'); });
      check(!r.err && r.value.size() == 100, "singleflight");
    });
  }
  wg.Wait();
}

void signals() {
  gort::Chan<int> got(1);
  gort::os::signal::Notify(got, {SIGUSR1});
  std::raise(SIGUSR1);
  check(*got.recv() == SIGUSR1, "signal");
  // On whichever thread.
  sync::WaitGroup wg;
  for (int i = 0; i < 6; i++) {
    wg.Go([] {
      for (int k = 0; k < 20; k++) {
        std::raise(SIGUSR1);
        gort::Gosched();
      }
    });
  }
  wg.Wait();
  gort::os::signal::Stop(got);
}

}  // namespace

int gort_main(int, char**) {
  talk("tcp", "127.0.0.1:0");
  talk("unix", "@gort-plain-" + std::to_string(std::random_device{}()));
  packets();
  ends();
  handedOver();
  childrenAtOnce();
  contexts();
  signals();
  return 0;
}
