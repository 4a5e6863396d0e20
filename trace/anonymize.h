// A trace without the names that tell whose it is: functions, files, tasks, regions and logs get other ones, the same
// name the same one everywhere. The names of Go's runtime and standard library stay, and so does all else: every event,
// its time, its stack. So it is as good as the original for who looks for what the scheduler did.
//
//   main.(*Order).process.func1  ->  main.f7.func1          a closure is still one of its function
//   example.com/shop/db.Query    ->  pkg2.f9
//   /src/me/shop/order.go       ->  dir1/file3.go
//   /src/me/sdk/go/src/net/http/server.go  ->  $GOROOT/src/net/http/server.go
//   "checkout" ->  task1, region1, category1, message1
//
// It works on the file's items as they are and asks nothing of what they mean. Strings are told apart by who refers to
// them.
#ifndef TRACE_ANONYMIZE_H_
#define TRACE_ANONYMIZE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "trace/raw.h"
#include "trace/write.h"

namespace gotrace {

// Holds one generation and the different names. Not for several threads.
class Anonymizer {
 public:
  // Line numbers outside of the standard library are kept, or are 0.
  Anonymizer(int version, bool keep_lines, Writer::Sink sink);

  // The next item, as a RawReader gives it.
  void Add(const RawEvent& event);
  // The trace is over. If it ended as it should: else its last generation is not whole, and is left out.
  bool Finish(bool whole);

  bool ok() const { return ok_; }
  // Where the trace was cut off, if that was inside of a batch, between two items; else 0.
  uint64_t cut() const { return end_ < batch_end_ ? end_ : 0; }

 private:
  enum class Role : uint8_t { kText, kTask, kRegion, kCategory, kMessage, kFile, kStandardFile, kFunction, kKept };
  void Generation();
  void Learn(const RawEvent& event);
  std::string NewText(uint64_t id, std::string_view text);
  std::string NewFunction(std::string_view name);
  std::string NewFile(std::string_view path);
  std::string Numbered(const char* what, std::string_view text);
  void PutBatch();
  void Put(std::string_view bytes);

  const int version_;
  const bool keep_lines_;
  Writer::Sink sink_;
  bool ok_ = true;
  uint64_t generation_ = 0;
  uint64_t end_ = 0, batch_end_ = 0;  // offsets: of what was given, and of the last batch
  std::string items_;  // of the generation, as a trace of its own
  absl::flat_hash_map<uint64_t, Role> roles_;
  absl::flat_hash_map<uint64_t, bool> standard_;               // whether a string names a function of Go's own
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> frames_;  // function and file, by string
  RawEvent head_;                                              // of the batch that is being written
  bool open_ = false;
  std::string payload_;
  // For each kind of name, what it is instead.
  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, uint64_t>> names_;
  absl::flat_hash_map<std::string, std::string> words_;
};

}  // namespace gotrace

#endif  // TRACE_ANONYMIZE_H_
