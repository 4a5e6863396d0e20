// Facts of a file, whatever it is: a schedlog's come from the port in the lockstep world, a trace's from the guided
// one. Each is a program of its own, which lies beside this one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "worlds/facts/fact.h"

namespace conformance {

struct FactsEnd {
  enum { kWhole, kCut, kUnreadable } outcome = kWhole;
  std::string why;     // one line, of kCut and kUnreadable
  bool trace = false;  // it is no schedlog
};

// Calls `put` with each fact of the file at `path` ("-": standard input), in order. kUnreadable: there was none.
FactsEnd ReadFacts(const std::string& path,
                   const std::function<void(const facts::Fact& fact, std::string_view text)>& put);

}  // namespace conformance
