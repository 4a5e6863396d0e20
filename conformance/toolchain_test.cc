// The build itself: the libraries that every other part stands on are there, agree with each
// other and link. When this fails, read third_party/ before anything else.
#include <zstd.h>

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

TEST(Toolchain, AbseilLinks) {
  absl::flat_hash_map<std::string, int> m;
  m["runqget"] = 61;
  EXPECT_EQ(absl::StrCat(m["runqget"]), absl::StrFormat("%d", 61));
  absl::StatusOr<int> s = absl::NotFoundError("no such log");
  EXPECT_EQ(s.status().message(), "no such log");
}

TEST(Toolchain, ZstdRoundTrip) {
  const std::string text(10000, 'g');
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t n = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3);
  ASSERT_FALSE(ZSTD_isError(n));
  std::string back(text.size(), '\0');
  ASSERT_EQ(ZSTD_decompress(back.data(), back.size(), packed.data(), n), text.size());
  EXPECT_EQ(back, text);
  EXPECT_THAT(n, ::testing::Lt(text.size()));
}

}  // namespace
