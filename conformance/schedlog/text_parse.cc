// Reading the text form back.
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/text.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

// What a message quotes of the text, at most.
constexpr size_t kQuote = 60;

std::string Quote(absl::string_view s) {
  return absl::StrCat("\"", absl::CHexEscape(s.substr(0, kQuote)), s.size() > kQuote ? "..." : "",
                      "\"");
}

template <typename... T>
absl::Status Bad(const T&... what) {
  return absl::InvalidArgumentError(absl::StrCat(what...));
}

void SkipSpace(absl::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
}

// Takes the next word, quoted or not, from the front of `rest`. False if a quotation is not
// well-formed. At the end the word is empty and `none` is set.
bool TakeWord(absl::string_view& rest, std::string& word, bool& none) {
  SkipSpace(rest);
  none = rest.empty();
  if (none || rest[0] != '"') {
    const size_t size = std::min(rest.find_first_of(" \t\r"), rest.size());
    word = std::string(rest.substr(0, size));
    rest.remove_prefix(size);
    return true;
  }
  size_t end = 1;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) return false;
  const absl::string_view inside = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return absl::CUnescape(inside, &word);
}

bool ParseHex(absl::string_view s, uint64_t& v) {
  if (!absl::ConsumePrefix(&s, "0x") || s.empty() || s.size() > 16) return false;
  v = 0;
  for (char c : s) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
    v = v << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return true;
}

// Digits and nothing else, unlike SimpleAtoi.
template <typename T>
bool ParseNumber(absl::string_view s, T& v) {
  const absl::string_view digits = absl::StripPrefix(s, std::is_signed_v<T> ? "-" : "");
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return false;
  return absl::SimpleAtoi(s, &v);
}

// "g12", "p0", "m3" or "nil" as a wire value.
bool ParseId(absl::string_view s, char letter, uint64_t limit, uint64_t& v) {
  if (s == "nil") {
    v = 0;
    return true;
  }
  if (s.empty() || s[0] != letter || !ParseNumber(s.substr(1), v) || v >= limit) return false;
  if (letter != 'g') v++;
  return letter != 'g' || v != 0;
}

constexpr uint64_t kGoidLimit = uint64_t{1} << 63;
constexpr uint64_t kIdLimit = 0xffffffff;

}  // namespace

absl::Status TextParser::Parse(absl::string_view line, Line& what, Record& record) {
  what = Line::kNothing;
  absl::string_view rest = line;
  SkipSpace(rest);
  if (rest.empty() || absl::StartsWith(rest, "##")) return absl::OkStatus();
  if (ended_) return Bad("nothing may follow the end line");
  if (!absl::ConsumePrefix(&rest, "#")) {
    if (absl::Status status = CloseHeader(); !status.ok()) return status;
    if (absl::StartsWith(rest, "state ")) {
      what = Line::kState;
      return ParseState(rest);
    }
    what = Line::kRecord;
    return ParseRecord(rest, record);
  }
  SkipSpace(rest);
  const size_t colon = rest.find(':');
  if (colon == rest.npos) return Bad("a line with # is \"# key: words\"; a comment starts with ##");
  const absl::string_view key = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  std::vector<std::string> words;
  for (;;) {
    std::string word;
    bool none = false;
    if (!TakeWord(rest, word, none)) return Bad("a quotation is not well-formed");
    if (none) break;
    words.push_back(std::move(word));
  }
  if (!seen_version_ && key != "gort.slog")
    return Bad("the text does not begin with \"# gort.slog: ", kFirstVersion, "\"");
  if (key == "end") {
    if (absl::Status status = CloseHeader(); !status.ok()) return status;
    if (words.size() != 2 || (words[0] != "complete" && words[0] != "cut")) {
      return Bad("the end line is \"# end: complete REASON\" or \"# end: cut REASON\"");
    }
    end_ = End{words[0] == "complete", words[1], 0};
    ended_ = true;
    what = Line::kEnd;
    return absl::OkStatus();
  }
  if (closed_) return Bad("header lines come before the first record");
  what = Line::kHeader;
  return ParseHeaderLine(key, words);
}

