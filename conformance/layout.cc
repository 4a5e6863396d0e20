// gort layout: see layout.h.
#include "conformance/layout.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "conformance/go_dwarf.h"
#include "conformance/layout_table.h"

namespace conformance {

namespace {

// Where a field lies: or, for a struct as a whole, its size alone.
struct place {
  std::optional<std::int64_t> offset;
  std::int64_t size = 0;

  bool operator==(const place&) const = default;
};

// By the name of the row, and which of that name it is: Go has many fields called "_".
using place_map = std::map<std::pair<std::string, int>, place>;

void add(place_map& to, const std::string& name, place where) {
  int nth = 0;
  while (!to.emplace(std::pair(name, nth), where).second) nth++;
}

struct difference {
  std::string name;
  std::optional<place> cxx, go;  // nullopt: that side has no such field
};

struct comparison {
  int structs = 0;
  int fields = 0;
  std::vector<difference> differ;
  std::vector<std::string> missing;  // structs that the binary has no DWARF of: nothing uses them
};

// Both sides of one struct, name by name.
void compare_struct(const place_map& cxx, const place_map& go, comparison& to) {
  for (const auto& [key, here] : cxx) {
    auto there = go.find(key);
    if (there == go.end()) {
      to.differ.push_back({key.first, here, std::nullopt});
    } else if (here != there->second) {
      to.differ.push_back({key.first, here, there->second});
    }
  }
  for (const auto& [key, there] : go) {
    if (!cxx.contains(key)) to.differ.push_back({key.first, std::nullopt, there});
  }
}

comparison compare(std::span<const layout_row> table, const go_layouts& layouts) {
  comparison result;
  for (std::size_t i = 0; i < table.size();) {
    std::string name = table[i].name;
    place_map cxx;
    add(cxx, name, {std::nullopt, table[i].size});
    for (i++; i < table.size() && !table[i].is_struct(); i++) {
      add(cxx, table[i].name, {table[i].offset, table[i].size});
    }
    auto found = layouts.structs.find(name);
    if (found == layouts.structs.end()) {
      result.missing.push_back(name);
      continue;
    }
    place_map go;
    add(go, name, {std::nullopt, found->second.size});
    for (const go_field& f : found->second.fields) add(go, name + "." + f.path, {f.offset, f.size});
    result.structs++;
    result.fields += static_cast<int>(cxx.size()) - 1;
    compare_struct(cxx, go, result);
  }
  return result;
}

std::string describe(const std::optional<place>& p) {
  if (!p) return "absent";
  std::string size = std::to_string(p->size) + (p->size == 1 ? " byte" : " bytes");
  return p->offset ? "offset " + std::to_string(*p->offset) + ", " + size : size;
}

void print_text(const comparison& c, const go_layouts& go, const std::string& binary,
                std::ostream& out) {
  for (const difference& d : c.differ) {
    out << d.name << ": C++ " << describe(d.cxx) << "; Go " << describe(d.go) << "\n";
  }
  for (const std::string& name : c.missing) out << name << ": not in this binary\n";
  out << "compared " << c.structs << " structs, " << c.fields << " fields with " << binary << " ("
      << go.go_version << " " << go.platform << "): " << c.differ.size() << " differ\n";
}

nlohmann::ordered_json to_json(const std::optional<place>& p) {
  if (!p) return nullptr;
  nlohmann::ordered_json j;
  if (p->offset) j["offset"] = *p->offset;
  j["size"] = p->size;
  return j;
}

void print_json(const comparison& c, const go_layouts& go, const std::string& binary,
                std::ostream& out) {
  nlohmann::ordered_json j;
  j["binary"] = binary;
  j["go"] = go.go_version;
  j["platform"] = go.platform;
  j["structs"] = c.structs;
  j["fields"] = c.fields;
  j["missing"] = c.missing;
  j["differ"] = nlohmann::ordered_json::array();
  for (const difference& d : c.differ) {
    j["differ"].push_back({{"name", d.name}, {"cxx", to_json(d.cxx)}, {"go", to_json(d.go)}});
  }
  out << j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

int usage(std::ostream& err) {
  err << "usage: gort layout --print | gort layout [--json] BINARY\n";
  return 2;
}

}  // namespace

int layout_main(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  bool print = false, json = false;
  std::optional<std::string> binary;
  for (const std::string& arg : args) {
    if (arg == "--print") {
      print = true;
    } else if (arg == "--json") {
      json = true;
    } else if (arg.starts_with("-") || binary) {
      return usage(err);
    } else {
      binary = arg;
    }
  }
  if (print == binary.has_value() || (print && json)) return usage(err);

  if (print) {
    for (const layout_row& row : layout_table()) out << to_string(row) << "\n";
    return 0;
  }
  absl::StatusOr<go_layouts> go = read_go_layouts(*binary);
  if (!go.ok()) {
    err << "gort layout: " << go.status().message() << "\n";
    return 2;
  }
  comparison result = compare(layout_table(), *go);
  (json ? print_json : print_text)(result, *go, *binary, out);
  return result.differ.empty() ? 0 : 1;
}

}  // namespace conformance
