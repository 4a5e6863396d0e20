// What waits for another goroutine by way of the standard library: nobody but the runtime can let that one run.
#include <barrier>
#include <condition_variable>
#include <deque>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>

#include "check.h"

static std::mutex mu;
static std::condition_variable filled, emptied;
static std::condition_variable_any any;
static std::deque<int> queue;
static bool flag;
static std::counting_semaphore<4> semaphore(0);

int gort_main(int, char**) {
  rounds(1, [](int) {
    // Two at a time: whoever makes waits for whoever takes, and the other way round.
    gort::go([] {
      for (int n = 0; n < 20; n++) {
        std::unique_lock hold(mu);
        filled.wait(hold, [] { return !queue.empty(); });
        CHECK(queue.front() == n);
        queue.pop_front();
        emptied.notify_one();
      }
      semaphore.release();
    });
    for (int n = 0; n < 20; n++) {
      std::unique_lock hold(mu);
      emptied.wait(hold, [] { return queue.size() < 4; });
      queue.push_back(n);
      filled.notify_one();
    }
    semaphore.acquire();

    std::promise<int> promise;
    std::future<int> future = promise.get_future();
    gort::go([&] { promise.set_value(42); });
    CHECK(future.get() == 42);

    std::latch latch(3);
    for (int k = 0; k < 2; k++) gort::go([&] { latch.count_down(); });
    latch.arrive_and_wait();

    std::barrier barrier(2);
    gort::go([&] { barrier.arrive_and_wait(); });
    barrier.arrive_and_wait();

    std::packaged_task<int()> task([] { return 7; });
    std::future<int> result = task.get_future();
    gort::go([&] { task(); });
    CHECK(result.get() == 7);

    // Threads that are none of the runtime's, and call nothing of it.
    CHECK(std::async(std::launch::async, [] { return 5; }).get() == 5);
    std::thread thread([] {});
    thread.join();

    gort::sync::WaitGroup done;
    done.Add(1);
    gort::go([&] {
      std::unique_lock hold(mu);
      any.wait(hold, [] { return flag; });
      flag = false;
      done.Done();
    });
    {
      std::lock_guard hold(mu);
      flag = true;
    }
    any.notify_all();
    done.Wait();
  });
  return verdict();
}
