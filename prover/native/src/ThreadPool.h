#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace poa {

/**
 * A fixed number of threads that share out tasks. Tasks are expected to take microseconds and more: each is claimed under one lock.
 *
 * The caller of `run` works too, and then waits for the tasks of its own batch that others have begun. No deadlock can arise from that: those tasks
 * wait only for batches begun after theirs, so there is always a newest batch, and it waits for nothing.
 */
class ThreadPool {
 public:
  /** `threads` counts the caller of `run`, so one less is started; zero counts as one. */
  explicit ThreadPool(unsigned threads) : threadCount(threads == 0 ? 1 : threads) {
    try {
      for (unsigned i = 1; i < threadCount; i++) workers.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned threads() const { return threadCount; }

  /**
   * Runs task(0) .. task(count - 1) in any order and returns when all have ended. May be called from several threads at once, and from inside a task.
   * The first exception is rethrown; tasks that have not begun by then are left out.
   */
  void run(size_t count, const std::function<void(size_t)>& task) {
    if (count == 0) return;
    Batch batch{task, count};
    std::unique_lock<std::mutex> lock(mutex);
    if (count > 1 && !workers.empty()) {
      batch.place = waiting.insert(waiting.end(), &batch);
      batch.isListed = true;
      if (count == 2) begun.notify_one();
      else begun.notify_all();
    }
    while (batch.next < batch.count) runNext(batch, lock);
    batch.ended.wait(lock, [&] { return batch.running == 0; });
    if (batch.failure) std::rethrow_exception(batch.failure);
  }

 private:
  struct Batch {
    const std::function<void(size_t)>& task;
    size_t count;
    size_t next = 0;
    size_t running = 0;
    bool isListed = false;
    std::list<Batch*>::iterator place{};
    std::exception_ptr failure{};
    std::condition_variable ended{};
  };

  /** Claims one task, runs it without the lock, and books its end. */
  void runNext(Batch& batch, std::unique_lock<std::mutex>& lock) {
    const size_t index = batch.next++;
    if (batch.next == batch.count) unlist(batch);
    batch.running++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      batch.task(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !batch.failure) {
      batch.failure = failure;
      batch.next = batch.count;
      unlist(batch);
    }
    // The batch lies on its caller's stack: from here on it may be gone as soon as the lock is given up.
    if (--batch.running == 0) batch.ended.notify_all();
  }

  void unlist(Batch& batch) {
    if (!batch.isListed) return;
    waiting.erase(batch.place);
    batch.isListed = false;
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      begun.wait(lock, [this] { return isStopping || !waiting.empty(); });
      if (waiting.empty()) return;
      // The newest batch first: older ones may wait for it.
      runNext(*waiting.back(), lock);
    }
  }

  void stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      isStopping = true;
    }
    begun.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  const unsigned threadCount;
  std::mutex mutex;
  std::condition_variable begun;
  /** Batches with tasks that nobody has claimed. */
  std::list<Batch*> waiting;
  bool isStopping = false;
  std::vector<std::thread> workers;
};

}  // namespace poa
