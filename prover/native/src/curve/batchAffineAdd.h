#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "AffinePoint.h"

namespace poa {

/** Working memory of addPairs, kept between calls. One thread at a time. */
template <class Group>
class PairScratch {
 public:
  using Field = typename Group::Field;

  /**
   * One vector of pairs: the divisor of its slope, the product of this and the divisors of later vectors of its stream, and which lanes
   * are exceptional.
   */
  struct Slope {
    Field divisor, product;
    typename Field::Mask exceptional;
  };

  Slope* reserve(size_t vectors) {
    if (slopes.size() < vectors) slopes.resize(vectors);
    return slopes.data();
  }

 private:
  std::vector<Slope> slopes;
};

namespace pairs {

/** Products of divisors run in this many independent streams, since one multiplication waits for the one before it. */
constexpr size_t streams = 4;

template <class Group>
struct Operands {
  AffinePoints<Group> left, right;
};

/**
 * sums[i] = left + right for the pairs that `read(vector)` gives, `lanes` at a time. Chord and tangent formulas (EFD, shortw, affine) with
 * one inversion for all
 * pairs (P. Montgomery's trick). The divisors are multiplied from the last pair to the first, so that sums appear from the first to the last.
 */
template <class Group, class Read>
void add(size_t count, const Read& read, typename Group::Point* sums, PairScratch<Group>& scratch) {
  using Field = typename Group::Field;
  using Mask = typename Field::Mask;
  constexpr size_t lanes = Field::lanes;
  const size_t vectors = (count + lanes - 1) / lanes;
  auto* const slopes = scratch.reserve(vectors);

  Field inverses[streams];
  for (Field& each : inverses) each = Field::one();
  for (size_t v = vectors; v-- > 0;) {
    const Operands<Group> pair = read(v);
    Field divisor = pair.right.x - pair.left.x;
    const Mask sameX = divisor.isZero();
    const Mask atInfinity = pair.left.isInfinity() | pair.right.isInfinity();
    const Mask exceptional = sameX | atInfinity;
    if (exceptional) {
      // P = Q: 2y. P = -Q or a point at infinity: no slope is needed, and 1 keeps the product from becoming zero.
      const Mask doubled = sameX & static_cast<Mask>(~atInfinity) & pair.left.y.isEqual(pair.right.y);
      divisor = Field::select(exceptional, Field::select(doubled, pair.left.y.twice(), Field::one()), divisor);
    }
    Field& product = inverses[v % streams];
    product = product * divisor;
    slopes[v].divisor = divisor;
    slopes[v].product = product;
    slopes[v].exceptional = exceptional;
  }

  const Field first = inverses[0] * inverses[1], second = inverses[2] * inverses[3];
  const Field all = (first * second).inverse();
  const Field inverseOfFirst = all * second, inverseOfSecond = all * first;
  const Field product0 = inverses[0], product2 = inverses[2];
  inverses[0] = inverseOfFirst * inverses[1];
  inverses[1] = inverseOfFirst * product0;
  inverses[2] = inverseOfSecond * inverses[3];
  inverses[3] = inverseOfSecond * product2;

  for (size_t v = 0; v < vectors; v++) {
    const Operands<Group> pair = read(v);
    const AffinePoints<Group>&left = pair.left, &right = pair.right;
    Field& inverse = inverses[v % streams];
    const Field inverseDivisor = v + streams < vectors ? inverse * slopes[v + streams].product : inverse;
    inverse = inverse * slopes[v].divisor;

    const Mask exceptional = slopes[v].exceptional;
    Field dividend = right.y - left.y;
    if (exceptional) {
      const Field squared = left.x.square();
      dividend = Field::select(exceptional, squared.twice() + squared, dividend);
    }
    const Field slope = dividend * inverseDivisor;
    AffinePoints<Group> sum;
    sum.x = slope.square() - (left.x + right.x);
    sum.y = slope * (left.x - sum.x) - left.y;
    if (exceptional) {
      const Mask leftInfinity = left.isInfinity(), rightInfinity = right.isInfinity();
      const Mask opposite = exceptional & static_cast<Mask>(~(leftInfinity | rightInfinity)) & static_cast<Mask>(~left.y.isEqual(right.y));
      const AffinePoints<Group> infinity{Field::zero(), Field::zero()};
      sum = AffinePoints<Group>::select(opposite, infinity, sum);
      sum = AffinePoints<Group>::select(leftInfinity, right, sum);
      sum = AffinePoints<Group>::select(static_cast<Mask>(rightInfinity & ~leftInfinity), left, sum);
    }

    typename Group::Point unused;
    typename Group::Point* to[lanes];
    for (size_t lane = 0; lane < lanes; lane++) to[lane] = v * lanes + lane < count ? sums + v * lanes + lane : &unused;
    sum.scatter(to);
  }
}

}  // namespace pairs

/**
 * sums[i] = *left[i] + *right[i], exact for every pair of points of the group, infinity included. Points are trusted to lie on the curve.
 * sums may lie among the operands if sum i takes the place of no operand of a pair after i (a tree of additions in place: operands 2i and
 * 2i + 1, sum i).
 */
template <class Group>
void addPairs(const typename Group::Point* const* left, const typename Group::Point* const* right, typename Group::Point* sums, size_t count,
              PairScratch<Group>& scratch) {
  constexpr size_t lanes = Group::Field::lanes;
  static constexpr typename Group::Point infinity{};
  const auto read = [=](size_t vector) {
    const size_t start = vector * lanes;
    if (start + lanes <= count)
      return pairs::Operands<Group>{AffinePoints<Group>::gather(left + start), AffinePoints<Group>::gather(right + start)};
    const typename Group::Point *leftHere[lanes], *rightHere[lanes];
    for (size_t lane = 0; lane < lanes; lane++) {
      const bool used = start + lane < count;
      leftHere[lane] = used ? left[start + lane] : &infinity;
      rightHere[lane] = used ? right[start + lane] : &infinity;
    }
    return pairs::Operands<Group>{AffinePoints<Group>::gather(leftHere), AffinePoints<Group>::gather(rightHere)};
  };
  pairs::add<Group>(count, read, sums, scratch);
}

/**
 * sums[i] = left + right for points of a table that are given as 2 * index + (1 if the point is to be negated): the first round of a sum
 * over buckets, where
 * operands lie anywhere. sums must not lie in the table. Otherwise as above.
 */
template <class Group>
void addSignedPairs(const typename Group::Point* table, const uint32_t* left, const uint32_t* right, typename Group::Point* sums, size_t count,
                    PairScratch<Group>& scratch) {
  using Points = AffinePoints<Group>;
  using Field = typename Group::Field;
  using Mask = typename Field::Mask;
  constexpr size_t lanes = Field::lanes;
  constexpr size_t ahead = 64;  // pairs between the prefetch of a point and its use
  static constexpr typename Group::Point infinity{};

  const auto readSide = [=](const uint32_t* side, size_t start) {
    const typename Group::Point* from[lanes];
    Mask negative = 0;
    for (size_t lane = 0; lane < lanes; lane++) {
      const bool used = start + lane < count;
      const uint32_t entry = used ? side[start + lane] : 0;
      from[lane] = used ? table + (entry >> 1) : &infinity;
      negative |= static_cast<Mask>((entry & 1) << lane);
    }
    // Pairs are first read from the last to the first; the second time they are in the cache.
    if (start >= ahead)
      for (size_t lane = 0; lane < lanes; lane++)
        for (size_t offset = 0; offset < sizeof(typename Group::Point); offset += 64)
          __builtin_prefetch(reinterpret_cast<const char*>(table + (side[start + lane - ahead] >> 1)) + offset);
    Points points = Points::gather(from);
    points.y = Field::select(negative, -points.y, points.y);
    return points;
  };
  const auto read = [=](size_t vector) { return pairs::Operands<Group>{readSide(left, vector * lanes), readSide(right, vector * lanes)}; };
  pairs::add<Group>(count, read, sums, scratch);
}

}  // namespace poa
