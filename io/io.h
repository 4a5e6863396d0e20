// Go's package io: what reads, what writes, and copies from the one to the other.
//
// A Reader is anything with `Result<std::size_t> Read(std::span<std::byte>)`, a Writer anything with
// `Result<std::size_t> Write(std::span<const std::byte>)`: net::Conn, os::File, your own class. Read gives at least one
// byte, or an error; at the end io::Eof. Write takes all, or gives an error; partial() of it says how many bytes went.
// The caller's memory is used during the call only.
//
// From a goroutine, where the reader or the writer wants one. What they throw comes out.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "errors/errors.h"

namespace gort::io {

extern const error Eof;             // nothing more will come. io.EOF
extern const error UnexpectedEof;   // it ended in the middle. io.ErrUnexpectedEOF
extern const error ShortWrite;      // a Write took less than it was given, and told no error. io.ErrShortWrite

template <class R>
concept Reader = requires(R& r, std::span<std::byte> to) {
  { r.Read(to) } -> std::same_as<Result<std::size_t>>;
};
template <class W>
concept Writer = requires(W& w, std::span<const std::byte> from) {
  { w.Write(from) } -> std::same_as<Result<std::size_t>>;
};

// The bytes of a text.
inline std::span<const std::byte> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
// Bytes as a text.
inline std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// r, but at most n bytes of it. A handle on r, which must outlive it. io.LimitedReader.
template <Reader R>
struct LimitedReader {
  R* r;
  std::int64_t n;  // bytes that are left

  Result<std::size_t> Read(std::span<std::byte> to) {
    if (n <= 0) return Eof;
    if (static_cast<std::uint64_t>(n) < to.size()) to = to.first(static_cast<std::size_t>(n));
    Result<std::size_t> got = r->Read(to);
    n -= static_cast<std::int64_t>(got.partial());
    return got;
  }
};
template <Reader R>
LimitedReader<R> LimitReader(R& r, std::int64_t n) {
  return {&r, n};
}

namespace internal {

template <class W, class R>
concept TakesFrom = requires(W& w, R& r) {
  { w.ReadFrom(r) } -> std::same_as<Result<std::int64_t>>;
};
template <class R, class W>
concept GivesTo = requires(R& r, W& w) {
  { r.WriteTo(w) } -> std::same_as<Result<std::int64_t>>;
};

}  // namespace internal

// The copy by hand, through buf, which is not empty.
template <Writer W, Reader R>
Result<std::int64_t> CopyBuffer(W& dst, R& src, std::span<std::byte> buf) {
  std::int64_t written = 0;
  for (;;) {
    Result<std::size_t> got = src.Read(buf);
    if (got.partial() > 0) {
      Result<std::size_t> put = dst.Write(buf.first(got.partial()));
      written += static_cast<std::int64_t>(put.partial());
      if (!put) return {written, put.error()};
      if (put.partial() != got.partial()) return {written, ShortWrite};
    }
    if (got.error() == Eof) return written;
    if (!got) return {written, got.error()};
  }
}

// The same through a buffer of its own, of 32 KiB.
template <Writer W, Reader R>
Result<std::int64_t> CopyBuffer(W& dst, R& src) {
  constexpr std::size_t size = 32 * 1024;
  auto buf = std::make_unique_for_overwrite<std::byte[]>(size);
  return CopyBuffer(dst, src, std::span(buf.get(), size));
}

// Copies src to dst until Eof, which is no error here, or an error; returns the bytes that went. If dst knows how to
// take from src (ReadFrom) or src to give to dst (WriteTo), it is theirs to do: sockets and files let the kernel do it.
// Else by CopyBuffer. io.Copy.
template <Writer W, Reader R>
Result<std::int64_t> Copy(W& dst, R& src) {
  if constexpr (internal::GivesTo<R, W>) {
    return src.WriteTo(dst);
  } else if constexpr (internal::TakesFrom<W, R>) {
    return dst.ReadFrom(src);
  } else {
    return CopyBuffer(dst, src);
  }
}

// n bytes of it; fewer are an error, Eof if nothing else was wrong. io.CopyN.
template <Writer W, Reader R>
Result<std::int64_t> CopyN(W& dst, R& src, std::int64_t n) {
  LimitedReader<R> limited{&src, n};
  Result<std::int64_t> r = Copy(dst, limited);
  if (r && *r < n) return {*r, Eof};
  return r;
}

// Fills `to`. Eof: nothing came; UnexpectedEof: only a part. io.ReadFull.
template <Reader R>
Result<std::size_t> ReadFull(R& r, std::span<std::byte> to) {
  std::size_t n = 0;
  while (n < to.size()) {
    Result<std::size_t> got = r.Read(to.subspan(n));
    n += got.partial();
    if (n >= to.size()) break;
    if (!got) return {n, got.error() == Eof && n > 0 ? UnexpectedEof : got.error()};
  }
  return n;
}

// All that comes until Eof. io.ReadAll.
template <Reader R>
Result<std::string> ReadAll(R& r) {
  std::string all;
  std::size_t n = 0;
  for (;;) {
    if (all.size() - n < 512) all.resize(all.size() * 2 + 512);
    Result<std::size_t> got = r.Read({reinterpret_cast<std::byte*>(all.data()) + n, all.size() - n});
    n += got.partial();
    if (got) continue;
    all.resize(n);
    if (got.error() == Eof) return all;
    return {std::move(all), got.error()};
  }
}

// io.WriteString.
template <Writer W>
Result<std::size_t> WriteString(W& w, std::string_view text) {
  return w.Write(Bytes(text));
}

}  // namespace gort::io
