#include "trace/commands.h"
namespace gotrace {
int info_main(int, char**) { return 2; }
}  // namespace gotrace
