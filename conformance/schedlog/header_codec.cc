// The header's bytes.
#include "conformance/schedlog/header_codec.h"

#include <cstdint>
#include <limits>

#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

// In an argument's coding byte.
constexpr uint64_t kSetsCell = 0x10;

// Takes the payload apart. After the first failure every answer is empty and ok() is false.
class Cursor {
 public:
  explicit Cursor(absl::string_view bytes)
      : begin_(reinterpret_cast<const uint8_t*>(bytes.data())),
        p_(begin_),
        end_(begin_ + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return p_ == end_; }
  size_t offset() const { return static_cast<size_t>(p_ - begin_); }
  void Fail() { ok_ = false; }

  uint64_t Number(uint64_t limit) {
    uint64_t v = 0;
    const uint8_t* next = ok_ ? GetVarint(p_, end_, v) : nullptr;
    ok_ = next != nullptr && v <= limit;
    if (!ok_) return 0;
    p_ = next;
    return v;
  }

  // A number of things that take at least one byte each.
  size_t Count() { return static_cast<size_t>(Number(static_cast<uint64_t>(end_ - p_))); }

  std::string String() {
    const size_t size = Count();
    if (!ok_ || size > static_cast<size_t>(end_ - p_)) {
      ok_ = false;
      return "";
    }
    std::string s(reinterpret_cast<const char*>(p_), size);
    p_ += size;
    return s;
  }

 private:
  const uint8_t* begin_;
  const uint8_t* p_;
  const uint8_t* end_;
  bool ok_ = true;
};

Arg GetArg(Cursor& in) {
  Arg arg;
  arg.name = in.String();
  arg.type = static_cast<ArgType>(in.Number(kArgTypes - 1));
  const uint64_t coding = in.Number(kSetsCell | (kCodings - 1));
  if ((coding & ~(kSetsCell | (kCodings - 1))) != 0) in.Fail();
  arg.sets_cell = (coding & kSetsCell) != 0;
  arg.coding = static_cast<Coding>(coding & (kCodings - 1));
  return arg;
}

Kind GetKind(Cursor& in) {
  Kind kind;
  kind.number = static_cast<uint8_t>(in.Number(255));
  kind.name = in.String();
  kind.cls = static_cast<Class>(in.Number(127));
  kind.cell = static_cast<uint8_t>(in.Number(255));
  kind.object = static_cast<uint8_t>(in.Number(kMaxArgs));
  const size_t nargs = in.Number(kMaxArgs);
  for (size_t i = 0; i < nargs && in.ok(); i++) kind.args.push_back(GetArg(in));
  return kind;
}

Section GetSection(Cursor& in) {
  Section section;
  section.name = in.String();
  section.of = static_cast<ArgType>(in.Number(kArgTypes - 1));
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) {
    std::string name = in.String();
    section.fields.push_back({std::move(name), static_cast<ArgType>(in.Number(kArgTypes - 1))});
  }
  return section;
}

}  // namespace

std::string EncodeHeader(const Header& header) {
  std::string out;
  PutString(out, header.go_version);
  PutString(out, header.goos);
  PutString(out, header.goarch);
  PutVarint(out, header.gomaxprocs);
  PutVarint(out, header.cmdline.size());
  for (const std::string& word : header.cmdline) PutString(out, word);
  PutVarint(out, header.facts.size());
  for (const auto& [key, value] : header.facts) {
    PutString(out, key);
    PutString(out, value);
  }
  PutVarint(out, header.kinds.size());
  for (const Kind& kind : header.kinds) {
    PutVarint(out, kind.number);
    PutString(out, kind.name);
    PutVarint(out, static_cast<uint64_t>(kind.cls));
    PutVarint(out, kind.cell);
    PutVarint(out, kind.object);
    PutVarint(out, kind.args.size());
    for (const Arg& arg : kind.args) {
      PutString(out, arg.name);
      PutVarint(out, static_cast<uint64_t>(arg.type));
      PutVarint(out, static_cast<uint64_t>(arg.coding) | (arg.sets_cell ? kSetsCell : 0));
    }
  }
  PutVarint(out, header.locks.size());
  for (const std::string& lock : header.locks) PutString(out, lock);
  PutVarint(out, header.symbols.size());
  uint64_t before = 0;
  for (const Symbol& symbol : header.symbols) {
    PutVarint(out, symbol.pc - before);
    PutString(out, symbol.name);
    before = symbol.pc;
  }
  if (header.version() == kFirstVersion) return out;
  PutVarint(out, header.state.size());
  for (const Section& section : header.state) {
    PutString(out, section.name);
    PutVarint(out, static_cast<uint64_t>(section.of));
    PutVarint(out, section.fields.size());
    for (const Section::Field& field : section.fields) {
      PutString(out, field.name);
      PutVarint(out, static_cast<uint64_t>(field.type));
    }
  }
  return out;
}

absl::Status DecodeHeader(absl::string_view payload, uint16_t version, Header& header, size_t& at) {
  header = Header();
  Cursor in(payload);
  header.go_version = in.String();
  header.goos = in.String();
  header.goarch = in.String();
  header.gomaxprocs = static_cast<uint32_t>(in.Number(std::numeric_limits<uint32_t>::max()));
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) header.cmdline.push_back(in.String());
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) {
    std::string key = in.String();
    header.facts.emplace_back(std::move(key), in.String());
  }
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) header.kinds.push_back(GetKind(in));
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) header.locks.push_back(in.String());
  uint64_t pc = 0;
  for (size_t n = in.Count(); n != 0 && in.ok(); n--) {
    pc += in.Number(std::numeric_limits<uint64_t>::max());
    header.symbols.push_back(Symbol{pc, in.String()});
  }
  if (version != kFirstVersion) {
    for (size_t n = in.Count(); n != 0 && in.ok(); n--) header.state.push_back(GetSection(in));
    if (header.state.empty()) in.Fail();
  }
  at = in.offset();
  if (!in.ok()) return absl::InvalidArgumentError("the header is malformed");
  if (!in.done()) return absl::InvalidArgumentError("the header has bytes after its last table");
  return ValidateHeader(header);
}

}  // namespace schedlog
