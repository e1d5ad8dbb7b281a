#pragma once

#include <algorithm>
#include <vector>

#include "../ThreadPool.h"
#include "../field/fields.h"

namespace poa {

/**
 * A sparse matrix over the scalar field, laid out for products with a vector of integers. Rows are ordered by their number of terms and taken `lanes` at a time;
 * the shorter ones of such a group are filled up with zeros (SELL-C-sigma: M. Kreutzer et al., SIAM J. Sci. Comput. 36, 2014).
 */
class SparseMatrix {
 public:
  struct Term {
    uint32_t row, column;
    /** An integer below r. */
    U256 value;
  };

  /** Rows and columns of all terms lie below `rowCount` and `columnCount`. */
  SparseMatrix(size_t rowCount, const std::vector<Term>& terms) {
    std::vector<uint32_t> lengths(rowCount), rows;
    for (const Term& term : terms) lengths[term.row]++;
    for (uint32_t row = 0; row < rowCount; row++)
      if (lengths[row] > 0) rows.push_back(row);
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) { return lengths[a] > lengths[b]; });

    std::vector<size_t> firstOf(rowCount);
    size_t size = 0;
    for (size_t start = 0; start < rows.size(); start += lanes) {
      groups.push_back({size, lengths[rows[start]], {}});
      for (size_t lane = 0; lane < lanes; lane++) {
        groups.back().rows[lane] = start + lane < rows.size() ? rows[start + lane] : noRow;
        if (start + lane < rows.size()) firstOf[rows[start + lane]] = size + lane;
      }
      size += lanes * lengths[rows[start]];
    }
    coefficients.resize(size, U256{{0, 0, 0, 0}});
    columns.resize(size, 0);
    for (const Term& term : terms) {
      const size_t place = firstOf[term.row];
      firstOf[term.row] += lanes;
      // Twice over: the product with a plain integer then is an element in memory form.
      coefficients[place] = Fr::fromStandard(Fr::fromStandard(term.value));
      columns[place] = term.column;
    }
  }

  /** results[row] = sum of value * vector[column], in memory form. `vector`: integers below r. Rows without terms become zero. */
  void multiply(const U256* vector, U256* results, size_t rowCount, ThreadPool& pool) const {
    std::fill(results, results + rowCount, U256{{0, 0, 0, 0}});
    const size_t tasks = 4 * pool.threads();
    pool.run(tasks, [&](size_t task) {
      for (size_t i = task; i < groups.size(); i += tasks) multiplyGroup(groups[i], vector, results);
    });
  }

 private:
  static constexpr size_t lanes = Fr::lanes;
  static constexpr uint32_t noRow = ~uint32_t{0};
  struct Group {
    size_t start;
    uint32_t length;
    uint32_t rows[lanes];
  };

  void multiplyGroup(const Group& group, const U256* vector, U256* results) const {
    Fr sum = Fr::zero();
    for (uint32_t term = 0; term < group.length; term++) {
      const size_t start = group.start + term * lanes;
      const U256* from[lanes];
      for (size_t lane = 0; lane < lanes; lane++) from[lane] = vector + columns[start + lane];
      sum = sum + Fr::load(coefficients.data() + start) * Fr::gather(from);
    }
    U256 sums[lanes];
    sum.store(sums);
    for (size_t lane = 0; lane < lanes; lane++)
      if (group.rows[lane] != noRow) results[group.rows[lane]] = sums[lane];
  }

  std::vector<Group> groups;
  std::vector<U256> coefficients;
  std::vector<uint32_t> columns;
};

}  // namespace poa
