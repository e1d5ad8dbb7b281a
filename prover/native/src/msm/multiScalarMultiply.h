#pragma once

#include <functional>
#include <vector>

#include "WindowSums.h"

namespace poa {

/** A piece of work for one thread, and how long it takes compared with others. */
struct MsmTask {
  size_t cost;
  std::function<void()> run;
};

/**
 * sum of scalars[i] * points[i] by buckets (N. Pippenger, FOCS 1976). Its windows are tasks, so that several multiplications can share one
 * ThreadPool::run: make them, call `addTasks` of each with one list, run the list, ask each for its result.
 */
template <class Group>
class MultiScalarMultiplication {
 public:
  /** `scalars` must outlive this object. Throws ARGUMENT_INVALID if there are fewer points than scalars; more are left out. */
  MultiScalarMultiplication(const MsmTable<Group>& table, const MsmScalars& scalars)
      : table(table), scalars(scalars), sums(scalars.windows(), JacobianPoints<Group>::infinity()) {
    if (table.count < scalars.count()) throw Error("ARGUMENT_INVALID", "fewer points than scalars");
  }

  /** The tasks hold on to this object. */
  void addTasks(std::vector<MsmTask>& tasks) {
    for (const MsmScalars::Group& group : scalars.groups())
      tasks.push_back({group.rounds.entries.size() * sizeof(typename Group::Point), [this, &group] {
                         // Megabytes that would otherwise be mapped and cleared once more for each group.
                         static thread_local WindowSums<Group> windowSums;
                         const auto results = windowSums(table, scalars, group);
                         std::copy(results.begin(), results.end(), sums.begin() + group.firstWindow);
                       }});
  }

  /** After all tasks have ended. The same point in every lane. */
  JacobianPoints<Group> result() const {
    JacobianPoints<Group> total = JacobianPoints<Group>::infinity();
    for (size_t k = sums.size(); k-- > 0;) {
      for (unsigned i = 0; i < scalars.windowBits(); i++) total = total.twice();
      total = total + sums[k];
    }
    return total;
  }

  /** The result in memory form. */
  typename Group::Point point() const {
    const AffinePoints<Group> sum = result().toAffine();
    typename Group::Element x[Group::Field::lanes], y[Group::Field::lanes];
    sum.x.store(x);
    sum.y.store(y);
    return {x[0], y[0]};
  }

 private:
  const MsmTable<Group> table;
  const MsmScalars& scalars;
  std::vector<JacobianPoints<Group>> sums;
};

/** Runs the tasks of any number of multiplications, the longest first, so that all threads end at about the same time. */
inline void runTasks(std::vector<MsmTask>& tasks, ThreadPool& pool) {
  std::stable_sort(tasks.begin(), tasks.end(), [](const MsmTask& a, const MsmTask& b) { return a.cost > b.cost; });
  pool.run(tasks.size(), [&](size_t i) { tasks[i].run(); });
}

/** One multiplication for itself. */
template <class Group>
typename Group::Point multiScalarMultiply(const MsmTable<Group>& table, const MsmScalars& scalars, ThreadPool& pool) {
  MultiScalarMultiplication<Group> multiplication(table, scalars);
  std::vector<MsmTask> tasks;
  multiplication.addTasks(tasks);
  runTasks(tasks, pool);
  return multiplication.point();
}

}  // namespace poa
