#pragma once

#include "U256.h"

namespace poa {

/**
 * x^-1 modulo an odd p below 2^255, zero for zero; x is below p. D. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular
 * inversion" (TCHES 2019), in the variable-time form of libsecp256k1 (doc/safegcd_implementation.md): 62 division steps at a time on the lowest
 * words, then their matrix on the whole numbers. `inverse` is -p^-1 mod 2^64. The run time depends on x.
 */
class ModularInverter {
 public:
  ModularInverter(const U256& modulus, uint64_t inverse) : p(fromU256(modulus)), pInverse((0 - inverse) & mask) {}

  U256 invert(const U256& x) const {
    // Invariants: d x = f and e x = g modulo p, d and e in (-2p, p).
    Signed d{}, e{{1}}, f = p, g = fromU256(x);
    int64_t eta = -1;
    while (!isZero(g)) {
      const Matrix steps = divisionSteps(eta, static_cast<uint64_t>(f.limbs[0]), static_cast<uint64_t>(g.limbs[0]));
      applyModulo(d, e, steps);
      apply(f, g, steps);
    }
    // Now f is the gcd with either sign: +-1, or +-p when x is 0, where d is a multiple of p.
    if (d.limbs[4] < 0) addModulus(d);
    if (f.limbs[4] < 0)
      for (int64_t& limb : d.limbs) limb = -limb;
    carry(d);
    if (d.limbs[4] < 0) addModulus(d);
    return toU256(d);
  }

 private:
  using Wide = __int128;

  static constexpr uint64_t mask = (uint64_t{1} << 62) - 1;

  /** Five limbs of 62 bits; the highest carries the sign. */
  struct Signed {
    int64_t limbs[5];
  };
  /** Takes (f, g) to 2^62 times what 62 division steps make of it. */
  struct Matrix {
    int64_t u, v, q, r;
  };

  Signed p;
  uint64_t pInverse;

  static Signed fromU256(const U256& a) {
    const uint64_t* w = a.words;
    const uint64_t limbs[5] = {w[0], w[0] >> 62 | w[1] << 2, w[1] >> 60 | w[2] << 4, w[2] >> 58 | w[3] << 6, w[3] >> 56};
    Signed result;
    for (int i = 0; i < 5; i++) result.limbs[i] = static_cast<int64_t>(limbs[i] & mask);
    return result;
  }
  static U256 toU256(const Signed& a) {
    uint64_t l[5];
    for (int i = 0; i < 5; i++) l[i] = static_cast<uint64_t>(a.limbs[i]);
    return {{l[0] | l[1] << 62, l[1] >> 2 | l[2] << 60, l[2] >> 4 | l[3] << 58, l[3] >> 6 | l[4] << 56}};
  }
  static bool isZero(const Signed& a) { return (a.limbs[0] | a.limbs[1] | a.limbs[2] | a.limbs[3] | a.limbs[4]) == 0; }
  static void carry(Signed& a) {
    for (int i = 0; i < 4; i++) {
      a.limbs[i + 1] += a.limbs[i] >> 62;
      a.limbs[i] &= static_cast<int64_t>(mask);
    }
  }
  void addModulus(Signed& a) const {
    for (int i = 0; i < 5; i++) a.limbs[i] += p.limbs[i];
    carry(a);
  }

  static Matrix divisionSteps(int64_t& eta, uint64_t f, uint64_t g) {
    uint64_t u = 1, v = 0, q = 0, r = 1;
    for (int left = 62;;) {
      const int zeros = __builtin_ctzll(g | ~uint64_t{0} << left);
      g >>= zeros;
      u <<= zeros;
      v <<= zeros;
      eta -= zeros;
      left -= zeros;
      if (left == 0) break;
      if (eta < 0) {
        eta = -eta;
        const uint64_t oldF = f, oldU = u, oldV = v;
        f = g;
        g = 0 - oldF;
        u = q;
        q = 0 - oldU;
        v = r;
        r = 0 - oldV;
      }
      // The multiple of f that clears as many low bits of g as may go before the next swap, at most 6: -g / f, as f (f^2 - 2) = -1/f mod 64.
      const int limit = eta + 1 > left ? left : static_cast<int>(eta + 1);
      const uint64_t bits = ~uint64_t{0} >> (64 - limit) & 63;
      const uint64_t factor = f * g * (f * f - 2) & bits;
      g += f * factor;
      q += u * factor;
      r += v * factor;
    }
    return {static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q), static_cast<int64_t>(r)};
  }

  /** (f, g) = matrix (f, g) / 2^62, which is exact. */
  static void apply(Signed& f, Signed& g, const Matrix& m) {
    Wide newF = static_cast<Wide>(m.u) * f.limbs[0] + static_cast<Wide>(m.v) * g.limbs[0];
    Wide newG = static_cast<Wide>(m.q) * f.limbs[0] + static_cast<Wide>(m.r) * g.limbs[0];
    for (int i = 1; i < 5; i++) {
      newF = (newF >> 62) + static_cast<Wide>(m.u) * f.limbs[i] + static_cast<Wide>(m.v) * g.limbs[i];
      newG = (newG >> 62) + static_cast<Wide>(m.q) * f.limbs[i] + static_cast<Wide>(m.r) * g.limbs[i];
      f.limbs[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(newF) & mask);
      g.limbs[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(newG) & mask);
    }
    f.limbs[4] = static_cast<int64_t>(newF >> 62);
    g.limbs[4] = static_cast<int64_t>(newG >> 62);
  }

  /** (d, e) = matrix (d, e) / 2^62 modulo p: a multiple of p makes the division exact and keeps both in (-2p, p). */
  void applyModulo(Signed& d, Signed& e, const Matrix& m) const {
    const int64_t signD = d.limbs[4] >> 63, signE = e.limbs[4] >> 63;
    int64_t timesD = (m.u & signD) + (m.v & signE), timesE = (m.q & signD) + (m.r & signE);
    Wide newD = static_cast<Wide>(m.u) * d.limbs[0] + static_cast<Wide>(m.v) * e.limbs[0];
    Wide newE = static_cast<Wide>(m.q) * d.limbs[0] + static_cast<Wide>(m.r) * e.limbs[0];
    timesD -= static_cast<int64_t>((pInverse * static_cast<uint64_t>(newD) + static_cast<uint64_t>(timesD)) & mask);
    timesE -= static_cast<int64_t>((pInverse * static_cast<uint64_t>(newE) + static_cast<uint64_t>(timesE)) & mask);
    newD += static_cast<Wide>(p.limbs[0]) * timesD;
    newE += static_cast<Wide>(p.limbs[0]) * timesE;
    for (int i = 1; i < 5; i++) {
      newD = (newD >> 62) + static_cast<Wide>(m.u) * d.limbs[i] + static_cast<Wide>(m.v) * e.limbs[i] + static_cast<Wide>(p.limbs[i]) * timesD;
      newE = (newE >> 62) + static_cast<Wide>(m.q) * d.limbs[i] + static_cast<Wide>(m.r) * e.limbs[i] + static_cast<Wide>(p.limbs[i]) * timesE;
      d.limbs[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(newD) & mask);
      e.limbs[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(newE) & mask);
    }
    d.limbs[4] = static_cast<int64_t>(newD >> 62);
    e.limbs[4] = static_cast<int64_t>(newE >> 62);
  }
};

}  // namespace poa
