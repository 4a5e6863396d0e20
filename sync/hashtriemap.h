// HashTrieMap: a map that many goroutines use at once, made for frequent loads. Mirrors Go's
// internal/sync/hashtriemap.go; sync/map.h is what programs include.
//
// It is a tree in which each level consumes four bits of the key's hash. An inner node (indirect) has sixteen children:
// none, another inner node, or an entry. Two keys share an entry's place only if all bits of their hashes agree: the
// entry then heads a list (overflow).
//
// Loads take no lock. A store or a delete locks the inner node whose child it changes, and looks again at what it saw
// before: if the node is dead, or the child has become an inner node, it starts anew. Entries never change once they
// can be found, but for overflow; a new value is a new entry in the place of the old. An inner node that has become
// empty is marked dead and taken out of its parent, both locked, the child first.
//
// Every operation is a Reading of reclaim_; a node that was taken out is freed when nobody can be looking at it (in Go:
// by the collector). Children are published by release and followed by acquire.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "sync/mutex.h"
#include "sync/reclaim.h"

namespace gort::sync {

namespace internal {

// Panics: there is something below the last level, so the tree is broken.
[[noreturn]] void ranOutOfHashBits(bool inserting = false);

}  // namespace internal

template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
class HashTrieMap {
 public:
  HashTrieMap() : root_(new indirect(nullptr)) {}
  explicit HashTrieMap(Hash hash, Equal equal = Equal())
      : hash_(std::move(hash)), equal_(std::move(equal)), root_(new indirect(nullptr)) {}
  HashTrieMap(const HashTrieMap&) = delete;
  HashTrieMap& operator=(const HashTrieMap&) = delete;
  // Nobody uses the map any more.
  ~HashTrieMap() { freeNode(root_.load()); }

  // A copy of the value of key; nothing if there is none.
  std::optional<V> Load(const K& key) {
    std::uint64_t hash = keyHash(key);
    Reading reading(reclaim_);
    indirect* i = root_.load(std::memory_order_acquire);
    for (int hashShift = hashBits; hashShift != 0;) {
      hashShift -= nChildrenLog2;
      node* n = i->child(hash, hashShift)->load(std::memory_order_acquire);
      if (n == nullptr) return std::nullopt;
      if (n->isEntry) {
        entry* e = lookup(asEntry(n), key);
        return e != nullptr ? std::optional<V>(e->value) : std::nullopt;
      }
      i = asIndirect(n);
    }
    internal::ranOutOfHashBits();
  }

  // A copy of the value that key has, and true; or, if it had none, of value, which it has now, and false.
  std::pair<V, bool> LoadOrStore(const K& key, V value) {
    std::uint64_t hash = keyHash(key);
    Reading reading(reclaim_);
    Place at;
    for (;;) {
      at = descend(hash);
      if (at.n != nullptr) {
        if (entry* e = lookup(asEntry(at.n), key)) return {e->value, true};
      }
      if (lockPlace(at)) break;
    }
    entry* old = at.n != nullptr ? asEntry(at.n) : nullptr;
    if (old != nullptr) {
      if (entry* e = lookup(old, key)) return {e->value, true};
    }
    auto fresh = std::make_unique<entry>(key, std::move(value));
    std::pair<V, bool> result(fresh->value, false);
    insert(at, old, std::move(fresh), hash);
    return result;
  }

  void Store(const K& key, V value) { Swap(key, std::move(value)); }

  // Gives key the value; returns the one before, if there was one.
  std::optional<V> Swap(const K& key, V value) {
    std::optional<V> previous;
    {
      std::uint64_t hash = keyHash(key);
      Reading reading(reclaim_);
      Place at;
      do at = descend(hash);
      while (!lockPlace(at));
      entry* old = at.n != nullptr ? asEntry(at.n) : nullptr;
      Link link = find(at, key, [](const V&) { return true; });
      auto fresh = std::make_unique<entry>(key, std::move(value));
      if (link.e != nullptr) {
        previous.emplace(link.e->value);
        replace(link, fresh.release());
      } else {
        insert(at, old, std::move(fresh), hash);
      }
    }
    reclaim_.reclaim();
    return previous;
  }

  // Gives key the value value if it has one that equals old.
  bool CompareAndSwap(const K& key, const V& old, V value)
    requires std::equality_comparable<V>
  {
    {
      std::uint64_t hash = keyHash(key);
      Reading reading(reclaim_);
      Place at;
      if (!lockEntry(hash, key, at, [&](const V& v) { return v == old; })) return false;
      Link link = find(at, key, [&](const V& v) { return v == old; });
      if (link.e == nullptr) return false;
      replace(link, new entry(key, std::move(value)));
    }
    reclaim_.reclaim();
    return true;
  }

  // Takes key out; returns its value, if it had one. The map may keep it, too, for some time: until others that were
  // looking at it are gone and enough has been taken out, or until the map ends.
  std::optional<V> LoadAndDelete(const K& key) {
    return remove(key, [](const V&) { return true; });
  }
  void Delete(const K& key) { LoadAndDelete(key); }

