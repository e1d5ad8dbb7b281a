#pragma once

#include <vector>

#include "batchAffineAdd.h"

namespace poa {

/** Additions of points of two tables, pair by pair. Keeps its memory between calls. One thread at a time. */
class TableSums {
 public:
  /** For each pair 2 * index into the table, plus 1 if the point is to be negated. */
  using Entries = std::vector<uint32_t>;

  /** sums[i] = left point i + right point i, exact for every pair. `sums` lies in neither table, or beyond all that the entries name. */
  void operator()(const G1Point* leftTable, const Entries& left, const G1Point* rightTable, const Entries& right, G1Point* sums) {
    negated.clear();
    negated.reserve(left.size() + right.size());
    const auto places = [&](const G1Point* table, const Entries& entries, std::vector<const G1Point*>& to) {
      to.clear();
      for (const uint32_t entry : entries) {
        const G1Point* point = table + entry / 2;
        if (entry % 2 == 1) {
          negated.push_back(opposite(*point));
          point = &negated.back();
        }
        to.push_back(point);
      }
    };
    places(leftTable, left, leftPlaces);
    places(rightTable, right, rightPlaces);
    addPairs<G1>(leftPlaces.data(), rightPlaces.data(), sums, left.size(), scratch);
  }

  /** The same in every build's form; memory holds canonical elements only. */
  static G1Point opposite(const G1Point& point) {
    uint64_t ignored;
    return {point.x, isZero(point.y) ? point.y : subtract(CoordinateModulus::modulus, point.y, ignored)};
  }

 private:
  std::vector<const G1Point*> leftPlaces, rightPlaces;
  std::vector<G1Point> negated;
  PairScratch<G1> scratch;
};

}  // namespace poa
