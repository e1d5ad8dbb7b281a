#pragma once

#include <vector>

#include "AffineSums.h"

namespace poa {

/** Additions of points of two tables, pair by pair. Keeps its memory between calls. One thread at a time. */
class TableSums {
 public:
  /** For each pair 2 * index into the table, plus 1 if the point is to be negated. */
  using Entries = std::vector<uint32_t>;

  /** to[i] = left point i + right point i, exact for every pair. `to` lies in neither table, or beyond all that the entries name. */
  void operator()(const G1Point* leftTable, const Entries& left, const G1Point* rightTable, const Entries& right, G1Point* to) {
    const auto hasInfinity = [](const G1Point* table, const Entries& entries) {
      return std::any_of(entries.begin(), entries.end(), [=](uint32_t entry) { return isZero(table[entry / 2].y); });
    };
    sums.begin(leftTable, left.data(), left.size(), hasInfinity(leftTable, left) || hasInfinity(rightTable, right));
    sums.add(rightTable, right.data(), right.size());
    sums.store(to, left.size());
  }

  /** The same in every build's form; memory holds canonical elements only. */
  static G1Point opposite(const G1Point& point) {
    uint64_t ignored;
    return {point.x, isZero(point.y) ? point.y : subtract(CoordinateModulus::modulus, point.y, ignored)};
  }

 private:
  AffineSums<G1> sums;
};

}  // namespace poa