absl::Status TextParser::ParseHeaderLine(absl::string_view key, std::vector<std::string>& words) {
  if (key == "gort.slog") {
    uint64_t version = 0;
    if (words.size() != 1 || !ParseNumber(words[0], version)) return Bad("no version");
    if (version < kFirstVersion || version > kVersion) {
      return Bad("text of version ", version, "; this program reads versions ", kFirstVersion, " to ", kVersion);
    }
    version_ = version;
    if (seen_version_) return Bad("a second header begins");
    seen_version_ = true;
  } else if (key == "go") {
    if (words.size() != 3) return Bad("the go line is \"# go: VERSION GOOS GOARCH\"");
    header_.go_version = words[0];
    header_.goos = words[1];
    header_.goarch = words[2];
  } else if (key == "gomaxprocs") {
    if (words.size() != 1 || !ParseNumber(words[0], header_.gomaxprocs))
      return Bad("gomaxprocs is one number");
  } else if (key == "cmdline") {
    header_.cmdline = std::move(words);
  } else if (key == "fact") {
    if (words.size() != 2) return Bad("a fact line is \"# fact: KEY VALUE\"");
    header_.facts.emplace_back(words[0], words[1]);
  } else if (key == "kind") {
    return ParseKind(words);
  } else if (key == "lock") {
    if (words.size() != 1) return Bad("a lock line is \"# lock: NAME\"");
    header_.locks.push_back(words[0]);
  } else if (key == "symbol") {
    Symbol symbol;
    if (words.size() != 2 || !ParseHex(words[0], symbol.pc))
      return Bad("a symbol line is \"# symbol: 0xADDRESS NAME\"");
    symbol.name = words[1];
    header_.symbols.push_back(std::move(symbol));
  } else if (key == "state") {
    Section section;
    for (const std::string& word : words) {
      Section::Field field;
      const size_t colon = word.rfind(':');
      if (colon == std::string::npos || !ParseArgType(absl::string_view(word).substr(colon + 1), field.type)) {
        return Bad(Quote(word), " is not NAME:TYPE");
      }
      field.name = word.substr(0, colon);
      section.fields.push_back(std::move(field));
    }
    if (words.empty()) return Bad("a state line is \"# state: NAME:TYPE FIELD:TYPE...\"");
    section.name = section.fields[0].name;
    section.of = section.fields[0].type;
    section.fields.erase(section.fields.begin());
    header_.state.push_back(std::move(section));
  } else {
    return Bad("unknown key ", Quote(key), "; a comment starts with ##");
  }
  return absl::OkStatus();
}

absl::Status TextParser::ParseKind(const std::vector<std::string>& words) {
  Kind kind;
  uint64_t number = 0;
  if (words.size() < 3 || !ParseNumber(words[0], number) || number == 0 || number > 255 ||
      words[1].size() != 1) {
    return Bad("a kind line is \"# kind: NUMBER CLASS NAME ARG:TYPE...\"");
  }
  kind.number = static_cast<uint8_t>(number);
  kind.cls = static_cast<Class>(words[1][0]);
  kind.name = words[2];
  for (size_t i = 3; i < words.size(); i++) {
    Arg arg;
    const size_t colon = words[i].rfind(':');
    if (colon == std::string::npos ||
        !ParseArgType(absl::string_view(words[i]).substr(colon + 1), arg.type)) {
      return Bad("argument ", Quote(words[i]), " is not NAME:TYPE");
    }
    arg.name = words[i].substr(0, colon);
    kind.args.push_back(std::move(arg));
  }
  header_.kinds.push_back(std::move(kind));
  return absl::OkStatus();
}

absl::Status TextParser::CloseHeader() {
  if (closed_) return absl::OkStatus();
  if (!seen_version_) return Bad("the text does not begin with \"# gort.slog: ", kFirstVersion, "\"");
  closed_ = true;
  if (version_ != header_.version()) {
    return Bad("text of version ", version_, header_.state.empty() ? " without" : " with", " a table of state");
  }
  if (absl::Status status = ValidateHeader(header_); !status.ok()) return status;
  for (const Kind& kind : header_.kinds) kinds_[kind.name] = &kind;
  for (size_t i = 0; i < header_.locks.size(); i++) locks_[header_.locks[i]] = i + 1;
  absl::flat_hash_set<absl::string_view> seen;
  for (const Symbol& symbol : header_.symbols) {
    // A name that stands for several addresses stands for none.
    if (seen.insert(symbol.name).second) {
      symbols_[symbol.name] = symbol.pc;
    } else {
      symbols_.erase(symbol.name);
    }
  }
  return absl::OkStatus();
}

