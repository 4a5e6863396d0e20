// plain.cc: what goroutines do every day, in which a sanitizer must find nothing. Status 0.
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gort.h"

namespace {

using namespace std::chrono_literals;
namespace sync = gort::sync;
namespace time = gort::time;

void check(bool ok, const char* what) {
  if (ok) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

void channels() {
  gort::Chan<std::string> words(0), pairs(3);
  gort::go([=] {
    for (int i = 0; i < 300; i++) words << std::string(40, static_cast<char>('a' + i % 26));
    words.close();
  });
  gort::go([=] {
    for (auto word : words) pairs << word + word;
    pairs.close();
  });
  int n = 0;
  for (auto pair : pairs) n += pair.size() == 80;
  check(n == 300, "channels");
}

// What one goroutine wrote, another reads: the channel is all that orders them, in both directions.
void handedOver() {
  gort::Chan<int*> c(0), back(1);
  gort::go([=] {
    for (int* p : c) {
      *p += 1;
      back << p;
    }
    back.close();
  });
  auto box = std::make_unique<int>(0);
  for (int i = 0; i < 200; i++) {
    *box += 1;
    c << box.get();
    check(**back.recv() == 2 * (i + 1), "handed over");
  }
  c.close();
}

// A buffered channel as a semaphore: the k-th receive comes before the send k + capacity.
void semaphore() {
  gort::Chan<void> one(1);
  int counter = 0;
  sync::WaitGroup wg;
  for (int i = 0; i < 20; i++) {
    wg.Add(1);
    gort::go([&, one] {
      one.send();
      counter++;
      one.recv();
      wg.Done();
    });
  }
  wg.Wait();
  check(counter == 20, "semaphore");
}

void selects() {
  gort::Chan<std::vector<int>> a(0), b(1);
  gort::Chan<int> sums(0);
  gort::go([=] {
    int sum = 0;
    for (int i = 0; i < 400; i++) {
      gort::select(gort::recv(a, [&](std::vector<int> v) { sum += v[0]; }),
                   gort::recv(b, [&](std::vector<int> v) { sum += v[1]; }));
    }
    sums << sum;
  });
  gort::go([=] {
    for (int i = 0; i < 200; i++) gort::select(gort::send(a, std::vector<int>{1, 2}), gort::recv(time::After(1h)));
  });
  for (int i = 0; i < 200; i++) b << std::vector<int>{1, 2};
  check(*sums.recv() == 600, "select");
}

void locks() {
  sync::Mutex mu;
  sync::RWMutex rw;
  sync::Cond cond(mu);
  sync::Once once;
  std::mutex theirs;
  sync::WaitGroup wg;
  int counter = 0, value = 0, done = 0, began = 0, slow = 0;
  for (int i = 0; i < 16; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 50; k++) {
        once.Do([&] { began = 1; });
        mu.Lock();
        counter += began;
        mu.Unlock();
        if (i % 4 == 0) {
          rw.Lock();
          value++;
          rw.Unlock();
        } else {
          rw.RLock();
          check(value >= 0, "rwmutex");
          rw.RUnlock();
        }
        std::lock_guard<std::mutex> hold(theirs);
        slow++;
      }
      mu.Lock();
      done++;
      cond.Signal();
      mu.Unlock();
      wg.Done();
    });
  }
  mu.Lock();
  while (done < 16) cond.Wait();
  mu.Unlock();
  wg.Wait();
  check(counter == 800 && value == 200 && slow == 800, "locks");

  // Who is handed a lock.
  rw.Lock();
  wg.Add(1);
  gort::go([&] {
    rw.RLock();
    check(value == 201, "RLock");
    rw.RUnlock();
    wg.Done();
  });
  time::Sleep(1ms);
  value++;
  rw.Unlock();
  wg.Wait();
}

// Things that goroutines find where others have left them.
void containers() {
  sync::Pool<std::string> pool([] { return std::make_unique<std::string>(50, 'p'); });
  sync::Map<int, std::string> map;
  auto config = sync::OnceValue([] { return std::string(50, 'v'); });
  sync::WaitGroup wg;
  for (int i = 0; i < 16; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 50; k++) {
        auto s = pool.Get();
        s->at(static_cast<size_t>(k)) = 'q';
        map.Store(k % 10, *s + config());
        if (k % 5 == 0) gort::Gosched();
        if (auto v = map.Load((k + i) % 10)) check(v->size() == 100, "map");
        if (k % 7 == 0) map.Delete(k % 10);
        pool.Put(std::move(s));
      }
      wg.Done();
    });
  }
  wg.Wait();
}

void timers() {
  int ran = 0;
  gort::Chan<void> done(0);
  time::AfterFunc(2ms, [&] {
    ran++;
    done.close();
  });
  time::Sleep(1ms);
  done.recv();
  check(ran == 1, "AfterFunc");
  auto tick = time::NewTicker(1ms);
  for (int i = 0; i < 3; i++) tick.C.recv();
  tick.Stop();
  auto t = time::NewTimer(1h);
  check(t.Stop(), "Stop");
  time::After(1ms).recv();
}

