#pragma once

#include <immintrin.h>

#include "MontgomeryField.h"
#include "inline.h"

namespace poa {

/**
 * Eight elements of a prime field, one a lane, for AVX-512 IFMA: vpmadd52luq and vpmadd52huq multiply 52-bit numbers and add half of the product.
 *
 * An element is five limbs of 52 bits, in Montgomery form with R = 2^260. Between operations every limb is below 2^52 and every value below 2p, so
 * zero has two forms, 0 and p. In memory an element is four words and canonical (below p).
 */
template <class Modulus>
struct IfmaField {
  static constexpr unsigned lanes = 8;
  using Mask = uint8_t;
  using Element = U256;

  __m512i limbs[5];

  static POA_INLINE IfmaField zero() { return broadcast(U256{{0, 0, 0, 0}}); }
  static POA_INLINE IfmaField one() { return broadcast(oneElement); }

  // ---- memory ---------------------------------------------------------------------------------------------------
  static POA_INLINE IfmaField load(const U256* from) {
    const U256* const each[8] = {from, from + 1, from + 2, from + 3, from + 4, from + 5, from + 6, from + 7};
    return gather(each);
  }

  static POA_INLINE IfmaField gather(const U256* const* from) {
    // The pairs are chosen so that the last shuffles leave the lanes in order.
    const __m512i a = loadTwo(from[0], from[2]);
    const __m512i b = loadTwo(from[1], from[3]);
    const __m512i c = loadTwo(from[4], from[6]);
    const __m512i d = loadTwo(from[5], from[7]);
    const __m512i evenLow = _mm512_unpacklo_epi64(a, b), oddLow = _mm512_unpackhi_epi64(a, b);
    const __m512i evenHigh = _mm512_unpacklo_epi64(c, d), oddHigh = _mm512_unpackhi_epi64(c, d);
    return fromWords(_mm512_shuffle_i64x2(evenLow, evenHigh, 0x88), _mm512_shuffle_i64x2(oddLow, oddHigh, 0x88),
                     _mm512_shuffle_i64x2(evenLow, evenHigh, 0xdd), _mm512_shuffle_i64x2(oddLow, oddHigh, 0xdd));
  }

  static POA_INLINE IfmaField broadcast(const U256& element) {
    return fromWords(_mm512_set1_epi64(static_cast<long long>(element.words[0])), _mm512_set1_epi64(static_cast<long long>(element.words[1])),
                     _mm512_set1_epi64(static_cast<long long>(element.words[2])), _mm512_set1_epi64(static_cast<long long>(element.words[3])));
  }

  POA_INLINE void store(U256* to) const {
    U256* const each[8] = {to, to + 1, to + 2, to + 3, to + 4, to + 5, to + 6, to + 7};
    scatter(each);
  }

  POA_INLINE void scatter(U256* const* to) const {
    const IfmaField value = canonical();
    const __m512i* l = value.limbs;
    const __m512i words[4] = {_mm512_or_si512(l[0], _mm512_slli_epi64(l[1], 52)),
                              _mm512_or_si512(_mm512_srli_epi64(l[1], 12), _mm512_slli_epi64(l[2], 40)),
                              _mm512_or_si512(_mm512_srli_epi64(l[2], 24), _mm512_slli_epi64(l[3], 28)),
                              _mm512_or_si512(_mm512_srli_epi64(l[3], 36), _mm512_slli_epi64(l[4], 16))};
    const __m512i evenLow = _mm512_unpacklo_epi64(words[0], words[1]), oddLow = _mm512_unpackhi_epi64(words[0], words[1]);
    const __m512i evenHigh = _mm512_unpacklo_epi64(words[2], words[3]), oddHigh = _mm512_unpackhi_epi64(words[2], words[3]);
    const __m512i firstLanes = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), lastLanes = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    storeTwo(to[0], to[2], _mm512_permutex2var_epi64(evenLow, firstLanes, evenHigh));
    storeTwo(to[1], to[3], _mm512_permutex2var_epi64(oddLow, firstLanes, oddHigh));
    storeTwo(to[4], to[6], _mm512_permutex2var_epi64(evenLow, lastLanes, evenHigh));
    storeTwo(to[5], to[7], _mm512_permutex2var_epi64(oddLow, lastLanes, oddHigh));
  }

