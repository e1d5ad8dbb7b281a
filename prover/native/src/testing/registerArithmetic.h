#pragma once

#include <chrono>

#include "../curve/AffineSums.h"
#include "../nodeApi.h"

namespace poa {

/** Field and curve arithmetic on bytes in standard form, for tests and for measuring kernels. */
namespace testing {

template <class Element>
Element& requireCanonical(Element& element, const U256& modulus) {
  const auto* parts = reinterpret_cast<const U256*>(&element);
  for (size_t i = 0; i < sizeof(Element) / sizeof(U256); i++)
    if (!isLess(parts[i], modulus)) throw Error("ELEMENT_TOO_LARGE", "an element is not below the modulus");
  return element;
}

template <class Field>
Field apply(const std::string& operation, const Field& a, const Field& b) {
  if (operation == "add") return a + b;
  if (operation == "subtract") return a - b;
  if (operation == "multiply") return a * b;
  if (operation == "square") return a.square();
  if (operation == "twice") return a.twice();
  if (operation == "negate") return -a;
  if (operation == "inverse") return a.inverse();
  // Chains operations without a store between them, so that values which are not canonical are used.
  if (operation == "chain") return ((a + b) * (a - b) - (a * b + a).square() + (-a).twice()).square() - b;
  if (operation == "equal") return Field::select((a * b).isEqual(b * b) & (a * b - b * b).isZero(), Field::one(), Field::zero());
  throw Error("ARGUMENT_INVALID", "unknown operation " + operation);
}

template <class Field>
napi_value runField(const node::Call& call, const U256& modulus) {
  using Element = typename Field::Element;
  const std::string operation = call.text(1);
  auto left = call.items<Element>(2), right = call.items<Element>(3);
  if (left.size() != right.size()) throw Error("ARGUMENT_INVALID", "the operands differ in length");
  const size_t count = left.size(), padded = (count + Field::lanes - 1) / Field::lanes * Field::lanes;
  for (size_t i = 0; i < count; i++) {
    const bool fromFile = operation == "fromFile";
    left[i] = fromFile ? Field::fromFile(requireCanonical(left[i], modulus)) : Field::fromStandard(requireCanonical(left[i], modulus));
    right[i] = Field::fromStandard(requireCanonical(right[i], modulus));
  }
  left.resize(padded);
  right.resize(padded);
  if (operation != "fromFile")
    for (size_t i = 0; i < padded; i += Field::lanes) apply(operation, Field::load(&left[i]), Field::load(&right[i])).store(&left[i]);
  left.resize(count);
  for (Element& element : left) element = Field::toStandard(requireCanonical(element, modulus));
  return call.buffer(left);
}

/** field("coordinate" | "scalar" | "quadratic", operation, left, right): elements of 32 (64) bytes, lowest byte first. */
inline napi_value field(const node::Call& call) {
  const std::string name = call.text(0);
  if (name == "coordinate") return runField<Fq>(call, CoordinateModulus::modulus);
  if (name == "scalar") return runField<Fr>(call, ScalarModulus::modulus);
  if (name == "quadratic") return runField<QuadraticField<Fq>>(call, CoordinateModulus::modulus);
  throw Error("ARGUMENT_INVALID", "unknown field " + name);
}

template <class Group>
std::vector<typename Group::Point> readPoints(const node::Call& call, size_t argument) {
  auto points = call.items<typename Group::Point>(argument);
  for (auto& point : points) {
    requireCanonical(point, CoordinateModulus::modulus);
    point = {Group::Field::fromStandard(point.x), Group::Field::fromStandard(point.y)};
  }
  return points;
}

template <class Group>
napi_value writePoints(const node::Call& call, std::vector<typename Group::Point> points) {
  for (auto& point : points) {
    requireCanonical(point, CoordinateModulus::modulus);
    point = {Group::Field::toStandard(point.x), Group::Field::toStandard(point.y)};
  }
  return call.buffer(points);
}

template <class Run1, class Run2>
napi_value forGroup(const node::Call& call, const Run1& run1, const Run2& run2) {
  const std::string group = call.text(0);
  if (group == "G1") return run1();
  if (group == "G2") return run2();
  throw Error("ARGUMENT_INVALID", "unknown group " + group);
}

/** sums[i] = table[left[i]] + table[right[i]]; entries are 2 * index + (1 if the point is to be negated). */
template <class Group>
std::vector<typename Group::Point> addPairs(const std::vector<typename Group::Point>& table, const std::vector<uint32_t>& left,
                                            const std::vector<uint32_t>& right) {
  std::vector<typename Group::Point> result(left.size());
  if (left.empty()) return result;
  AffineSums<Group> sums;
  sums.begin(table.data(), left.data(), left.size(), true);
  sums.add(table.data(), right.data(), right.size());
  sums.store(result.data(), result.size());
  return result;
}

template <class Group>
napi_value runNeighbours(const node::Call& call) {
  const auto points = readPoints<Group>(call, 1);
  std::vector<uint32_t> left, right;
  for (uint32_t i = 0; i + 1 < points.size(); i += 2) {
    left.push_back(2 * i);
    right.push_back(2 * i + 2);
  }
  return writePoints<Group>(call, addPairs<Group>(points, left, right));
}

template <class Group>
napi_value runSignedPairs(const node::Call& call) {
  const auto table = readPoints<Group>(call, 1);
  const auto left = call.items<uint32_t>(2), right = call.items<uint32_t>(3);
  if (left.size() != right.size()) throw Error("ARGUMENT_INVALID", "the operands differ in length");
  for (const auto* side : {&left, &right})
    for (const uint32_t entry : *side)
      if (entry >> 1 >= table.size()) throw Error("ARGUMENT_INVALID", "an index lies outside the table");
  return writePoints<Group>(call, addPairs<Group>(table, left, right));
}

/** addNeighbours("G1" | "G2", points): points 2i + (2i + 1), summed in place. Points are 64 (128) bytes, infinity all zero. */
inline napi_value addNeighbours(const node::Call& call) {
  return forGroup(call, [&] { return runNeighbours<G1>(call); }, [&] { return runNeighbours<G2>(call); });
}

/** addSignedPairs("G1" | "G2", table, left, right): left and right are Uint32Arrays of 2 * index + sign. */
inline napi_value addSignedPairs(const node::Call& call) {
  return forGroup(call, [&] { return runSignedPairs<G1>(call); }, [&] { return runSignedPairs<G2>(call); });
}

template <class Run>
double nanoseconds(size_t operations, const Run& run) {
  using Clock = std::chrono::steady_clock;
  double best = 1e18;
  for (int repeat = 0; repeat < 5; repeat++) {
    const auto start = Clock::now();
    run();
    best = std::min(best, std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(operations));
  }
  return best;
}

/** Additions to 2,048 sums of points drawn from a table of 65,536; any coordinates will do, the formulas do not ask for the curve. */
template <class Group>
double measureAdditions() {
  constexpr size_t tableSize = 65536, block = 2048, blocks = 16;
  uint64_t state = 88172645463325252;  // xorshift64 (Marsaglia, 2003)
  const auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
  };
  std::vector<typename Group::Point> table(tableSize);
  for (auto& point : table)
    for (size_t i = 0; i < sizeof point / 8; i++) reinterpret_cast<uint64_t*>(&point)[i] = i % 4 == 3 ? next() >> 4 : next();
  std::vector<uint32_t> entries(block * blocks);
  for (uint32_t& entry : entries) entry = static_cast<uint32_t>(next() % (2 * tableSize));
  AffineSums<Group> sums;
  sums.begin(table.data(), entries.data(), block, false);
  return nanoseconds(entries.size(), [&] {
    for (size_t i = 0; i < entries.size(); i += block) sums.add(table.data(), &entries[i], block);
  });
}

/** benchmark(): nanoseconds of a multiplication (of 8 independent vectors, per lane), of an inversion of one vector, and of an affine addition. */
inline napi_value benchmark(const node::Call& call) {
  constexpr size_t rounds = 20000;
  Fq values[8];
  for (uint64_t i = 0; i < 8; i++) values[i] = Fq::broadcast(Fq::fromStandard(U256{{i + 3, i, 5, 7}}));
  const Fq factor = values[3];
  const double multiply = nanoseconds(rounds * 8 * Fq::lanes, [&] {
    for (size_t round = 0; round < rounds; round++)
      for (Fq& value : values) value = value * factor;
  });
  const double inverse = nanoseconds(100, [&] {
    for (int i = 0; i < 100; i++) values[0] = values[0].inverse();
  });
  if (values[0].isZero()) throw Error("ENGINE_FAILED", "a product of numbers that are not zero is zero");  // and keeps the loops from being dropped
  const std::pair<const char*, double> figures[] = {
      {"multiply", multiply}, {"inverse", inverse}, {"addG1", measureAdditions<G1>()}, {"addG2", measureAdditions<G2>()}};
  napi_value result, number;
  node::check(napi_create_object(call.env, &result), "an object cannot be made");
  for (const auto& [name, figure] : figures) {
    node::check(napi_create_double(call.env, figure, &number), "a number cannot be made");
    node::check(napi_set_named_property(call.env, result, name, number), "a property cannot be set");
  }
  return result;
}

inline void registerArithmetic(napi_env env, napi_value hooks) {
  node::addFunction<field>(env, hooks, "field");
  node::addFunction<addNeighbours>(env, hooks, "addNeighbours");
  node::addFunction<addSignedPairs>(env, hooks, "addSignedPairs");
  node::addFunction<benchmark>(env, hooks, "benchmark");
}

}  // namespace testing
}  // namespace poa
