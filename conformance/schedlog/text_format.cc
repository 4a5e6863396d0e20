// Printing: logs as text and as JSON.
#include <nlohmann/json.hpp>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/snapshot.h"
#include "conformance/schedlog/text.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

std::string Quoted(absl::string_view s) { return absl::StrCat("\"", absl::CEscape(s), "\""); }

std::string Hex(uint64_t v) { return absl::StrCat("0x", absl::Hex(v)); }

// Bytes that are not UTF-8 become U+FFFD: JSON has no way to say them.
std::string JsonString(absl::string_view s) {
  return nlohmann::json(std::string(s))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Whether a symbol's name can stand alone, without being taken for something else.
bool IsPlainSymbol(absl::string_view name) {
  return name != "nil" && !absl::StartsWith(name, "0x") && !absl::StrContains(name, '@') &&
         !absl::StrContains(name, ' ') && absl::CEscape(name) == name;
}

uint64_t Wire(const Record& record, int arg) { return static_cast<uint64_t>(record.a[arg]); }

}  // namespace

std::string HeaderText(const Header& header) {
  std::string out = absl::StrCat("# gort.slog: ", header.version(), "\n");
  absl::StrAppend(&out, "# go: ", Quoted(header.go_version), " ", Quoted(header.goos), " ",
                  Quoted(header.goarch), "\n");
  absl::StrAppend(&out, "# gomaxprocs: ", header.gomaxprocs, "\n");
  absl::StrAppend(&out, "# cmdline:");
  for (const std::string& word : header.cmdline) absl::StrAppend(&out, " ", Quoted(word));
  absl::StrAppend(&out, "\n");
  for (const auto& [key, value] : header.facts) {
    absl::StrAppend(&out, "# fact: ", key, " ", Quoted(value), "\n");
  }
  for (const Kind& kind : header.kinds) {
    absl::StrAppend(&out, "# kind: ", kind.number, " ", std::string(1, static_cast<char>(kind.cls)),
                    " ", kind.name);
    for (const Arg& arg : kind.args)
      absl::StrAppend(&out, " ", arg.name, ":", ArgTypeName(arg.type));
    absl::StrAppend(&out, "\n");
  }
  for (const std::string& lock : header.locks) absl::StrAppend(&out, "# lock: ", lock, "\n");
  for (const Symbol& symbol : header.symbols) {
    absl::StrAppend(&out, "# symbol: ", Hex(symbol.pc), " ", Quoted(symbol.name), "\n");
  }
  for (const Section& section : header.state) {
    absl::StrAppend(&out, "# state: ", section.name, ":", ArgTypeName(section.of));
    for (const Section::Field& f : section.fields) absl::StrAppend(&out, " ", f.name, ":", ArgTypeName(f.type));
    absl::StrAppend(&out, "\n");
  }
  return out;
}

std::string EndText(const End& end) {
  return absl::StrCat("# end: ", end.complete ? "complete" : "cut", " ", Quoted(end.reason), "\n");
}

