// Buffers around readers and writers: Go's package bufio, what protocols of lines need of it.
//
// Each stands on a reader or writer that must outlive it, and belongs to one goroutine at a time. Throw std::bad_alloc,
// and what the reader or writer throws.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "io/io.h"

namespace gort::bufio {

inline constexpr std::size_t DefaultSize = 4096;

// Reads from r in large pieces. bufio.Reader.
template <io::Reader R>
class Reader {
 public:
  explicit Reader(R& r, std::size_t size = DefaultSize)
      : r_(&r), size_(size), buf_(std::make_unique_for_overwrite<std::byte[]>(size)) {}

  Result<std::size_t> Read(std::span<std::byte> to) {
    if (begin_ == end_) {
      if (to.size() >= size_) return r_->Read(to);  // what is larger than the buffer goes past it
      if (error err = fill()) return err;
    }
    std::size_t n = std::min(to.size(), end_ - begin_);
    std::memcpy(to.data(), buf_.get() + begin_, n);
    begin_ += n;
    return n;
  }

  // What is buffered, without taking it; empty: nothing.
  std::span<const std::byte> Buffered() const { return {buf_.get() + begin_, end_ - begin_}; }
  // Takes n of it. n <= Buffered().size().
  void Discard(std::size_t n) { begin_ += n; }
  // Reads more into the buffer; what Buffered gave before is no longer valid. An error if nothing came, std::errc::
  // no_buffer_space if there is no room.
  error Fill() { return fill(); }

  // Up to and with the next delim. Without one before the end: what there is, and io::Eof. bufio.Reader.ReadString.
  Result<std::string> ReadString(char delim) {
    std::string s;
    for (;;) {
      std::string_view have = io::Text(Buffered());
      if (std::size_t at = have.find(delim); at != have.npos) {
        s += have.substr(0, at + 1);
        Discard(at + 1);
        return s;
      }
      s += have;
      Discard(have.size());
      if (error err = fill()) return {std::move(s), err};
    }
  }

  // A line without its end, "\n" or "\r\n". The last one may have none; after it io::Eof.
  Result<std::string> ReadLine() {
    Result<std::string> line = ReadString('\n');
    if (!line && (line.error() != io::Eof || line.partial().empty())) return line;
    std::string s = line.partial();
    if (s.ends_with('\n')) s.pop_back();
    if (s.ends_with('\r')) s.pop_back();
    return s;
  }

 private:
  error fill() {
    if (begin_ > 0) {
      std::memmove(buf_.get(), buf_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == size_) return std::errc::no_buffer_space;
    Result<std::size_t> got = r_->Read({buf_.get() + end_, size_ - end_});
    end_ += got.partial();
    return got.partial() > 0 ? error() : got.error();
  }

  R* r_;
  std::size_t size_;
  std::unique_ptr<std::byte[]> buf_;
  std::size_t begin_ = 0, end_ = 0;
};

// Writes to w in large pieces, at the latest when Flush says so. After an error all that follows fails with it.
// bufio.Writer.
template <io::Writer W>
class Writer {
 public:
  explicit Writer(W& w, std::size_t size = DefaultSize) : w_(&w), size_(size) { buf_.reserve(size); }

  Result<std::size_t> Write(std::span<const std::byte> from) {
    if (err_) return err_;
    if (buf_.size() + from.size() > size_) {
      if (Flush()) return err_;
      if (from.size() >= size_) {
        Result<std::size_t> n = w_->Write(from);
        err_ = n.error();
        return n;
      }
    }
    buf_ += io::Text(from);
    return from.size();
  }
  Result<std::size_t> WriteString(std::string_view text) { return Write(io::Bytes(text)); }

  error Flush() {
    if (err_ || buf_.empty()) return err_;
    err_ = w_->Write(io::Bytes(buf_)).error();
    buf_.clear();
    return err_;
  }
  // Bytes that wait to be written.
  std::size_t Buffered() const { return buf_.size(); }

 private:
  W* w_;
  std::size_t size_;
  std::string buf_;
  error err_;
};

}  // namespace gort::bufio
