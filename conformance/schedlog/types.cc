// Names of argument types, and lookups in a header.
#include "conformance/schedlog/types.h"

#include <algorithm>
#include <array>

namespace schedlog {
namespace {

constexpr std::array<absl::string_view, kArgTypes> kTypeNames = {"u", "i", "b", "t", "g",
                                                                 "p", "m", "l", "L", "pc"};

}  // namespace

absl::string_view ArgTypeName(ArgType type) { return kTypeNames[static_cast<size_t>(type)]; }

bool ParseArgType(absl::string_view name, ArgType& type) {
  for (size_t i = 0; i < kTypeNames.size(); i++) {
    if (kTypeNames[i] == name) {
      type = static_cast<ArgType>(i);
      return true;
    }
  }
  return false;
}

const Kind* Header::FindKind(absl::string_view name) const {
  for (const Kind& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

absl::string_view Header::SymbolAt(uint64_t pc) const {
  auto at = std::lower_bound(symbols.begin(), symbols.end(), pc,
                             [](const Symbol& s, uint64_t want) { return s.pc < want; });
  if (at == symbols.end() || at->pc != pc) return "";
  return at->name;
}

}  // namespace schedlog
