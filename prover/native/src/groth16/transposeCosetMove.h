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

/** factor * base^j for j below 2^bits, the j-th at the place that j's bits name when reversed. */
inline std::vector<Single> reversedPowers(const Single& factor, const Single& base, unsigned bits) {
  std::vector<Single> powers(size_t{1} << bits);
  Single current = factor;
  for (size_t j = 0; j < powers.size(); j++, current = current * base) powers[reversedBits(j, bits)] = current;
  return powers;
}
inline U256 integerOf(const Single& scalar) { return Single::toStandard(scalar.value); }

/**
 * One level of the tree that NumberTheoreticTransform describes, on points: nodes of 2 * half, of which node b has the twiddle twiddles[b]. Node
 * 0's is one. Down, (low, high) become low +- twiddle * high; up, low + high and twiddle * (low - high).
 */
inline void transformLevel(std::vector<G1Point>& points, size_t half, const std::vector<Single>& twiddles, bool isDown, ThreadPool& pool) {
  inBlocks(points.size() / 2, pool, [&](size_t begin, size_t end) {
    constexpr size_t most = PointMultiplier::mostPoints;
    static thread_local TableSums tableSums;
    static thread_local TableSums::Entries low, high;
    const size_t count = end - begin;
    const auto lowPlace = [&](size_t i) { return (begin + i) / half * 2 * half + (begin + i) % half; };
    G1Point operands[2 * most], sums[2 * most];
    U256 scalars[most];
    low.clear();
    high.clear();
    for (size_t i = 0; i < count; i++) {
      operands[i] = points[lowPlace(i)];
      operands[count + i] = points[lowPlace(i) + half];
      scalars[i] = integerOf(twiddles[(begin + i) / half]);
    }
    for (uint32_t isDifference = 0; isDifference < 2; isDifference++)
      for (size_t i = 0; i < count; i++) {
        low.push_back(static_cast<uint32_t>(2 * i));
        high.push_back(static_cast<uint32_t>(2 * (count + i)) + isDifference);
      }
    const bool isTurned = end > half;
    if (isDown && isTurned) pointMultiplier().multiply(operands + count, scalars, count);
    tableSums(operands, low, operands, high, sums);
    if (!isDown && isTurned) pointMultiplier().multiply(sums + count, scalars, count);
    for (size_t i = 0; i < count; i++) {
      points[lowPlace(i)] = sums[i];
      points[lowPlace(i) + half] = sums[count + i];
    }
  });
}

/**
 * The lowest level down, the factors d of the leaves, and the lowest level up: a node (l, h) with the twiddle t has the leaves l + t h and l - t h,
 * so it becomes (K l + c h, k l + K h) with K = d0 + d1, c = t (d0 - d1), k = (d0 - d1) / t. In A. Karatsuba's way these are three multiplications
 * instead of four: K (l + h), (c - K) h and (k - K) l.
 */
inline void multiplyLeaves(std::vector<G1Point>& points, const std::vector<Single>& twiddles, const std::vector<Single>& inverseTwiddles,
                           const std::vector<Single>& leafFactors, ThreadPool& pool) {
  inBlocks(points.size() / 2, pool, [&](size_t begin, size_t end) {
    constexpr size_t most = PointMultiplier::mostPoints;
    static thread_local TableSums tableSums;
    static thread_local TableSums::Entries low, high, both, single;
    const size_t count = end - begin;
    G1Point* const nodes = &points[2 * begin];
    // K (l + h) of all nodes, then h and l of each.
    G1Point products[3 * most], sums[2 * most];
    U256 scalars[3 * most];
    low.clear();
    high.clear();
    both.clear();
    single.clear();
    for (size_t i = 0; i < count; i++) {
      const Single d0 = leafFactors[2 * (begin + i)], d1 = leafFactors[2 * (begin + i) + 1], sum = d0 + d1, difference = d0 - d1;
      scalars[i] = integerOf(sum);
      scalars[count + 2 * i] = integerOf(difference * twiddles[begin + i] - sum);
      scalars[count + 2 * i + 1] = integerOf(difference * inverseTwiddles[begin + i] - sum);
      products[count + 2 * i] = nodes[2 * i + 1];
      products[count + 2 * i + 1] = nodes[2 * i];
      low.push_back(static_cast<uint32_t>(4 * i));
      high.push_back(static_cast<uint32_t>(4 * i + 2));
      for (uint32_t isHigh = 0; isHigh < 2; isHigh++) {
        both.push_back(static_cast<uint32_t>(2 * i));
        single.push_back(static_cast<uint32_t>(2 * (count + 2 * i)) + 2 * isHigh);
      }
    }
    tableSums(nodes, low, nodes, high, sums);
    std::copy(sums, sums + count, products);
    for (size_t start = 0; start < 3 * count; start += most)
      pointMultiplier().multiply(products + start, scalars + start, std::min(most, 3 * count - start));
    tableSums(products, both, products, single, nodes);
  });
}

}  // namespace cosetMove

/**
 * G_row = sum over i of L_row(g w^i) * points[i], in place, where L is the Lagrange basis of the domain of 2^power roots and g the root of order 2n.
 *
 * The matrix M with M[i][row] = L_row(g w^i) takes values on the domain to values on the coset: M = F D F^-1 with F = (w^ij), which is symmetric, and
 * D = diag(g^j). So the transpose is F^-1 D F: a transform of the points, g^j times the j-th, and the transform back.
 * Takes n log2 n - 1.5 n multiplications of points. @param report is called after each of 2 power - 1 steps
 */
inline void transposeCosetMove(std::vector<G1Point>& points, unsigned power, ThreadPool& pool, const std::function<void()>& report) {
  using namespace cosetMove;
  if (power == 0) return;  // M is 1
  const size_t n = points.size();
  const Single w = rootOfUnity(power), g = rootOfUnity(power + 1);
  const Single inverseOfSize = Single{Single::fromStandard(U256{{n, 0, 0, 0}})}.inverse();
  const std::vector<Single> twiddles = reversedPowers(Single::one(), w, power - 1);
  const std::vector<Single> inverseTwiddles = reversedPowers(Single::one(), w.inverse(), power - 1);

  for (size_t half = n / 2; half > 1; half /= 2, report()) transformLevel(points, half, twiddles, true, pool);
  multiplyLeaves(points, twiddles, inverseTwiddles, reversedPowers(inverseOfSize, g, power), pool);
  report();
  for (size_t half = 2; half < n; half *= 2, report()) transformLevel(points, half, inverseTwiddles, false, pool);
}

}  // namespace poa
