#pragma once

#include <functional>
#include <vector>

#include "sumBuckets.h"

namespace poa {

/**
 * sum of scalars[i] * points[i] by buckets (N. Pippenger, FOCS 1976). Its windows are tasks, so that several multiplications can share one
 * ThreadPool::run:
 * make them, call `addTasks` of each with one list, run the list, ask each for its result.
 */
template <class Group>
class MultiScalarMultiplication {
 public:
  using Task = std::function<void()>;

  /** Both must outlive this object. Throws ARGUMENT_INVALID if there are fewer points than scalars; more are left out. */
  MultiScalarMultiplication(const MsmTable<Group>& table, const MsmScalars& scalars)
      : table(table), scalars(scalars), sums(scalars.windows().size(), JacobianPoints<Group>::infinity()) {
    if (table.count < scalars.count()) throw Error("ARGUMENT_INVALID", "fewer points than scalars");
  }

  /** The tasks hold on to this object. */
  void addTasks(std::vector<Task>& tasks) {
    for (size_t k = 0; k < sums.size(); k++)
      if (!scalars.windows()[k].entries.empty())
        tasks.push_back([this, k] {
          // Megabytes that would otherwise be mapped and cleared once more for each window.
          static thread_local WindowSum<Group> windowSum;
          sums[k] = windowSum(table, scalars.windows()[k]);
        });
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

/** Runs the tasks of any number of multiplications. */
inline void runTasks(const std::vector<std::function<void()>>& tasks, ThreadPool& pool) {
  pool.run(tasks.size(), [&](size_t i) { tasks[i](); });
}

/** One multiplication for itself. */
template <class Group>
typename Group::Point multiScalarMultiply(const MsmTable<Group>& table, const MsmScalars& scalars, ThreadPool& pool) {
  MultiScalarMultiplication<Group> multiplication(table, scalars);
  std::vector<std::function<void()>> tasks;
  multiplication.addTasks(tasks);
  runTasks(tasks, pool);
  return multiplication.point();
}

}  // namespace poa
