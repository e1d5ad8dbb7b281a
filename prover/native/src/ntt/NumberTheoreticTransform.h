#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "../KeptMemory.h"
#include "../ThreadPool.h"
#include "../errors.h"
#include "../field/inline.h"
#include "../field/moduli.h"

namespace poa {

/**
 * Number-theoretic transforms over the scalar field for one size n = 2^power, on the domain that ffjavascript and snarkjs use: the powers of w =
 * 5^((r-1)/n). No bit reversal takes place: one direction leaves its result in bit-reversed order, the other starts from there.
 *
 * Seen as arithmetic of polynomials: a node of the binary tree holds the polynomial modulo x^s - t^2, its children hold it modulo x^(s/2) - t and
 * x^(s/2) + t, and the leaves are values. So all butterflies of a node share the twiddle t. It depends only on the node's place in its level: place
 * b has t = w^(n/2 * b'), where b' is the fraction 0.b0 b1 b2 .. made of b's bits, the lowest first. Tables therefore lie in the order of use.
 *
 * Lanes: element l * n/lanes + i lies in lane l of vector i. The first log2(lanes) levels combine lanes; they are done before the elements are
 * brought into that order, on vectors of neighbouring elements. From then on the lanes are trees of their own. Sizes below lanes^2 use one lane
 * only.
 *
 * The tree is walked depth first, two levels at a time, so that whatever fits a cache is finished there, whatever the cache's size.
 */
template <class Field>
class NumberTheoreticTransform {
 public:
  /** Scratch memory for one transform at a time; grows when needed, and is worth keeping. */
  using Workspace = WorkVector<Field>;

  /** The scalar field holds roots of order 2^28; one power is kept for the coset of the roots of twice the size. */
  static constexpr unsigned maxPower = 27;

  /** Takes n multiplications and 80 n bytes for tables. Throws ARGUMENT_INVALID for a power above `maxPower`. */
  explicit NumberTheoreticTransform(unsigned power) : power(checked(power)), forwardTwiddles(*this, false), inverseTwiddles(*this, true) {}

  size_t size() const { return size_t{1} << power; }

  /** A table for moving to the coset `shift * domain`: shift^j / n in the order of the leaves. 40 n bytes. */
  class Coset {
   public:
    /** `shift` is an element as it lies in memory, not zero. */
    Coset(const NumberTheoreticTransform& transform, const U256& shift) : factors(transform.vectors()) {
      std::vector<Field> powers{Field::broadcast(shift)};  // powers[t] = shift^(2^t)
      for (unsigned t = 1; t < transform.power; t++) powers.push_back(powers.back().square());
      U256 first[Field::lanes];
      for (unsigned lane = 0; lane < transform.usedLanes(); lane++) {
        Field factor = transform.inverseOfSize();
        for (unsigned bit = 0; bit < transform.lanePower(); bit++)
          if (lane >> bit & 1) factor = factor * powers[transform.lanePower() - 1 - bit];
        first[lane] = single(factor);
      }
      factors[0] = transform.loadLanes(first);
      for (unsigned bit = 0; bit < transform.power - transform.lanePower(); bit++)
        for (size_t i = 0; i < size_t{1} << bit; i++) factors[i + (size_t{1} << bit)] = factors[i] * powers[transform.power - 1 - bit];
    }

   private:
    friend class NumberTheoreticTransform;
    std::vector<Field> factors;
  };

  /** The coset of the odd powers of the root of order 2n: where snarkjs evaluates its quotient. */
  Coset oddCoset() const { return Coset(*this, single(rootOfUnity(power + 1))); }

  /** Coefficients in natural order become values at w^0 .. w^(n-1) in bit-reversed order, in place. */
  void forward(U256* values, Workspace& workspace, ThreadPool& pool) const { transform<true, false>(values, nullptr, workspace, pool); }

  /** Values in bit-reversed order become coefficients in natural order, in place. The inverse of `forward`. */
  void inverse(U256* values, Workspace& workspace, ThreadPool& pool) const { transform<false, true>(values, nullptr, workspace, pool); }

  /** Values on the domain become values of the same polynomial (of degree below n) on the coset, both in natural order, in place. */
  void moveToCoset(U256* values, const Coset& coset, Workspace& workspace, ThreadPool& pool) const {
    transform<true, true>(values, &coset, workspace, pool);
  }

  /** A primitive root of order 2^order, as ffjavascript chooses it, in every lane. order <= 28. */
  static Field rootOfUnity(unsigned order) {
    // 5^((r-1)/2^28), in standard form; 5 is the smallest non-residue of the field.
    constexpr U256 rootOfLargestOrder{{0x9bd61b6e725b19f0, 0x402d111e41112ed4, 0x00e0a7eb8ef62abc, 0x2a3c09f0a58a7e85}};
    Field root = Field::broadcast(Field::fromStandard(rootOfLargestOrder));
    for (unsigned i = order; i < 28; i++) root = root.square();
    return root;
  }