  /** From an integer below p to an element as it lies in memory, and back. */
  static U256 fromStandard(const U256& integer) { return multiply256(integer, times16(Modulus::square)); }
  static U256 toStandard(const U256& element) { return multiply256(element, sixteenth(U256{{1, 0, 0, 0}})); }
  /** From x * 2^256 mod p, the form of .zkey files, to an element in memory, and back. */
  static U256 fromFile(const U256& montgomery256) {
    U256 element = montgomery256;
#pragma GCC unroll 10
    for (int i = 0; i < 4; i++) element = twiceModulo(element);
    return element;
  }
  static U256 toFile(const U256& element) { return multiply256(element, sixteenthElement); }

  // ---- arithmetic -----------------------------------------------------------------------------------------------
  friend POA_INLINE IfmaField operator+(const IfmaField& a, const IfmaField& b) {
    IfmaField sum;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) sum.limbs[i] = _mm512_add_epi64(a.limbs[i], b.limbs[i]);
    return sum.reduced();
  }

  friend POA_INLINE IfmaField operator-(const IfmaField& a, const IfmaField& b) {
    IfmaField difference;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++)
      difference.limbs[i] = _mm512_sub_epi64(_mm512_add_epi64(a.limbs[i], _mm512_set1_epi64(multiples.twice[i])), b.limbs[i]);
    return difference.reduced();
  }

  POA_INLINE IfmaField operator-() const { return zero() - *this; }
  POA_INLINE IfmaField twice() const { return *this + *this; }

  /** Below 2p for factors whose product is below 64 p^2; both need limbs below 2^52. */
  friend POA_INLINE IfmaField operator*(const IfmaField& a, const IfmaField& b) { return reduce(wideProduct(a, b)); }
  POA_INLINE IfmaField square() const { return reduce(wideSquare()); }

  // ---- the same with fewer reductions ---------------------------------------------------------------------------
  // For sums that end in a multiplication: it divides by 2^260 = 84 p, so its factors may be several p. Bounds are given for operands
  // that come from memory (below p) or from a reduction (below 1.7 p).

  /** a - b, or a + b: below 4p, for use as a factor only. */
  static POA_INLINE IfmaField factorDifference(const IfmaField& a, const IfmaField& b) {
    IfmaField result;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++)
      result.limbs[i] = _mm512_sub_epi64(_mm512_add_epi64(a.limbs[i], _mm512_set1_epi64(multiples.twice[i])), b.limbs[i]);
    result.carry();
    return result;
  }
  static POA_INLINE IfmaField factorSum(const IfmaField& a, const IfmaField& b) {
    IfmaField result;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) result.limbs[i] = _mm512_add_epi64(a.limbs[i], b.limbs[i]);
    result.carry();
    return result;
  }
  /** The opposite in these lanes; for an operand of `factorDifference` only, since limbs may be negative. */
  static POA_INLINE IfmaField negateIn(Mask mask, const IfmaField& a) {
    IfmaField result;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) result.limbs[i] = _mm512_mask_sub_epi64(a.limbs[i], mask, _mm512_set1_epi64(multiples.once[i]), a.limbs[i]);
    return result;
  }

  /** a * b, for use as a factor only: differs where a product takes more than one reduction (see QuadraticField). */
  static POA_INLINE IfmaField factorProduct(const IfmaField& a, const IfmaField& b) { return a * b; }

  /** A product that is not reduced yet, or sums and differences of some. */
  struct Wide {
    __m512i limbs[10];

    friend POA_INLINE Wide operator+(const Wide& a, const Wide& b) {
      Wide sum;
#pragma GCC unroll 10
      for (int i = 0; i < 10; i++) sum.limbs[i] = _mm512_add_epi64(a.limbs[i], b.limbs[i]);
      return sum;
    }
    friend POA_INLINE Wide operator-(const Wide& a, const Wide& b) {
      Wide difference;
#pragma GCC unroll 10
      for (int i = 0; i < 10; i++) difference.limbs[i] = _mm512_sub_epi64(a.limbs[i], b.limbs[i]);
      return difference;
    }
  };

  static POA_INLINE Wide wideProduct(const IfmaField& a, const IfmaField& b) {
    Wide product;
    __m512i* const t = product.limbs;
#pragma GCC unroll 10
    for (int i = 0; i < 10; i++) t[i] = _mm512_setzero_si512();
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++)
#pragma GCC unroll 10
      for (int j = 0; j < 5; j++) {
        t[i + j] = _mm512_madd52lo_epu64(t[i + j], a.limbs[i], b.limbs[j]);
        t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a.limbs[i], b.limbs[j]);
      }
    return product;
  }
  POA_INLINE Wide wideSquare() const {
    Wide product;
    __m512i* const t = product.limbs;
#pragma GCC unroll 10
    for (int i = 0; i < 10; i++) t[i] = _mm512_setzero_si512();
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++)
#pragma GCC unroll 10
      for (int j = i + 1; j < 5; j++) {
        t[i + j] = _mm512_madd52lo_epu64(t[i + j], limbs[i], limbs[j]);
        t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], limbs[i], limbs[j]);
      }