  // Takes key out if its value equals old.
  bool CompareAndDelete(const K& key, const V& old)
    requires std::equality_comparable<V>
  {
    return remove(key, [&](const V& v) { return v == old; }).has_value();
  }

  // Calls f(key, value), both const references, for each key of the map, until f returns false, if it returns bool.
  // There need not be a moment at which the map had just these keys: none comes twice, and one that is stored, changed
  // or deleted meanwhile, by f or by others, may come with its state at any time. f may call anything, and may wait.
  template <class F>
  void Range(F&& f) {
    {
      Reading reading(reclaim_);
      iter(root_.load(std::memory_order_acquire), f);
    }
    reclaim_.reclaim();
  }

  // Takes out all keys.
  void Clear() {
    indirect* empty = new indirect(nullptr);
    // Whoever is in the old tree finishes there; what is stored there now was stored before the Clear.
    reclaim_.retire(root_.exchange(empty));
    reclaim_.reclaim();
  }

 private:
  using Reading = internal::Reclaimer::Reading;

  static constexpr int hashBits = 64;
  static constexpr int nChildrenLog2 = 4;
  static constexpr int nChildren = 1 << nChildrenLog2;
  static constexpr std::uint64_t nChildrenMask = nChildren - 1;

  struct node : internal::Retired {
    explicit node(bool isEntry) : isEntry(isEntry) {}
    const bool isEntry;
  };

  struct indirect : node {
    explicit indirect(indirect* parent) : node(false), parent(parent) {}

    std::atomic<node*>* child(std::uint64_t hash, int hashShift) {
      return &children[hash >> hashShift & nChildrenMask];
    }
    bool empty() const {
      for (const auto& c : children) {
        if (c.load(std::memory_order_relaxed) != nullptr) return false;
      }
      return true;
    }

    std::atomic<bool> dead{false};  // taken out of parent; under mu
    Mutex mu;                       // whoever changes children, or an entry's list that hangs there
    indirect* const parent;
    std::atomic<node*> children[nChildren] = {};
  };

  struct entry : node {
    entry(const K& key, V&& value) : node(true), key(key), value(std::move(value)) {}

    std::atomic<entry*> overflow{nullptr};
    const K key;
    const V value;
  };

  static entry* asEntry(node* n) { return static_cast<entry*>(n); }
  static indirect* asIndirect(node* n) { return static_cast<indirect*>(n); }

  // A child of i: none or an entry, when it was looked at.
  struct Place {
    indirect* i = nullptr;
    int hashShift = 0;
    std::atomic<node*>* slot = nullptr;
    node* n = nullptr;
    std::unique_lock<Mutex> hold;  // of i->mu, once locked
  };

  // An entry and the pointer that leads to it: a Place's slot (before is null) or another's overflow. Under the lock.
  struct Link {
    std::atomic<node*>* slot;
    std::atomic<entry*>* before;
    entry* e;

    void set(entry* to) {
      if (before != nullptr) {
        before->store(to, std::memory_order_release);
      } else {
        slot->store(to, std::memory_order_release);
      }
    }
  };

  // Spread over all bits: the tree begins with the highest, and std::hash often leaves those 0.
  std::uint64_t keyHash(const K& key) const {
    std::uint64_t h = static_cast<std::uint64_t>(hash_(key)) + seed_;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
    return h ^ h >> 33;
  }

  entry* lookup(entry* e, const K& key) const {
    while (e != nullptr && !equal_(e->key, key)) e = e->overflow.load(std::memory_order_acquire);
    return e;
  }

  // Down to where hash belongs.
  Place descend(std::uint64_t hash) {
    Place at;
    at.i = root_.load(std::memory_order_acquire);
    for (at.hashShift = hashBits; at.hashShift != 0;) {
      at.hashShift -= nChildrenLog2;
      at.slot = at.i->child(hash, at.hashShift);
      at.n = at.slot->load(std::memory_order_acquire);
      if (at.n == nullptr || at.n->isEntry) return at;
      at.i = asIndirect(at.n);
    }
    internal::ranOutOfHashBits();
  }

  // Locks the node and looks again. False: the place is no longer one; not locked.
  bool lockPlace(Place& at) {
    at.hold = std::unique_lock(at.i->mu);
    at.n = at.slot->load(std::memory_order_relaxed);
    if ((at.n == nullptr || at.n->isEntry) && !at.i->dead.load(std::memory_order_relaxed)) return true;
    at.hold.unlock();
    return false;
  }

  // The same for a place where key is, with a value for which matches is true. False: it is not, nothing is locked.
  template <class M>
  bool lockEntry(std::uint64_t hash, const K& key, Place& at, M matches) {
    for (;;) {
      at = descend(hash);
      entry* e = at.n != nullptr ? lookup(asEntry(at.n), key) : nullptr;
      if (e == nullptr || !matches(e->value)) return false;
      if (lockPlace(at)) return true;
    }
  }