 private:
  /** Vectors below which a subtree is not worth a task of its own (8 lanes: about 0.3 ms). */
  static constexpr size_t smallestTask = 2048 / Field::lanes * 2;

  static constexpr unsigned logLanes() {
    unsigned log = 0;
    while ((1u << log) < Field::lanes) log++;
    return log;
  }
  static unsigned checked(unsigned power) {
    if (power > maxPower) throw Error("ARGUMENT_INVALID", "no domain of this size: the power is above 27");
    return power;
  }
  unsigned lanePower() const { return power >= 2 * logLanes() ? logLanes() : 0; }
  unsigned usedLanes() const { return 1u << lanePower(); }
  size_t vectors() const { return size() >> lanePower(); }

  static U256 single(const Field& value) {
    U256 elements[Field::lanes];
    value.store(elements);
    return elements[0];
  }
  Field loadLanes(const U256* elements) const { return usedLanes() == Field::lanes ? Field::load(elements) : Field::broadcast(elements[0]); }
  Field inverseOfSize() const {
    return Field::broadcast(Field::fromStandard(U256{{uint64_t{1} << power, 0, 0, 0}})).inverse();
  }

  struct Twiddles {
    /** For the levels that combine lanes: by node. */
    Field top[Field::lanes];
    /** For the others: node b of local level d is at 2^d + b; each lane has its own tree. */
    std::vector<Field> nodes;

    Twiddles(const NumberTheoreticTransform& transform, bool isInverse) : nodes(transform.vectors()) {
      std::vector<Field> roots;  // roots[j]: what bit j of a node's place multiplies its twiddle with, a root of order 2^(j+2)
      for (unsigned j = 0; j < transform.power; j++) roots.push_back(isInverse ? rootOfUnity(j + 2).inverse() : rootOfUnity(j + 2));
      top[0] = Field::one();
      for (unsigned node = 1; node < transform.usedLanes(); node++) {
        const unsigned bit = highestBit(node);
        top[node] = top[node - (1u << bit)] * roots[bit];
      }
      for (unsigned level = 0; level + transform.lanePower() < transform.power; level++) {
        U256 first[Field::lanes];
        for (unsigned lane = 0; lane < transform.usedLanes(); lane++) {
          Field twiddle = Field::one();
          for (unsigned bit = 0; bit < transform.lanePower(); bit++)
            if (lane >> bit & 1) twiddle = twiddle * roots[level + bit];
          first[lane] = single(twiddle);
        }
        Field* const row = nodes.data() + (size_t{1} << level);
        row[0] = transform.loadLanes(first);
        for (unsigned bit = 0; bit < level; bit++)
          for (size_t b = 0; b < size_t{1} << bit; b++) row[b + (size_t{1} << bit)] = row[b] * roots[bit];
      }
    }
    static unsigned highestBit(unsigned n) {
      unsigned bit = 0;
      while (n >> (bit + 1)) bit++;
      return bit;
    }
  };

  /** From a node to its children, and back (twice as large: 1/n is multiplied in once for all levels). */
  static POA_INLINE void stepDown(Field& low, Field& high, const Field& twiddle) {
    const Field product = high * twiddle;
    high = low - product;
    low = low + product;
  }
  static POA_INLINE void stepUp(Field& low, Field& high, const Field& inverseTwiddle) {
    const Field difference = Field::factorDifference(low, high);
    low = low + high;
    high = difference * inverseTwiddle;
  }

  template <bool down, bool up>
  void transform(U256* values, const Coset* coset, Workspace& workspace, ThreadPool& pool) const {
    if (workspace.size() < vectors()) workspace.resize(vectors());
    Field* const work = workspace.data();
    // With both directions the way down goes from values to coefficients.
    const Walk walk{up ? inverseTwiddles : forwardTwiddles, down ? forwardTwiddles : inverseTwiddles, coset ? coset->factors.data() : nullptr, pool};
    inRanges(vectors() / usedLanes(), pool, [&](size_t begin, size_t end) { bringIn<down>(values, work, walk.down, begin, end); });
    visit<down, up>(work, 0, 0, vectors(), walk);
    inRanges(vectors() / usedLanes(), pool, [&](size_t begin, size_t end) { bringOut<down, up>(values, work, walk.up, begin, end); });
  }

  struct Walk {
    const Twiddles& down;
    const Twiddles& up;
    const Field* factors;
    ThreadPool& pool;
  };

  template <class Body>
  static void inRanges(size_t count, ThreadPool& pool, const Body& body) {
    const size_t ranges = pool.threads() == 1 || count < smallestTask ? 1 : pool.threads();
    if (ranges == 1) return body(0, count);
    pool.run(ranges, [&](size_t i) { body(count * i / ranges, count * (i + 1) / ranges); });
  }

