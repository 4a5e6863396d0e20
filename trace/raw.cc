#include "trace/raw.h"

#include <algorithm>
#include <cstring>

#include "trace/varint.h"

namespace gotrace {

bool RawReader::Open(const std::string& path) {
  verdict_ = input_.Open(path);
  return verdict_.ok() && Start();
}

bool RawReader::OpenFd(int fd) {
  input_.OpenFd(fd);
  return Start();
}

bool RawReader::OpenBytes(std::string_view bytes) {
  input_.OpenBytes(bytes);
  return Start();
}

bool RawReader::Start() {
  verdict_ = {};
  version_ = input_.ReadVersion(verdict_);
  return version_ != 0;
}

bool RawReader::Fail(Outcome outcome, uint64_t offset, std::string why) {
  if (input_.error() != 0) {
    outcome = Outcome::kUnreadable;
    why = std::string("cannot read: ") + std::strerror(input_.error());
  }
  verdict_ = {outcome, offset, std::move(why)};
  return false;
}

bool RawReader::Number(uint64_t& v) {
  const size_t have = std::min<size_t>(input_.Fill(kMaxVarint), kMaxVarint);
  VarintFault fault{};
  const uint8_t* const p = input_.data();
  const uint8_t* const after = GetVarint(p, p + have, v, &fault);
  if (after == nullptr) {
    const std::string name(InfoOf(event_.kind).name);
    if (fault == VarintFault::kCut && have < kMaxVarint) {
      return Fail(Outcome::kCut, input_.offset() + have, "cut off here, in event " + name);
    }
    return Fail(Outcome::kDamaged, input_.offset(), "a number of more than 64 bits in event " + name);
  }
  input_.Skip(static_cast<size_t>(after - p));
  return true;
}

bool RawReader::Next() {
  if (!verdict_.ok() || version_ == 0) return false;
  event_.offset = input_.offset();
  event_.args.clear();
  event_.data.clear();
  if (input_.Fill(1) == 0) return input_.error() == 0 ? false : Fail(Outcome::kUnreadable, event_.offset, "");
  event_.kind = *input_.data();
  if (event_.kind == 0 || event_.kind >= KindsOf(version_)) {
    return Fail(Outcome::kDamaged, event_.offset,
                "no event of Go 1." + std::to_string(version_) + " is numbered " + std::to_string(event_.kind));
  }
  input_.Skip(1);
  const KindInfo& info = InfoOf(event_.kind);
  for (int i = 0; i < info.nargs; i++) {
    uint64_t v;
    if (!Number(v)) return false;
    event_.args.push_back(v);
  }
  if (info.frames) {
    const uint64_t frames = event_.args[1];
    // A number that is negative for Go is none.
    for (uint64_t i = 0; i < frames && frames >> 63 == 0; i++) {
      if (i == kMostFrames) {
        return Fail(Outcome::kDamaged, event_.offset, "a stack of " + std::to_string(frames) + " frames");
      }
      for (int field = 0; field < 4; field++) {
        uint64_t v;
        if (!Number(v)) return false;
        event_.args.push_back(v);
      }
    }
  }
  if (info.data) {
    uint64_t size;
    if (!Number(size)) return false;
    if (size > kMostData && size >> 63 == 0) {
      return Fail(Outcome::kDamaged, event_.offset, "data of " + std::to_string(size) + " bytes");
    }
    if (size >> 63 != 0) size = 0;
    while (event_.data.size() < size) {
      const size_t left = size - event_.data.size();
      const size_t have = std::min(input_.Fill(std::min(left, Input::kWindow)), left);
      if (have == 0) return Fail(Outcome::kCut, input_.offset(), "cut off here, in event " + std::string(info.name));
      event_.data.append(reinterpret_cast<const char*>(input_.data()), have);
      input_.Skip(have);
    }
  }
  event_.size = input_.offset() - event_.offset;
  return true;
}

void PutRaw(const RawEvent& event, std::string& out) {
  const KindInfo& info = InfoOf(event.kind);
  out.push_back(static_cast<char>(event.kind));
  const size_t args = info.frames ? event.args.size() : info.nargs;
  for (size_t i = 0; i < args; i++) PutVarint(out, event.args[i]);
  if (info.data) {
    PutVarint(out, event.data.size());
    out += event.data;
  }
}

}  // namespace gotrace