// Stacks of goroutines that have ended, again and again, with arrays on them.
void thousands() {
  for (int round = 0; round < 4; round++) {
    sync::WaitGroup wg;
    std::vector<int> results(1000);
    for (int i = 0; i < 1000; i++) {
      wg.Add(1);
      gort::go([&, i] {
        volatile char room[100 + 16 * 4];
        room[i % 164] = 1;
        if (i % 3 == 0) gort::Gosched();
        results[static_cast<size_t>(i)] = i + room[i % 164];
        wg.Done();
        if (i % 7 == 0) gort::Goexit();
      });
    }
    wg.Wait();
    for (int i = 0; i < 1000; i++) check(results[static_cast<size_t>(i)] == i + 1, "thousands");
  }
}

[[gnu::noinline]] int deep(int n) {
  volatile char room[300];
  room[n] = 1;
  if (n == 0) throw std::runtime_error("bottom");
  return deep(n - 1) + room[n];
}

// Exceptions that leave frames with arrays behind, and goroutines that wait in the middle of handling one.
void exceptions() {
  sync::WaitGroup wg;
  for (int i = 0; i < 40; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int k = 0; k < 10; k++) {
        try {
          deep(20);
        } catch (const std::runtime_error& e) {
          gort::Gosched();
          try {
            deep(3);
          } catch (const std::exception&) {
            time::Sleep(10us);
          }
          check(std::strcmp(e.what(), "bottom") == 0, "exceptions");
        }
        volatile char room[4000];
        room[k] = 1;
        check(room[k] == 1, "stack");
      }
      wg.Done();
    });
  }
  wg.Wait();
  gort::Chan<int> closed(0);
  closed.close();
  try {
    closed << 1;
    check(false, "send on closed channel");
  } catch (const gort::RuntimeError&) {
  }
}

// Slices that end while nobody calls the runtime, with a lock of libc's held at times.
void busy() {
  std::mutex mu;
  uint64_t total = 0;
  sync::WaitGroup wg;
  for (int i = 0; i < 6; i++) {
    wg.Add(1);
    gort::go([&] {
      auto until = std::chrono::steady_clock::now() + 30ms;
      uint64_t n = 0;
      while (std::chrono::steady_clock::now() < until) {
        std::string s(100 + n % 900, 'x');
        std::lock_guard<std::mutex> hold(mu);
        n += s.size();
        total++;
      }
      wg.Done();
    });
  }
  wg.Wait();
  check(total > 0, "busy");
}

void sequences() {
  int sum = 0;
  for (int round = 0; round < 20; round++) {
    auto numbers = gort::Pull<std::unique_ptr<int>>([](gort::Yield<std::unique_ptr<int>> yield) {
      for (int i = 0; yield(std::make_unique<int>(i)); i++) {
      }
    });
    for (auto& n : numbers) {
      sum += *n;
      if (*n == 9) break;
    }
  }
  check(sum == 900, "sequences");
}

void threadsThatEnd() {
  for (int i = 0; i < 10; i++) {
    gort::Chan<void> done(0);
    gort::go([=] {
      gort::LockOSThread();
      std::string s(1000, 'x');
      done.close();
      if (s.size() != 1000) gort::UnlockOSThread();
    });
    done.recv();
  }
}

// Threads of others, which hand over what they made, and are given back what became of it.
void otherThreads() {
  for (int round = 0; round < 3; round++) {
    gort::Chan<std::unique_ptr<int>> there(2), back(0);
    gort::Chan<void> over(0);
    sync::Mutex mu;
    int sum = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&, there, back, over] {
        for (int k = 0; k < 20; k++) {
          there << std::make_unique<int>(k);
          auto p = back.recv();
          std::lock_guard hold(mu);
          sum += **p;
        }
        // Whoever closes it clears their variables.
        check(!over.recv() && gort::Chan<int>(1).try_send(1), "threads");
      });
    }
    for (int k = 0; k < 80; k++) {
      auto p = there.recv();
      gort::go([&back, p = std::move(*p)]() mutable {
        ++*p;
        back << std::move(p);
      });
    }
    for (int value : {1, 2, 3}) {
      gort::Chan<int> c(0);
      gort::go([=] { c.close(); });
      check(!c.recv() && value > 0, "close");
    }
    over.close();
    for (auto& t : threads) t.join();
    check(sum == 4 * 210, "threads");
  }
}

void tasks() {
  std::vector<gort::Task<std::string>> all;
  for (int i = 0; i < 50; i++) all.push_back(gort::spawn([i] { return std::to_string(i) + std::string(30, '.'); }));
  for (int i = 0; i < 50; i++) check(all[static_cast<size_t>(i)].Get().size() > 30, "tasks");
}

// What only goroutines hold that wait for ever, have not begun, or are in a channel is no leak.
gort::Chan<std::unique_ptr<std::string>> forEver(2);
void waitForEver() {
  forEver << std::make_unique<std::string>(100, 'c');
  for (int i = 0; i < 3; i++) {
    gort::go([] {
      auto held = std::make_unique<std::string>(100, 'h');
      gort::select();
      std::puts(held->c_str());
    });
  }
  for (int i = 0; i < 100; i++) gort::Gosched();
  gort::go([held = std::make_unique<std::string>(100, 'n')] { gort::Chan<int>().recv(); });
}

}  // namespace

int gort_main(int, char**) {
  channels();
  handedOver();
  semaphore();
  selects();
  locks();
  containers();
  timers();
  thousands();
  exceptions();
  busy();
  sequences();
  threadsThatEnd();
  otherThreads();
  tasks();
  waitForEver();
  return 0;
}