std::string HeaderJson(const Header& header) {
  nlohmann::ordered_json json;
  json["version"] = header.version();
  json["go_version"] = header.go_version;
  json["goos"] = header.goos;
  json["goarch"] = header.goarch;
  json["gomaxprocs"] = header.gomaxprocs;
  json["cmdline"] = header.cmdline;
  json["facts"] = nlohmann::ordered_json::object();
  for (const auto& [key, value] : header.facts) json["facts"][key] = value;
  json["kinds"] = nlohmann::ordered_json::array();
  for (const Kind& kind : header.kinds) {
    nlohmann::ordered_json args = nlohmann::ordered_json::array();
    for (const Arg& arg : kind.args)
      args.push_back(absl::StrCat(arg.name, ":", ArgTypeName(arg.type)));
    json["kinds"].push_back({{"n", kind.number},
                             {"name", kind.name},
                             {"class", std::string(1, static_cast<char>(kind.cls))},
                             {"args", args}});
  }
  json["locks"] = header.locks;
  json["symbols"] = nlohmann::ordered_json::array();
  for (const Symbol& symbol : header.symbols) {
    json["symbols"].push_back({{"pc", symbol.pc}, {"name", symbol.name}});
  }
  for (const Section& section : header.state) {
    nlohmann::ordered_json fields = nlohmann::ordered_json::array();
    for (const Section::Field& f : section.fields) fields.push_back(absl::StrCat(f.name, ":", ArgTypeName(f.type)));
    json["state"].push_back({{"name", absl::StrCat(section.name, ":", ArgTypeName(section.of))}, {"fields", fields}});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string EndJson(const End& end) {
  return absl::StrCat("{\"end\":\"", end.complete ? "complete" : "cut",
                      "\",\"reason\":", JsonString(end.reason), ",\"records\":", end.records,
                      "}\n");
}

RecordPrinter::RecordPrinter(const Header& header)
    : header_(header), kinds_(256), json_kinds_(256) {
  for (const Kind& kind : header.kinds) {
    kinds_[kind.number] = &kind;
    json_kinds_[kind.number] =
        absl::StrCat(",\"kind\":", JsonString(kind.name), ",\"class\":\"",
                     std::string(1, static_cast<char>(kind.cls)), "\",\"args\":{");
  }
  absl::flat_hash_map<absl::string_view, int> uses;
  for (const Symbol& symbol : header.symbols) uses[symbol.name]++;
  for (const Symbol& symbol : header.symbols) {
    if (!IsPlainSymbol(symbol.name)) continue;
    std::string& name = pc_names_[symbol.pc];
    name = symbol.name;
    if (uses[symbol.name] > 1) absl::StrAppend(&name, "@", Hex(symbol.pc));
  }
}

void RecordPrinter::Value(ArgType type, const Record& record, int arg, std::string& out) const {
  const uint64_t v = Wire(record, arg);
  const bool can_be_nil = type == ArgType::kG || type == ArgType::kP || type == ArgType::kM ||
                          type == ArgType::kLock || type == ArgType::kPc;
  if (can_be_nil && v == 0) {
    out += "nil";
    return;
  }
  switch (type) {
    case ArgType::kUint: absl::StrAppend(&out, v); break;
    case ArgType::kInt:
    case ArgType::kTime: absl::StrAppend(&out, record.a[arg]); break;
    case ArgType::kBool: out += v != 0 ? "true" : "false"; break;
    case ArgType::kG: absl::StrAppend(&out, "g", v); break;
    case ArgType::kP: absl::StrAppend(&out, "p", v - 1); break;
    case ArgType::kM: absl::StrAppend(&out, "m", v - 1); break;
    case ArgType::kLock: out += header_.locks[v - 1]; break;
    case ArgType::kPc: {
      const auto name = pc_names_.find(v);
      out += name == pc_names_.end() ? Hex(v) : name->second;
      break;
    }
    case ArgType::kGList: {
      const char* between = "[";
      for (uint64_t g : record.list) {
        out += between;
        if (g == 0) {
          out += "nil";
        } else {
          absl::StrAppend(&out, "g", g);
        }
        between = ",";
      }
      out += record.list.empty() ? "[]" : "]";
      break;
    }
  }
}

void RecordPrinter::Text(uint64_t index, const Record& record, std::string& out) const {
  const Kind& kind = *kinds_[record.kind];
  absl::StrAppend(&out, index, " m", record.m, " ", kind.name);
  for (int i = 0; i < record.nargs; i++) {
    absl::StrAppend(&out, " ", kind.args[i].name, "=");
    Value(kind.args[i].type, record, i, out);
  }
  out += '\n';
}

namespace {

// A value of a field or the name of a row, as a number: with its sign where the type has one.
void AppendNumber(ArgType type, uint64_t v, std::string& out) {
  if (type == ArgType::kInt || type == ArgType::kTime) {
    absl::StrAppend(&out, static_cast<int64_t>(v));
  } else {
    absl::StrAppend(&out, v);
  }
}

ArgType TypeOf(const Section& section, size_t place) {
  return place == 0 ? section.of : section.fields[place - 1].type;
}

}  // namespace

void RecordPrinter::Text(const Snapshot& snapshot, std::string& out) const {
  std::vector<SectionRows> sections;
  TakeApart(header_, snapshot.words, sections);
  absl::StrAppend(&out, "state m", snapshot.m);
  for (const SectionRows& s : sections) {
    const Section& section = header_.state[s.number - 1];
    absl::StrAppend(&out, " ", section.name);
    if (s.owner != 0) absl::StrAppend(&out, "/", s.owner);
    out += '[';
    for (size_t i = 0; i < s.size(); i++) {
      if (i != 0) out += i % s.width == 0 ? ';' : ',';
      AppendNumber(TypeOf(section, i % s.width), s.words[i], out);
    }
    out += ']';
  }
  out += '\n';
}

void RecordPrinter::Json(const Snapshot& snapshot, std::string& out) const {
  std::vector<SectionRows> sections;
  TakeApart(header_, snapshot.words, sections);
  absl::StrAppend(&out, "{\"state\":", snapshot.index, ",\"m\":", snapshot.m, ",\"sections\":[");
  for (const SectionRows& s : sections) {
    const Section& section = header_.state[s.number - 1];
    absl::StrAppend(&out, &s == &sections[0] ? "" : ",", "{\"name\":", JsonString(section.name));
    if (s.owner != 0) absl::StrAppend(&out, ",\"p\":", s.owner - 1);
    out += ",\"rows\":[";
    for (size_t i = 0; i < s.size(); i++) {
      out += i == 0 ? "[" : i % s.width == 0 ? "],[" : ",";
      AppendNumber(TypeOf(section, i % s.width), s.words[i], out);
    }
    out += s.rows == 0 ? "]}" : "]]}";
  }
  out += "]}\n";
}

void RecordPrinter::State(const Snapshot& snapshot, std::string& out) const {
  std::vector<SectionRows> sections;
  TakeApart(header_, snapshot.words, sections);
  absl::StrAppend(&out, "state behind record ", snapshot.index, ", by m", snapshot.m, "\n");
  Record one;
  const auto value = [&](ArgType type, uint64_t v) {
    one.a[0] = static_cast<int64_t>(v);
    Value(type, one, 0, out);
  };
  for (const SectionRows& s : sections) {
    const Section& section = header_.state[s.number - 1];
    if (section.fields.empty()) {
      out += "  ";
      if (s.owner != 0) absl::StrAppend(&out, "p", s.owner - 1, " ");
      absl::StrAppend(&out, section.name, ":");
      for (size_t i = 0; i < s.rows; i++) {
        out += ' ';
        value(section.of, s.row(i)[0]);
      }
      out += '\n';
      continue;
    }
    for (size_t i = 0; i < s.rows; i++) {
      absl::StrAppend(&out, "  ", section.name, " ");
      value(section.of, s.row(i)[0]);
      out += ':';
      for (size_t k = 1; k < s.width; k++) {
        absl::StrAppend(&out, " ", section.fields[k - 1].name, "=");
        value(section.fields[k - 1].type, s.row(i)[k]);
      }
      out += '\n';
    }
  }
}

void RecordPrinter::JsonValue(ArgType type, const Record& record, int arg, std::string& out) const {
  const uint64_t v = Wire(record, arg);
  switch (type) {
    case ArgType::kUint:
    case ArgType::kInt:
    case ArgType::kTime:
    case ArgType::kBool: Value(type, record, arg, out); break;
    case ArgType::kG:
    case ArgType::kP:
    case ArgType::kM:
      if (v == 0) {
        out += "null";
      } else {
        absl::StrAppend(&out, type == ArgType::kG ? v : v - 1);
      }
      break;
    case ArgType::kLock: out += v == 0 ? "null" : JsonString(header_.locks[v - 1]); break;
    case ArgType::kPc: {
      const absl::string_view name = header_.SymbolAt(v);
      out += v == 0 ? "null" : JsonString(name.empty() ? Hex(v) : name);
      break;
    }
    case ArgType::kGList: {
      out += '[';
      const char* between = "";
      for (uint64_t g : record.list) {
        out += between;
        if (g == 0) {
          out += "null";
        } else {
          absl::StrAppend(&out, g);
        }
        between = ",";
      }
      out += ']';
      break;
    }
  }
}

void RecordPrinter::Json(uint64_t index, const Record& record, std::string& out) const {
  const Kind& kind = *kinds_[record.kind];
  absl::StrAppend(&out, "{\"i\":", index, ",\"m\":", record.m, json_kinds_[record.kind]);
  for (int i = 0; i < record.nargs; i++) {
    if (i != 0) out += ',';
    out += JsonString(kind.args[i].name);
    out += ':';
    JsonValue(kind.args[i].type, record, i, out);
  }
  out += "}}\n";
}

}  // namespace schedlog
