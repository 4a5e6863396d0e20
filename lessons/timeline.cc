// timeline.cc: marks are kept as they come, and sorted out when they are drawn.
#include "lessons/timeline.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lessons::timeline {
namespace {

struct Mark {
  int64_t ns;
  long thread;
  char letter;
};

// Room for all of them from the start: nobody waits for anybody in mark.
std::vector<Mark> marks;
std::atomic<size_t> used{0};
bool on = false;

int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

}  // namespace

void start() {
  marks.resize(1 << 20);
  on = true;
}

void mark(char letter) {
  if (!on) return;
  const size_t at = used.fetch_add(1, std::memory_order_relaxed);
  if (at < marks.size()) marks[at] = {now(), syscall(SYS_gettid), letter};
}

void draw(std::FILE* to, int columns) {
  on = false;
  const size_t n = std::min(used.load(), marks.size());
  if (n == 0) return;
  std::stable_sort(marks.begin(), marks.begin() + n, [](const Mark& a, const Mark& b) { return a.ns < b.ns; });
  const int64_t from = marks[0].ns, length = marks[n - 1].ns - from + 1;
  std::map<long, std::string> lanes;  // by thread
  std::vector<long> order;            // as they come
  struct Open {
    int64_t column;
    char letter;
  };
  std::map<long, Open> open;
  auto fill = [&](long thread, int64_t until) {
    const Open& o = open[thread];
    for (int64_t c = o.column; c < until && o.letter != ' '; c++) lanes[thread][c] = o.letter;
  };
  for (size_t i = 0; i < n; i++) {
    const Mark& m = marks[i];
    const int64_t column = (m.ns - from) * columns / length;
    if (lanes.emplace(m.thread, std::string(columns, ' ')).second) order.push_back(m.thread);
    else fill(m.thread, column);
    // What is shorter than a column is seen all the same, if nothing else is.
    char& here = lanes[m.thread][column];
    if (m.letter != ' ' && here == ' ') here = m.letter;
    open[m.thread] = {column, m.letter};
  }
  std::fprintf(to, "%.1f ms, a column is %.0f us\n", static_cast<double>(length) / 1e6,
               static_cast<double>(length) / 1e3 / columns);
  for (size_t i = 0; i < order.size(); i++) {
    const long thread = order[i];
    fill(thread, columns);
    std::fprintf(to, "thread %2zu |%s|\n", i + 1, lanes[thread].c_str());
  }
}

}  // namespace lessons::timeline
