// The table of a generation's strings and stacks, whatever numbers they have, in whatever order they come.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "trace/generation.h"

namespace gotrace {
namespace {

// Each number once, in that order; then what was found must be what was put in, and nothing beside it.
void ExpectKept(const std::vector<uint64_t>& ids) {
  IdTable table;
  std::map<uint64_t, uint32_t> expected;
  for (const uint64_t id : ids) {
    const uint32_t place = static_cast<uint32_t>(expected.size());
    const bool is_new = expected.try_emplace(id, place).second;
    ASSERT_EQ(table.Insert(id), is_new) << id;
  }
  ASSERT_EQ(table.size(), expected.size());
  for (const auto& [id, place] : expected) {
    ASSERT_TRUE(table.Has(id)) << id;
    ASSERT_EQ(table.Find(id), place) << id;
    ASSERT_FALSE(table.Insert(id)) << id;
    for (const uint64_t near : {id - 1, id + 1, id + (uint64_t{1} << 32)}) {
      ASSERT_EQ(table.Has(near), expected.contains(near)) << near;
    }
  }
}

TEST(IdTable, InOrder) {
  std::vector<uint64_t> ids;
  for (uint64_t id = 1; id <= 20'000; id++) ids.push_back(id);
  ExpectKept(ids);
  std::reverse(ids.begin(), ids.end());
  ExpectKept(ids);
}

// The room for small numbers grows by half, and so beyond what was small when it grew.
TEST(IdTable, SmallAfterTheRoomHasGrown) {
  std::vector<uint64_t> ids = {1'000};  // room for 1,001
  for (uint64_t id = 1; id <= 2; id++) ids.push_back(id);
  ids.push_back(1'030);  // and now for 1,501: the limit is at 1,036
  ids.push_back(1'400);
  ExpectKept(ids);
}

TEST(IdTable, AnyOrder) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; round++) {
    const int bits = 4 + round % 16;
    const bool hostile = round % 3 == 0;
    std::vector<uint64_t> ids;
    for (int i = 0; i < 3'000; i++) {
      uint64_t id = random() >> (64 - bits);
      if (hostile && random() % 8 == 0) id = random();
      ids.push_back(id + 1);
    }
    ExpectKept(ids);
  }
}

// As the tracer writes them: rows of neighbours, the newest first, some of them left out.
TEST(IdTable, RowsFromTheBack) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 100; round++) {
    std::vector<uint64_t> ids;
    for (uint64_t top = 1 + random() % 6'000; top > 0;) {
      ids.push_back(top);
      top -= std::min<uint64_t>(top, random() % 10 == 0 ? 1 + random() % 1'000 : 1);
    }
    std::rotate(ids.begin(), ids.begin() + random() % ids.size(), ids.end());
    ExpectKept(ids);
  }
}

}  // namespace
}  // namespace gotrace