  /** Squares of `lanes` x `lanes` elements from natural order to vectors, with the levels that combine lanes. */
  template <bool down>
  void bringIn(const U256* values, Field* work, const Twiddles& twiddles, size_t begin, size_t end) const {
    const unsigned lanes = usedLanes();
    for (size_t square = begin; square < end; square++) {
      if (lanes == 1) {
        work[square] = loadLanes(values + square);
        continue;
      }
      Field rows[Field::lanes];
      U256 elements[Field::lanes * Field::lanes];
      for (unsigned lane = 0; lane < lanes; lane++) rows[lane] = Field::load(values + lane * vectors() + square * lanes);
      if constexpr (down)
        for (unsigned half = lanes / 2; half > 0; half /= 2)
          for (unsigned i = 0; i < lanes; i++)
            if (!(i & half)) stepDown(rows[i], rows[i + half], twiddles.top[i / (2 * half)]);
      for (unsigned lane = 0; lane < lanes; lane++) rows[lane].store(elements + lane * lanes);
      for (unsigned i = 0; i < lanes; i++) {
        const U256* column[Field::lanes];
        for (unsigned lane = 0; lane < lanes; lane++) column[lane] = elements + lane * lanes + i;
        work[square * lanes + i] = Field::gather(column);
      }
    }
  }

  template <bool down, bool up>
  void bringOut(U256* values, const Field* work, const Twiddles& twiddles, size_t begin, size_t end) const {
    const unsigned lanes = usedLanes();
    const Field scale = up && !down ? inverseOfSize() : Field::one();
    for (size_t square = begin; square < end; square++) {
      U256 elements[Field::lanes * Field::lanes];
      if (lanes == 1) {
        values[square] = single(up && !down ? work[square] * scale : work[square]);
        continue;
      }
      for (unsigned i = 0; i < lanes; i++) {
        U256* column[Field::lanes];
        for (unsigned lane = 0; lane < lanes; lane++) column[lane] = elements + lane * lanes + i;
        work[square * lanes + i].scatter(column);
      }
      Field rows[Field::lanes];
      for (unsigned lane = 0; lane < lanes; lane++) rows[lane] = Field::load(elements + lane * lanes);
      if constexpr (up)
        for (unsigned half = 1; half < lanes; half *= 2)
          for (unsigned i = 0; i < lanes; i++)
            if (!(i & half)) stepUp(rows[i], rows[i + half], twiddles.top[i / (2 * half)]);
      for (unsigned lane = 0; lane < lanes; lane++)
        (up && !down ? rows[lane] * scale : rows[lane]).store(values + lane * vectors() + square * lanes);
    }
  }

  /** The subtree under node `node` of local level `level`: `count` vectors from `work` on. */
  template <bool down, bool up>
  void visit(Field* work, unsigned level, size_t node, size_t count, const Walk& walk) const {
    const size_t place = (size_t{1} << level) + node;
    if (count == 1) {
      if (walk.factors) *work = *work * walk.factors[node];
    } else if (count == 2) {
      // Only where the number of levels is odd.
      if constexpr (down) stepDown(work[0], work[1], walk.down.nodes[place]);
      for (size_t i = 0; i < 2; i++) visit<down, up>(work + i, level + 1, 2 * node + i, 1, walk);
      if constexpr (up) stepUp(work[0], work[1], walk.up.nodes[place]);
    } else {
      const size_t quarter = count / 4;
      const bool isShared = quarter >= smallestTask && walk.pool.threads() > 1;
      const auto inTasks = [&](const auto& body) {
        if (isShared) inRanges(quarter, walk.pool, body);
        else body(0, quarter);
      };
      if constexpr (down)
        inTasks([&](size_t begin, size_t end) {
          const Field upper = walk.down.nodes[place], left = walk.down.nodes[2 * place], right = walk.down.nodes[2 * place + 1];
          for (size_t i = begin; i < end; i++) {
            Field a = work[i], b = work[i + quarter], c = work[i + 2 * quarter], d = work[i + 3 * quarter];
            stepDown(a, c, upper);
            stepDown(b, d, upper);
            stepDown(a, b, left);
            stepDown(c, d, right);
            work[i] = a, work[i + quarter] = b, work[i + 2 * quarter] = c, work[i + 3 * quarter] = d;
          }
        });
      const auto child = [&](size_t i) { visit<down, up>(work + i * quarter, level + 2, 4 * node + i, quarter, walk); };
      if (isShared) walk.pool.run(4, child);
      else if (quarter > 1 || walk.factors)
        for (size_t i = 0; i < 4; i++) child(i);
      if constexpr (up)
        inTasks([&](size_t begin, size_t end) {
          const Field upper = walk.up.nodes[place], left = walk.up.nodes[2 * place], right = walk.up.nodes[2 * place + 1];
          for (size_t i = begin; i < end; i++) {
            Field a = work[i], b = work[i + quarter], c = work[i + 2 * quarter], d = work[i + 3 * quarter];
            stepUp(a, b, left);
            stepUp(c, d, right);
            stepUp(a, c, upper);
            stepUp(b, d, upper);
            work[i] = a, work[i + quarter] = b, work[i + 2 * quarter] = c, work[i + 3 * quarter] = d;
          }
        });
    }
  }

  const unsigned power;
  const Twiddles forwardTwiddles;
  const Twiddles inverseTwiddles;
};

}  // namespace poa
