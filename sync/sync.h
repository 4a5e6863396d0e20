// Package sync: locks of goroutines. Everything in it in one header.
#pragma once

#include "sync/cond.h"
#include "sync/locker.h"
#include "sync/map.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/oncefunc.h"
#include "sync/pool.h"
#include "sync/rwmutex.h"
#include "sync/waitgroup.h"
