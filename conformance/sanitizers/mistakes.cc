// mistakes.cc MISTAKE: makes it, on a goroutine.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "gort.h"
#include "net/dial.h"
#include "net/net.h"
#include "os/file.h"

namespace {

using namespace std::chrono_literals;
volatile int three = 3;

[[gnu::noinline]] int afterFree() {
  int* volatile p = new int[4];
  delete[] p;
  gort::Gosched();
  return p[three];
}

[[gnu::noinline]] int pastHeap() {
  std::unique_ptr<int[]> p(new int[3]);
  gort::Gosched();
  return p[static_cast<size_t>(three)];
}

[[gnu::noinline]] int pastArray() {
  volatile int room[3] = {1, 2, 3};
  gort::Gosched();
  return room[three];
}

volatile std::uintptr_t ofOthers;
[[gnu::noinline]] void leaveBehind() {
  int mine = 7;
  ofOthers = reinterpret_cast<std::uintptr_t>(&mine);
}
[[gnu::noinline]] int afterReturn() {
  leaveBehind();
  gort::Gosched();
  return *reinterpret_cast<int*>(ofOthers);
}

[[gnu::noinline]] int lose() {
  char* volatile only = new char[123];
  *only = 1;
  return *only;
}

// Nothing orders the two that call it, whether they run at once or not.
int unordered;
[[gnu::noinline]] int race() {
  for (int i = 0; i < 100; i++) {
    unordered++;
    gort::Gosched();
  }
  return 0;
}

// Goroutines that end before the next one begins, and nobody has waited for them.
[[gnu::noinline]] int raceAfter() {
  for (int i = 0; i < 2; i++) {
    gort::go([] { unordered++; });
    for (int k = 0; k < 20; k++) gort::Gosched();
    gort::time::Sleep(2ms);
  }
  return 0;
}

// The first is done before the second is added to the group: nobody has waited for it all the same.
[[gnu::noinline]] int raceBehindAdd() {
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 2; i++) {
    wg.Add(1);
    gort::go([&] {
      unordered++;
      wg.Done();
    });
    for (int k = 0; k < 20; k++) gort::Gosched();
    gort::time::Sleep(2ms);
  }
  wg.Wait();
  return 0;
}

// Whoever reads may not write, also if no other reader is there at the time.
[[gnu::noinline]] int raceUnderRLock() {
  static gort::sync::RWMutex mu;
  gort::go([] {
    mu.RLock();
    unordered++;
    mu.RUnlock();
  });
  gort::time::Sleep(5ms);
  mu.RLock();
  unordered++;
  mu.RUnlock();
  return 0;
}

// The one that made it has not waited either.
[[gnu::noinline]] int raceAtEnd() {
  gort::go([] { unordered++; });
  gort::time::Sleep(5ms);
  return unordered;
}

// What a channel hands over is used on both sides.
[[gnu::noinline]] int raceByPointer() {
  gort::Chan<int*> c(0);
  gort::Chan<void> done(0);
  int mine = 0;
  gort::go([=] {
    int* theirs = *c.recv();
    *theirs += 1;
    done.close();
  });
  c << &mine;
  mine++;
  done.recv();
  return mine;
}

// A buffer that one goroutine gave to the kernel and another one uses, with nothing that orders the two.
alignas(8) char ofKernel[8];
std::span<std::byte> bufferOfKernel() { return std::as_writable_bytes(std::span(ofKernel)); }
[[gnu::noinline]] int usesBuffer() {
  gort::time::Sleep(5ms);
  return ++ofKernel[2];
}

[[gnu::noinline]] int raceInRead() {
  auto [r, w] = *gort::os::Pipe();
  (void)w.Write("12345678");
  gort::go([r = r] { (void)r.Read(bufferOfKernel()); });
  return usesBuffer();
}

[[gnu::noinline]] int raceInWrite() {
  auto [r, w] = *gort::os::Pipe();
  gort::go([w = w] { (void)w.Write(bufferOfKernel()); });
  return usesBuffer();
}

