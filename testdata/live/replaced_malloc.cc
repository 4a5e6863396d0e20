// A program that brings its own operator new, with a lock of the standard library around a list.
#include <map>
#include <mutex>
#include <new>
#include <string>

#include "check.h"

struct Block {
  Block* next;
};
static std::mutex mu;
static Block* blocks[64];

void* operator new(std::size_t n) {
  std::size_t k = (n + 15) / 16;
  if (k < 64) {
    std::lock_guard hold(mu);
    if (Block* b = blocks[k]) {
      blocks[k] = b->next;
      return b;
    }
  }
  void* p = std::malloc(k < 64 ? (k == 0 ? 16 : k * 16) : n);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t n) noexcept {
  std::size_t k = (n + 15) / 16;
  if (p == nullptr || k >= 64) return std::free(p);
  std::lock_guard hold(mu);
  Block* b = static_cast<Block*>(p);
  b->next = blocks[k];
  blocks[k] = b;
}

int gort_main(int, char**) {
  rounds(8, [](int i) {
    std::map<int, std::string> m;
    for (int k = 0; k < 200; k++) m[k * 31 % 97] = std::string(40, static_cast<char>('a' + i));
    CHECK(m.size() == 97 && m[5] == std::string(40, static_cast<char>('a' + i)));
    gort::Chan<std::string> c(1);
    c << m[5];
    CHECK(c.recv()->size() == 40);
  });
  return verdict();
}
