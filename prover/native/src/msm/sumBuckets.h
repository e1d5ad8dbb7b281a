#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../curve/JacobianPoints.h"
#include "../curve/batchAffineAdd.h"
#include "MsmScalars.h"

namespace poa {

/** The points of a multi-scalar multiplication, in memory form. */
template <class Group>
struct MsmTable {
  const typename Group::Point* points;
  size_t count;
  /** Bit i clear: point i is infinity and is left out (it may also stay in; then it costs an addition). Null: all bits are set. */
  const uint64_t* present = nullptr;

  bool isPresent(size_t index) const { return present == nullptr || (present[index / 64] >> (index % 64) & 1) != 0; }
};

/** Sums of runs of points by trees of affine additions: in a round all pairs of all runs share one inversion. One thread at a time. */
template <class Group>
class RunSums {
 public:
  using Point = typename Group::Point;

  /** Forgets all runs; points handed out before are overwritten. `mostOperands` bounds what is appended until the next call. */
  void clear(size_t mostOperands) {
    if (memory.size() < mostOperands) memory.resize(mostOperands);
    used = 0;
    operands.clear();
    lengths.clear();
  }
  /** The next run is to have as many operands as are appended until the next call of `endRun`. */
  void append(const Point* point) { operands.push_back(point); }
  void endRun() {
    lengths.push_back(operands.size() - ended);
    ended = operands.size();
  }
  /** Room for points that live until `clear`, counted as operands. */
  Point* take(size_t count) {
    Point* const points = memory.data() + used;
    used += count;
    return points;
  }

  /** One point for each run: null for an empty one. Valid until `clear`. */
  const std::vector<const Point*>& sum() {
    for (;;) {
      left.clear();
      right.clear();
      for (size_t run = 0, start = 0; run < lengths.size(); start += lengths[run++])
        for (size_t i = 0; i + 1 < lengths[run]; i += 2) {
          left.push_back(operands[start + i]);
          right.push_back(operands[start + i + 1]);
        }
      if (left.empty()) break;
      Point* const sums = take(left.size());
      addPairs<Group>(left.data(), right.data(), sums, left.size(), scratch);
      size_t pair = 0, to = 0;
      for (size_t run = 0, start = 0; run < lengths.size(); run++) {
        const size_t length = lengths[run];
        for (size_t i = 0; i + 1 < length; i += 2) operands[to++] = sums + pair++;
        if (length % 2 == 1) operands[to++] = operands[start + length - 1];
        lengths[run] = (length + 1) / 2;
        start += length;
      }
      operands.resize(to);
    }
    results.clear();
    for (size_t run = 0, at = 0; run < lengths.size(); run++) results.push_back(lengths[run] == 0 ? nullptr : operands[at++]);
    ended = 0;
    return results;
  }

  PairScratch<Group> scratch;

 private:
  std::vector<Point> memory;
  size_t used = 0, ended = 0;
  std::vector<const Point*> operands, left, right, results;
  std::vector<size_t> lengths;
};

/** The sum over one window: b times the sum of bucket b's points. Keeps its memory between windows. One thread at a time. */
template <class Group>
class WindowSum {
 public:
  using Point = typename Group::Point;
  using Sum = JacobianPoints<Group>;

  /** The window's sum in every lane. */
  Sum operator()(const MsmTable<Group>& table, const SortedWindow& window) {
    sumBuckets(table, window);
    std::vector<const Point*> places(buckets.size());
    for (size_t i = 0; i < buckets.size(); i++) places[i] = isInfinity(buckets[i]) ? nullptr : &buckets[i];
    return weightedSum(places);
  }

 private:
  /** Points that are added up together: their sums and the scratch memory (about 140 bytes a point in G1, 260 in G2) stay in a second-level cache. */
  static constexpr size_t pointsAtOnce = 256 * 1024 / sizeof(Point) / 2 * 2;

  static bool isInfinity(const U256& y) { return isZero(y); }
  static bool isInfinity(const Fq2Element& y) { return isZero(y.c0) && isZero(y.c1); }
  static bool isInfinity(const Point& point) { return isInfinity(point.y); }

  // Elements in memory are canonical in every form, and negation is the same in all of them.
  static U256 opposite(const U256& a) {
    uint64_t ignored;
    return isZero(a) ? a : subtract(CoordinateModulus::modulus, a, ignored);
  }
  static Fq2Element opposite(const Fq2Element& a) { return {opposite(a.c0), opposite(a.c1)}; }

