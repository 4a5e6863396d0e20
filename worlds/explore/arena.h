// The memory of a run: the port's globals and the world's, which the build puts into one section (state_section.sh),
// what is allocated while the world runs, and the stacks. Objects get the same addresses in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace explore {

constexpr size_t kStackBytes = 32 << 10;

// While it is set, `new` takes from the arena, and `delete` frees nothing.
extern bool inside;

// Whether threads have store buffers (point.h).
extern bool buffers;

struct Range {
  void* lo;
  size_t bytes;
};

// A stack, from `lo` on.
void* TakeStack();

// A copy of all of it but the stacks, of which `stacks` says what is in use.
class Image {
 public:
  void Save(const std::vector<Range>& stacks);
  void Restore() const;

 private:
  struct Piece {
    void* at;
    std::vector<char> bytes;
  };
  std::vector<Piece> pieces_;
};

// A number for the object at that address which is the same in every process.
uint32_t NumberOf(const void* object);

}  // namespace explore
