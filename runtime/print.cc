// Go's print.go: what the runtime has to say, on standard error.
//
// Everything here may be called in any state: on a goroutine, on g0, in a signal's handler, on a thread that has no g
// at all, in the middle of malloc, with any lock held but debuglock. So nothing here allocates, no stdio is touched,
// and what is printed goes out by a bare write(2), piece by piece as Go does it: if the next step kills the process,
// what was said is out.
//
// A statement that prints several pieces holds debuglock meanwhile, so that two threads do not mix their words. A
// thread may take it again: printers call printers, and a crash inside a printer must be able to print.
//
// What differs from Go: the ring of recent words that recordForPanic keeps for core dumps (printBacklog) exists, but a
// thread without a g writes past it. println's helpers are absent: C++ callers end their lines themselves.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "runtime/print.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

// The last words before a crash, for who reads a core dump. Under debuglock.
char printBacklog[512];
uintptr printBacklogIndex;

mutex debuglock;

// printhex pads with zeroes up to so many digits. Under debuglock.
int minhexdigits = 0;

// On a thread that is no M there is nobody to hold a lock.
m* thisM() {
  g* gp = getg();
  return gp == nullptr ? nullptr : gp->m;
}

}  // namespace

// What is written while a crash is reported is not kept: the stacks themselves are in the dump.
static void recordForPanic(const char* b, uintptr n) {
  printlock();
  if (panicking.Load() == 0) {
    for (uintptr i = 0; i < n;) {
      uintptr k = std::min(n - i, sizeof(printBacklog) - printBacklogIndex);
      std::memcpy(printBacklog + printBacklogIndex, b + i, k);
      i += k;
      printBacklogIndex = (printBacklogIndex + k) % sizeof(printBacklog);
    }
  }
  printunlock();
}

void printlock() {
  m* mp = thisM();
  if (mp == nullptr) return;
  mp->locks++;  // no preemption between the count and the lock
  mp->printlock++;
  if (mp->printlock == 1) lock(&debuglock);
  mp->locks--;  // the lock holds it up from here
}

void printunlock() {
  m* mp = thisM();
  if (mp == nullptr) return;
  mp->printlock--;
  if (mp->printlock == 0) unlock(&debuglock);
}

// All of it, unless standard error is gone. errno stays: a printer may stand between a call and who looks at it.
static void writeErr(const char* b, uintptr n) {
  int saved = errno;
  while (n > 0) {
    ssize_t k = ::write(2, b, n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) break;
    b += k;
    n -= static_cast<uintptr>(k);
  }
  errno = saved;
}

void writeErrStr(std::string_view s) { writeErr(s.data(), s.size()); }

// To the g's own buffer if it diverts its words (Stack does), else to standard error. A thread that dies does not
// divert.
void gwrite(std::string_view s) {
  if (s.empty()) return;
  g* gp = getg();
  if (gp != nullptr && gp->m != nullptr) recordForPanic(s.data(), s.size());
  if (gp == nullptr || gp->writebuf.array == nullptr || gp->m->dying > 0) {
    writeErr(s.data(), s.size());
    return;
  }
  slice<uint8>& to = gp->writebuf;
  uintptr n = std::min(s.size(), static_cast<uintptr>(to.cap - to.len));
  std::memcpy(to.array + to.len, s.data(), n);
  to.len += static_cast<intptr>(n);
}

void printbool(bool v) { gwrite(v ? "true" : "false"); }

// Seven digits, a signed exponent of three: +1.500000e+000.
uintptr formatfloat(char* buf, double v) {
  auto word = [buf](const char* s) { return static_cast<uintptr>(stpcpy(buf, s) - buf); };
  if (v != v) return word("NaN");
  if (v + v == v && v > 0) return word("+Inf");
  if (v + v == v && v < 0) return word("-Inf");

  constexpr int n = 7;
  buf[0] = std::signbit(v) ? '-' : '+';
  int e = 0;
  if (v != 0) {
    if (v < 0) v = -v;
    for (; v >= 10; v /= 10) e++;
    for (; v < 1; v *= 10) e--;
    double half = 5;
    for (int i = 0; i < n; i++) half /= 10;
    v += half;
    if (v >= 10) {
      e++;
      v /= 10;
    }
  }
  for (int i = 0; i < n; i++) {
    int s = static_cast<int>(v);
    buf[i + 2] = static_cast<char>('0' + s);
    v = (v - s) * 10;
  }
  buf[1] = buf[2];
  buf[2] = '.';
  buf[n + 2] = 'e';
  buf[n + 3] = e < 0 ? '-' : '+';
  if (e < 0) e = -e;
  buf[n + 4] = static_cast<char>('0' + e / 100);
  buf[n + 5] = static_cast<char>('0' + e / 10 % 10);
  buf[n + 6] = static_cast<char>('0' + e % 10);
  return n + 7;
}

void printfloat(double v) {
  char buf[16];
  gwrite({buf, formatfloat(buf, v)});
}

void printuint(uint64 v) {
  char buf[20];
  uintptr i = sizeof(buf);
  do {
    buf[--i] = static_cast<char>('0' + v % 10);
    v /= 10;
  } while (v != 0);
  gwrite({buf + i, sizeof(buf) - i});
}

void printint(int64 v) {
  uint64 u = static_cast<uint64>(v);
  if (v < 0) {
    gwrite("-");
    u = -u;
  }
  printuint(u);
}

void printhex(uint64 v) {
  char buf[2 + 16];
  uintptr i = sizeof(buf);
  do {
    buf[--i] = "0123456789abcdef"[v % 16];
    v /= 16;
  } while (v != 0 || sizeof(buf) - i < static_cast<uintptr>(minhexdigits));
  buf[--i] = 'x';
  buf[--i] = '0';
  gwrite({buf + i, sizeof(buf) - i});
}

void printstring(std::string_view s) { gwrite(s); }

// Words of memory from p to end, two a line, each line led by its address. mark, if any, gives a character to stand
// before the word at an address, or 0.
void hexdumpWords(uintptr p, uintptr end, absl::FunctionRef<char(uintptr)> mark) {
  printlock();
  minhexdigits = static_cast<int>(sizeof(uintptr) * 2);
  for (uintptr i = 0; p + i < end; i += sizeof(uintptr)) {
    if (i % 16 == 0) {
      if (i != 0) printstring("\n");
      printhex(p + i);
      printstring(": ");
    }
    char c = mark(p + i);
    if (c == 0) c = ' ';
    gwrite({&c, 1});
    printhex(*reinterpret_cast<uintptr*>(p + i));
    printstring(" ");
  }
  minhexdigits = 0;
  printstring("\n");
  printunlock();
}

}  // namespace runtime
