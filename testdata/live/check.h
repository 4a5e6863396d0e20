// What the programs here have in common: for how long they run, and how they say what went wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "gort.h"

// Every program runs for so long, in milliseconds: LIVE_MS.
inline std::chrono::milliseconds duration() {
  const char* ms = std::getenv("LIVE_MS");
  return std::chrono::milliseconds(ms != nullptr ? std::atoi(ms) : 400);
}

inline std::atomic<long> wrongs{0};
#define CHECK(what) \
  if (!(what)) {    \
    if (wrongs++ < 10) std::fprintf(stderr, "%s:%d: wrong: %s\n", __FILE__, __LINE__, #what); \
  } else            \
    (void)0

// n goroutines call round(i, stop) until the time is over; it must run once in each at least. Returns how often it ran.
inline long rounds(int n, const std::function<void(int)>& round) {
  std::atomic<bool> stop{false};
  std::atomic<long> ran{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < n; i++) {
    wg.Add(1);
    gort::go([&, i] {
      do {
        round(i);
        ran++;
      } while (!stop);
      wg.Done();
    });
  }
  gort::time::Sleep(duration());
  stop = true;
  wg.Wait();
  return ran;
}

// Computes for n steps.
inline void work(long n) {
  for (long k = 0; k < n; k++) asm volatile("" : "+r"(k));
}

inline int verdict() { return wrongs == 0 ? 0 : 1; }
