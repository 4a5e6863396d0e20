// Where in the port's source the running code stands: the line of proc.cc that makes a record. Found by the
// executable's own debug information, so it is exact, also where the compiler has put one function into another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace study {

// A line of a function, as the compiler saw it.
struct Spot {
  std::string file;      // as it stands in the debug information, "runtime/proc.cc"
  std::string function;  // unqualified
  int line = 0;          // 0: nothing is known
  int column = 0;        // 0: not known

  bool operator==(const Spot&) const = default;
};

// The return addresses of whoever calls, innermost first: up to `max` of them. By frame pointers, so it costs a few
// loads and no stack; what lies behind a switch of stacks is not found, and not needed.
int Callers(uintptr_t* pcs, int max);

class Where {
 public:
  // Reads this program's debug information. Without any, every spot is unknown.
  Where();
  ~Where();
  Where(const Where&) = delete;
  Where& operator=(const Where&) = delete;

  // The lines of the port (files of runtime/) among return addresses, innermost first, up to the code that plays the
  // captured program and calls into the port. Empty if that comes first: then the record is the program's, and no line
  // of the port makes it. Good until the next call. Wants some hundred KiB of stack.
  const std::vector<const Spot*>& Of(const uintptr_t* pcs, int n);

  // The functions that the instruction at `pc` belongs to, innermost first, each with the line that is being run.
  const std::vector<Spot>& At(uintptr_t pc);

 private:
  struct Debug;
  std::unique_ptr<Debug> debug_;
  std::unordered_map<uintptr_t, std::vector<Spot>> spots_;
  std::vector<const Spot*> found_;
};

}  // namespace study
