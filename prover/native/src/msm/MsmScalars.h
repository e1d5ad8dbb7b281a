#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <vector>

#include "../ThreadPool.h"
#include "../errors.h"
#include "../field/moduli.h"

namespace poa {

/** The points of one window by bucket: those of bucket b (1 .. buckets) are entries starts[b - 1] .. starts[b]. */
struct SortedWindow {
  std::vector<uint32_t> starts;
  /** 2 * index + (1 if the point is to be negated). */
  std::vector<uint32_t> entries;
};

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
  /**
   * `scalars`: integers below r, in standard form. Throws ARGUMENT_INVALID for 2^31 and more of them, SCALAR_TOO_LARGE for one that is not below r.
   */
  MsmScalars(const U256* scalars, size_t count, ThreadPool& pool) : scalarCount(count) {
    if (count >> 31) throw Error("ARGUMENT_INVALID", "too many scalars");
    std::vector<uint32_t> signedOrder;
    std::vector<U256> magnitudes = orderByLength(scalars, count, signedOrder);
    bits = chooseBits();
    const U256 offset = digitOffset();
    for (U256& magnitude : magnitudes) {
      uint64_t carry;
      magnitude = add(magnitude, offset, carry);
    }
    sorted.resize(windowCount(bits));
    pool.run(sorted.size(), [&](size_t k) { sortWindow(k, magnitudes, signedOrder); });
  }

  /** How many scalars were given. */
  size_t count() const { return scalarCount; }
  /** c: the bits of a window. */
  unsigned windowBits() const { return bits; }
  /** The lowest first. */
  const std::vector<SortedWindow>& windows() const { return sorted; }

 private:
  static constexpr unsigned magnitudeBits = 253;
  // Below 4 bits the digits do not reach r/2; above 16 the buckets of a window leave the caches.
  static constexpr unsigned fewestBits = 4, mostBits = 16;

  static unsigned windowCount(unsigned bits) { return (magnitudeBits + bits) / bits; }
  /** How many windows a magnitude of `length` bits may reach: a digit may hand one up if the magnitude leaves it less than two bits of room. */
  static unsigned windowsReached(unsigned length, unsigned bits) { return length == 0 ? 0 : (length + 1) / bits + 1; }

  static unsigned lengthOf(const U256& a) {
    for (int i = 3; i >= 0; i--)
      if (a.words[i]) return 64 * i + 64 - static_cast<unsigned>(__builtin_clzll(a.words[i]));
    return 0;
  }

  std::vector<U256> orderByLength(const U256* scalars, size_t count, std::vector<uint32_t>& signedOrder) {
    std::vector<uint8_t> lengths(count);
    std::vector<U256> centred(count);
    std::vector<bool> negative(count);
    for (size_t i = 0; i < count; i++) {
      uint64_t borrow;
      const U256 opposite = subtract(ScalarModulus::modulus, scalars[i], borrow);
      if (borrow || isZero(opposite)) throw Error("SCALAR_TOO_LARGE", "a scalar is not below the order of the group");
      negative[i] = isLess(opposite, scalars[i]);
      centred[i] = negative[i] ? opposite : scalars[i];
      lengths[i] = static_cast<uint8_t>(lengthOf(centred[i]));
      numberOfLength[lengths[i]]++;
    }
    std::array<size_t, magnitudeBits + 1> next{};
    for (unsigned length = magnitudeBits; length-- > 0;) next[length] = next[length + 1] + numberOfLength[length + 1];
    const size_t nonZero = next[0];
    signedOrder.resize(nonZero);
    std::vector<U256> magnitudes(nonZero);
    for (size_t i = 0; i < count; i++) {
      if (lengths[i] == 0) continue;
      const size_t place = next[lengths[i]]++;
      signedOrder[place] = static_cast<uint32_t>(2 * i + negative[i]);
      magnitudes[place] = centred[i];
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
    for (unsigned k = 0; k + 1 < windowCount(bits); k++) {
      const unsigned bit = k * bits + bits - 1;
      offset.words[bit / 64] |= uint64_t{1} << (bit % 64);
    }
    return offset;
  }

  int digit(const U256& shifted, unsigned k) const {
    const unsigned bit = k * bits, word = bit / 64, shift = bit % 64;
    uint64_t window = shifted.words[word] >> shift;
    if (shift + bits > 64 && word < 3) window |= shifted.words[word + 1] << (64 - shift);
    const int value = static_cast<int>(window & ((uint64_t{1} << bits) - 1));
    return k + 1 < windowCount(bits) ? value - (1 << (bits - 1)) : value;
  }

  /** A counting sort; it is stable, so neighbours in a bucket tend to be neighbours in the table. */
  void sortWindow(size_t k, const std::vector<U256>& shifted, const std::vector<uint32_t>& signedOrder) {
    const unsigned window = static_cast<unsigned>(k);
    const size_t number = numberReaching(window, bits);
    SortedWindow& result = sorted[k];
    const size_t buckets = size_t{1} << (bits - 1);
    std::vector<uint32_t> next(buckets + 2);
    for (size_t i = 0; i < number; i++) next[static_cast<size_t>(std::abs(digit(shifted[i], window))) + 1]++;
    next[1] = 0;  // zeros are in no bucket
    for (size_t b = 1; b <= buckets; b++) next[b + 1] += next[b];
    result.starts.assign(next.begin() + 1, next.end());
    result.entries.resize(next[buckets + 1]);
    for (size_t i = 0; i < number; i++) {
      const int value = digit(shifted[i], window);
      if (value != 0) result.entries[next[static_cast<size_t>(std::abs(value))]++] = signedOrder[i] ^ static_cast<uint32_t>(value < 0);
    }
  }

  size_t scalarCount;
  unsigned bits = 0;
  std::array<size_t, magnitudeBits + 1> numberOfLength{};
  std::vector<SortedWindow> sorted;
};

}  // namespace poa
