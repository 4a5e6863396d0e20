// Functions of runtime/seam.h, and shortcuts that save time and decide nothing, in the lockstep world: none.
#pragma once

#include "worlds/facts/no_shortcuts.h"