absl::Status TextParser::ParseRecord(absl::string_view line, Record& record) {
  std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
  size_t at = 0;
  // The number is for people; records count from 0 by their place.
  if (words[0].find_first_not_of("0123456789") == words[0].npos) at++;
  uint64_t m = 0;
  if (at == words.size() || words[at] == "nil" || !ParseId(words[at], 'm', kIdLimit + 1, m)) {
    return Bad("no M where \"m0\" or the like should be");
  }
  record = Record();
  record.m = static_cast<uint32_t>(m - 1);
  if (++at == words.size()) return Bad("no record kind");
  const auto kind = kinds_.find(words[at]);
  if (kind == kinds_.end()) return Bad("record kind ", Quote(words[at]), " is not in the table");
  const std::vector<Arg>& args = kind->second->args;
  record.kind = kind->second->number;
  record.nargs = static_cast<uint16_t>(args.size());
  if (words.size() - ++at != args.size()) {
    return Bad(kind->second->name, " takes ", args.size(), " arguments, not ", words.size() - at);
  }
  for (size_t i = 0; i < args.size(); i++) {
    absl::string_view text = words[at + i];
    if (!absl::ConsumePrefix(&text, args[i].name) || !absl::ConsumePrefix(&text, "=")) {
      return Bad("argument ", i + 1, " of ", kind->second->name, " is ", args[i].name, "=..., not ",
                 Quote(words[at + i]));
    }
    if (absl::Status status = ParseValue(args[i], text, static_cast<int>(i), record);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status TextParser::ParseState(absl::string_view line) {
  std::vector<absl::string_view> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
  uint64_t m = 0;
  if (words.size() < 2 || words[1] == "nil" || !ParseId(words[1], 'm', kIdLimit + 1, m)) {
    return Bad("no M where \"m0\" or the like should be");
  }
  snapshot_m_ = static_cast<uint32_t>(m - 1);
  words_.clear();
  for (size_t i = 2; i < words.size(); i++) {
    const size_t bracket = words[i].find('[');
    absl::string_view inside = words[i].substr(std::min(bracket, words[i].size()));
    if (!absl::ConsumePrefix(&inside, "[") || !absl::ConsumeSuffix(&inside, "]")) {
      return Bad(Quote(words[i]), " is not SECTION[...]");
    }
    absl::string_view name = words[i].substr(0, bracket);
    uint64_t owner = 0;
    if (const size_t slash = name.rfind('/'); slash != name.npos) {
      if (!ParseNumber(name.substr(slash + 1), owner)) return Bad(Quote(words[i]), " has an unusable owner");
      name = name.substr(0, slash);
    }
    size_t number = 0;
    while (number < header_.state.size() && header_.state[number].name != name) number++;
    if (number == header_.state.size()) return Bad("section ", Quote(name), " is not in the table");
    const Section& section = header_.state[number];
    words_.push_back(number + 1);
    words_.push_back(owner);
    const size_t rows_at = words_.size();
    words_.push_back(0);
    if (inside.empty()) continue;
    for (absl::string_view row : absl::StrSplit(inside, ';')) {
      words_[rows_at]++;
      size_t place = 0;
      for (absl::string_view text : absl::StrSplit(row, ',')) {
        if (place > section.fields.size()) return Bad("a row of ", section.name, " has too many fields");
        const ArgType type = place == 0 ? section.of : section.fields[place - 1].type;
        uint64_t v = 0;
        int64_t number_ = 0;
        const bool is_signed = type == ArgType::kInt || type == ArgType::kTime;
        if (is_signed ? !ParseNumber(text, number_) : !ParseNumber(text, v)) {
          return Bad(Quote(text), " is not a number");
        }
        words_.push_back(is_signed ? static_cast<uint64_t>(number_) : v);
        place++;
      }
      if (place != 1 + section.fields.size()) return Bad("a row of ", section.name, " has too few fields");
    }
  }
  words_.push_back(0);
  return absl::OkStatus();
}

absl::Status TextParser::ParseValue(const Arg& arg, absl::string_view text, int at,
                                    Record& record) {
  uint64_t v = 0;
  int64_t number = 0;
  bool good = false;
  const char* wanted = "";
  switch (arg.type) {
    case ArgType::kUint:
      wanted = "a number from 0 on";
      good = ParseNumber(text, v);
      break;
    case ArgType::kInt:
    case ArgType::kTime:
      wanted = "a number";
      good = ParseNumber(text, number);
      v = static_cast<uint64_t>(number);
      break;
    case ArgType::kBool:
      wanted = "true or false";
      good = text == "true" || text == "false";
      v = text == "true";
      break;
    case ArgType::kG:
      wanted = "g1 or the like, or nil";
      good = ParseId(text, 'g', kGoidLimit, v);
      break;
    case ArgType::kP:
      wanted = "p0 or the like, or nil";
      good = ParseId(text, 'p', kIdLimit, v);
      break;
    case ArgType::kM:
      wanted = "m0 or the like, or nil";
      good = ParseId(text, 'm', kIdLimit, v);
      break;
    case ArgType::kLock: {
      wanted = "a lock of the table, or nil";
      const auto lock = locks_.find(text);
      good = text == "nil" || lock != locks_.end();
      if (lock != locks_.end()) v = lock->second;
      break;
    }
    case ArgType::kPc: {
      wanted = "the name of one symbol of the table, an address (0x...), or nil";
      const auto symbol = symbols_.find(text);
      if (text == "nil") {
        good = true;
      } else if (symbol != symbols_.end()) {
        good = true;
        v = symbol->second;
      } else {
        const size_t mark = text.rfind('@');
        good =
            ParseHex(mark == text.npos ? text : text.substr(mark + 1), v) && v != 0 && v >> 63 == 0;
      }
      break;
    }
    case ArgType::kGList: {
      wanted = "a list like [g1,g2]";
      list_.clear();
      absl::string_view inside = text;
      good = absl::ConsumePrefix(&inside, "[") && absl::ConsumeSuffix(&inside, "]");
      if (good && !inside.empty()) {
        for (absl::string_view item : absl::StrSplit(inside, ',')) {
          good &= ParseId(item, 'g', kGoidLimit, v);
          list_.push_back(v);
        }
      }
      good &= list_.size() <= kMaxList;
      record.list = list_;
      v = list_.size();
      break;
    }
  }
  if (!good) return Bad("argument ", arg.name, " is ", Quote(text), ", not ", wanted);
  record.a[at] = static_cast<int64_t>(v);
  return absl::OkStatus();
}

}  // namespace schedlog
