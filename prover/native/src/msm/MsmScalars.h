#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <vector>

#include "../ThreadPool.h"
#include "../errors.h"
#include "../field/moduli.h"
#include "SumRounds.h"

namespace poa {

/** Which scalars count: bit i clear leaves out scalar i. */
using Presence = const uint64_t*;

/**
 * The scalars of a multi-scalar multiplication, made ready once for any number of point tables.
 *
 * A scalar x above r/2 is taken as -(r - x), so negative ones are as small as positive ones. The magnitude is cut into windows of c bits with signed
 * digits in [-2^(c-1), 2^(c-1)), without carries: with K = sum of 2^(ck + c - 1) over all windows k but the last, digit k is window k of x + K, less
 * 2^(c-1). The last window needs no sign, for magnitudes stay below 2^253. So there are 2^(c-1) buckets a window.
 *
 * Scalars are ordered by length, the longest first: a window looks only at those that reach it, and zeros are in none.
 */
class MsmScalars {
 public:
  /** Windows that are summed together: many small ones share their inversions. Bucket b (1 ..) of the group's window i is i * buckets + b - 1. */
  struct Group {
    unsigned firstWindow, windows;
    SumRounds rounds;
  };

  /**
   * `scalars`: integers below r, in standard form. `present`: a bitmap of those whose points are not infinity; null for all.
   * Throws ARGUMENT_INVALID for 2^31 and more of them, SCALAR_TOO_LARGE for one that is not below r.
   */
  MsmScalars(const U256* scalars, size_t count, Presence present, ThreadPool& pool) : scalarCount(count) {
    if (count >> 31) throw Error("ARGUMENT_INVALID", "too many scalars");
    WorkVector<uint32_t> signedOrder;
    const WorkVector<U256> magnitudes = orderByLength(scalars, count, present, signedOrder);
    bits = chooseBits();
    const std::vector<Digits> digits = cutIntoDigits(magnitudes, pool);
    const unsigned together = static_cast<unsigned>(std::max<size_t>(1, bucketsAtOnce / buckets()));
    for (unsigned first = 0; first < digits.size() && !digits[first].empty(); first += together)
      all.push_back({first, std::min(together, static_cast<unsigned>(digits.size()) - first), {}});
    pool.run(all.size(), [&](size_t i) {
      Group& group = all[i];
      group.rounds.build(group.windows * buckets(), mostPoints, [&](const auto& visit) {
        for (unsigned k = 0; k < group.windows; k++) {
          const Digits& window = digits[group.firstWindow + k];
          for (size_t j = 0; j < window.size(); j++) {
            const int digit = window[j];
            if (digit != 0) visit(k * buckets() + static_cast<size_t>(std::abs(digit)) - 1, signedOrder[j] ^ static_cast<uint32_t>(digit < 0));
          }
        }
      });
    });
  }

  /** How many scalars were given. */
  size_t count() const { return scalarCount; }
  /** c: the bits of a window. */
  unsigned windowBits() const { return bits; }
  unsigned windows() const { return windowCount(bits); }
  /** Of one window. */
  size_t buckets() const { return size_t{1} << (bits - 1); }
  /** The lowest windows first; those that no scalar reaches are in none. */
  const std::vector<Group>& groups() const { return all; }

 private:
  /** Of one window, in the order of the scalars; those that do not reach it are left out. */
  using Digits = WorkVector<int16_t>;

  static constexpr unsigned magnitudeBits = 253;
  // Below 4 bits the digits do not reach r/2; 16 is what a digit's type holds.
  static constexpr unsigned fewestBits = 4, mostBits = 16;
  /** Sums in a round that make the inversion cheap, as measured. */
  static constexpr size_t bucketsAtOnce = 4096;
  static constexpr unsigned mostPoints = 64;
  /** Scalars that are cut together, so that they stay in the first-level cache: 16 KiB. */
  static constexpr size_t scalarsAtOnce = 512;

  static unsigned windowCount(unsigned bits) { return (magnitudeBits + bits) / bits; }
  /** How many windows a magnitude of `length` bits may reach: a digit may hand one up if the magnitude leaves it less than two bits of room. */
  static unsigned windowsReached(unsigned length, unsigned bits) { return length == 0 ? 0 : (length + 1) / bits + 1; }

  static unsigned lengthOf(const U256& a) {
    for (int i = 3; i >= 0; i--)
      if (a.words[i]) return 64 * i + 64 - static_cast<unsigned>(__builtin_clzll(a.words[i]));
    return 0;
  }

