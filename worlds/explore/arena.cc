// One mapping at a fixed address, a section of the program, and copies of both.
#include "worlds/explore/arena.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

extern "C" {
extern char __start_gort_state[];
extern char __stop_gort_state[];
}

namespace explore {

bool inside = false;
bool buffers = false;

namespace {

constexpr uintptr_t kBase = 0x3a0000000000;
constexpr size_t kObjects = 4 << 20, kStacks = 256;

// At the beginning of the arena, so that it is restored with the rest.
struct Header {
  size_t used = sizeof(Header);
  size_t stacks = 0;
};

Header* arena() {
  static Header* const header = [] {
    void* at = mmap(reinterpret_cast<void*>(kBase), kObjects + kStacks * kStackBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != reinterpret_cast<void*>(kBase)) {
      std::fputs("gort explore: the address of its memory is in use\n", stderr);
      std::_Exit(2);
    }
    return new (at) Header;
  }();
  return header;
}

bool isOurs(const void* at) {
  const auto a = reinterpret_cast<uintptr_t>(at);
  return a >= kBase && a < kBase + kObjects;
}

void* take(size_t bytes, size_t align) {
  Header* h = arena();
  const size_t at = (h->used + align - 1) / align * align;
  h->used = at + bytes;
  if (h->used > kObjects) {
    std::fputs("gort explore: a run needs more memory than there is for one\n", stderr);
    std::_Exit(2);
  }
  return reinterpret_cast<char*>(kBase) + at;
}

}  // namespace

void* TakeStack() {
  Header* h = arena();
  if (h->stacks == kStacks) {
    std::fputs("gort explore: a run needs more stacks than there are for one\n", stderr);
    std::_Exit(2);
  }
  return reinterpret_cast<char*>(kBase) + kObjects + h->stacks++ * kStackBytes;
}

void Image::Save(const std::vector<Range>& stacks) {
  std::vector<Range> ranges = stacks;
  ranges.push_back({__start_gort_state, static_cast<size_t>(__stop_gort_state - __start_gort_state)});
  ranges.push_back({arena(), arena()->used});
  pieces_.clear();
  for (const Range& r : ranges) {
    const char* from = static_cast<const char*>(r.lo);
    pieces_.push_back({r.lo, std::vector<char>(from, from + r.bytes)});
  }
}

void Image::Restore() const {
  // What was taken since is to be zero again when it is taken next.
  Header* h = arena();
  const Piece& objects = pieces_.back();
  if (h->used > objects.bytes.size()) {
    std::memset(static_cast<char*>(objects.at) + objects.bytes.size(), 0, h->used - objects.bytes.size());
  }
  for (const Piece& piece : pieces_) std::memcpy(piece.at, piece.bytes.data(), piece.bytes.size());
}

uint32_t NumberOf(const void* object) {
  const auto at = reinterpret_cast<uintptr_t>(object);
  const auto state = reinterpret_cast<uintptr_t>(__start_gort_state);
  if (at >= state && at < reinterpret_cast<uintptr_t>(__stop_gort_state)) return static_cast<uint32_t>(at - state) + 1;
  if (isOurs(object)) return static_cast<uint32_t>(at - kBase) | 0x80000000;
  return 0;
}

}  // namespace explore

void* operator new(size_t bytes) {
  if (explore::inside) return explore::take(bytes, 16);
  if (void* at = std::malloc(bytes)) return at;
  throw std::bad_alloc();
}
void* operator new(size_t bytes, std::align_val_t align) {
  if (explore::inside) return explore::take(bytes, static_cast<size_t>(align));
  if (void* at = std::aligned_alloc(static_cast<size_t>(align),
                                    (bytes + static_cast<size_t>(align) - 1) & -static_cast<size_t>(align))) {
    return at;
  }
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept {
  if (!explore::isOurs(at)) std::free(at);
}
void operator delete(void* at, size_t) noexcept { operator delete(at); }
void operator delete(void* at, std::align_val_t) noexcept { operator delete(at); }
void operator delete(void* at, size_t, std::align_val_t) noexcept { operator delete(at); }
