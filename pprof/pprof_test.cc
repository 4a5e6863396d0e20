// Profiles, read back by a small reader of the format.
#include "pprof/pprof.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/proc_decl.h"

namespace gort::pprof {
namespace {

// A message of protobuf: number of a field -> its values, numbers or texts.
struct Fields {
  std::multimap<int, uint64_t> numbers;
  std::multimap<int, std::string> texts;
  bool good = true;

  explicit Fields(std::string_view s) {
    auto varint = [&] {
      uint64_t v = 0;
      for (int shift = 0;; shift += 7) {
        if (s.empty() || shift > 63) return good = false, uint64_t{0};
        const auto b = static_cast<unsigned char>(s[0]);
        s.remove_prefix(1);
        v |= uint64_t{b & 127u} << shift;
        if (b < 128) return v;
      }
    };
    while (!s.empty() && good) {
      const uint64_t key = varint();
      if ((key & 7) == 0) {
        numbers.emplace(static_cast<int>(key >> 3), varint());
      } else {
        const uint64_t n = varint();
        if ((key & 7) != 2 || n > s.size()) {
          good = false;
          return;
        }
        texts.emplace(static_cast<int>(key >> 3), s.substr(0, n));
        s.remove_prefix(n);
      }
    }
  }
  uint64_t number(int field) const {
    auto it = numbers.find(field);
    return it == numbers.end() ? 0 : it->second;
  }
};

std::vector<uint64_t> packed(const std::string& s) {
  std::vector<uint64_t> v;
  uint64_t n = 0;
  int shift = 0;
  for (unsigned char b : s) {
    n |= uint64_t{b & 127u} << shift;
    shift += 7;
    if (b < 128) {
      v.push_back(n);
      n = 0;
      shift = 0;
    }
  }
  return v;
}

struct Sample {
  std::vector<std::string> stack;  // innermost first
  std::vector<uint64_t> values;
  std::map<std::string, std::string> labels;
  bool has(std::string_view function) const {
    for (const auto& f : stack) {
      if (f.find(function) != f.npos) return true;
    }
    return false;
  }
};

std::vector<Sample> parse(const std::string& file) {
  Fields top(file);
  EXPECT_TRUE(top.good);
  std::vector<std::string> strings;
  for (auto [it, end] = top.texts.equal_range(6); it != end; ++it) strings.push_back(it->second);
  EXPECT_FALSE(strings.empty());
  EXPECT_EQ(strings.at(0), "");
  std::map<uint64_t, std::string> functions;
  for (auto [it, end] = top.texts.equal_range(5); it != end; ++it) {
    Fields f(it->second);
    functions[f.number(1)] = strings.at(f.number(2));
  }
  std::map<uint64_t, std::vector<std::string>> locations;
  for (auto [it, end] = top.texts.equal_range(4); it != end; ++it) {
    Fields f(it->second);
    for (auto [line, last] = f.texts.equal_range(4); line != last; ++line) {
      locations[f.number(1)].push_back(functions.at(Fields(line->second).number(1)));
    }
  }
  std::vector<Sample> samples;
  for (auto [it, end] = top.texts.equal_range(2); it != end; ++it) {
    Fields f(it->second);
    Sample s;
    for (uint64_t id : packed(f.texts.find(1)->second)) {
      for (const auto& name : locations.at(id)) s.stack.push_back(name);
    }
    s.values = packed(f.texts.find(2)->second);
    for (auto [label, last] = f.texts.equal_range(3); label != last; ++label) {
      Fields l(label->second);
      s.labels[strings.at(l.number(1))] = strings.at(l.number(2));
    }
    samples.push_back(s);
  }
  return samples;
}

// The sum of the first values, and of the second, of the samples with that function on the stack.
std::pair<uint64_t, uint64_t> sums(const std::vector<Sample>& all, std::string_view function) {
  std::pair<uint64_t, uint64_t> sum{0, 0};
  for (const Sample& s : all) {
    if (!s.has(function)) continue;
    sum.first += s.values.at(0);
    if (s.values.size() > 1) sum.second += s.values[1];
  }
  return sum;
}

std::string contents(const std::string& path) {
  std::ifstream f(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(f), {}};
}

std::string tmp(const char* name) {
  const char* dir = std::getenv("TEST_TMPDIR");
  return std::string(dir != nullptr ? dir : "/tmp") + "/" + name;
}

[[gnu::noinline]] void burnsProcessor(int64_t ms) {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  const int64_t end = t.tv_sec * 1'000'000'000 + t.tv_nsec + ms * 1'000'000;
  do {
    for (int i = 0; i < 10'000; i++) asm volatile("" : "+r"(i));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  } while (t.tv_sec * 1'000'000'000 + t.tv_nsec < end);
}

TEST(Pprof, ProcessorTime) {
  const std::string path = tmp("cpu.pprof");
  ASSERT_TRUE(StartCPUProfile(path, 1000));
  EXPECT_FALSE(StartCPUProfile(path));
  sync::WaitGroup wg;
  Do({{"work", "burning"}, {"who", "test"}}, [&] { wg.Go([] { burnsProcessor(200); }); });
  wg.Wait();
  EXPECT_TRUE(StopCPUProfile());
  EXPECT_FALSE(StopCPUProfile());
  auto all = parse(contents(path));
  auto [count, ns] = sums(all, "burnsProcessor");
  EXPECT_GT(count, 0u);
  EXPECT_EQ(ns, count * 1'000'000);
  for (const Sample& s : all) {
    if (!s.has("burnsProcessor")) continue;
    EXPECT_EQ(s.labels.at("work"), "burning");
    EXPECT_EQ(s.labels.at("who"), "test");
  }
  // Off means off: no thread gets the signal any more, and what came is not kept for the next profile.
  EXPECT_EQ(runtime::prof.hz.Load(), 0);
  const std::string again = tmp("again.pprof");
  burnsProcessor(20);
  ASSERT_TRUE(StartCPUProfile(again, 1));
  EXPECT_TRUE(StopCPUProfile());
  EXPECT_EQ(sums(parse(contents(again)), "burnsProcessor").first, 0u);
}

[[gnu::noinline]] void waitsForChannel(Chan<int>& c) {
  c.recv();
  asm volatile("");
}
[[gnu::noinline]] void waitsInSelect(Chan<int>& c) {
  Chan<int> never(0);
  select(recv(c), recv(never));
  asm volatile("");
}
[[gnu::noinline]] void waitsForGroup(sync::WaitGroup& wg) {
  wg.Wait();
  asm volatile("");
}
[[gnu::noinline]] void waitsForLock(sync::Mutex& mu) {
  mu.Lock();
  mu.Unlock();
  asm volatile("");
}
[[gnu::noinline]] void givesBack(sync::Mutex& mu) {
  mu.Unlock();
  asm volatile("");
}
[[gnu::noinline]] void waitsForCond(sync::Cond& c, bool& ready) {
  c.Wait([&] { return ready; });
  asm volatile("");
}

// Each of them waits for at least a millisecond.
void waits() {
  using std::chrono::milliseconds;
  sync::WaitGroup all, group;
  Chan<int> a(0), b(0);
  sync::Mutex mu, cond_mu;
  sync::Cond cond(cond_mu);
  bool ready = false;
  mu.Lock();
  group.Add(1);
  all.Go([&] { waitsForChannel(a); });
  all.Go([&] { waitsInSelect(b); });
  all.Go([&] { waitsForGroup(group); });
  all.Go([&] { waitsForLock(mu); });
  all.Go([&] {
    cond_mu.Lock();
    waitsForCond(cond, ready);
    cond_mu.Unlock();
  });
  time::Sleep(milliseconds(20));
  a << 1;
  b << 1;
  group.Done();
  givesBack(mu);
  cond_mu.Lock();
  ready = true;
  cond_mu.Unlock();
  cond.Signal();
  all.Wait();
}

constexpr const char* kWaits[] = {"waitsForChannel", "waitsInSelect", "waitsForGroup", "waitsForLock", "waitsForCond"};

TEST(Pprof, Waits) {
  waits();
  for (const char* name : kWaits) EXPECT_EQ(sums(parse(Profile("block")), name).first, 0u) << name;
  SetBlockProfileRate(1);
  EXPECT_EQ(SetMutexProfileFraction(1), 0);
  EXPECT_EQ(SetMutexProfileFraction(-1), 1);
  waits();
  SetBlockProfileRate(0);
  EXPECT_EQ(SetMutexProfileFraction(0), 1);
  auto block = parse(Profile("block"));
  for (const char* name : kWaits) {
    EXPECT_GE(sums(block, name).first, 1u) << name;
    EXPECT_GT(sums(block, name).second, 0u) << name;
  }
  auto mutex = parse(Profile("mutex"));
  EXPECT_GE(sums(mutex, "givesBack").first, 1u);
  EXPECT_GT(sums(mutex, "givesBack").second, 0u);
  EXPECT_EQ(sums(mutex, "waitsForChannel").first, 0u);
  waits();
  EXPECT_EQ(sums(parse(Profile("block")), "waitsForChannel"), sums(block, "waitsForChannel"));
}

TEST(Pprof, Goroutines) {
  Chan<int> c(0);
  sync::WaitGroup wg;
  Do({{"name", "value"}}, [&] {
    Do({{"inner", "too"}}, [&] {
      for (int i = 0; i < 3; i++) wg.Go([&] { waitsForChannel(c); });
    });
    wg.Go([&] { waitsInSelect(c); });
  });
  wg.Go([&] { waitsInSelect(c); });
  for (int i = 0; i < 1000 && sums(parse(Profile("goroutine")), "waitsForChannel").first < 3; i++) Gosched();
  const std::string path = tmp("goroutine.pprof");
  WriteProfile("goroutine", path);
  auto all = parse(contents(path));
  EXPECT_EQ(sums(all, "waitsForChannel").first, 3u);
  int labelled = 0, without = 0;
  for (const Sample& s : all) {
    if (s.has("waitsForChannel")) {
      EXPECT_EQ(s.labels.size(), 2u);
    }
    if (s.has("waitsInSelect")) ++(s.labels.empty() ? without : labelled);
  }
  EXPECT_EQ(labelled, 1);
  EXPECT_EQ(without, 1);
  EXPECT_GE(sums(all, "Pprof_Goroutines_Test").first, 1u);  // this one
  for (int i = 0; i < 5; i++) c << 1;
  wg.Wait();
}

TEST(Pprof, WhatCannotBe) {
  EXPECT_THROW(Profile("heap"), std::invalid_argument);
  EXPECT_THROW(StartCPUProfile("/nonexistent/file"), std::system_error);
  EXPECT_THROW(StartCPUProfile(tmp("x"), 0), std::invalid_argument);
  EXPECT_THROW(WriteProfile("block", "/nonexistent/file"), std::system_error);
  EXPECT_FALSE(StopCPUProfile());
}

}  // namespace
}  // namespace gort::pprof