  WorkVector<U256> orderByLength(const U256* scalars, size_t count, Presence present, WorkVector<uint32_t>& signedOrder) {
    const auto centre = [](const U256& scalar, bool& isNegative) {
      uint64_t borrow;
      const U256 opposite = subtract(ScalarModulus::modulus, scalar, borrow);
      if (borrow || isZero(opposite)) throw Error("SCALAR_TOO_LARGE", "a scalar is not below the order of the group");
      isNegative = isLess(opposite, scalar);
      return isNegative ? opposite : scalar;
    };
    std::vector<uint8_t> lengths(count);
    for (size_t i = 0; i < count; i++) {
      bool ignored;
      const unsigned length = lengthOf(centre(scalars[i], ignored));
      if (present == nullptr || present[i / 64] >> (i % 64) & 1) lengths[i] = static_cast<uint8_t>(length);
      numberOfLength[lengths[i]]++;
    }
    std::array<size_t, magnitudeBits + 1> next{};
    for (unsigned length = magnitudeBits; length-- > 0;) next[length] = next[length + 1] + numberOfLength[length + 1];
    signedOrder.resize(next[0]);
    WorkVector<U256> magnitudes(next[0]);
    for (size_t i = 0; i < count; i++) {
      if (lengths[i] == 0) continue;
      const size_t place = next[lengths[i]]++;
      bool isNegative;
      magnitudes[place] = centre(scalars[i], isNegative);
      signedOrder[place] = static_cast<uint32_t>(2 * i + isNegative);
    }
    return magnitudes;
  }

  size_t numberReaching(unsigned window, unsigned bits) const {
    size_t number = 0;
    for (unsigned length = 1; length <= magnitudeBits; length++)
      if (windowsReached(length, bits) > window) number += numberOfLength[length];
    return number;
  }

  /**
   * The window size with the least work, in additions: one for each scalar that reaches a window and, as measured, three for each bucket (two
   * additions in the weighted sum, less the one that its first point does not need, and memory traffic). A window's inversions and additions in
   * sequence are taken as 1000.
   */
  unsigned chooseBits() const {
    unsigned best = fewestBits;
    size_t least = std::numeric_limits<size_t>::max();
    for (unsigned candidate = fewestBits; candidate <= mostBits; candidate++) {
      size_t cost = 0;
      for (unsigned k = 0; k < windowCount(candidate); k++) {
        const size_t number = numberReaching(k, candidate);
        if (number > 0) cost += number + 3 * (size_t{1} << (candidate - 1)) + 1000;
      }
      if (cost < least) {
        least = cost;
        best = candidate;
      }
    }
    return best;
  }

  U256 digitOffset() const {
    U256 offset{{0, 0, 0, 0}};
    for (unsigned k = 0; k + 1 < windows(); k++) {
      const unsigned bit = k * bits + bits - 1;
      offset.words[bit / 64] |= uint64_t{1} << (bit % 64);
    }
    return offset;
  }

  /** All windows at once, since a magnitude is 16 times as long as a digit. */
  std::vector<Digits> cutIntoDigits(const WorkVector<U256>& magnitudes, ThreadPool& pool) const {
    std::vector<Digits> digits(windows());
    for (unsigned k = 0; k < windows(); k++) digits[k].resize(numberReaching(k, bits));
    const U256 offset = digitOffset();
    const unsigned count = windows();
    const size_t tasks = (magnitudes.size() + scalarsAtOnce - 1) / scalarsAtOnce;
    pool.run(tasks, [&](size_t task) {
      const size_t first = task * scalarsAtOnce, end = std::min(magnitudes.size(), first + scalarsAtOnce);
      U256 shifted[scalarsAtOnce];
      for (size_t i = first; i < end; i++) {
        uint64_t ignored;
        shifted[i - first] = add(magnitudes[i], offset, ignored);
      }
      for (unsigned k = 0; k < count; k++) {
        const unsigned bit = k * bits, word = bit / 64, shift = bit % 64;
        const bool isSplit = shift + bits > 64 && word < 3;
        const int mask = (1 << bits) - 1, middle = k + 1 < count ? 1 << (bits - 1) : 0;
        int16_t* const to = digits[k].data();
        for (size_t i = first; i < std::min(end, digits[k].size()); i++) {
          const uint64_t* const words = shifted[i - first].words;
          const uint64_t window = isSplit ? words[word] >> shift | words[word + 1] << (64 - shift) : words[word] >> shift;
          to[i] = static_cast<int16_t>((static_cast<int>(window) & mask) - middle);
        }
      }
    });
    return digits;
  }

  size_t scalarCount;
  unsigned bits = 0;
  std::array<size_t, magnitudeBits + 1> numberOfLength{};
  std::vector<Group> all;
};

}  // namespace poa
