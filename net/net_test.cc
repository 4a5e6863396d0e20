// Sockets on the loopback: what works, what fails, in which words, and what happens while somebody waits.
#include "net/net.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "net/dial.h"
#include "os/file.h"

namespace gort::net {
namespace {

using namespace std::chrono_literals;

const std::string kAny = "127.0.0.1:0";

Listener listenAny(std::string_view network = "tcp") { return Listen(network, kAny).value(); }
Conn dialTo(const Listener& l) { return Dial(l.Address().Network(), l.Address().String()).value(); }

// Both ends of a connection.
struct Both {
  Listener l;
  Conn client, server;
};
Both connected(std::string_view network = "tcp", std::string_view at = kAny) {
  Listener l = Listen(network, at).value();
  Chan<Conn> accepted(1);
  go([=] { accepted.send(l.Accept().value()); });
  Conn client = Dial(network, l.Address().String()).value();
  return {l, client, *accepted.recv()};
}

std::string read(const Conn& c, std::size_t n = 4096) {
  std::string s(n, '\0');
  auto got = c.Read({reinterpret_cast<std::byte*>(s.data()), n});
  s.resize(got.partial());
  return got ? s : "(" + got.error().Error() + ")";
}

// The text of an error with addresses and ports left out.
std::string words(const error& err) {
  const OpError* op = errors::As<OpError>(err);
  return op == nullptr ? err.Error() : op->Op + " " + op->Net + ": " + op->Err.Error();
}

std::string socketPath(const char* name) {
  return std::string(name) + std::to_string(getpid());
}

TEST(Net, Echo) {
  Listener l = listenAny();
  go([=] {
    for (;;) {
      auto c = l.Accept();
      if (!c) return;
      go([c = *c] { (void)io::Copy(c, c); });
    }
  });
  Conn c = dialTo(l);
  EXPECT_EQ(c.RemoteAddr(), l.Address());
  EXPECT_EQ(c.LocalAddr().IP(), "127.0.0.1");
  EXPECT_EQ(c.LocalAddr().Network(), "tcp");
  EXPECT_EQ(*c.Write("hello"), 5u);
  EXPECT_EQ(read(c), "hello");
  EXPECT_FALSE(c.CloseWrite());
  EXPECT_EQ(read(c), "(EOF)");
  EXPECT_FALSE(c.Close());
  EXPECT_EQ(words(c.Close()), "close tcp: use of closed network connection");
  EXPECT_FALSE(l.Close());
}

TEST(Net, Refused) {
  std::string at;
  {
    Listener l = listenAny();
    at = l.Address().String();
  }
  auto c = Dial("tcp", at);
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().Error(), "dial tcp " + at + ": connect: connection refused");
  EXPECT_EQ(c.error().code(), std::errc::connection_refused);
  EXPECT_FALSE(c.error().Timeout());
}

TEST(Net, WhatIsWrongIsTold) {
  auto text = [](const error& err) { return err.Error(); };
  EXPECT_EQ(text(Dial("tcp", "127.0.0.1").error()), "dial tcp: address 127.0.0.1: missing port in address");
  EXPECT_EQ(text(Dial("tcp", "::1:80").error()), "dial tcp: address ::1:80: too many colons in address");
  EXPECT_EQ(text(Dial("tcp", "[::1]").error()), "dial tcp: address [::1]: missing port in address");
  EXPECT_EQ(text(Dial("tcp", "127.0.0.1:99999").error()), "dial tcp: address 99999: invalid port");
  EXPECT_EQ(text(Dial("tcp", "127.0.0.1:nosuch").error()), "dial tcp: lookup tcp/nosuch: unknown port");
  EXPECT_EQ(text(Dial("ipx", "x:1").error()), "dial ipx: unknown network ipx");
  EXPECT_EQ(text(Dial("tcp6", "127.0.0.1:1").error()), "dial tcp6: address 127.0.0.1: no suitable address");
  EXPECT_EQ(text(Listen("udp", kAny).error()), "listen udp: address 127.0.0.1:0: unexpected address type");
  auto missing = Dial("tcp", "nosuch.invalid:80");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().Error().find("dial tcp: lookup nosuch.invalid: "), 0u) << missing.error();
  EXPECT_NE(errors::As<DNSError>(missing.error()), nullptr);
  Conn none;
  EXPECT_EQ(none.Write("x").error(), error(EINVAL));
  EXPECT_EQ(none.Close(), error(EINVAL));
}