  template <class M>
  Link find(Place& at, const K& key, M matches) {
    Link link{at.slot, nullptr, at.n != nullptr ? asEntry(at.n) : nullptr};
    while (link.e != nullptr && !(equal_(link.e->key, key) && matches(link.e->value))) {
      link.before = &link.e->overflow;
      link.e = link.before->load(std::memory_order_relaxed);
    }
    return link;
  }

  void replace(Link& link, entry* fresh) {
    fresh->overflow.store(link.e->overflow.load(std::memory_order_relaxed), std::memory_order_relaxed);
    link.set(fresh);
    reclaim_.retire(link.e);
  }

  // Locked; no key of old's list is fresh's.
  void insert(Place& at, entry* old, std::unique_ptr<entry> fresh, std::uint64_t hash) {
    node* n = fresh.get();
    // Last, and with old in it: nobody may see the tree without old.
    if (old != nullptr) n = expand(old, fresh.get(), hash, at.hashShift, at.i);
    at.slot->store(n, std::memory_order_release);
    static_cast<void>(fresh.release());
  }

  // A tree for two entries whose hashes agree down to hashShift.
  node* expand(entry* old, entry* fresh, std::uint64_t newHash, int hashShift, indirect* parent) {
    std::uint64_t oldHash = keyHash(old->key);
    if (oldHash == newHash) {
      fresh->overflow.store(old, std::memory_order_relaxed);
      return fresh;
    }
    indirect* top = new indirect(parent);
    for (indirect* i = top;;) {
      if (hashShift == 0) internal::ranOutOfHashBits(true);
      hashShift -= nChildrenLog2;
      std::atomic<node*>* oi = i->child(oldHash, hashShift);
      std::atomic<node*>* ni = i->child(newHash, hashShift);
      if (oi != ni) {
        oi->store(old, std::memory_order_relaxed);
        ni->store(fresh, std::memory_order_relaxed);
        return top;
      }
      indirect* next = new indirect(i);
      oi->store(next, std::memory_order_relaxed);
      i = next;
    }
  }

  template <class M>
  std::optional<V> remove(const K& key, M matches) {
    std::optional<V> value;
    {
      std::uint64_t hash = keyHash(key);
      Reading reading(reclaim_);
      Place at;
      if (!lockEntry(hash, key, at, matches)) return std::nullopt;
      Link link = find(at, key, matches);
      if (link.e == nullptr) return std::nullopt;
      value.emplace(link.e->value);
      entry* rest = link.e->overflow.load(std::memory_order_relaxed);
      link.set(rest);
      reclaim_.retire(link.e);
      if (link.before == nullptr && rest == nullptr) prune(at, hash);
    }
    reclaim_.reclaim();
    return value;
  }

  // Takes out inner nodes that have become empty, from at.i upwards; the root stays.
  void prune(Place& at, std::uint64_t hash) {
    while (at.i->parent != nullptr && at.i->empty()) {
      if (at.hashShift == hashBits) internal::ranOutOfHashBits();
      at.hashShift += nChildrenLog2;
      indirect* gone = at.i;
      indirect* parent = gone->parent;
      std::unique_lock hold(parent->mu);
      gone->dead.store(true, std::memory_order_relaxed);
      parent->child(hash, at.hashShift)->store(nullptr, std::memory_order_release);
      at.hold.unlock();
      reclaim_.retire(gone);
      at.i = parent;
      at.hold = std::move(hold);
    }
  }

  template <class F>
  bool iter(indirect* i, F& f) {
    for (auto& c : i->children) {
      node* n = c.load(std::memory_order_acquire);
      if (n == nullptr) continue;
      if (!n->isEntry) {
        if (!iter(asIndirect(n), f)) return false;
        continue;
      }
      for (entry* e = asEntry(n); e != nullptr; e = e->overflow.load(std::memory_order_acquire)) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, const K&, const V&>>) {
          f(std::as_const(e->key), std::as_const(e->value));
        } else {
          if (!f(std::as_const(e->key), std::as_const(e->value))) return false;
        }
      }
    }
    return true;
  }

  // An entry alone: what hangs behind it may be in use. An inner node with all that is below.
  static void freeNode(node* n) {
    if (n->isEntry) {
      delete asEntry(n);
      return;
    }
    indirect* i = asIndirect(n);
    for (auto& c : i->children) {
      node* below = c.load(std::memory_order_acquire);
      if (below == nullptr) continue;
      if (!below->isEntry) {
        freeNode(below);
        continue;
      }
      for (entry* e = asEntry(below); e != nullptr;) delete std::exchange(e, e->overflow.load());
    }
    delete i;
  }

  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
  // Where the map lies: nobody outside can choose keys that collide.
  const std::uint64_t seed_ = reinterpret_cast<std::uintptr_t>(this) * 0x9e3779b97f4a7c15;
  std::atomic<indirect*> root_;
  internal::Reclaimer reclaim_{[](internal::Retired* n) { freeNode(static_cast<node*>(n)); }};
};

}  // namespace gort::sync
