#pragma once

#include "invertModulo.h"
#include "moduli.h"

namespace poa {

/**
 * One element of a prime field in Montgomery form: x stands for x * 2^256 mod p, and is always below p. Multiplication is P. Montgomery's (Math.
 * Comp. 44, 1985), with the reduction interleaved: p leaves two bits free, so no word overflows.
 *
 * Every instruction set has a field type with these operations; this one has a single lane. What `Element` is in memory is for the field type to
 * say: `fromStandard` and `toStandard` convert.
 */
template <class Modulus>
struct MontgomeryField {
  /** How many elements one value holds. */
  static constexpr unsigned lanes = 1;
  /** One bit a lane. */
  using Mask = uint8_t;
  /** How one element lies in memory. */
  using Element = U256;

  U256 value;

  static MontgomeryField zero() { return {U256{{0, 0, 0, 0}}}; }
  static MontgomeryField one() { return {Modulus::one}; }

  // ---- memory: elements in Montgomery form, canonical (below p) --------------------------------------------------
  /** `lanes` elements that lie one after another. */
  static MontgomeryField load(const U256* from) { return {*from}; }
  /** One element from each of `lanes` addresses. */
  static MontgomeryField gather(const U256* const* from) { return {**from}; }
  static MontgomeryField broadcast(const U256& element) { return {element}; }
  void store(U256* to) const { *to = value; }
  void scatter(U256* const* to) const { **to = value; }

  /** From an integer below p to an element as it lies in memory, and back. */
  static U256 fromStandard(const U256& integer) { return multiply(integer, Modulus::square); }
  static U256 toStandard(const U256& element) { return multiply(element, U256{{1, 0, 0, 0}}); }
  /** From x * 2^256 mod p, the form of .zkey files, to an element in memory, and back. */
  static U256 fromFile(const U256& montgomery256) { return montgomery256; }
  static U256 toFile(const U256& element) { return element; }

  // ---- arithmetic -----------------------------------------------------------------------------------------------
  friend MontgomeryField operator+(const MontgomeryField& a, const MontgomeryField& b) {
    uint64_t carry;
    return {reduceOnce(add(a.value, b.value, carry))};
  }
  friend MontgomeryField operator-(const MontgomeryField& a, const MontgomeryField& b) {
    // No branch on a borrow, here and in `reduceOnce`: it would be taken at random, and mispredicted every other time.
    uint64_t borrow, ignored;
    const U256 difference = subtract(a.value, b.value, borrow);
    U256 correction = Modulus::modulus;
    for (uint64_t& word : correction.words) word &= 0 - borrow;
    return {add(difference, correction, ignored)};
  }
  MontgomeryField operator-() const { return zero() - *this; }
  friend MontgomeryField operator*(const MontgomeryField& a, const MontgomeryField& b) {
    return {multiply(a.value, b.value)};
  }
  MontgomeryField square() const { return {multiply(value, value)}; }
  MontgomeryField twice() const { return *this + *this; }

  // ---- operations that save reductions elsewhere: see IfmaField -------------------------------------------------
  static MontgomeryField factorDifference(const MontgomeryField& a, const MontgomeryField& b) { return a - b; }
  static MontgomeryField factorSum(const MontgomeryField& a, const MontgomeryField& b) { return a + b; }
  static MontgomeryField factorProduct(const MontgomeryField& a, const MontgomeryField& b) { return a * b; }
  static MontgomeryField negateIn(Mask mask, const MontgomeryField& a) { return mask ? -a : a; }
  using Wide = MontgomeryField;
  static Wide wideProduct(const MontgomeryField& a, const MontgomeryField& b) { return a * b; }
  Wide wideSquare() const { return square(); }
  static MontgomeryField reduce(const Wide& wide) { return wide; }
  static MontgomeryField reduceSigned(const Wide& wide) { return wide; }
  static MontgomeryField reduceLess(const Wide& wide, const MontgomeryField& a) { return wide - a; }
  static MontgomeryField reduceLessBoth(const Wide& wide, const MontgomeryField& a, const MontgomeryField& b) { return wide - (a + a + b); }

  /** Which lanes are zero. */
  Mask isZero() const { return poa::isZero(value); }
  Mask isEqual(const MontgomeryField& other) const { return poa::isEqual(value, other.value); }
  /** Lanes of `a` where the mask has a one, of `b` elsewhere. */
  static MontgomeryField select(Mask mask, const MontgomeryField& a, const MontgomeryField& b) { return mask ? a : b; }

