// Facts from one process to another, by a pipe: a port cannot be run twice in a process, and may die.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worlds/facts/fact.h"

namespace facts {

// A fact as it goes through the pipe, appended to `to`.
void Append(const Fact& fact, std::string_view text, std::string& to);

// Writes facts to fd, in large pieces. The fd is the caller's.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}
  ~Writer() { Flush(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Put(const Fact& fact, std::string_view text);
  // False: the other end is gone. What came before is written.
  bool Flush();

 private:
  int fd_;
  bool ok_ = true;
  std::string buffer_;
};

// Reads what a Writer of the same build wrote.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  // False at the end, or where the writer died in the middle of a fact.
  bool Next(Fact& fact, std::string& text);
  // Whether Next has one without reading.
  bool Has() const;

 private:
  bool Fill(size_t bytes);

  int fd_;
  std::string buffer_;
  size_t from_ = 0;
};

}  // namespace facts
