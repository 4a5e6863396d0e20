// Reading of the capture's JSON side file.
#include "conformance/schedlog/tables_json.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace schedlog {
namespace {

using Json = nlohmann::json;

// Looks members up; the first one that is missing or of another type is remembered.
class Member {
 public:
  explicit Member(std::string& problem) : problem_(problem) {}

  std::string String(const Json& in, const char* key) {
    const Json* at = Find(in, key, &Json::is_string, "a string");
    return at == nullptr ? "" : at->get<std::string>();
  }
  uint64_t Number(const Json& in, const char* key, uint64_t limit) {
    const Json* at = Find(in, key, &Json::is_number_unsigned, "a whole number");
    if (at == nullptr) return 0;
    const uint64_t v = at->get<uint64_t>();
    if (v > limit) Fail(absl::StrCat("\"", key, "\" is out of range"));
    return v;
  }
  const Json& Array(const Json& in, const char* key) {
    static const Json* const none = new Json(Json::array());
    const Json* at = Find(in, key, &Json::is_array, "an array");
    return at == nullptr ? *none : *at;
  }
  std::vector<std::string> Strings(const Json& in, const char* key) {
    std::vector<std::string> all;
    for (const Json& item : Array(in, key)) {
      if (item.is_string()) {
        all.push_back(item.get<std::string>());
      } else {
        Fail(absl::StrCat("\"", key, "\" holds something that is not a string"));
      }
    }
    return all;
  }
  void Fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }

 private:
  const Json* Find(const Json& in, const char* key, bool (Json::*is)() const noexcept,
                   absl::string_view type) {
    if (in.is_object()) {
      const auto at = in.find(key);
      if (at != in.end() && ((*at).*is)()) return &*at;
    }
    Fail(absl::StrCat("\"", key, "\" is missing or is not ", type));
    return nullptr;
  }

  std::string& problem_;
};

Kind ReadKind(const Json& in, Member& member) {
  Kind kind;
  kind.number = static_cast<uint8_t>(member.Number(in, "n", 255));
  kind.name = member.String(in, "name");
  const std::string cls = member.String(in, "class");
  kind.cls = static_cast<Class>(cls.size() == 1 ? cls[0] : '?');
  for (const std::string& text : member.Strings(in, "args")) {
    const size_t colon = text.rfind(':');
    Arg arg;
    if (colon == std::string::npos ||
        !ParseArgType(absl::string_view(text).substr(colon + 1), arg.type)) {
      member.Fail(absl::StrCat("kind ", kind.name, " has the argument \"", text,
                               "\", which is not NAME:TYPE"));
    }
    arg.name = text.substr(0, colon);
    kind.args.push_back(arg);
  }
  return kind;
}

// "NAME:TYPE"
std::string ReadNamed(const std::string& text, ArgType& type, Member& member) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || !ParseArgType(absl::string_view(text).substr(colon + 1), type)) {
    member.Fail(absl::StrCat("\"state\" holds \"", text, "\", which is not NAME:TYPE"));
  }
  return text.substr(0, colon);
}

Section ReadSection(const Json& in, Member& member) {
  Section section;
  section.name = ReadNamed(member.String(in, "name"), section.of, member);
  for (const std::string& text : member.Strings(in, "fields")) {
    Section::Field field;
    field.name = ReadNamed(text, field.type, member);
    section.fields.push_back(std::move(field));
  }
  return section;
}

void ReadAll(const Json& in, Member& member, Header& header, End& end) {
  header.go_version = member.String(in, "go_version");
  header.goos = member.String(in, "goos");
  header.goarch = member.String(in, "goarch");
  header.gomaxprocs =
      static_cast<uint32_t>(member.Number(in, "gomaxprocs", std::numeric_limits<uint32_t>::max()));
  header.cmdline = member.Strings(in, "cmdline");
  if (in.contains("facts") && in["facts"].is_object()) {
    for (const auto& [key, value] : in["facts"].items()) {
      header.facts.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  for (const Json& kind : member.Array(in, "kinds")) header.kinds.push_back(ReadKind(kind, member));
  header.locks = member.Strings(in, "locks");
  for (const Json& symbol : member.Array(in, "symbols")) {
    header.symbols.push_back(
        Symbol{member.Number(symbol, "pc", ~uint64_t{0}), member.String(symbol, "name")});
  }
  std::sort(header.symbols.begin(), header.symbols.end(),
            [](const Symbol& a, const Symbol& b) { return a.pc < b.pc; });
  if (in.contains("state")) {
    for (const Json& section : member.Array(in, "state")) header.state.push_back(ReadSection(section, member));
  }
  const std::string how = member.String(in, "end");
  if (how != "complete" && how != "cut") member.Fail("\"end\" is neither \"complete\" nor \"cut\"");
  end.complete = how == "complete";
  end.reason = member.String(in, "reason");
}

}  // namespace

absl::Status ReadTables(const std::string& path, Header& header, End& end) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": byte 0: cannot open"));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return absl::DataLossError(absl::StrCat(path, ": byte ", error.byte, ": not JSON"));
  }
  std::string problem;
  Member member(problem);
  header = Header();
  end = End();
  if (!json.is_object()) member.Fail("not a JSON object");
  if (problem.empty()) ReadAll(json, member, header, end);
  if (!problem.empty()) return absl::DataLossError(absl::StrCat(path, ": byte 0: ", problem));
  return absl::OkStatus();
}

}  // namespace schedlog
