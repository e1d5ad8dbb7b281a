#pragma once

#include <vector>

#include "../field/PairedField.h"
#include "JacobianPoints.h"
#include "TableSums.h"

namespace poa {

/**
 * A scalar as k1 + k2 l, where l is the cube root of one with (x, y) * l = (b x, y) on G1 (R. Gallant, R. Lambert, S. Vanstone, CRYPTO 2001). Both
 * halves are below 2^127 and written in 32 digits from -8 to 7, the lowest first.
 */
struct SplitScalar {
  static constexpr unsigned digits = 32;
  int8_t first[digits], second[digits];

  /** `scalar` is an integer below the group's order. */
  explicit SplitScalar(const U256& scalar) {
    // (v1, w) and (w, -v2) span the pairs (x, y) with x + y l = 0 modulo r; what (scalar, 0) leaves over when rounded down to a sum of them is at
    // most one of each.
    constexpr Wide v1 = static_cast<Wide>(0x6f4d8248eeb859fd) << 64 | 0x0be4e1541221250b;
    constexpr Wide v2 = static_cast<Wide>(0x6f4d8248eeb859fc) << 64 | 0x8211bbeb7d4f1128;
    constexpr Wide w = 0x89d3256894d213e3;
    // v2 2^320 / r and w 2^320 / r
    const Wide times1 = highProduct(scalar, U256{{0xa5e38cfb5eaa26d9, 0x7a7bd9d4391eb18d, 0x4ccef014a773d2cf, 2}});
    const Wide times2 = highProduct(scalar, U256{{0x6eb9c714773a6ef2, 0xd91d232ec7e0b3d7, 2, 0}});
    // Modulo 2^128, which is enough for what is left.
    const Wide low = static_cast<Wide>(scalar.words[1]) << 64 | scalar.words[0];
    setDigits(first, static_cast<__int128>(low - times1 * v1 - times2 * w));
    setDigits(second, static_cast<__int128>(times2 * v2 - times1 * w));
  }

 private:
  using Wide = unsigned __int128;

  /** a b / 2^320, rounded down. It is below 2^128. */
  static Wide highProduct(const U256& a, const U256& b) {
    uint64_t product[8] = {};
    for (int i = 0; i < 4; i++) {
      Wide carry = 0;
      for (int j = 0; j < 4; j++) {
        carry += static_cast<Wide>(a.words[i]) * b.words[j] + product[i + j];
        product[i + j] = static_cast<uint64_t>(carry);
        carry >>= 64;
      }
      product[i + 4] = static_cast<uint64_t>(carry);
    }
    return static_cast<Wide>(product[6]) << 64 | product[5];
  }
  static void setDigits(int8_t* to, __int128 half) {
    for (unsigned i = 0; i < digits; i++) {
      to[i] = static_cast<int8_t>(static_cast<int>((static_cast<unsigned>(half) + 8) & 15) - 8);
      half = (half - to[i]) >> 4;
    }
  }
};

/** Multiplies points of G1, each by a scalar of its own. Keeps its memory between calls. One thread at a time. */
class PointMultiplier {
 public:
  /** As many as share their inversions; their multiples (128 KiB) stay in a second-level cache. */
  static constexpr size_t mostPoints = 256;

  PointMultiplier() : multiples(highestDigit * mostPoints), results(mostPoints / lanes) {}

  /**
   * points[i] = scalars[i] * points[i] for count <= mostPoints; scalars are integers below the group's order. Exact for every point of the group.
   */
  void multiply(G1Point* points, const U256* scalars, size_t count) {
    static constexpr G1Point infinity{};
    split.clear();
    for (size_t i = 0; i < count; i++) split.emplace_back(scalars[i]);
    makeMultiples(points, count);

    for (size_t start = 0; start < count; start += lanes) {
      const auto chosen = [&](int8_t (SplitScalar::*half)[SplitScalar::digits], unsigned digit) {
        const G1Point* from[lanes];
        typename Field::Mask negative = 0;
        for (size_t lane = 0; lane < lanes; lane++) {
          const size_t i = start + lane;
          const int value = i < count ? (split[i].*half)[digit] : 0;
          from[lane] = value == 0 ? &infinity : &multiples[static_cast<size_t>((value < 0 ? -value : value) - 1) * count + i];
          negative |= static_cast<typename Field::Mask>(value < 0) << lane;
        }
        Points points = Points::gather(from);
        points.y = Field::select(negative, -points.y, points.y);
        return points;
      };
      Sum sum = Sum::infinity();
      for (unsigned digit = SplitScalar::digits; digit-- > 0;) {
        if (digit + 1 < SplitScalar::digits)
          for (int i = 0; i < 4; i++) sum = twice(sum);
        sum = sum + chosen(&SplitScalar::first, digit);
        Points second = chosen(&SplitScalar::second, digit);
        second.x = second.x * cubeRoot;
        sum = sum + second;
      }
      results[start / lanes] = sum;
    }
    toAffine(points, count);
  }

