// Strings in quotes as Go writes them (strconv.Quote, fmt's %q) and reads them (strconv.Unquote).
#ifndef TRACE_GO_QUOTE_H_
#define TRACE_GO_QUOTE_H_

#include <string>
#include <string_view>

namespace gotrace {

// Appends `text` in double quotes; what cannot be printed, and bytes that are not UTF-8, as escapes.
void PutQuoted(std::string_view text, std::string& out);

// The other way: `quoted` in "double quotes", `backquotes`, or one character in 'single' ones. False if it is none of them.
bool Unquote(std::string_view quoted, std::string& text);

}  // namespace gotrace

#endif  // TRACE_GO_QUOTE_H_
