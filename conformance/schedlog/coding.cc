// The rule for codings, and the check of a header's tables.
#include "conformance/schedlog/coding.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace schedlog {
namespace {

bool IsId(ArgType type) {
  return type == ArgType::kG || type == ArgType::kP || type == ArgType::kM;
}

bool IsNumber(ArgType type) {
  return type == ArgType::kUint || type == ArgType::kInt || type == ArgType::kTime;
}

// The operations on a field of shared state, as the last part of a kind's name.
bool IsOperation(absl::string_view op) {
  return op == "Load" || op == "Store" || op == "Add" || op == "Swap" || op == "Cas";
}

// The values of a field operation: everything but the object, the increment and the outcome.
bool IsFieldValue(const Arg& arg) {
  return arg.name == "saw" || arg.name == "v" || arg.name == "new" || arg.name == "old";
}

void AssignFieldOperation(Kind& kind) {
  if (!kind.args.empty() && IsId(kind.args[0].type) && !IsFieldValue(kind.args[0])) kind.object = 1;
  for (Arg& arg : kind.args) {
    if (!IsFieldValue(arg) || arg.type == ArgType::kGList) continue;
    const bool before = arg.name == "saw" || arg.name == "old";
    arg.sets_cell = arg.name != "old";
    // What an operation found is what the field held. What it leaves there is a step away
    // for a counter, and for an id rather what this M is busy with.
    if (before || IsNumber(arg.type)) arg.coding = Coding::kCell;
  }
}

// A question about an object, or about a point in time, tends to be answered as before.
void AssignOracle(Kind& kind) {
  for (size_t i = 0; i < kind.args.size(); i++) {
    Arg& arg = kind.args[i];
    if (i == 0 && IsId(arg.type)) {
      kind.object = 1;
    } else if (arg.type == ArgType::kTime && arg.name != "now") {
      arg.coding = Coding::kCell;
      arg.sets_cell = true;
      return;
    }
  }
  kind.object = 0;
}

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status ValidateKind(const Kind& kind) {
  const std::string who = absl::StrCat("record kind ", kind.number);
  if (kind.number == 0) return Bad("a record kind has the number 0");
  if (!IsPlainName(kind.name)) return Bad(absl::StrCat(who, " has an unusable name"));
  if (kind.cls != Class::kInput && kind.cls != Class::kOracle && kind.cls != Class::kOrder &&
      kind.cls != Class::kDecision) {
    return Bad(absl::StrCat(who, " has an unknown class"));
  }
  if (kind.args.size() > kMaxArgs) {
    return Bad(absl::StrCat(who, " has more than ", kMaxArgs, " arguments"));
  }
  if (kind.object > kind.args.size()) return Bad(absl::StrCat(who, " names a missing object"));
  std::set<absl::string_view> names;
  int lists = 0;
  for (size_t i = 0; i < kind.args.size(); i++) {
    const Arg& arg = kind.args[i];
    if (!IsPlainName(arg.name) || !names.insert(arg.name).second) {
      return Bad(absl::StrCat(who, " has an unusable argument name"));
    }
    const std::string whose = absl::StrCat(who, ", argument ", arg.name);
    lists += arg.type == ArgType::kGList;
    const bool uses_cell = arg.coding == Coding::kCell || arg.sets_cell;
    if (uses_cell && (kind.cell == 0 || i < kind.object || arg.type == ArgType::kGList)) {
      return Bad(absl::StrCat(whose, ": uses a cell that it cannot have"));
    }
    const bool tracked = kTrackedSlot[static_cast<size_t>(arg.type)] != kUntracked;
    if ((arg.coding == Coding::kTime && arg.type != ArgType::kTime) ||
        (arg.coding == Coding::kSameM && !tracked) ||
        (arg.coding != Coding::kPlain && arg.type == ArgType::kGList)) {
      return Bad(absl::StrCat(whose, ": the coding does not fit the type"));
    }
  }
  if (lists > 1) return Bad(absl::StrCat(who, " has more than one list"));
  if (kind.object != 0 && kind.args[kind.object - 1].type == ArgType::kGList) {
    return Bad(absl::StrCat(who, " names a list as its object"));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsPlainName(absl::string_view name) {
  if (name.empty()) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' && c != '=' && c != ':';
  });
}

void AssignCodings(Header& header) {
  absl::flat_hash_map<std::string, uint8_t> cells;
  for (Kind& kind : header.kinds) {
    kind.cell = 0;
    kind.object = 0;
    for (Arg& arg : kind.args) {
      arg.sets_cell = false;
      arg.coding = arg.type == ArgType::kTime ? Coding::kTime : Coding::kPlain;
      if (kTrackedSlot[static_cast<size_t>(arg.type)] != kUntracked) arg.coding = Coding::kSameM;
    }
    const size_t dot = kind.name.rfind('.');
    std::string field = kind.name;
    if (dot != std::string::npos && IsOperation(absl::string_view(kind.name).substr(dot + 1))) {
      field.resize(dot);
      AssignFieldOperation(kind);
    } else if (kind.cls == Class::kOracle && kind.name != "nanotime") {
      AssignOracle(kind);
    }
    const bool uses_cell = std::any_of(kind.args.begin(), kind.args.end(), [](const Arg& arg) {
      return arg.coding == Coding::kCell || arg.sets_cell;
    });
    if (uses_cell) {
      kind.cell = cells.try_emplace(field, static_cast<uint8_t>(cells.size() + 1)).first->second;
    } else {
      kind.object = 0;
    }
  }
}

absl::Status ValidateHeader(const Header& header) {
  absl::flat_hash_set<uint8_t> numbers;
  absl::flat_hash_set<absl::string_view> names;
  for (const Kind& kind : header.kinds) {
    if (absl::Status status = ValidateKind(kind); !status.ok()) return status;
    if (!numbers.insert(kind.number).second) {
      return Bad(absl::StrCat("record kind ", kind.number, " is defined twice"));
    }
    if (!names.insert(kind.name).second) {
      return Bad(absl::StrCat("record kind ", kind.number, " takes a name that is in use"));
    }
  }
  absl::flat_hash_set<absl::string_view> keys;
  for (const auto& [key, value] : header.facts) {
    if (!IsPlainName(key)) return Bad("a fact has an unusable key");
    if (!keys.insert(key).second) return Bad(absl::StrCat("fact ", key, " is given twice"));
  }
  absl::flat_hash_set<absl::string_view> locks;
  for (const std::string& lock : header.locks) {
    if (!IsPlainName(lock) || lock == "nil") return Bad("a lock has an unusable name");
    if (!locks.insert(lock).second) return Bad(absl::StrCat("lock ", lock, " is named twice"));
  }
  absl::flat_hash_set<absl::string_view> sections;
  for (const Section& section : header.state) {
    if (!IsPlainName(section.name) || !sections.insert(section.name).second || section.of == ArgType::kGList) {
      return Bad("a section of the state has an unusable name or type");
    }
    absl::flat_hash_set<absl::string_view> fields;
    for (const Section::Field& field : section.fields) {
      if (!IsPlainName(field.name) || !fields.insert(field.name).second || field.type == ArgType::kGList) {
        return Bad(absl::StrCat("section ", section.name, " of the state has a field with an unusable name or type"));
      }
    }
  }
  for (size_t i = 0; i < header.symbols.size(); i++) {
    if (header.symbols[i].name.empty()) return Bad("a symbol has no name");
    if (header.symbols[i].pc == 0 || header.symbols[i].pc >> 63 != 0) {
      return Bad("a symbol has an impossible address");
    }
    if (i != 0 && header.symbols[i - 1].pc >= header.symbols[i].pc) {
      return Bad("symbols are not in ascending order");
    }
  }
  return absl::OkStatus();
}

BlockState::BlockState(const Header& header) {
  size_t cells = 0;
  for (const Kind& kind : header.kinds) cells = std::max<size_t>(cells, kind.cell);
  slots_.resize((cells + 1) * kCellSlots);
}

std::vector<Plan> MakePlans(const Header& header) {
  std::vector<Plan> plans(256);
  for (const Kind& kind : header.kinds) {
    Plan& plan = plans[kind.number];
    plan.known = true;
    plan.nargs = static_cast<uint8_t>(kind.args.size());
    plan.cell = kind.cell;
    if (kind.cell != 0) plan.cell_at = kind.object;
    for (size_t i = 0; i < kind.args.size(); i++) {
      const Arg& arg = kind.args[i];
      const size_t type = static_cast<size_t>(arg.type);
      plan.has_list |= arg.type == ArgType::kGList;
      const uint64_t largest = arg.type == ArgType::kLock ? header.locks.size() : kLargest[type];
      plan.ops[i] = Plan::Op{arg.type, arg.coding, arg.sets_cell, kTrackedSlot[type], largest};
    }
  }
  return plans;
}

}  // namespace schedlog
