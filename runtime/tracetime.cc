// The clock of traces: Go's tracetime.go.
#include "runtime/tracetime.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "runtime/trace.h"
#include "runtime/traceevent.h"

namespace runtime {

traceCounter traceTicks;

#if defined(__x86_64__)

namespace {

// The counter and the time at one moment, as nearly as a few tries give it.
struct moment {
  uint64 ticks = 0;
  int64 ns = 0;

  moment() {
    uint64 least = ~uint64{0};
    for (int i = 0; i < 5; i++) {
      const uint64 before = __builtin_ia32_rdtsc();
      const int64 now = nanotime();
      const uint64 width = __builtin_ia32_rdtsc() - before;
      if (width >= least) continue;
      least = width;
      ticks = before + width / 2;
      ns = now;
    }
  }
};

const moment programStart;  // the static objects' turn

// The kernel has looked whether all processors count alike and at all times.
bool isKernelsClock() {
  char name[8] = {};
  const int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = read(fd, name, sizeof name - 1);
  close(fd);
  return n >= 3 && std::string_view(name, 3) == "tsc";
}

}  // namespace

void traceClockInit() {
  static bool known = false;
  if (known) return;
  known = true;
  if (faketime != faketimeOff || !isKernelsClock()) return;
  constexpr int64 longEnough = 2'000'000;  // ns: what is measured is right to some parts in a million
  moment now;
  while (now.ns - programStart.ns < longEnough) {
    usleep(200);
    now = moment();
  }
  const double perTick = static_cast<double>(now.ns - programStart.ns) / traceTimeDiv /
                         static_cast<double>(now.ticks - programStart.ticks);
  if (perTick <= 0 || perTick >= 1) return;
  traceTicks.start = now.ticks;
  traceTicks.at = static_cast<traceTime>(now.ns) / traceTimeDiv;
  traceTicks.perTick = static_cast<uint64>(perTick * 0x1p64);
}

#else

void traceClockInit() {}

#endif

void traceFrequency(uintptr gen) {
  traceWriter w = unsafeTraceWriter(gen, nullptr);
  w.ensure(1 + traceBytesPerNumber);
  w.buf->byte(traceEvFrequency);
  w.buf->varint(traceClockUnitsPerSecond());
  w.flush();
}

}  // namespace runtime
