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
  bool inSystem;
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

void mark(char letter, bool inSystem) {
  if (!on) return;
  const size_t at = used.fetch_add(1, std::memory_order_relaxed);
  if (at < marks.size()) marks[at] = {now(), syscall(SYS_gettid), letter, inSystem};
}

namespace {

// All marks in order, times from 0, threads numbered from 1 as they come.
std::vector<Mark> sorted() {
  on = false;
  std::vector<Mark> all(marks.begin(), marks.begin() + static_cast<long>(std::min(used.load(), marks.size())));
  std::stable_sort(all.begin(), all.end(), [](const Mark& a, const Mark& b) { return a.ns < b.ns; });
  const int64_t from = all.empty() ? 0 : all[0].ns;
  std::map<long, long> numbers;
  for (Mark& m : all) {
    m.ns -= from;
    m.thread = numbers.emplace(m.thread, numbers.size() + 1).first->second;
  }
  return all;
}

}  // namespace

void draw(std::FILE* to, int columns) {
  const std::vector<Mark> all = sorted();
  if (all.empty()) return;
  const int64_t length = all.back().ns + 1;
  struct Lane {
    std::string picture;
    int64_t since = 0;  // column
    char letter = ' ';
    void fill(int64_t until) {
      for (int64_t c = since; c < until && letter != ' '; c++) picture[c] = letter;
    }
  };
  std::map<long, Lane> lanes;
  for (const Mark& m : all) {
    Lane& lane = lanes[m.thread];
    if (lane.picture.empty()) lane.picture.assign(columns, ' ');
    const int64_t column = m.ns * columns / length;
    lane.fill(column);
    // What is shorter than a column is seen all the same, if nothing else is.
    char& here = lane.picture[column];
    if (m.letter != ' ' && here == ' ') here = m.letter;
    lane.since = column;
    lane.letter = m.letter;
  }
  std::fprintf(to, "%.1f ms, a column is %.0f us\n", static_cast<double>(length) / 1e6,
               static_cast<double>(length) / 1e3 / columns);
  for (auto& [number, lane] : lanes) {
    lane.fill(columns);
    std::fprintf(to, "thread %2ld |%s|\n", number, lane.picture.c_str());
  }
}

void write(std::FILE* to) {
  for (const Mark& m : sorted()) {
    std::fprintf(to, "%lld %ld %c%s\n", static_cast<long long>(m.ns), m.thread, m.letter == ' ' ? '-' : m.letter,
                 m.inSystem ? "s" : "");
  }
}

}  // namespace lessons::timeline
