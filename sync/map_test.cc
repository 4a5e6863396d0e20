// The tests of Go's sync/map_test.go, with the two maps of map_reference_test.go that Map is compared with.
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "sync/count_allocs_test.h"
#include "sync/map.h"

namespace {

using gort::sync::HashTrieMap;
using gort::sync::Map;
using gort::sync::Mutex;
using gort::sync::RWMutex;
using gort::sync::WaitGroup;

using Contents = std::map<std::string, std::string>;

// A std::map under an RWMutex.
class RWMutexMap {
 public:
  std::optional<std::string> Load(const std::string& key) {
    std::shared_lock hold(mu_);
    return get(key);
  }
  void Store(const std::string& key, const std::string& value) {
    std::unique_lock hold(mu_);
    dirty_[key] = value;
  }
  std::pair<std::string, bool> LoadOrStore(const std::string& key, const std::string& value) {
    std::unique_lock hold(mu_);
    auto [it, stored] = dirty_.try_emplace(key, value);
    return {it->second, !stored};
  }
  std::optional<std::string> Swap(const std::string& key, const std::string& value) {
    std::unique_lock hold(mu_);
    auto previous = get(key);
    dirty_[key] = value;
    return previous;
  }
  std::optional<std::string> LoadAndDelete(const std::string& key) {
    std::unique_lock hold(mu_);
    auto value = get(key);
    dirty_.erase(key);
    return value;
  }
  void Delete(const std::string& key) {
    std::unique_lock hold(mu_);
    dirty_.erase(key);
  }
  bool CompareAndSwap(const std::string& key, const std::string& old, const std::string& value) {
    std::unique_lock hold(mu_);
    if (get(key) != old) return false;
    dirty_[key] = value;
    return true;
  }
  bool CompareAndDelete(const std::string& key, const std::string& old) {
    std::unique_lock hold(mu_);
    if (get(key) != old) return false;
    dirty_.erase(key);
    return true;
  }
  template <class F>
  void Range(F f) {
    std::shared_lock hold(mu_);
    Contents copy = dirty_;
    hold.unlock();
    for (const auto& [k, v] : copy) {
      if (!f(k, v)) return;
    }
  }
  void Clear() {
    std::unique_lock hold(mu_);
    dirty_.clear();
  }

 private:
  std::optional<std::string> get(const std::string& key) {
    auto it = dirty_.find(key);
    return it == dirty_.end() ? std::nullopt : std::optional(it->second);
  }

  RWMutex mu_;
  Contents dirty_;
};

// A std::map that is copied for each change, so that readers need no lock.
class DeepCopyMap {
 public:
  std::optional<std::string> Load(const std::string& key) { return get(*clean(), key); }
  void Store(const std::string& key, const std::string& value) {
    change([&](Contents& m) { m[key] = value; });
  }
  std::pair<std::string, bool> LoadOrStore(const std::string& key, const std::string& value) {
    if (auto v = Load(key)) return {*v, true};
    std::pair<std::string, bool> result;
    change([&](Contents& m) {
      auto [it, stored] = m.try_emplace(key, value);
      result = {it->second, !stored};
    });
    return result;
  }
  std::optional<std::string> Swap(const std::string& key, const std::string& value) {
    std::optional<std::string> previous;
    change([&](Contents& m) {
      previous = get(m, key);
      m[key] = value;
    });
    return previous;
  }
  std::optional<std::string> LoadAndDelete(const std::string& key) {
    std::optional<std::string> value;
    change([&](Contents& m) {
      value = get(m, key);
      m.erase(key);
    });
    return value;
  }
  void Delete(const std::string& key) { LoadAndDelete(key); }
  bool CompareAndSwap(const std::string& key, const std::string& old, const std::string& value) {
    bool swapped = false;
    change([&](Contents& m) {
      swapped = get(m, key) == old;
      if (swapped) m[key] = value;
    });
    return swapped;
  }
  bool CompareAndDelete(const std::string& key, const std::string& old) {
    bool deleted = false;
    change([&](Contents& m) {
      deleted = get(m, key) == old;
      if (deleted) m.erase(key);
    });
    return deleted;
  }
  template <class F>
  void Range(F f) {
    for (const auto& [k, v] : *clean()) {
      if (!f(k, v)) return;
    }
  }
  void Clear() {
    change([](Contents& m) { m.clear(); });
  }

