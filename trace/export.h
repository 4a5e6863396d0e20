// A trace as something that other tools open.
//
//   std::unique_ptr<gotrace::Exporter> exporter = gotrace::NewCsv("folder");
//   while (exporter->ok() && reader.Next()) exporter->Add(reader.event(), reader.generation());
//   exporter->Finish();
//
// All of them are written as the trace is read: memory holds who is alive, the different stacks and texts, and no
// events. docs/trace-export.md says what is in them.
#ifndef TRACE_EXPORT_H_
#define TRACE_EXPORT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

// Not for several threads.
class Exporter {
 public:
  virtual ~Exporter() = default;
  // The next event, as a Reader gives it.
  virtual void Add(const Event& event, const Generation* generation) = 0;
  // The trace is over, or as good as it is. False if something could not be written.
  virtual bool Finish() = 0;
  // Whether all could be written so far. If not, why() is one line that names the file.
  virtual bool ok() const = 0;
  virtual std::string why() const = 0;
  // Bytes.
  virtual uint64_t written() const = 0;
};

// Tables: files with columns in `folder`, which is made if it is not there. `version` is the trace's.
std::unique_ptr<Exporter> NewCsv(const std::string& folder, int version);
// The protobuf format of Perfetto. "-" is standard output.
std::unique_ptr<Exporter> NewPerfetto(const std::string& path);
// The JSON format of Chrome's trace viewer.
std::unique_ptr<Exporter> NewJson(const std::string& path);

}  // namespace gotrace

#endif  // TRACE_EXPORT_H_