 private:
  /** The curve y^2 = x^3 + 3, twice as many lanes at a time. */
  struct Paired {
    using Field = PairedField<Fq>;
    using Element = U256;
    using Point = G1Point;
  };
  using Field = Paired::Field;
  using Points = AffinePoints<Paired>;
  using Sum = JacobianPoints<Paired>;
  static constexpr size_t lanes = Field::lanes, highestDigit = 8;

  /**
   * As JacobianPoints::twice, but with a multiplication in the place of additions, for most of the time goes here: half the Z of dbl-2009-l, so X^2
   * has the factor 3/2.
   */
  Sum twice(const Sum& p) const {
    const Field slope = p.x.square() * threeHalves, yy = p.y.square(), xyy = p.x * yy;
    Sum result;
    result.x = slope.square() - xyy.twice();
    result.y = slope * (xyy - result.x) - yy.square();
    result.z = p.y * p.z;
    return result;
  }

  /** multiples[m * count + i] = (m + 1) * points[i]. No sum here is one of equal points: those take longer. */
  void makeMultiples(const G1Point* points, size_t count) {
    std::copy(points, points + count, multiples.begin());
    for (size_t start = 0; start < count; start += lanes) {
      const G1Point* from[lanes];
      for (size_t lane = 0; lane < lanes; lane++) from[lane] = points + std::min(start + lane, count - 1);
      results[start / lanes] = twice(Sum::fromAffine(Points::gather(from)));
    }
    toAffine(&multiples[count], count);
    // From 2 to 3, then to 5, then to 8.
    for (size_t known = 2, adding = 1; known < highestDigit; known += adding++) {
      left.clear();
      right.clear();
      for (size_t m = 0; m < adding; m++)
        for (size_t i = 0; i < count; i++) {
          left.push_back(static_cast<uint32_t>(2 * ((known - 1) * count + i)));
          right.push_back(static_cast<uint32_t>(2 * (m * count + i)));
        }
      tableSums(multiples.data(), left, multiples.data(), right, &multiples[known * count]);
    }
  }

  /** All results share one inversion a lane. */
  void toAffine(G1Point* points, size_t count) {
    const size_t vectors = (count + lanes - 1) / lanes;
    products.clear();
    Field product = Field::one();
    for (size_t v = 0; v < vectors; v++) {
      products.push_back(product);
      Sum& sum = results[v];
      const auto atInfinity = sum.isInfinity();
      sum.y = Field::select(atInfinity, Field::zero(), sum.y);
      sum.x = Field::select(atInfinity, Field::zero(), sum.x);
      sum.z = Field::select(atInfinity, Field::one(), sum.z);
      product = product * sum.z;
    }
    Field inverse = product.inverse();
    for (size_t v = vectors; v-- > 0;) {
      const Field inverseZ = inverse * products[v], squared = inverseZ.square();
      inverse = inverse * results[v].z;
      G1Point unused, *to[lanes];
      for (size_t lane = 0; lane < lanes; lane++) to[lane] = v * lanes + lane < count ? points + v * lanes + lane : &unused;
      Points{results[v].x * squared, results[v].y * (squared * inverseZ)}.scatter(to);
    }
  }

  const Field cubeRoot = Field::broadcast(Fq::fromStandard(U256{{0x5763473177fffffe, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0}}));
  /** (q + 3) / 2 */
  const Field threeHalves =
      Field::broadcast(Fq::fromStandard(U256{{0x9e10460b6c3e7ea5, 0xcbc0b548b438e546, 0xdc2822db40c0ac2e, 0x183227397098d014}}));
  std::vector<SplitScalar> split;
  std::vector<G1Point> multiples;
  TableSums::Entries left, right;
  TableSums tableSums;
  std::vector<Sum> results;
  std::vector<Field> products;
};

}  // namespace poa