 private:
  static std::optional<std::string> get(const Contents& m, const std::string& key) {
    auto it = m.find(key);
    return it == m.end() ? std::nullopt : std::optional(it->second);
  }
  std::shared_ptr<const Contents> clean() { return std::atomic_load(&clean_); }
  template <class F>
  void change(F f) {
    std::lock_guard hold(mu_);
    auto dirty = std::make_shared<Contents>(*clean());
    f(*dirty);
    std::atomic_store(&clean_, std::shared_ptr<const Contents>(std::move(dirty)));
  }

  Mutex mu_;
  std::shared_ptr<const Contents> clean_ = std::make_shared<Contents>();
};

// A hash with many collisions, so that overflow lists are used as well.
struct FewHashes {
  std::size_t operator()(const std::string& s) const { return s.size(); }
};

enum class Op { Load, Store, LoadOrStore, LoadAndDelete, Delete, Swap, CompareAndSwap, CompareAndDelete, Clear, Count };

struct MapCall {
  Op op;
  std::string k, v;
};

using MapResult = std::pair<std::optional<std::string>, bool>;

template <class M>
MapResult apply(const MapCall& c, M& m) {
  auto found = [](std::optional<std::string> v) {
    bool ok = v.has_value();
    return MapResult(std::move(v), ok);
  };
  switch (c.op) {
    case Op::Load: return found(m.Load(c.k));
    case Op::Store: m.Store(c.k, c.v); return {};
    case Op::LoadOrStore: {
      auto [v, loaded] = m.LoadOrStore(c.k, c.v);
      return {v, loaded};
    }
    case Op::LoadAndDelete: return found(m.LoadAndDelete(c.k));
    case Op::Delete: m.Delete(c.k); return {};
    case Op::Swap: return found(m.Swap(c.k, c.v));
    case Op::CompareAndSwap:
      if (!m.CompareAndSwap(c.k, c.v, "a new value")) return {};
      m.Delete(c.k);
      return {c.v, true};
    case Op::CompareAndDelete: return {std::nullopt, m.CompareAndDelete(c.k, c.v) && !m.Load(c.k)};
    case Op::Clear: m.Clear(); return {};
    case Op::Count: break;
  }
  return {};
}

// Random calls; strings so short that they meet often.
std::vector<MapCall> randomCalls(std::mt19937& r) {
  auto below = [&](unsigned n) { return r() % n; };
  auto value = [&](unsigned letters) {
    std::string s(below(4), 'a');
    for (char& c : s) c = static_cast<char>('a' + below(letters));
    return s;
  };
  // Half of the time as Go's test does, with 26 letters; else with few keys.
  unsigned letters = below(2) == 0 ? 26 : 2;
  std::vector<MapCall> calls(below(50));
  if (letters == 2) calls.resize(calls.size() * 10);
  for (MapCall& c : calls) {
    c.op = static_cast<Op>(below(static_cast<unsigned>(Op::Count)));
    if (c.op == Op::Clear && below(4) != 0) c.op = Op::Store;
    c.k = value(letters);
    c.v = value(letters);
  }
  return calls;
}

template <class M>
std::pair<std::vector<MapResult>, Contents> applyCalls(const std::vector<MapCall>& calls) {
  M m;
  std::vector<MapResult> results;
  for (const MapCall& c : calls) results.push_back(apply(c, m));
  Contents final;
  m.Range([&](const std::string& k, const std::string& v) {
    final[k] = v;
    return true;
  });
  return {results, final};
}

template <class A, class B>
void checkEqual() {
  std::mt19937 r(1);
  for (int i = 0; i < 300; i++) {
    std::vector<MapCall> calls = randomCalls(r);
    ASSERT_EQ(applyCalls<A>(calls), applyCalls<B>(calls)) << "sequence " << i;
  }
}

TEST(Sync, TestMapMatchesRWMutex) { checkEqual<Map<std::string, std::string>, RWMutexMap>(); }

TEST(Sync, TestMapMatchesDeepCopy) { checkEqual<Map<std::string, std::string>, DeepCopyMap>(); }

// In Go sync.Map can be built with another algorithm. Here the second map has another hash.
TEST(Sync, TestMapMatchesHashTrieMap) {
  checkEqual<Map<std::string, std::string>, HashTrieMap<std::string, std::string, FewHashes>>();
}

TEST(Sync, TestConcurrentRange) {
  const std::int64_t mapSize = 1 << 10;
  Map<std::int64_t, std::int64_t> m;
  for (std::int64_t n = 1; n <= mapSize; n++) m.Store(n, n);

  std::atomic<bool> done{false};
  WaitGroup wg;
  for (std::int64_t g = gort::GOMAXPROCS(0); g > 0; g--) {
    wg.Add(1);
    gort::go([&, g] {
      std::mt19937 r(static_cast<unsigned>(g));
      for (std::int64_t i = 0; !done.load(); i++) {
        for (std::int64_t n = 1; n < mapSize; n++) {
          if (r() % mapSize == 0) {
            m.Store(n, n * i * g);
          } else {
            m.Load(n);
          }
        }
      }
      wg.Done();
    });
  }

  for (int n = 64; n > 0; n--) {
    std::set<std::int64_t> seen;
    m.Range([&](std::int64_t k, std::int64_t v) {
      EXPECT_EQ(v % k, 0) << "while Storing multiples of " << k << ", Range saw value " << v;
      EXPECT_TRUE(seen.insert(k).second) << "Range visited key " << k << " twice";
      return true;
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(mapSize));
  }
  done.store(true);
  wg.Wait();
}

// What is deleted does not stay for ever.
TEST(Sync, TestIssue40999) {
  struct PointerHash {
    std::size_t operator()(const std::shared_ptr<int>& p) const { return std::hash<int*>()(p.get()); }
  };
  Map<std::shared_ptr<int>, int, PointerHash> m;
  m.Store(nullptr, 0);
  int finalized = 0;
  for (int i = 0; finalized == 0; i++) {
    ASSERT_LT(i, 10'000) << "keys are leaked";
    std::shared_ptr<int> p(new int, [&](int* p) {
      finalized++;
      delete p;
    });
    m.Store(p, 0);
    m.Delete(p);
  }
}

TEST(Sync, TestMapRangeNestedCall) {
  Map<int, std::string> m;
  const std::array<std::string, 3> words = {"hello", "world", "Go"};
  for (int i = 0; i < 3; i++) m.Store(i, words[static_cast<std::size_t>(i)]);
  m.Range([&](int key, const std::string&) {
    m.Range([&](int key, const std::string& value) {
      // Nobody deletes meanwhile, so it is there.
      EXPECT_EQ(m.Load(key), value) << "Nested Range loads unexpected value";
      EXPECT_FALSE(m.LoadOrStore(42, "dummy").second) << "Nested Range loads unexpected value, want store a new value";
      // In and out again: no later Range sees it.
      std::string val = "sync.Map";
      m.Store(42, val);
      EXPECT_EQ(m.LoadAndDelete(42), val) << "Nested Range loads unexpected value";
      return true;
    });
    m.Delete(key);
    return true;
  });

  int length = 0;
  m.Range([&](int, const std::string&) { length++; });
  EXPECT_EQ(length, 0) << "Unexpected sync.Map size";
}

TEST(Sync, TestCompareAndSwap_NonExistingKey) {
  Map<void*, std::optional<int>> m;
  EXPECT_FALSE(m.CompareAndSwap(&m, std::nullopt, 42)) << "CompareAndSwap on a non-existing key succeeded";
}

TEST(Sync, TestMapRangeNoAllocations) {
  Map<int, int> m;
  EXPECT_EQ(AllocsPerRun(10, [&] { m.Range([](int, int) { return true; }); }), 0);
}

TEST(Sync, TestConcurrentClear) {
  Map<int, int> m;
  WaitGroup wg;
  wg.Add(30);
  for (int i = 0; i < 10; i++) {
    gort::go([&, i] {
      m.Store(i, i * 10);
      wg.Done();
    });
  }
  for (int i = 0; i < 10; i++) {
    gort::go([&, i] {
      if (auto value = m.Load(i)) {
        EXPECT_EQ(*value, i * 10);
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 10; i++) {
    gort::go([&] {
      m.Clear();
      wg.Done();
    });
  }
  wg.Wait();

  m.Clear();
  m.Range([&](int k, int v) { ADD_FAILURE() << "after Clear, Map contains (" << k << ", " << v << ")"; });
}

TEST(Sync, TestMapClearOneAllocation) {
  Map<int, int> m;
  EXPECT_LE(AllocsPerRun(10, [&] { m.Clear(); }), 1);
}

// A store meets a delete at every point where it looks at keys: == of the key takes out all others, so that the inner
// node in which the store was going to put its entry is empty, dead and out of the tree.
TEST(SyncMore, MapStoreIntoANodeThatDies) {
  static bool armed;
  static std::function<void()> meanwhile;
  struct Equal {
    bool operator()(int a, int b) const {
      if (std::exchange(armed, false)) meanwhile();
      return a == b;
    }
  };
  int met = 0;
  for (int x = 1000; x < 1400; x++) {
    Map<int, int, std::hash<int>, Equal> m;
    for (int i = 0; i < 60; i++) m.Store(i, i);
    meanwhile = [&] {
      met++;
      for (int i = 0; i < 60; i++) m.Delete(i);
    };
    armed = true;
    switch (x % 2) {
      case 0: m.LoadOrStore(x, x); break;
      default: m.CompareAndDelete(x % 60, x % 60); break;
    }
    armed = false;
    m.Store(7, 7);
    EXPECT_EQ(m.Load(x), x % 2 == 0 ? std::optional(x) : std::nullopt);
    EXPECT_EQ(m.Load(7), 7);
  }
  EXPECT_GT(met, 100);
}

// A value that was equal when it was looked at, and has been replaced before the lock was taken.
TEST(SyncMore, MapComparesUnderTheLock) {
  static std::function<void()> meanwhile;
  struct Value {
    int v;
    bool operator==(const Value& o) const {
      bool equal = v == o.v;
      if (auto f = std::exchange(meanwhile, nullptr)) f();
      return equal;
    }
  };
  Map<int, Value> m;
  m.Store(1, Value{1});
  meanwhile = [&] { m.Store(1, Value{2}); };
  EXPECT_FALSE(m.CompareAndSwap(1, Value{1}, Value{3}));
  EXPECT_EQ(m.Load(1)->v, 2);
  meanwhile = [&] { m.Store(1, Value{4}); };
  EXPECT_FALSE(m.CompareAndDelete(1, Value{2}));
  EXPECT_EQ(m.Load(1)->v, 4);
}

// Everything is freed once, at the latest with the map, whatever goroutines did to it.
TEST(SyncMore, MapFreesEverything) {
  std::atomic<int> live{0};
  struct Counted {
    explicit Counted(std::atomic<int>* live) : live(live) { live->fetch_add(1); }
    Counted(const Counted& o) : live(o.live) { live->fetch_add(1); }
    ~Counted() { live->fetch_sub(1); }
    std::atomic<int>* live;
  };
  {
    Map<int, Counted> m;
    WaitGroup wg;
    for (unsigned g = 0; g < 8; g++) {
      wg.Add(1);
      gort::go([&, g] {
        std::mt19937 r(g);
        for (int i = 0; i < 20'000; i++) {
          int k = static_cast<int>(r() % 300);
          switch (r() % 6) {
            case 0:
            case 1: m.Store(k, Counted(&live)); break;
            case 2: m.Delete(k); break;
            case 3: m.LoadOrStore(k, Counted(&live)); break;
            default: m.Load(k); break;
          }
          if (i % 5000 == 0) m.Clear();
          if (i % 1000 == 0) m.Range([](int, const Counted&) { gort::Gosched(); });
        }
        wg.Done();
      });
    }
    wg.Wait();
    // Not all of what was taken out waits for the end.
    EXPECT_LT(live.load(), 20'000);
  }
  EXPECT_EQ(live.load(), 0);
}

}  // namespace
