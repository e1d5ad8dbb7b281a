#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../curve/AffineSums.h"
#include "../curve/scalarMultiply.h"
#include "MsmScalars.h"

namespace poa {

/** The points of a multi-scalar multiplication, in memory form. */
template <class Group>
struct MsmTable {
  const typename Group::Point* points;
  size_t count;
  /** Whether points at infinity are among those that the scalars' bitmap leaves in; then additions take longer. */
  bool mayBeInfinity = false;
};

/** Sums of a group of windows; keeps its working memory between calls. One thread at a time. */
template <class Group>
class WindowSums {
 public:
  using Field = typename Group::Field;
  using Point = typename Group::Point;
  using Sum = JacobianPoints<Group>;

  /** For each window the sum of b times the points of bucket b, in every lane. */
  std::vector<Sum> operator()(const MsmTable<Group>& table, const MsmScalars& scalars, const MsmScalars::Group& group) {
    mayBeInfinity = table.mayBeInfinity;
    sumPoints(table.points, group.rounds);
    lineLength = scalars.buckets();
    shifts.assign(1, 0);
    lines = group.windows;
    sumParts();
    while (lineLength > longestInSequence) fold();
    return sumInSequence(group.windows);
  }

 private:
  static constexpr size_t lanes = Field::lanes;
  static constexpr size_t longestInSequence = 16;
  /** Few, for the sums that are left at the end of a window are few. */
  static constexpr unsigned mostPoints = 8;

  /** points[i] becomes the sum of places[i]. */
  void sumPoints(const Point* table, const SumRounds& rounds) {
    sums.begin(table, rounds.entries.data(), rounds.sums(), mayBeInfinity);
    for (size_t t = 1; t + 1 < rounds.starts.size(); t++)
      sums.add(table, rounds.entries.data() + rounds.starts[t], rounds.starts[t + 1] - rounds.starts[t]);
    points.resize(rounds.sums());
    sums.store(points.data(), points.size());
    mayBeInfinity = sums.mayBeInfinity();
    places = rounds.buckets;
    isShared = rounds.isShared;
  }

  /** Adds up points in the same place until there are none. */
  void sumParts() {
    while (isShared) {
      rounds.build(lines * lineLength, mostPoints, [&](const auto& visit) {
        for (size_t i = 0; i < places.size(); i++) visit(places[i], static_cast<uint32_t>(2 * i));
      });
      sumPoints(previous(), rounds);
    }
  }
  /** The points so far, in memory that `sumPoints` leaves alone. */
  const Point* previous() {
    points.swap(operands);
    return operands.data();
  }

  /**
   * A line is a sum of points with the weights 1, 2, .. It is laid in rows of `width`: the point in a row and a column, counted from 0, has the
   * weight width * row + (column + 1). So the sums of columns make a line, and those of the rows after the first another, which counts `width`
   * times. Two affine additions a point, and lines that are as short as a square root.
   */
  void fold() {
    unsigned log = 1;
    while (lineLength >> (2 * log)) log++;
    const size_t width = size_t{1} << log;
    rounds.build(2 * lines * width, mostPoints, [&](const auto& visit) {
      for (size_t i = 0; i < places.size(); i++) {
        const size_t line = places[i] / lineLength, place = places[i] % lineLength, row = place >> log;
        visit(2 * line * width + place % width, static_cast<uint32_t>(2 * i));
        if (row > 0) visit((2 * line + 1) * width + row - 1, static_cast<uint32_t>(2 * i));
      }
    });
    sumPoints(previous(), rounds);
    lines *= 2;
    lineLength = width;
    std::vector<unsigned> finer;
    for (const unsigned shift : shifts) {
      finer.push_back(shift);
      finer.push_back(shift + log);
    }
    shifts = finer;
    sumParts();
  }

  /** The lines that are left, one a lane. Line i of a window counts 2^shifts[i] times. */
  std::vector<Sum> sumInSequence(size_t windows) {
    static constexpr Point infinity{};
    std::vector<const Point*> inPlace(lines * lineLength, &infinity);
    for (size_t i = 0; i < places.size(); i++) inPlace[places[i]] = &points[i];
    std::vector<Sum> results(windows, Sum::infinity());
    std::vector<Point> totals((lines + lanes - 1) / lanes * lanes);
    for (size_t first = 0; first < lines; first += lanes) {
      Sum running = Sum::infinity(), total = Sum::infinity();
      for (size_t i = lineLength; i-- > 0;) {
        const Point* from[lanes];
        for (size_t lane = 0; lane < lanes; lane++) from[lane] = first + lane < lines ? inPlace[(first + lane) * lineLength + i] : &infinity;
        running = running + AffinePoints<Group>::gather(from);
        total = total + running;
      }
      storePoints<Group>(total, totals.data() + first);
    }
    for (size_t window = 0; window < windows; window++)
      for (size_t line = shifts.size(); line-- > 0;) {
        Sum term = Sum::broadcast(totals[window * shifts.size() + line]);
        for (unsigned i = 0; i < shifts[line]; i++) term = term.twice();
        results[window] = results[window] + term;
      }
    return results;
  }

  AffineSums<Group> sums;
  SumRounds rounds;
  /** Sums of points, and the place of each: line * lineLength + its place in the line. */
  WorkVector<Point> points, operands;
  std::vector<uint32_t> places;
  bool isShared = false, mayBeInfinity = false;
  size_t lines = 0, lineLength = 0;
  std::vector<unsigned> shifts;
};

}  // namespace poa
