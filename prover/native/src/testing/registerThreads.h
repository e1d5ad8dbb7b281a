#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "../ThreadPool.h"
#include "registerSums.h"

namespace poa {
namespace testing {

/**
 * runTasks(threads, callers, count, failing): so many callers at once give one pool `count` tasks each, where every task gives it two more; those
 * numbered in `failing` throw. Then each caller does the same without failures, and the pool is destroyed. Returns for each caller how many of its
 * tasks ran at first, whether an exception reached it, and how many ran the second time.
 */
inline napi_value runTasks(const node::Call& call) {
  const unsigned threads = threadCount(call, 0), callers = threadCount(call, 1), count = threadCount(call, 2);
  const auto failing = call.items<uint32_t>(3);
  std::vector<uint32_t> results;
  {
    ThreadPool pool(threads);
    std::vector<std::array<std::atomic<uint32_t>, 3>> counts(callers);
    std::vector<std::thread> running;
    for (auto& mine : counts)
      running.emplace_back([&] {
        try {
          pool.run(count, [&](size_t i) {
            pool.run(2, [&](size_t half) {
              if (half == 1 && std::count(failing.begin(), failing.end(), i) > 0) throw Error("TASK_FAILED", "task " + std::to_string(i));
            });
            mine[0]++;
          });
        } catch (const Error& error) {
          mine[1] += error.code == "TASK_FAILED";
        }
        pool.run(count, [&](size_t) { pool.run(2, [&](size_t) { mine[2]++; }); });
      });
    for (std::thread& each : running) each.join();
    for (const auto& mine : counts)
      for (const auto& value : mine) results.push_back(value);
  }
  return call.buffer(results);
}

inline void registerThreads(napi_env env, napi_value hooks) { node::addFunction<runTasks>(env, hooks, "runTasks"); }

}  // namespace testing
}  // namespace poa
