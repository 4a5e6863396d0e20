// The twin of barrier.go.
#include <cstdio>
#include <mutex>

#include "gort.h"

namespace {

class Barrier {
 public:
  explicit Barrier(int n) : n_(n) {}
  void Wait() {
    std::lock_guard hold(mu_);
    int turn = turn_;
    in_++;
    if (in_ == n_) {
      in_ = 0;
      turn_++;
      cond_.Broadcast();
      return;
    }
    while (turn == turn_) cond_.Wait();
  }

 private:
  gort::sync::Mutex mu_;
  gort::sync::Cond cond_{mu_};
  const int n_;
  int in_ = 0, turn_ = 0;
};

}  // namespace

int gort_main(int, char**) {
  constexpr int n = 5, rounds = 8;
  Barrier b(n);
  gort::Chan<bool> done(0);
  int at[n] = {};
  for (int i = 0; i < n; i++) {
    gort::go([&, i, done] {
      bool ok = true;
      for (int r = 0; r < rounds; r++) {
        at[i] = r;
        b.Wait();
        for (int other : at) ok = ok && other == r;
        b.Wait();
      }
      done.send(ok);
    });
  }
  bool ok = true;
  for (int i = 0; i < n; i++) ok = *done.recv() && ok;
  std::printf("%s\n", ok ? "true" : "false");
  return 0;
}
