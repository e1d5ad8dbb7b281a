#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../KeptMemory.h"

namespace poa {

/**
 * Which points are added to which sums, in rounds: each round adds one point to each of the first so many sums. Sums are ordered by their number of
 * points, the longest first, so that those of a round lie side by side; and none has more than `mostPoints`, or a bucket with many points would
 * make many rounds with one addition each: it is shared out among several sums.
 */
struct SumRounds {
  /** 2 * index of a point + (1 if it is to be negated); round after round, in the order of sums. */
  WorkVector<uint32_t> entries;
  /** Round t has the entries starts[t] .. starts[t + 1]. */
  std::vector<uint32_t> starts;
  /** The bucket of each sum. */
  std::vector<uint32_t> buckets;
  /** Whether a bucket has several sums. */
  bool isShared = false;

  size_t sums() const { return buckets.size(); }

  /** `forEach(visit)` calls visit(bucket, entry) for all entries, the same each time. */
  template <class ForEach>
  void build(size_t bucketCount, unsigned mostPoints, const ForEach& forEach) {
    std::vector<uint32_t> counts(bucketCount);
    forEach([&](size_t bucket, uint32_t) { counts[bucket]++; });

    std::vector<uint32_t> next(mostPoints + 1);  // the next sum with so many points
    isShared = false;
    for (const uint32_t count : counts) {
      if (count > mostPoints) isShared = true;
      next[mostPoints] += count / mostPoints;
      next[count % mostPoints]++;
    }
    next[0] = 0;
    starts.assign(1, 0);
    uint32_t total = 0;
    for (unsigned points = mostPoints; points > 0; points--) {
      const uint32_t number = next[points];
      next[points] = total;
      total += number;
      // From here on `total` is how many have at least `points`.
      starts.push_back(total);
    }
    // The rounds so far are in the reverse order: the last has the most sums.
    std::vector<uint32_t> numbers(starts.rbegin(), starts.rend() - 1);
    starts.assign(1, 0);
    for (const uint32_t number : numbers)
      if (number > 0) starts.push_back(starts.back() + number);

    // The place of a bucket's next entry: its sum, and how many points that has so far.
    struct Cursor {
      uint32_t sum, points;
    };
    std::vector<Cursor> cursors(bucketCount);
    std::vector<uint32_t> following(total);  // the sum in which a bucket goes on when this one is full
    buckets.resize(total);
    for (size_t bucket = 0; bucket < bucketCount; bucket++) {
      const uint32_t full = counts[bucket] / mostPoints, rest = counts[bucket] % mostPoints;
      const uint32_t firstFull = next[mostPoints], restSum = rest > 0 ? next[rest]++ : 0;
      if (rest > 0) buckets[restSum] = static_cast<uint32_t>(bucket);
      for (uint32_t i = 0; i < full; i++) {
        buckets[firstFull + i] = static_cast<uint32_t>(bucket);
        following[firstFull + i] = i + 1 < full ? firstFull + i + 1 : restSum;
      }
      next[mostPoints] += full;
      cursors[bucket] = {full > 0 ? firstFull : restSum, 0};
    }
    entries.resize(starts.back());
    forEach([&](size_t bucket, uint32_t entry) {
      Cursor& cursor = cursors[bucket];
      entries[starts[cursor.points] + cursor.sum] = entry;
      if (++cursor.points == mostPoints) cursor = {following[cursor.sum], 0};
    });
  }
};

}  // namespace poa
