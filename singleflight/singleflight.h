// One call for all who want the same at the same time: package singleflight of Go's x/sync.
//
//   singleflight::Group<std::string, Page> pages;
//   auto [page, err, shared] = pages.Do(url, [&] { return fetch(url); });
//
// K is any key of std::unordered_map, V can be copied. What the function throws comes out of Do for everybody who
// waited for it; if it ends its goroutine (Goexit), it ends theirs.
//
// Who may call: a goroutine.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/chan.h"
#include "api/go.h"
#include "api/panic.h"
#include "errors/errors.h"
#include "sync/mutex.h"
#include "sync/waitgroup.h"

namespace gort::singleflight {

// What a call gave, and whether more than one has it.
template <class V>
struct Flight {
  V value{};
  error err;
  bool shared = false;
};

template <class K, class V>
class Group {
 public:
  using Function = std::function<Result<V>()>;

  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  // Calls f, unless a call for that key is under way: then waits for what that one gives. Group.Do.
  Flight<V> Do(const K& key, const Function& f) {
    std::unique_lock hold(mu_);
    if (auto it = calls_.find(key); it != calls_.end()) {
      std::shared_ptr<Call> c = it->second;
      c->dups++;
      hold.unlock();
      c->wg.Wait();
      if (c->thrown) std::rethrow_exception(c->thrown);
      if (c->exited) Goexit();
      return {c->value, c->err, true};
    }
    std::shared_ptr<Call> c = begin(key);
    hold.unlock();
    run(*c, key, f);
    if (c->thrown) std::rethrow_exception(c->thrown);
    return {c->value, c->err, c->dups > 0};
  }

  // The same without waiting: what it gives is sent to the channel that is returned. f is called on a goroutine of its
  // own, and what it throws ends the program; if it ends by Goexit, nothing is sent. Group.DoChan.
  Chan<Flight<V>> DoChan(const K& key, Function f) {
    Chan<Flight<V>> ch(1);
    std::unique_lock hold(mu_);
    if (auto it = calls_.find(key); it != calls_.end()) {
      it->second->dups++;
      it->second->chans.push_back(ch);
      return ch;
    }
    std::shared_ptr<Call> c = begin(key);
    c->chans.push_back(ch);
    hold.unlock();
    go([this, c, key, f = std::move(f)] {
      run(*c, key, f);
      if (c->thrown) std::rethrow_exception(c->thrown);
    });
    return ch;
  }

  // The next call for that key begins anew, also while one is under way. Group.Forget.
  void Forget(const K& key) {
    std::lock_guard hold(mu_);
    calls_.erase(key);
  }

 private:
  struct Call {
    sync::WaitGroup wg;
    V value{};
    error err;
    std::exception_ptr thrown;
    bool exited = false;                 // by Goexit
    int dups = 0;                        // under mu_
    std::vector<Chan<Flight<V>>> chans;  // under mu_
  };

  std::shared_ptr<Call> begin(const K& key) {
    auto c = std::make_shared<Call>();
    c->wg.Add(1);
    calls_[key] = c;
    return c;
  }

  void run(Call& c, const K& key, const Function& f) {
    try {
      Result<V> r = f();
      c.value = r.partial();
      c.err = r.error();
    } catch (...) {
      c.thrown = std::current_exception();
      c.exited = c.thrown == nullptr;
      end(c, key);
      if (c.exited) throw;  // Goexit passes by
      return;
    }
    end(c, key);
  }

  void end(Call& c, const K& key) {
    std::lock_guard hold(mu_);
    if (auto it = calls_.find(key); it != calls_.end() && it->second.get() == &c) calls_.erase(it);
    if (!c.thrown && !c.exited) {
      for (auto& ch : c.chans) ch.send({c.value, c.err, c.dups > 0});
    }
    c.wg.Done();
  }

  sync::Mutex mu_;
  std::unordered_map<K, std::shared_ptr<Call>> calls_;  // under mu_
};

}  // namespace gort::singleflight