#pragma GCC unroll 10
    for (int i = 1; i < 9; i++) t[i] = _mm512_add_epi64(t[i], t[i]);
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) {
      t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], limbs[i], limbs[i]);
      t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], limbs[i], limbs[i]);
    }
    return product;
  }

  /** wide / 2^260 modulo p: below 2p for what lies in [0, 64 p^2). */
  static POA_INLINE IfmaField reduce(const Wide& wide) {
    IfmaField result = montgomeryReduce(wide);
    result.carry();
    return result;
  }
  /** The same for what lies in (-84 p^2, 32 p^2); below 2.6 p, for use as a factor. */
  static POA_INLINE IfmaField reduceSigned(const Wide& wide) {
    IfmaField result = montgomeryReduce(wide);
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) result.limbs[i] = _mm512_add_epi64(result.limbs[i], _mm512_set1_epi64(multiples.once[i]));
    result.carry();
    return result;
  }
  /** wide / 2^260 - a; wide in (-84 p^2, 32 p^2). */
  static POA_INLINE IfmaField reduceLess(const Wide& wide, const IfmaField& a) {
    IfmaField result = montgomeryReduce(wide);
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++)
      result.limbs[i] = _mm512_add_epi64(result.limbs[i], _mm512_sub_epi64(_mm512_set1_epi64(multiples.thrice[i]), a.limbs[i]));
    return result.reduced();
  }
  /** wide / 2^260 - 2 a - b, where b is factorDifference(c, a) of a canonical c; wide in [0, 64 p^2). */
  static POA_INLINE IfmaField reduceLessBoth(const Wide& wide, const IfmaField& a, const IfmaField& b) {
    // b is 2p too large, a + c are below 2.7 p: 5p keeps the result in (0.3 p, 5 p).
    IfmaField result = montgomeryReduce(wide);
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) {
      const __m512i taken = _mm512_add_epi64(_mm512_add_epi64(a.limbs[i], a.limbs[i]), b.limbs[i]);
      result.limbs[i] = _mm512_add_epi64(result.limbs[i], _mm512_sub_epi64(_mm512_set1_epi64(multiples.fiveTimes[i]), taken));
    }
    return result.reduced();
  }

  /** Which lanes are zero. */
  POA_INLINE Mask isZero() const {
    __m512i fromZero = limbs[0], fromModulus = _mm512_xor_si512(limbs[0], _mm512_set1_epi64(multiples.once[0]));
#pragma GCC unroll 10
    for (int i = 1; i < 5; i++) {
      fromZero = _mm512_or_si512(fromZero, limbs[i]);
      fromModulus = _mm512_or_si512(fromModulus, _mm512_xor_si512(limbs[i], _mm512_set1_epi64(multiples.once[i])));
    }
    return _mm512_testn_epi64_mask(fromZero, fromZero) | _mm512_testn_epi64_mask(fromModulus, fromModulus);
  }
  POA_INLINE Mask isEqual(const IfmaField& other) const { return (*this - other).isZero(); }
  /** Lanes of `a` where the mask has a one, of `b` elsewhere. */
  static POA_INLINE IfmaField select(Mask mask, const IfmaField& a, const IfmaField& b) {
    IfmaField chosen;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) chosen.limbs[i] = _mm512_mask_blend_epi64(mask, b.limbs[i], a.limbs[i]);
    return chosen;
  }

  /** The inverse in each lane, zero for zero. The lanes share one inversion (P. Montgomery's trick, Math. Comp. 48, 1987, section 10.3.1). */
  IfmaField inverse() const {
    // What is x * 2^260 here is (16 x) * 2^256 there: the inverse comes out as x^-1 * 2^252, and 256 times that is wanted.
    alignas(64) U256 elements[lanes];
    store(elements);
    Single before[lanes];
    Single product = Single::one();
    for (unsigned i = 0; i < lanes; i++) {
      before[i] = product;
      if (!poa::isZero(elements[i])) product = product * Single{elements[i]};
    }
    Single inverse = product.inverse() * Single{times16(times16(Modulus::one))};
    for (unsigned i = lanes; i-- > 0;) {
      const Single element{elements[i]};
      if (element.isZero()) continue;
      elements[i] = (inverse * before[i]).value;
      inverse = inverse * element;
    }
    return load(elements);
  }

 private:
  using Single = MontgomeryField<Modulus>;

  static constexpr long long mask52 = (1LL << 52) - 1;

  static constexpr U256 twiceModulo(const U256& a) {
    uint64_t ignored = 0, borrow = 0;
    const U256 sum = poa::add(a, a, ignored);
    const U256 reduced = poa::subtract(sum, Modulus::modulus, borrow);
    return borrow ? sum : reduced;
  }
  static constexpr U256 times16(U256 a) {
#pragma GCC unroll 10
    for (int i = 0; i < 4; i++) a = twiceModulo(a);
    return a;
  }
  static constexpr U256 sixteenth(U256 a) {
#pragma GCC unroll 10
    for (int i = 0; i < 4; i++) {
      uint64_t ignored = 0;
      if (a.words[0] & 1) a = poa::add(a, Modulus::modulus, ignored);
#pragma GCC unroll 10
      for (int j = 0; j < 4; j++) a.words[j] = a.words[j] >> 1 | (j < 3 ? a.words[j + 1] << 63 : 0);
    }
    return a;
  }
  static constexpr U256 oneElement = times16(Modulus::one);
  static constexpr U256 sixteenthElement = sixteenth(Modulus::one);
  static U256 multiply256(const U256& a, const U256& b) { return (Single{a} * Single{b}).value; }

  /** Limbs of multiples of p, each but the last below 2^52. */
  struct Multiples {
    /** [limb][interval]: what `reduced` takes away. */
    alignas(64) long long toTakeAway[5][8];
    long long once[5], twice[5], thrice[5], fiveTimes[5];
    /** (k p + 1) / 2^52 with k = -1/p modulo 2^52: see montgomeryReduce. */
    long long next[5];
  };
  static constexpr Multiples makeMultiples() {
    const int timesInInterval[8] = {0, 0, 1, 1, 2, 3, 3, 4};
    uint64_t limbs[6][5] = {};  // [times][limb]
    for (int i = 0; i < 5; i++) {
      const int word = 52 * i / 64, shift = 52 * i % 64;
      limbs[1][i] = Modulus::modulus.words[word] >> shift;
      if (shift > 12 && word < 3) limbs[1][i] |= Modulus::modulus.words[word + 1] << (64 - shift);
      limbs[1][i] &= mask52;
    }
    for (int times = 2; times < 6; times++) {
      uint64_t carry = 0;
      for (int i = 0; i < 5; i++) {
        const uint64_t limb = limbs[times - 1][i] + limbs[1][i] + carry;
        limbs[times][i] = i < 4 ? limb & mask52 : limb;
        carry = limb >> 52;
      }
    }
    Multiples multiples{};
    unsigned __int128 running = 1;
    for (int i = 0; i < 5; i++) {
      multiples.once[i] = static_cast<long long>(limbs[1][i]);
      multiples.twice[i] = static_cast<long long>(limbs[2][i]);
      multiples.thrice[i] = static_cast<long long>(limbs[3][i]);
      multiples.fiveTimes[i] = static_cast<long long>(limbs[5][i]);
      for (int interval = 0; interval < 8; interval++)
        multiples.toTakeAway[i][interval] = static_cast<long long>(limbs[timesInInterval[interval]][i]);
      running += static_cast<unsigned __int128>(inverse52) * limbs[1][i];
      if (i > 0) multiples.next[i - 1] = static_cast<long long>(running & mask52);
      running >>= 52;
    }
    multiples.next[4] = static_cast<long long>(running);
    return multiples;
  }
  static constexpr uint64_t inverse52 = Modulus::inverse & mask52;
  static constexpr Multiples multiples = makeMultiples();

  static POA_INLINE __m512i loadTwo(const U256* low, const U256* high) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(low));
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(high)), 1);
  }
  static POA_INLINE void storeTwo(U256* low, U256* high, __m512i both) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(low), _mm512_castsi512_si256(both));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(high), _mm512_extracti64x4_epi64(both, 1));
  }
  static POA_INLINE IfmaField fromWords(__m512i w0, __m512i w1, __m512i w2, __m512i w3) {
    const __m512i mask = _mm512_set1_epi64(mask52);
    return {{_mm512_and_si512(w0, mask), _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(w0, 52), _mm512_slli_epi64(w1, 12)), mask),
             _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(w1, 40), _mm512_slli_epi64(w2, 24)), mask),
             _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(w2, 28), _mm512_slli_epi64(w3, 36)), mask), _mm512_srli_epi64(w3, 16)}};
  }

  /** Moves what exceeds 52 bits (or is below zero) of each limb to the next; the highest limb keeps what it gets. */
  POA_INLINE void carry() {
    const __m512i mask = _mm512_set1_epi64(mask52);
#pragma GCC unroll 10
    for (int i = 0; i < 4; i++) {
      limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64(limbs[i], 52));
      limbs[i] = _mm512_and_si512(limbs[i], mask);
    }
  }

  /**
   * From a value in [0, 4p), with limbs not yet carried, to one below 2p. The highest limb is the value in units of 2^208, to within 2 units. It
   * says in which interval [i, i + 1) of 2^253 = 0.66 p the value lies, and the table which multiple of p to take away; what remains is below 1.65
   * p, and the slack of every interval on both sides is far more than 2 units. The highest limb is never negative: a subtraction adds 2p, and the
   * highest limb of what it takes away is at most that of 2p.
   */
  POA_INLINE IfmaField reduced() const {
    const __m512i interval = _mm512_srli_epi64(limbs[4], 45);
    IfmaField result;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) {
      const __m512i choices = _mm512_load_si512(multiples.toTakeAway[i]);
      result.limbs[i] = _mm512_sub_epi64(limbs[i], _mm512_permutexvar_epi64(interval, choices));
    }
    result.carry();
    return result;
  }

  /** The same value below p. */
  POA_INLINE IfmaField canonical() const {
    IfmaField less;
#pragma GCC unroll 10
    for (int i = 0; i < 5; i++) less.limbs[i] = _mm512_sub_epi64(limbs[i], _mm512_set1_epi64(multiples.once[i]));
    less.carry();
    return select(_mm512_movepi64_mask(less.limbs[4]), *this, less);
  }

  /**
   * t / 2^260 modulo p, limbs not carried. Where the usual step adds f p with f = k t_0, and k = -1/p modulo 2^52, this one adds t_0 (k p): the
   * multiplication by k is done in advance, and k p + 1 being a multiple of 2^52, the lowest limb just goes away. That would leave up to k p, so
   * the last step is a usual one, whose lowest limb is only rounded up. The result lies below t / 2^260 + (1 + k / 2^52) p, which is 1.13 p for
   * both fields. Gain: 50 multiplications instead of 55; measured, 58 cycles instead of 63 for a product, 46 instead of 54 for a square.
   */
  static POA_INLINE IfmaField montgomeryReduce(const Wide& wide) {
    static_assert(inverse52 < (uint64_t{1} << 52) / 7, "all bounds take k / 2^52 as below 1 / 7");
    __m512i t[10];
#pragma GCC unroll 10
    for (int i = 0; i < 10; i++) t[i] = wide.limbs[i];
#pragma GCC unroll 10
    for (int i = 0; i < 4; i++) {
      t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srai_epi64(t[i], 52));
#pragma GCC unroll 10
      for (int j = 0; j < 5; j++) {
        t[i + j + 1] = _mm512_madd52lo_epu64(t[i + j + 1], t[i], _mm512_set1_epi64(multiples.next[j]));
        t[i + j + 2] = _mm512_madd52hi_epu64(t[i + j + 2], t[i], _mm512_set1_epi64(multiples.next[j]));
      }
    }
    const __m512i factor = _mm512_madd52lo_epu64(_mm512_setzero_si512(), t[4], _mm512_set1_epi64(static_cast<long long>(inverse52)));
    t[5] = _mm512_add_epi64(t[5], _mm512_srai_epi64(_mm512_add_epi64(t[4], _mm512_set1_epi64(mask52)), 52));
#pragma GCC unroll 10
    for (int j = 0; j < 5; j++) {
      if (j > 0) t[4 + j] = _mm512_madd52lo_epu64(t[4 + j], factor, _mm512_set1_epi64(multiples.once[j]));
      t[5 + j] = _mm512_madd52hi_epu64(t[5 + j], factor, _mm512_set1_epi64(multiples.once[j]));
    }
    return {{t[5], t[6], t[7], t[8], t[9]}};
  }
};

}  // namespace poa
