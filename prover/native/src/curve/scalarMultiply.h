#pragma once

#include "JacobianPoints.h"

namespace poa {

/**
 * scalars[lane] * points, lane by lane; scalars are integers below 2^256. Fixed windows of 4 bits, so that all lanes take the same steps whatever
 * their scalars are. For few points: PointMultiplier is faster for many, and buckets where only the sum is wanted.
 */
template <class Group>
JacobianPoints<Group> multiplyEach(const JacobianPoints<Group>& points, const U256* const* scalars) {
  using Points = JacobianPoints<Group>;
  using Mask = typename Group::Field::Mask;
  Points multiples[16];
  multiples[0] = Points::infinity();
  multiples[1] = points;
  for (unsigned i = 2; i < 16; i++) multiples[i] = i % 2 == 0 ? multiples[i / 2].twice() : multiples[i - 1] + points;

  Points result = Points::infinity();
  for (int window = 63; window >= 0; window--) {
    Mask having[16] = {};
    for (unsigned lane = 0; lane < Group::Field::lanes; lane++) {
      const unsigned digit = scalars[lane]->words[window / 16] >> (window % 16 * 4) & 15;
      having[digit] = static_cast<Mask>(having[digit] | 1u << lane);
    }
    if (window != 63)
      for (int i = 0; i < 4; i++) result = result.twice();
    Points multiple = multiples[0];
    for (unsigned digit = 1; digit < 16; digit++)
      if (having[digit]) multiple = Points::select(having[digit], multiples[digit], multiple);
    result = result + multiple;
  }
  return result;
}

/** The points of all lanes in memory form. */
template <class Group>
void storePoints(const JacobianPoints<Group>& points, typename Group::Point* to) {
  typename Group::Point* each[Group::Field::lanes];
  for (unsigned lane = 0; lane < Group::Field::lanes; lane++) each[lane] = to + lane;
  points.toAffine().scatter(each);
}

}  // namespace poa