  /** The inverse in each lane, zero for zero. */
  MontgomeryField inverse() const {
    // (x R)^-1 = x^-1 R^-1, and a Montgomery multiplication by R^3 makes it x^-1 R.
    const ModularInverter inverter(Modulus::modulus, Modulus::inverse);
    return {multiply(inverter.invert(value), multiply(Modulus::square, Modulus::square))};
  }

 private:
  static U256 reduceOnce(const U256& a) {
    uint64_t borrow;
    U256 reduced = subtract(a, Modulus::modulus, borrow);
    for (int i = 0; i < 4; i++) reduced.words[i] ^= (reduced.words[i] ^ a.words[i]) & (0 - borrow);
    return reduced;
  }

#if defined(__ADX__) && defined(__BMI2__)
  /**
   * The same with two carry chains at once (adcx, adox), as in gnark-crypto's assembly: compilers do not keep two chains in the flags.
   * Each round adds a_i b to t and divides by 2^64.
   */
  static U256 multiply(const U256& a, const U256& b) {
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      uint64_t low, high, carry;
      uint64_t factor = a.words[i];
      __asm__(
          "xorl %k[low], %k[low]\n\t"
          "mulxq %[b0], %[low], %[high]\n\t"
          "adoxq %[low], %[t0]\n\t"
          "adcxq %[high], %[t1]\n\t"
          "mulxq %[b1], %[low], %[high]\n\t"
          "adoxq %[low], %[t1]\n\t"
          "adcxq %[high], %[t2]\n\t"
          "mulxq %[b2], %[low], %[high]\n\t"
          "adoxq %[low], %[t2]\n\t"
          "adcxq %[high], %[t3]\n\t"
          "mulxq %[b3], %[low], %[high]\n\t"
          "adoxq %[low], %[t3]\n\t"
          "movl $0, %k[low]\n\t"
          "adcxq %[low], %[high]\n\t"
          "adoxq %[low], %[high]\n\t"
          "movq %[t0], %[factor]\n\t"
          "imulq %[inverse], %[factor]\n\t"
          "xorl %k[low], %k[low]\n\t"
          "mulxq %[p0], %[low], %[carry]\n\t"
          "adcxq %[t0], %[low]\n\t"
          "movq %[carry], %[t0]\n\t"
          "adcxq %[t1], %[t0]\n\t"
          "mulxq %[p1], %[low], %[t1]\n\t"
          "adoxq %[low], %[t0]\n\t"
          "adcxq %[t2], %[t1]\n\t"
          "mulxq %[p2], %[low], %[t2]\n\t"
          "adoxq %[low], %[t1]\n\t"
          "adcxq %[t3], %[t2]\n\t"
          "mulxq %[p3], %[low], %[t3]\n\t"
          "adoxq %[low], %[t2]\n\t"
          "movl $0, %k[low]\n\t"
          "adcxq %[low], %[t3]\n\t"
          "adoxq %[high], %[t3]"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [factor] "+&d"(factor), [low] "=&r"(low), [high] "=&r"(high),
            [carry] "=&r"(carry)
          : [b0] "m"(b.words[0]), [b1] "m"(b.words[1]), [b2] "m"(b.words[2]), [b3] "m"(b.words[3]), [p0] "m"(Modulus::modulus.words[0]),
            [p1] "m"(Modulus::modulus.words[1]), [p2] "m"(Modulus::modulus.words[2]), [p3] "m"(Modulus::modulus.words[3]),
            [inverse] "m"(Modulus::inverse)
          : "cc");
    }
    return reduceOnce(U256{{t0, t1, t2, t3}});
  }
#else
  static U256 multiply(const U256& a, const U256& b) {
    using Wide = unsigned __int128;
    constexpr U256 p = Modulus::modulus;
    uint64_t t[4] = {0, 0, 0, 0};
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      Wide product = static_cast<Wide>(a.words[i]) * b.words[0] + t[0];
      const uint64_t factor = static_cast<uint64_t>(product) * Modulus::inverse;
      Wide reduction = static_cast<Wide>(factor) * p.words[0] + static_cast<uint64_t>(product);
#pragma GCC unroll 4
      for (int j = 1; j < 4; j++) {
        product = static_cast<Wide>(a.words[i]) * b.words[j] + t[j] + static_cast<uint64_t>(product >> 64);
        reduction = static_cast<Wide>(factor) * p.words[j] + static_cast<uint64_t>(product) + static_cast<uint64_t>(reduction >> 64);
        t[j - 1] = static_cast<uint64_t>(reduction);
      }
      t[3] = static_cast<uint64_t>(product >> 64) + static_cast<uint64_t>(reduction >> 64);
    }
    return reduceOnce(U256{{t[0], t[1], t[2], t[3]}});
  }
#endif
};

}  // namespace poa