[[gnu::noinline]] int raceInWritev() {
  auto l = *gort::net::Listen("tcp", "127.0.0.1:0");
  auto out = *gort::net::Dial("tcp", l.Address().String());
  gort::go([out] {
    char first[] = "first";
    std::span<const std::byte> pieces[] = {std::as_bytes(std::span(first)), bufferOfKernel()};
    (void)out.Write(pieces);
  });
  return usesBuffer();
}

[[gnu::noinline]] int raceInPread() {
  auto f = *gort::os::Open("/proc/self/exe");
  gort::go([f] { (void)f.ReadAt(bufferOfKernel(), 0); });
  return usesBuffer();
}

[[gnu::noinline]] int raceInReadFrom() {
  auto a = *gort::net::ListenPacket("udp", "127.0.0.1:0");
  (void)a.WriteTo("12345678", a.LocalAddr());
  gort::go([a] { (void)a.ReadFrom(bufferOfKernel()); });
  return usesBuffer();
}

// The C library's, which gort stands in front of.
[[gnu::noinline]] int raceInLibc() {
  int fd[2];
  if (pipe(fd) != 0 || write(fd[1], "12345678", 8) != 8) return 0;
  gort::go([r = fd[0]] { (void)!read(r, ofKernel, sizeof ofKernel); });
  return usesBuffer();
}

[[gnu::noinline]] int readPastHeap() {
  auto [r, w] = *gort::os::Pipe();
  (void)w.Write("1234");
  std::unique_ptr<std::byte[]> p(new std::byte[5]);
  return static_cast<int>(*r.Read(std::span(p.get(), static_cast<size_t>(3 + three))));
}

[[gnu::noinline]] int writeAfterFree() {
  auto [r, w] = *gort::os::Pipe();
  std::byte* volatile p = new std::byte[4]();
  delete[] p;
  return static_cast<int>(*w.Write(std::span<const std::byte>(p, 4)));
}

[[gnu::noinline]] int overflows() { return 0x7fffffff + three; }
[[gnu::noinline]] int throws() { throw std::runtime_error("too deep"); }
[[gnu::noinline]] int deadlock() { return *gort::Chan<int>(0).recv(); }
[[gnu::noinline]] int nil() { return *static_cast<volatile int*>(nullptr); }
// NOLINTNEXTLINE
[[gnu::noinline]] int endless(int n) {
  volatile char room[1000];
  room[n % 1000] = 1;
  if (three < 0) return n;
  return endless(n + 1) + room[0];
}
int overflow() { return endless(0); }

}  // namespace

int gort_main(int argc, char** argv) {
  static constexpr struct {
    std::string_view name;
    int (*make)();
  } mistakes[] = {
      {"after-free", afterFree}, {"past-heap", pastHeap}, {"past-array", pastArray}, {"after-return", afterReturn},
      {"leak", lose},            {"throw", throws},       {"deadlock", deadlock},    {"nil", nil},
      {"overflow", overflow},    {"race", race},          {"race-after", raceAfter}, {"race-at-end", raceAtEnd},
      {"race-by-pointer", raceByPointer},       {"race-behind-add", raceBehindAdd},
      {"race-under-rlock", raceUnderRLock},     {"integer", overflows},
      {"race-in-read", raceInRead},             {"race-in-write", raceInWrite},
      {"race-in-writev", raceInWritev},         {"race-in-pread", raceInPread},
      {"race-in-read-from", raceInReadFrom},    {"race-in-libc", raceInLibc},
      {"read-past-heap", readPastHeap},         {"write-after-free", writeAfterFree},
  };
  int (*f)() = nullptr;
  for (const auto& m : mistakes) {
    if (argc > 1 && m.name == argv[1]) f = m.make;
  }
  if (f == nullptr) return 3;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 2; i++) {
    wg.Add(1);
    gort::go([=, &wg] {
      if (f() == 12345) std::puts("no");
      wg.Done();
    });
    if (f != race) wg.Wait();
  }
  wg.Wait();
  return 0;
}
