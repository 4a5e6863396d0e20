// hashtriemap.cc: the part of hashtriemap.h that is no template.
#include "sync/hashtriemap.h"

#include "runtime/seam.h"

namespace gort::sync::internal {

void ranOutOfHashBits(bool inserting) {
  runtime::panic_(inserting ? "internal/sync.HashTrieMap: ran out of hash bits while inserting"
                            : "internal/sync.HashTrieMap: ran out of hash bits while iterating");
}

}  // namespace gort::sync::internal
