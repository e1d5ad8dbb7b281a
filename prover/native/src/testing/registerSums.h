#pragma once

#include "../curve/PointMultiplier.h"
#include "../msm/multiScalarMultiply.h"
#include "../ntt/NumberTheoreticTransform.h"
#include "registerArithmetic.h"

namespace poa {
namespace testing {

inline unsigned threadCount(const node::Call& call, size_t argument) {
  uint32_t threads;
  node::check(napi_get_value_uint32(call.env, call.argument(argument), &threads), "a number of threads was expected");
  if (threads == 0 || threads > 64) throw Error("ARGUMENT_INVALID", "the number of threads must be 1 .. 64");
  return threads;
}

/** transform("forward" | "inverse" | "oddCoset", elements, threads): as the functions of NumberTheoreticTransform, on standard-form elements. */
inline napi_value transform(const node::Call& call) {
  const std::string operation = call.text(0);
  auto elements = call.items<U256>(1);
  ThreadPool pool(threadCount(call, 2));
  unsigned power = 0;
  while (size_t{1} << power < elements.size()) power++;
  if (size_t{1} << power != elements.size()) throw Error("ARGUMENT_INVALID", "the number of elements is no power of two");
  for (U256& element : elements) element = Fr::fromStandard(requireCanonical(element, ScalarModulus::modulus));
  const NumberTheoreticTransform<Fr> ntt(power);
  NumberTheoreticTransform<Fr>::Workspace workspace;
  if (operation == "forward") ntt.forward(elements.data(), workspace, pool);
  else if (operation == "inverse") ntt.inverse(elements.data(), workspace, pool);
  else if (operation == "oddCoset") ntt.moveToCoset(elements.data(), ntt.oddCoset(), workspace, pool);
  else throw Error("ARGUMENT_INVALID", "unknown operation " + operation);
  for (U256& element : elements) element = Fr::toStandard(requireCanonical(element, ScalarModulus::modulus));
  return call.buffer(elements);
}

template <class Group>
napi_value runMultiScalarMultiply(const node::Call& call) {
  const auto points = readPoints<Group>(call, 1);
  const auto scalars = call.items<U256>(2);
  ThreadPool pool(threadCount(call, 3));
  // Every table once with its infinities and once without them: both must give the same.
  std::vector<uint64_t> present((points.size() + 63) / 64);
  for (size_t i = 0; i < points.size(); i++)
    if (!AffinePoints<Group>{Group::Field::broadcast(points[i].x), Group::Field::broadcast(points[i].y)}.isInfinity())
      present[i / 64] |= uint64_t{1} << (i % 64);
  const MsmScalars ofAll(scalars.data(), scalars.size(), nullptr, pool), ofPresent(scalars.data(), scalars.size(), present.data(), pool);
  MultiScalarMultiplication<Group> all({points.data(), points.size(), true}, ofAll);
  MultiScalarMultiplication<Group> onlyPresent({points.data(), points.size()}, ofPresent);
  std::vector<MsmTask> tasks;
  all.addTasks(tasks);
  onlyPresent.addTasks(tasks);
  runTasks(tasks, pool);
  std::vector<typename Group::Point> sums{all.point(), onlyPresent.point()};
  return writePoints<Group>(call, std::move(sums));
}

/**
 * multiScalarMultiply("G1" | "G2", points, scalars, threads): the sum twice over, with infinities among the operands and with a bitmap that leaves
 * them out.
 */
inline napi_value multiScalarMultiply(const node::Call& call) {
  return forGroup(call, [&] { return runMultiScalarMultiply<G1>(call); }, [&] { return runMultiScalarMultiply<G2>(call); });
}

/** multiplyEach(points, scalars): each point of G1 times its own scalar, which is below the group's order. */
inline napi_value multiplyEach(const node::Call& call) {
  auto points = readPoints<G1>(call, 0);
  auto scalars = call.items<U256>(1);
  if (scalars.size() != points.size()) throw Error("ARGUMENT_INVALID", "the numbers of points and scalars differ");
  for (U256& scalar : scalars) requireCanonical(scalar, ScalarModulus::modulus);
  PointMultiplier multiplier;
  constexpr size_t most = PointMultiplier::mostPoints;
  for (size_t start = 0; start < points.size(); start += most)
    multiplier.multiply(&points[start], &scalars[start], std::min(most, points.size() - start));
  return writePoints<G1>(call, std::move(points));
}

inline void registerSums(napi_env env, napi_value hooks) {
  node::addFunction<transform>(env, hooks, "transform");
  node::addFunction<multiScalarMultiply>(env, hooks, "multiScalarMultiply");
  node::addFunction<multiplyEach>(env, hooks, "multiplyEach");
}

}  // namespace testing
}  // namespace poa
