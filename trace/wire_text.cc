#include "trace/wire_text.h"

#include <charconv>

#include "trace/go_quote.h"

namespace gotrace {
namespace {

constexpr std::string_view kFrameFields[] = {"pc", "func", "file", "line"};

void PutNumber(uint64_t v, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the first word off `text`; empty if there is none before a comment.
std::string_view Word(std::string_view& text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  size_t n = 0;
  while (n < text.size() && !IsSpace(text[n]) && text[n] != '#') n++;
  const std::string_view word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

bool Number(std::string_view text, uint64_t& v) {
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, v);
  return error == std::errc() && after == end && !text.empty();
}

std::string Shown(std::string_view text) {
  std::string out;
  constexpr size_t kMost = 60;
  PutQuoted(text.substr(0, kMost), out);
  return text.size() > kMost ? out + "..." : out;
}

}  // namespace

std::string WireTextHead(int version) { return "Trace Go1." + std::to_string(version) + "\n"; }

void PutWireText(const RawEvent& event, std::string& out) {
  const KindInfo& info = InfoOf(event.kind);
  out += info.name;
  for (int i = 0; i < info.nargs; i++) {
    out += ' ';
    out += info.args[i];
    out += '=';
    PutNumber(event.args[i], out);
  }
  if (info.frames) {
    for (size_t i = info.nargs; i < event.args.size(); i++) {
      const size_t field = (i - info.nargs) % 4;
      out += field == 0 ? "\n\t" : " ";
      out += kFrameFields[field];
      out += '=';
      PutNumber(event.args[i], out);
    }
  }
  // Go prints no line for no data.
  if (info.data && !event.data.empty()) {
    out += "\n\tdata=";
    PutQuoted(event.data, out);
  }
  out += '\n';
}

bool WireTextReader::Fail(std::string why) {
  why_ = std::move(why);
  return false;
}

bool WireTextReader::Line() {
  if (again_) {
    again_ = false;
    return true;
  }
  while (std::getline(*in_, line_)) {
    number_++;
    std::string_view rest = line_;
    if (!Word(rest).empty()) return true;
  }
  return false;
}

bool WireTextReader::Open(std::istream& in, int assumed_version) {
  in_ = &in;
  version_ = assumed_version;
  has_head_ = false;
  number_ = 0;
  again_ = false;
  why_.clear();
  if (!Line()) return assumed_version != 0 || Fail("no \"Trace Go1.NN\"");
  std::string_view rest = line_;
  if (Word(rest) != "Trace") {
    again_ = true;
    return assumed_version != 0 || Fail("no \"Trace Go1.NN\" on the first line");
  }
  std::string_view name = Word(rest);
  uint64_t version = 0;
  if (name.substr(0, 4) != "Go1." || !Number(name.substr(4), version)) return Fail("no \"Trace Go1.NN\" on the first line");
  if (version > 1000 || !IsKnownVersion(static_cast<int>(version))) {
    return Fail("traces of " + std::string(name) + " are not known");
  }
  version_ = static_cast<int>(version);
  has_head_ = true;
  if (!Word(rest).empty()) return Fail("something behind the version");
  return true;
}

bool WireTextReader::Args(std::string_view text, const std::string_view* names, size_t count, RawEvent& event) {
  for (size_t i = 0; i < count; i++) {
    const std::string_view word = Word(text);
    const size_t equals = word.find('=');
    if (equals == word.npos || word.substr(0, equals) != names[i]) {
      return Fail("expected " + std::string(names[i]) + "=NUMBER, not " + Shown(word));
    }
    uint64_t v;
    if (!Number(word.substr(equals + 1), v)) return Fail("not a number of 64 bits: " + Shown(word));
    event.args.push_back(v);
  }
  if (const std::string_view word = Word(text); !word.empty()) return Fail("too much on the line: " + Shown(word));
  return true;
}

bool WireTextReader::Next(RawEvent& event) {
  if (!why_.empty() || !Line()) return false;
  std::string_view rest = line_;
  const std::string_view name = Word(rest);
  event.kind = KindOf(name, version_);
  event.args.clear();
  event.data.clear();
  if (event.kind == 0) return Fail("no event of Go 1." + std::to_string(version_) + " is called " + Shown(name));
  const KindInfo& info = InfoOf(event.kind);
  if (!Args(rest, info.args.data(), info.nargs, event)) return false;
  if (info.frames) {
    const uint64_t frames = event.args[1];
    for (uint64_t i = 0; i < frames; i++) {
      if (!Line()) return Fail("the text ends in the middle of a stack");
      if (!Args(line_, kFrameFields, 4, event)) return false;
    }
  }
  if (!info.data || !Line()) return true;
  // No line of data: no data.
  const std::string_view line = Trim(line_);
  const size_t equals = line.find('=');
  if (equals == line.npos || Trim(line.substr(0, equals)) != "data") {
    again_ = true;
    return true;
  }
  if (!Unquote(Trim(line.substr(equals + 1)), event.data)) return Fail("not a string in quotes: " + Shown(line.substr(equals + 1)));
  return true;
}

}  // namespace gotrace
