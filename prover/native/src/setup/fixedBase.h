#pragma once

#include <atomic>
#include <string>

#include "../ThreadPool.h"
#include "../curve/AffineSums.h"
#include "../errors.h"

namespace poa {

/** The generators of EIP-196 and EIP-197, in standard form. */
inline G1Point generator(G1) { return {{{1, 0, 0, 0}}, {{2, 0, 0, 0}}}; }
inline G2Point generator(G2) {
  return {{{{0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479, 0x1800deef121f1e76}},
           {{0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25, 0x198e9393920d483a}}},
          {{{0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f, 0x12c85ea5db8c6deb}},
           {{0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395, 0x090689d0585ff075}}}};
}

/**
 * Multiples of a group's generator, for multiplying it by many scalars (E. F. Brickell et al., "Fast exponentiation with precomputation",
 * EUROCRYPT 1992): with windows of c bits and signed digits, scalar * G is the sum over windows w of digit_w * (2^(c w) G). The table has every term.
 */
template <class Group>
class GeneratorTable {
 public:
  using Point = typename Group::Point;

  /** Makes the table that is the cheapest one for this many scalars, itself included. */
  GeneratorTable(size_t scalarCount, ThreadPool& pool)
      : pool(pool), bits(cheapestBits(scalarCount)), windows(windowsFor(bits)), digits(size_t{1} << (bits - 1)) {
    using Field = typename Group::Field;
    points.resize(1 + windows * digits);
    const Point standard = generator(Group{});
    auto base = JacobianPoints<Group>::broadcast({Field::fromStandard(standard.x), Field::fromStandard(standard.y)});
    for (size_t window = 0; window < windows; window++) {
      const AffinePoints<Group> affine = base.toAffine();
      Point unused, *to[Field::lanes];
      for (Point*& each : to) each = &unused;
      to[0] = &points[place(window, 1)];
      affine.scatter(to);
      for (unsigned bit = 0; bit < bits; bit++) base = base.twice();
    }

    // From all multiples up to `known` to those up to twice as many: known + 1, known + 2, .. . Digit by digit they lie one after another.
    std::vector<uint32_t> left, right;
    for (size_t known = 1; known < digits; known *= 2) {
      left.clear();
      right.clear();
      for (size_t digit = 1; digit <= known; digit++)
        for (size_t window = 0; window < windows; window++) {
          left.push_back(static_cast<uint32_t>(2 * place(window, known)));
          right.push_back(static_cast<uint32_t>(2 * place(window, digit)));
        }
      inBlocks(left.size(), 1024, [&](size_t start, size_t count, Workspace& workspace) {
        workspace.sums.begin(points.data(), &left[start], count, false);
        workspace.sums.add(points.data(), &right[start], count);
        workspace.sums.store(&points[place(0, known + 1) + start], count);
      });
    }
  }

  /**
   * scalar * generator for each scalar, in the form of .zkey files: affine, coordinates times 2^256, infinity (for the scalar 0) all zero bytes.
   * Scalars are integers in standard form. Throws Error SCALAR_TOO_LARGE for one that is not below the group's order.
   */
  std::vector<Point> multiply(const std::vector<U256>& scalars) const {
    std::vector<size_t> indices;  // of the scalars that are not 0
    for (size_t i = 0; i < scalars.size(); i++) {
      if (!isLess(scalars[i], ScalarModulus::modulus))
        throw Error("SCALAR_TOO_LARGE", "scalar " + std::to_string(i) + " is not below the order of the group");
      if (!isZero(scalars[i])) indices.push_back(i);
    }
    std::vector<Point> products(scalars.size());
    inBlocks(indices.size(), scalarsAtOnce, [&](size_t start, size_t count, Workspace& workspace) {
      multiplyBlock(scalars, &indices[start], count, workspace);
      for (size_t i = 0; i < count; i++) {
        const Point& sum = workspace.products[i];
        products[indices[start + i]] = {Group::Field::toFile(sum.x), Group::Field::toFile(sum.y)};
      }
    });
    return products;
  }

 private:
  /** Enough for the shared inversions to cost little, few enough for sums and scratch memory to stay in a second-level cache. */
  static constexpr size_t scalarsAtOnce = 1024;

  struct Workspace {
    AffineSums<Group> sums;
    std::vector<Point> products;
    /** Window by window, one of each scalar: twice its place in the table, plus 1 to negate the point. */
    std::vector<uint32_t> entries;
  };

  /** Scalars have 254 bits, and the highest signed digit may take a carry. */
  static size_t windowsFor(unsigned bits) { return (255 + bits - 1) / bits; }
  static unsigned cheapestBits(size_t scalarCount) {
    const auto additions = [=](unsigned bits) { return scalarCount * (windowsFor(bits) - 1) + (windowsFor(bits) << (bits - 1)); };
    unsigned cheapest = 2;
    for (unsigned bits = 3; bits <= 16; bits++)
      if (additions(bits) < additions(cheapest)) cheapest = bits;
    return cheapest;
  }

  /** Where digit * 2^(bits * window) * generator stands; infinity stands at 0. */
  size_t place(size_t window, size_t digit) const { return 1 + (digit - 1) * windows + window; }

  /** Writes the entry of each window of a scalar, `stride` apart. Returns whether infinity is among them. */
  bool writeEntries(const U256& scalar, uint32_t* entries, size_t stride) const {
    uint64_t carry = 0;
    bool hasZero = false;
    for (size_t window = 0; window < windows; window++) {
      const size_t bit = window * bits, word = bit / 64, shift = bit % 64;
      uint64_t digit = word < 4 ? scalar.words[word] >> shift : 0;
      if (shift + bits > 64 && word < 3) digit |= scalar.words[word + 1] << (64 - shift);
      digit = (digit & (2 * digits - 1)) + carry;
      carry = digit > digits;
      const uint64_t magnitude = carry ? 2 * digits - digit : digit;
      hasZero |= magnitude == 0;
      entries[window * stride] = magnitude == 0 ? 0 : static_cast<uint32_t>(2 * place(window, magnitude) + carry);
    }
    return hasZero;
  }

  /** Leaves scalar * generator for the `count` scalars with these indices in `workspace.products`, in memory form. */
  void multiplyBlock(const std::vector<U256>& scalars, const size_t* indices, size_t count, Workspace& workspace) const {
    workspace.entries.resize(windows * count);
    workspace.products.resize(count);
    bool hasZero = false;
    for (size_t i = 0; i < count; i++) hasZero |= writeEntries(scalars[indices[i]], &workspace.entries[i], count);
    workspace.sums.begin(points.data(), workspace.entries.data(), count, hasZero);
    for (size_t window = 1; window < windows; window++) workspace.sums.add(points.data(), &workspace.entries[window * count], count);
    workspace.sums.store(workspace.products.data(), count);
  }

  /** Calls body(start, count, workspace) for blocks of 0 .. count - 1, each thread with a workspace of its own. */
  template <class Body>
  void inBlocks(size_t count, size_t blockSize, const Body& body) const {
    std::atomic<size_t> next{0};
    pool.run(pool.threads(), [&](size_t) {
      Workspace workspace;
      for (size_t start; (start = next.fetch_add(blockSize)) < count;) body(start, std::min(blockSize, count - start), workspace);
    });
  }

  ThreadPool& pool;
  const unsigned bits;
  const size_t windows;
  /** Signed digits have magnitudes 0 .. digits. */
  const size_t digits;
  std::vector<Point> points;
};

}  // namespace poa
