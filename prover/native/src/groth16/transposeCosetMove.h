#pragma once

#include <functional>

#include "../ThreadPool.h"
#include "../curve/PointMultiplier.h"
#include "../ntt/NumberTheoreticTransform.h"

namespace poa {

/** Calls body(begin, end) for parts of 0 .. count - 1 that a PointMultiplier takes at once. */
inline void inBlocks(size_t count, ThreadPool& pool, const std::function<void(size_t, size_t)>& body) {
  constexpr size_t most = PointMultiplier::mostPoints;
  pool.run((count + most - 1) / most, [&](size_t block) { body(block * most, std::min(count, (block + 1) * most)); });
}

/** One thread's. */
inline PointMultiplier& pointMultiplier() {
  static thread_local PointMultiplier multiplier;
  return multiplier;
}

/** The same in every build's form; memory holds canonical elements only. */
inline G1Point opposite(const G1Point& point) {
  uint64_t ignored;
  return {point.x, isZero(point.y) ? point.y : subtract(CoordinateModulus::modulus, point.y, ignored)};
}

namespace cosetMove {

using Single = MontgomeryField<ScalarModulus>;

inline Single rootOfUnity(unsigned power) {
  U256 root[Fr::lanes];
  NumberTheoreticTransform<Fr>::rootOfUnity(power).store(root);
  return Single{Single::fromStandard(Fr::toStandard(root[0]))};
}

inline size_t reversedBits(size_t index, unsigned bits) {
  size_t reversed = 0;
  for (unsigned bit = 0; bit < bits; bit++) reversed |= (index >> bit & 1) << (bits - 1 - bit);
  return reversed;
}

/** Integers factor * base^j for j below 2^bits, the j-th at the place that j's bits name when reversed. */
inline std::vector<U256> reversedPowers(const Single& factor, const Single& base, unsigned bits) {
  std::vector<U256> powers(size_t{1} << bits);
  Single current = factor;
  for (size_t j = 0; j < powers.size(); j++, current = current * base) powers[reversedBits(j, bits)] = Single::toStandard(current.value);
  return powers;
}

/**
 * One level of the tree that NumberTheoreticTransform describes, on points: nodes of 2 * half, of which node b has the twiddle twiddles[b]. Node 0's
 * is one.
 * Down, (low, high) become low +- twiddle * high; up, low + high and twiddle * (low - high).
 */
inline void transformLevel(std::vector<G1Point>& points, size_t half, const std::vector<U256>& twiddles, bool isDown, ThreadPool& pool) {
  inBlocks(points.size() / 2, pool, [&](size_t begin, size_t end) {
    constexpr size_t most = PointMultiplier::mostPoints;
    static thread_local PairScratch<G1> scratch;
    G1Point high[most], minusHigh[most], sums[2 * most];
    G1Point *lowPlace[most], *highPlace[most];
    const U256* scalars[most];
    const size_t count = end - begin;
    for (size_t i = 0; i < count; i++) {
      const size_t node = (begin + i) / half;
      lowPlace[i] = &points[node * 2 * half + (begin + i) % half];
      highPlace[i] = lowPlace[i] + half;
      scalars[i] = &twiddles[node];
      high[i] = *highPlace[i];
    }
    const bool isTurned = end > half;
    if (isDown && isTurned) pointMultiplier().multiply(high, scalars, count);
    const G1Point *left[2 * most], *right[2 * most];
    for (size_t i = 0; i < count; i++) {
      minusHigh[i] = opposite(high[i]);
      left[i] = left[count + i] = lowPlace[i];
      right[i] = &high[i];
      right[count + i] = &minusHigh[i];
    }
    addPairs<G1>(left, right, sums, 2 * count, scratch);
    if (!isDown && isTurned) pointMultiplier().multiply(sums + count, scalars, count);
    for (size_t i = 0; i < count; i++) {
      *lowPlace[i] = sums[i];
      *highPlace[i] = sums[count + i];
    }
  });
}

}  // namespace cosetMove

/**
 * G_row = sum over i of L_row(g w^i) * points[i], in place, where L is the Lagrange basis of the domain of 2^power roots and g the root of order 2n.
 *
 * The matrix M with M[i][row] = L_row(g w^i) takes values on the domain to values on the coset: M = F D F^-1 with F = (w^ij), which is symmetric, and
 * D = diag(g^j). So the transpose is F^-1 D F: a transform of the points, g^j times the j-th, and the transform back.
 * Takes n log2 n - n multiplications of points. @param report is called after each of 2 power + 1 steps
 */
inline void transposeCosetMove(std::vector<G1Point>& points, unsigned power, ThreadPool& pool, const std::function<void()>& report) {
  using namespace cosetMove;
  const size_t n = points.size();
  const Single w = rootOfUnity(power), g = rootOfUnity(power + 1);
  const unsigned nodeBits = power == 0 ? 0 : power - 1;

  const std::vector<U256> twiddles = reversedPowers(Single::one(), w, nodeBits);
  for (size_t half = n / 2; half > 0; half /= 2, report()) transformLevel(points, half, twiddles, true, pool);

  const std::vector<U256> shifts = reversedPowers(Single{Single::fromStandard(U256{{n, 0, 0, 0}})}.inverse(), g, power);
  inBlocks(n, pool, [&](size_t begin, size_t end) {
    const U256* scalars[PointMultiplier::mostPoints] = {};
    for (size_t i = begin; i < end; i++) scalars[i - begin] = &shifts[i];
    pointMultiplier().multiply(&points[begin], scalars, end - begin);
  });
  report();

  const std::vector<U256> inverseTwiddles = reversedPowers(Single::one(), w.inverse(), nodeBits);
  for (size_t half = 1; half < n; half *= 2, report()) transformLevel(points, half, inverseTwiddles, false, pool);
}

}  // namespace poa