TEST(Net, AddressInUse) {
  Listener l = listenAny();
  auto second = Listen("tcp", l.Address().String());
  EXPECT_EQ(second.error().Error(), "listen tcp " + l.Address().String() + ": bind: address already in use");
}

TEST(Net, SocketOptionsAreGos) {
  Both b = connected();
  auto option = [](const Socket& s, int level, int name) {
    int v = -1;
    socklen_t n = sizeof v;
    EXPECT_FALSE(s.Control([&](int fd) { getsockopt(fd, level, name, &v, &n); }));
    return v;
  };
  EXPECT_NE(option(b.l, SOL_SOCKET, SO_REUSEADDR), 0);
  for (const Conn& c : {b.client, b.server}) {
    EXPECT_NE(option(c, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(option(c, SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(option(c, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    EXPECT_EQ(option(c, IPPROTO_TCP, TCP_KEEPINTVL), 15);
    EXPECT_EQ(option(c, IPPROTO_TCP, TCP_KEEPCNT), 9);
    int flags = 0, fdFlags = 0;
    (void)c.Control([&](int fd) { flags = fcntl(fd, F_GETFL), fdFlags = fcntl(fd, F_GETFD); });
    EXPECT_NE(flags & O_NONBLOCK, 0);
    EXPECT_NE(fdFlags & FD_CLOEXEC, 0);
  }
  EXPECT_FALSE(b.client.SetKeepAliveConfig({.Enable = true, .Idle = 1500ms, .Interval = 7s, .Count = 3}));
  EXPECT_EQ(option(b.client, IPPROTO_TCP, TCP_KEEPIDLE), 2) << "rounded up";
  EXPECT_EQ(option(b.client, IPPROTO_TCP, TCP_KEEPINTVL), 7);
  EXPECT_EQ(option(b.client, IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_FALSE(b.client.SetNoDelay(false));
  EXPECT_EQ(option(b.client, IPPROTO_TCP, TCP_NODELAY), 0);
  Dialer silent;
  silent.KeepAlive = -1ns;
  Conn c = silent.Dial("tcp", b.l.Address().String()).value();
  EXPECT_EQ(option(c, SOL_SOCKET, SO_KEEPALIVE), 0);
  Listener all = Listen("tcp", ":0").value();
  EXPECT_EQ(all.Address().String().substr(0, 5), "[::]:") << "both kinds";
  Conn viaV4 = Dial("tcp", "127.0.0.1:" + std::to_string(all.Address().Port())).value();
  EXPECT_EQ(all.Accept().value().RemoteAddr().IP(), "127.0.0.1");
}

TEST(Net, Deadlines) {
  Both b = connected();
  const std::string ends = b.client.LocalAddr().String() + "->" + b.client.RemoteAddr().String();
  auto start = time::Now();
  ASSERT_FALSE(b.client.SetReadDeadline(time::Now() + 20ms));
  EXPECT_EQ(read(b.client), "(read tcp " + ends + ": i/o timeout)");
  EXPECT_GE(time::Since(start), 20ms);
  std::array<std::byte, 1> one;
  auto again = b.client.Read(one);
  EXPECT_TRUE(again.error().Timeout());
  EXPECT_TRUE(errors::Is(again.error(), os::ErrDeadlineExceeded));
  EXPECT_TRUE(errors::Is(again.error(), ErrDeadlineExceeded));
  EXPECT_EQ(again.error().code(), std::errc::timed_out);
  EXPECT_TRUE(b.client.Write("x")) << "the read deadline only";
  // Another one, and all is well.
  ASSERT_FALSE(b.client.SetReadDeadline({}));
  (void)b.server.Write("y");
  EXPECT_EQ(read(b.client), "y");
  // Of somebody who waits already.
  Chan<std::string> got(1);
  go([=] { got.send(read(b.client)); });
  time::Sleep(5ms);
  (void)b.client.SetDeadline(time::Now() - 1s);
  EXPECT_EQ(*got.recv(), "(read tcp " + ends + ": i/o timeout)");
  EXPECT_EQ(words(b.client.Write("x").error()), "write tcp: i/o timeout");
  ASSERT_FALSE(b.l.SetDeadline(time::Now() + 5ms));
  EXPECT_EQ(words(b.l.Accept().error()), "accept tcp: i/o timeout");
}

TEST(Net, WriteWaitsAndIsCutShort) {
  Both b = connected();
  std::string large(32 << 20, 'x');  // more than the kernel has room for
  (void)b.client.SetWriteDeadline(time::Now() + 200ms);
  auto n = b.client.Write(large);
  ASSERT_FALSE(n);
  EXPECT_TRUE(n.error().Timeout());
  EXPECT_GT(n.partial(), 0u) << "some of it went";
  EXPECT_LT(n.partial(), large.size());
  // And the rest, when somebody reads.
  (void)b.client.SetWriteDeadline({});
  Chan<std::size_t> total(1);
  go([=] {
    std::vector<std::byte> buf(1 << 16);
    std::size_t sum = 0;
    for (;;) {
      auto got = b.server.Read(buf);
      sum += got.partial();
      if (!got) break;
    }
    total.send(sum);
  });
  auto rest = b.client.Write(std::string_view(large).substr(n.partial()));
  EXPECT_TRUE(rest) << rest.error();
  (void)b.client.CloseWrite();
  EXPECT_EQ(total.recv(), large.size());
}

TEST(Net, CloseWhileBlocked) {
  Both b = connected();
  Chan<std::string> got(8);
  for (int i = 0; i < 3; i++) go([=] { got.send(read(b.client)); });  // one reads, two wait for their turn
  go([=] { got.send(words(b.l.Accept().error())); });
  time::Sleep(10ms);
  EXPECT_FALSE(b.client.Close());
  for (int i = 0; i < 3; i++) EXPECT_NE(got.recv()->find("use of closed network connection"), std::string::npos);
  EXPECT_FALSE(b.l.Close());
  EXPECT_EQ(*got.recv(), "accept tcp: use of closed network connection");
  EXPECT_TRUE(errors::Is(b.client.Write("x").error(), ErrClosed));
  EXPECT_EQ(b.client.Write("x").error().code(), std::errc::bad_file_descriptor);
  EXPECT_EQ(read(b.server), "(EOF)");
}

TEST(Net, TheLastHandleCloses) {
  Both b = connected();
  {
    Conn copy = b.client;
    b.client = {};
    EXPECT_TRUE(copy.Write("still"));
  }
  EXPECT_EQ(read(b.server), "still");
  EXPECT_EQ(read(b.server), "(EOF)");
}

TEST(Net, Reset) {
  Both b = connected();
  ASSERT_FALSE(b.client.SetLinger(0));
  (void)b.client.Close();
  std::string got = read(b.server);
  EXPECT_NE(got.find("read: connection reset by peer"), std::string::npos) << got;
  // And who goes on writing.
  error err;
  for (int i = 0; i < 100 && !err; i++) err = b.server.Write("x").error();
  EXPECT_EQ(err.code(), std::errc::broken_pipe) << err;
  EXPECT_EQ(words(err), "write tcp: write: broken pipe");
}

TEST(Net, HalfClose) {
  Both b = connected();
  EXPECT_TRUE(b.client.Write("question"));
  EXPECT_FALSE(b.client.CloseWrite());
  EXPECT_EQ(*io::ReadAll(b.server), "question");
  EXPECT_TRUE(b.server.Write("answer"));
  EXPECT_EQ(read(b.client), "answer");
  EXPECT_FALSE(b.client.CloseRead());
  EXPECT_EQ(read(b.client), "(EOF)");
  EXPECT_EQ(words(b.client.Write("x").error()), "write tcp: write: broken pipe");
}

TEST(Net, ManyPiecesInOrder) {
  Both b = connected();
  (void)b.client.SetWriteBuffer(4096);
  std::string want;
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; i++) texts.push_back(std::string(i % 400, static_cast<char>('a' + i % 26)));
  std::vector<std::span<const std::byte>> pieces;
  for (auto& t : texts) {
    want += t;
    pieces.push_back(io::Bytes(t));
  }
  Chan<std::string> got(1);
  go([=] { got.send(*io::ReadAll(b.server)); });
  auto n = b.client.Write(std::span(pieces));
  EXPECT_EQ(n.partial(), static_cast<std::int64_t>(want.size()));
  EXPECT_FALSE(n.error());
  (void)b.client.CloseWrite();
  EXPECT_TRUE(*got.recv() == want);
}

TEST(Net, DialTimesOut) {
  // A queue of one that is full: the kernel lets SYNs fall.
  Listener l = listenAny();
  (void)l.Control([](int fd) { listen(fd, 0); });
  std::vector<Conn> fill;
  error err;
  auto start = time::Now();
  for (int i = 0; i < 10 && !err; i++) {
    auto c = DialTimeout("tcp", l.Address().String(), 50ms);
    if (c) fill.push_back(*c);
    err = c.error();
  }
  EXPECT_EQ(err.Error(), "dial tcp " + l.Address().String() + ": i/o timeout");
  EXPECT_TRUE(err.Timeout());
  EXPECT_LT(time::Since(start), 10s);
  // A context that is canceled.
  auto [ctx, cancel] = context::WithCancel(context::Background());
  time::AfterFunc(20ms, [cancel = cancel] { cancel(); });
  auto c = Dialer{}.DialContext(ctx, "tcp", l.Address().String());
  EXPECT_EQ(c.error().Error(), "dial tcp " + l.Address().String() + ": operation was canceled");
  EXPECT_TRUE(errors::Is(c.error(), context::Canceled));
  // And one that is over: not even begun.
  auto late = Dialer{}.DialContext(ctx, "tcp", l.Address().String());
  EXPECT_EQ(words(late.error()), "dial tcp: operation was canceled");
  auto [timed, cancel2] = context::WithTimeout(context::Background(), 20ms);
  auto t = Dialer{}.DialContext(timed, "tcp", l.Address().String());
  EXPECT_EQ(words(t.error()), "dial tcp: i/o timeout");
}

TEST(Net, Localhost) {
  // A name with addresses of both kinds, and a listener on one of them.
  Listener l = listenAny();
  auto c = Dial("tcp", "localhost:" + std::to_string(l.Address().Port()));
  EXPECT_TRUE(c) << c.error();
  auto hosts = LookupHost(context::Background(), "localhost");
  ASSERT_TRUE(hosts) << hosts.error();
  EXPECT_NE(std::find(hosts->begin(), hosts->end(), "127.0.0.1"), hosts->end());
}

TEST(Net, IPv6) {
  auto l = Listen("tcp6", "[::1]:0");
  if (!l) {
    // A machine without it.
    EXPECT_EQ(l.error().code(), std::errc::address_not_available) << l.error();
    return;
  }
  auto c = Dial("tcp", l->Address().String());
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->RemoteAddr().String(), "[::1]:" + std::to_string(l->Address().Port()));
}

TEST(Net, UnixStream) {
  std::string path = socketPath("stream");
  {
    Both b = connected("unix", path);
    EXPECT_EQ(b.l.Address().String(), path);
    EXPECT_EQ(b.client.RemoteAddr().String(), path);
    EXPECT_TRUE(b.client.Write("over unix"));
    EXPECT_EQ(read(b.server), "over unix");
    struct stat st;
    EXPECT_EQ(stat(path.c_str(), &st), 0);
  }
  struct stat st;
  EXPECT_NE(stat(path.c_str(), &st), 0) << "the listener took its file along";
  EXPECT_EQ(Dial("unix", path).error().Error(), "dial unix " + path + ": connect: no such file or directory");
  // Without a file.
  Both b = connected("unix", "@gort-test-" + std::to_string(std::random_device{}()));
  EXPECT_TRUE(b.client.Write("abstract"));
  EXPECT_EQ(read(b.server), "abstract");
  // Packets keep their ends.
  std::string packets = socketPath("packets");
  Both p = connected("unixpacket", packets);
  EXPECT_TRUE(p.client.Write("one"));
  EXPECT_TRUE(p.client.Write("two"));
  EXPECT_EQ(read(p.server), "one");
  EXPECT_EQ(read(p.server), "two");
  EXPECT_EQ(Listen("unix", std::string(200, 'x')).error().code(), std::errc::invalid_argument);
}

TEST(Net, Packets) {
  PacketConn a = ListenPacket("udp", kAny).value();
  PacketConn b = ListenPacket("udp", kAny).value();
  EXPECT_EQ(*a.WriteTo("ping", b.LocalAddr()), 4u);
  std::array<std::byte, 64> buf;
  auto p = b.ReadFrom(buf);
  ASSERT_TRUE(p) << p.error();
  EXPECT_EQ(io::Text(std::span(buf).first(p->n)), "ping");
  EXPECT_EQ(p->from, a.LocalAddr());
  // An empty one is a packet, too, not an end.
  EXPECT_TRUE(b.WriteTo("", p->from));
  auto empty = a.ReadFrom(buf);
  ASSERT_TRUE(empty) << empty.error();
  EXPECT_EQ(empty->n, 0u);
  // Connected.
  Conn c = Dial("udp", b.LocalAddr().String()).value();
  EXPECT_EQ(*c.Write("hi"), 2u);
  p = b.ReadFrom(buf);
  EXPECT_EQ(p->from, c.LocalAddr());
  (void)a.SetReadDeadline(time::Now() + 5ms);
  EXPECT_EQ(words(a.ReadFrom(buf).error()), "read udp: i/o timeout");
  EXPECT_EQ(a.WriteTo("x", Addr()).error().Error(),
            "write udp " + a.LocalAddr().String() + ": missing address");
  EXPECT_EQ(words(a.WriteTo(std::string(70'000, 'x'), b.LocalAddr()).error()), "write udp: sendto: message too long");
  // Without a name of its own, so nobody can answer.
  std::string path = socketPath("datagrams");
  PacketConn u = ListenPacket("unixgram", path).value();
  Conn sender = Dial("unixgram", path).value();
  EXPECT_TRUE(sender.Write("gram"));
  EXPECT_EQ(u.ReadFrom(buf)->n, 4u);
  unlink(path.c_str());
}

TEST(Net, CopyFromAFileAndBetweenSockets) {
  std::string path = socketPath("file");
  std::string text;
  for (int i = 0; i < 300'000; i++) text += "line " + std::to_string(i) + "\n";
  ASSERT_FALSE(os::WriteFile(path, text));
  os::File f = os::Open(path).value();
  // File, sendfile, socket, splice, socket.
  Both front = connected(), back = connected();
  Chan<std::int64_t> sent(2);
  go([=] {
    auto n = io::Copy(front.client, f);
    EXPECT_TRUE(n) << n.error();
    sent.send(n.partial());
    (void)front.client.CloseWrite();
  });
  go([=] {
    auto n = io::Copy(back.client, front.server);
    EXPECT_TRUE(n) << n.error();
    sent.send(n.partial());
    (void)back.client.CloseWrite();
  });
  EXPECT_TRUE(*io::ReadAll(back.server) == text);
  EXPECT_EQ(sent.recv(), static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(sent.recv(), static_cast<std::int64_t>(text.size()));
  // A part of it.
  Both part = connected();
  ASSERT_TRUE(f.Seek(5, SEEK_SET));
  EXPECT_EQ(*io::CopyN(part.client, f, 6), 6);
  EXPECT_EQ(read(part.server), text.substr(5, 6));
  // Less than there should be.
  (void)f.Seek(-3, SEEK_END);
  auto few = io::CopyN(part.client, f, 10);
  EXPECT_EQ(few.partial(), 3);
  EXPECT_EQ(few.error(), io::Eof);
  // What cannot be sent so.
  os::File null = os::Open("/dev/null").value();
  EXPECT_EQ(*io::Copy(part.client, null), 0);
  unlink(path.c_str());
}

TEST(Net, AcceptWithoutDescriptors) {
  Listener l = listenAny();
  Conn c1 = dialTo(l);
  rlimit old;
  getrlimit(RLIMIT_NOFILE, &old);
  int next = dup(0);
  close(next);
  rlimit none = old;
  none.rlim_cur = static_cast<rlim_t>(next);
  setrlimit(RLIMIT_NOFILE, &none);
  auto c = l.Accept();
  setrlimit(RLIMIT_NOFILE, &old);
  ASSERT_FALSE(c);
  EXPECT_EQ(words(c.error()), "accept tcp: accept4: too many open files");
  EXPECT_TRUE(c.error().Temporary()) << "one may try again";
  EXPECT_FALSE(c.error().Timeout());
  EXPECT_TRUE(l.Accept()) << "the connection is still there";
}

TEST(Net, SignalsInterruptNobody) {
  // EINTR, often: reads, writes, accepts and connects go on.
  struct sigaction sa{}, before{};
  sa.sa_handler = [](int) {};
  sa.sa_flags = SA_ONSTACK;  // no SA_RESTART
  sigaction(SIGALRM, &sa, &before);
  itimerval often{{0, 500}, {0, 500}}, off{};
  setitimer(ITIMER_REAL, &often, nullptr);
  std::string large(4 << 20, 'y');
  for (int i = 0; i < 5; i++) {
    Both b = connected();
    Chan<std::string> got(1);
    go([=] { got.send(*io::ReadAll(b.server)); });
    auto n = b.client.Write(large);
    EXPECT_TRUE(n) << n.error();
    (void)b.client.CloseWrite();
    EXPECT_TRUE(*got.recv() == large);
  }
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

// A read that takes all there is lets the next one wait in the poller at once. Here are the cases in which that would
// be for ever.
TEST(Net, ShortReads) {
  // The end came along with the data.
  for (int i = 0; i < 200; i++) {
    Both b = connected();
    (void)b.client.Write("last words");
    (void)b.client.CloseWrite();
    if (i % 2 == 0) time::Sleep(100us);
    EXPECT_EQ(read(b.server), "last words");
    (void)b.server.SetReadDeadline(time::Now() + 10s);
    EXPECT_EQ(read(b.server), "(EOF)");
  }
  // A reset did.
  {
    Both b = connected();
    (void)b.client.Write("x");
    time::Sleep(5ms);
    EXPECT_EQ(read(b.server), "x");
    (void)b.client.SetLinger(0);
    (void)b.client.Close();
    (void)b.server.SetReadDeadline(time::Now() + 10s);
    EXPECT_NE(read(b.server).find("connection reset"), std::string::npos);
  }
  // Urgent data, at which a read stops.
  {
    Both b = connected();
    (void)b.server.SetReadDeadline(time::Now() + 10s);
    (void)b.client.Write("ab");
    (void)b.client.Control([](int fd) { send(fd, "U", 1, MSG_OOB); });
    (void)b.client.Write("cd");
    time::Sleep(5ms);
    std::string got = read(b.server);
    while (got.size() < 4) got += read(b.server);
    EXPECT_EQ(got, "abcd");
  }
  // Somebody else read a part.
  {
    Both b = connected(), other = connected();
    (void)b.server.SetReadDeadline(time::Now() + 10s);
    (void)b.client.Write("first");
    EXPECT_EQ(read(b.server), "first");
    (void)b.client.Write("to be copied, and the rest");
    time::Sleep(5ms);  // the poller has told of it, and the copy forgets that
    EXPECT_EQ(*io::CopyN(other.client, b.server, 12), 12);
    EXPECT_EQ(read(other.server), "to be copied");
    EXPECT_EQ(read(b.server), ", and the rest");
  }
  // Data between two reads is not lost, whenever it comes.
  {
    Both b = connected();
    (void)b.server.SetReadDeadline(time::Now() + 60s);
    go([=] {
      for (int i = 0; i < 20'000; i++) {
        (void)b.client.Write("x");
        if (i % 50 == 0) Gosched();
      }
      (void)b.client.CloseWrite();
    });
    EXPECT_EQ(io::ReadAll(b.server)->size(), 20'000u);
  }
  // The local end of reading.
  {
    Both b = connected();
    (void)b.client.Write("x");
    EXPECT_EQ(read(b.server), "x");
    Chan<std::string> got(1);
    go([=] { got.send(read(b.server)); });
    time::Sleep(5ms);
    (void)b.server.CloseRead();
    EXPECT_EQ(*got.recv(), "(EOF)");
    EXPECT_EQ(read(b.server), "(EOF)");
  }
}

TEST(Net, ReadsDoNotTearEachOther) {
  Both b = connected();
  constexpr int writers = 8, each = 200, size = 5000;
  (void)b.client.SetWriteBuffer(4096);
  sync::WaitGroup wg;
  for (int w = 0; w < writers; w++) {
    wg.Add(1);
    go([&, w] {
      std::string block(size, static_cast<char>('a' + w));
      for (int i = 0; i < each; i++) EXPECT_TRUE(b.client.Write(block));
      wg.Done();
    });
  }
  go([&] {
    wg.Wait();
    (void)b.client.CloseWrite();
  });
  std::string block(size, '\0');
  int blocks = 0;
  for (;;) {
    auto n = io::ReadFull(b.server, {reinterpret_cast<std::byte*>(block.data()), block.size()});
    if (!n) {
      EXPECT_EQ(n.error(), io::Eof);
      break;
    }
    blocks++;
    ASSERT_EQ(block.find_first_not_of(block[0]), block.npos) << "a write in the middle of another one";
  }
  EXPECT_EQ(blocks, writers * each);
}

// How many descriptors this process has.
int descriptors() {
  int n = 0;
  for (int fd = 0; fd < 4096; fd++) n += fcntl(fd, F_GETFD) >= 0;
  return n;
}

// golang/go 16523: a dial that is canceled just when it succeeds closes what it has made.
TEST(Net, CanceledDialsLeaveNothingOpen) {
  Listener l = listenAny();
  go([=] {
    while (l.Accept()) {
    }
  });
  (void)Dial("tcp", l.Address().String());
  time::Sleep(20ms);
  const int before = descriptors();
  int made = 0, canceled = 0;
  for (int i = 0; i < 300; i++) {
    auto [ctx, cancel] = context::WithCancel(context::Background());
    go([cancel = cancel, i] {
      for (int spin = 0; spin < i % 10; spin++) Gosched();
      cancel();
    });
    auto c = Dialer{}.DialContext(ctx, "tcp", l.Address().String());
    made += c.has_value();
    canceled += errors::Is(c.error(), context::Canceled);
    EXPECT_TRUE(c || errors::Is(c.error(), context::Canceled)) << c.error();
  }
  EXPECT_EQ(made + canceled, 300);
  for (int i = 0; i < 5000 && descriptors() > before; i++) time::Sleep(1ms);
  EXPECT_LE(descriptors(), before);
}

// golang/go 15735: nothing wanted, nothing waited for, and no end.
TEST(Net, AnEmptyReadIsNoEnd) {
  Both b = connected();
  auto n = b.client.Read({});
  ASSERT_TRUE(n) << n.error();
  EXPECT_EQ(*n, 0u);
  auto w = b.client.Write("");
  ASSERT_TRUE(w) << w.error();
}

TEST(Net, SplitAndJoin) {
  auto split = [](std::string_view s) {
    auto r = SplitHostPort(s);
    return r ? r->first + "|" + r->second : r.error().Error();
  };
  EXPECT_EQ(split("a:1"), "a|1");
  EXPECT_EQ(split("[::1]:http"), "::1|http");
  EXPECT_EQ(split(":0"), "|0");
  EXPECT_EQ(split("[]:0"), "|0");
  EXPECT_EQ(split("a"), "address a: missing port in address");
  EXPECT_EQ(split("[a"), "address [a: missing port in address");
  EXPECT_EQ(split("[a:1"), "address [a:1: missing ']' in address");
  EXPECT_EQ(split("[a]b:1"), "address [a]b:1: missing port in address");
  EXPECT_EQ(split("a:b:1"), "address a:b:1: too many colons in address");
  EXPECT_EQ(split("a[:1"), "address a[:1: unexpected '[' in address");
  EXPECT_EQ(split("a]:1"), "address a]:1: unexpected ']' in address");
  EXPECT_EQ(JoinHostPort("::1", "80"), "[::1]:80");
  EXPECT_EQ(JoinHostPort("h", "80"), "h:80");
}

TEST(Net, SocketPairs) {
  auto pair = SocketPair().value();
  EXPECT_TRUE(pair.first.Write("x"));
  EXPECT_EQ(read(pair.second), "x");
}

// Sockets come and go while others wait: no late notice may reach the wrong one.
TEST(Net, Churn) {
  Listener l = listenAny();
  go([=] {
    for (;;) {
      auto c = l.Accept();
      if (!c) return;
      go([c = *c] { (void)io::Copy(c, c); });
    }
  });
  sync::WaitGroup wg;
  std::atomic<int> failures{0};
  for (int g = 0; g < 16; g++) {
    wg.Add(1);
    go([&, g] {
      for (int i = 0; i < 100; i++) {
        auto c = Dial("tcp", l.Address().String());
        if (!c) {
          failures++;
          continue;
        }
        if ((i + g) % 5 == 0) (void)c->SetLinger(0);
        if ((i + g) % 3 == 0) {
          (void)c->SetReadDeadline(time::Now() + std::chrono::microseconds(i));
          (void)read(*c);
          (void)c->SetReadDeadline({});
        }
        std::string word = std::to_string(g) + "-" + std::to_string(i);
        if (!c->Write(word) || read(*c) != word) failures++;
      }
      wg.Done();
    });
  }
  wg.Wait();
  (void)l.Close();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace gort::net
