// hashtriemap.cc: the part of hashtriemap.h that is no template.
#include "sync/hashtriemap.h"

#include "api/panic.h"

namespace gort::sync::internal {

void ranOutOfHashBits(bool inserting) {
  gort::panic(inserting ? "internal/sync.HashTrieMap: ran out of hash bits while inserting"
                        : "internal/sync.HashTrieMap: ran out of hash bits while iterating");
}

}  // namespace gort::sync::internal
