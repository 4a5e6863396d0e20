// The bytes of protobuf messages, written field by field: what the export to Perfetto needs of that encoding. A message
// inside another one is made first, and goes in as bytes.
#ifndef TRACE_PROTOBUF_H_
#define TRACE_PROTOBUF_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/varint.h"

namespace gotrace {

class Message {
 public:
  void Clear() { bytes_.clear(); }
  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }

  // Numbers: of type uint32, uint64, bool, an enum, or int32 and int64.
  Message& Number(uint32_t field, uint64_t v) {
    Key(field, 0);
    PutVarint(bytes_, v);
    return *this;
  }
  Message& Signed(uint32_t field, int64_t v) { return Number(field, static_cast<uint64_t>(v)); }
  // Of type fixed64.
  Message& Fixed(uint32_t field, uint64_t v) {
    Key(field, 1);
    for (int i = 0; i < 8; i++) bytes_.push_back(static_cast<char>(v >> (8 * i)));
    return *this;
  }
  // Of type string or bytes, or a message.
  Message& Bytes(uint32_t field, std::string_view v) {
    Key(field, 2);
    PutVarint(bytes_, v.size());
    bytes_ += v;
    return *this;
  }
  Message& Add(uint32_t field, const Message& v) { return Bytes(field, v.bytes()); }

 private:
  void Key(uint32_t field, uint32_t type) { PutVarint(bytes_, field << 3 | type); }
  std::string bytes_;
};

}  // namespace gotrace

#endif  // TRACE_PROTOBUF_H_