  struct Run {
    size_t bucket, count;
  };

  /** A bucket may go on in the next batch: its sum so far is then one operand more. */
  void sumBuckets(const MsmTable<Group>& table, const SortedWindow& window) {
    buckets.assign(window.starts.size() - 1, Point{});
    runs.clear();
    entries.clear();
    for (size_t bucket = 0; bucket < buckets.size(); bucket++)
      for (size_t i = window.starts[bucket]; i < window.starts[bucket + 1]; i++) {
        if (!table.isPresent(window.entries[i] >> 1)) continue;
        if (entries.size() == pointsAtOnce) sumBatch(table);
        if (runs.empty() || runs.back().bucket != bucket) runs.push_back({bucket, 0});
        runs.back().count++;
        entries.push_back(window.entries[i]);
      }
    sumBatch(table);
  }

  void sumBatch(const MsmTable<Group>& table) {
    sums.clear(entries.size() + runs.size() + 2);
    left.clear();
    right.clear();
    size_t start = 0;
    for (const Run& run : runs) {
      for (size_t i = 0; i + 1 < run.count; i += 2) {
        left.push_back(entries[start + i]);
        right.push_back(entries[start + i + 1]);
      }
      start += run.count;
    }
    const Point* pair = sums.take(left.size());
    if (!left.empty()) addSignedPairs<Group>(table.points, left.data(), right.data(), const_cast<Point*>(pair), left.size(), sums.scratch);
    start = 0;
    for (const Run& run : runs) {
      for (size_t i = 0; i + 1 < run.count; i += 2) sums.append(pair++);
      start += run.count;
      if (run.count % 2 == 1) {
        const uint32_t entry = entries[start - 1];
        Point* const single = sums.take(1);
        *single = table.points[entry >> 1];
        if (entry & 1) single->y = opposite(single->y);
        sums.append(single);
      }
      if (!isInfinity(buckets[run.bucket])) sums.append(&buckets[run.bucket]);
      sums.endRun();
    }
    const std::vector<const Point*>& results = sums.sum();
    for (size_t i = 0; i < runs.size(); i++) buckets[runs[i].bucket] = *results[i];
    runs.clear();
    entries.clear();
  }

  /**
   * 1 places[0] + 2 places[1] + ..; null stands for infinity. With places in rows of `width`, place row * width + column has the weight
   * width * row + (column + 1): so it takes the sums of rows and of columns, two affine additions a place in wide batches, and two much shorter sums.
   */
  Sum weightedSum(const std::vector<const Point*>& places) {
    if (places.size() <= 16) {
      Sum running = Sum::infinity(), total = Sum::infinity();
      for (size_t i = places.size(); i-- > 0;) {
        if (places[i]) running = running + AffinePoints<Group>{Group::Field::broadcast(places[i]->x), Group::Field::broadcast(places[i]->y)};
        total = total + running;
      }
      return total;
    }
    unsigned log = 1;
    while (places.size() >> (2 * log)) log++;
    const size_t width = size_t{1} << log, rows = (places.size() + width - 1) / width;
    sums.clear(2 * places.size());
    for (size_t row = 1; row < rows; row++) {
      for (size_t i = row * width; i < std::min((row + 1) * width, places.size()); i++)
        if (places[i]) sums.append(places[i]);
      sums.endRun();
    }
    for (size_t column = 0; column < width; column++) {
      for (size_t i = column; i < places.size(); i += width)
        if (places[i]) sums.append(places[i]);
      sums.endRun();
    }
    std::vector<Point> points;
    points.reserve(rows - 1 + width);
    std::vector<const Point*> rowSums, columnSums;
    for (const Point* sum : sums.sum()) {
      const Point* kept = nullptr;
      if (sum) {
        points.push_back(*sum);
        kept = &points.back();
      }
      (rowSums.size() < rows - 1 ? rowSums : columnSums).push_back(kept);
    }
    Sum total = weightedSum(rowSums);
    for (unsigned i = 0; i < log; i++) total = total.twice();
    return total + weightedSum(columnSums);
  }

  std::vector<Point> buckets;
  std::vector<Run> runs;
  std::vector<uint32_t> entries, left, right;
  RunSums<Group> sums;
};

}  // namespace poa
