#pragma once

#include <algorithm>
#include <vector>

#include "../ThreadPool.h"
#include "../field/fields.h"

namespace poa {

/**
 * A sparse matrix over the scalar field, laid out for products with a vector of integers. Rows are ordered by their number of terms and taken `lanes`
 * at a time; the shorter ones of such a group are filled up with zeros (SELL-C-sigma: M. Kreutzer et al., SIAM J. Sci. Comput. 36, 2014). A view:
 * somebody else owns the tables.
 */
class SparseMatrix {
 public:
  static constexpr size_t lanes = Fr::lanes;

  struct Term {
    uint32_t row, column;
    /** An integer below r. */
    U256 value;
  };
  /** Rows whose terms are at start, start + lanes .. of the tables, each row in its lane. */
  struct Group {
    uint64_t start;
    uint32_t length;
    uint32_t rows[lanes];
  };
  struct Tables {
    std::vector<Group> groups;
    std::vector<U256> coefficients;
    /** One of each coefficient. */
    std::vector<uint32_t> columns;
  };

  /** All rows lie below `rowCount`. */
  static Tables layOut(size_t rowCount, const std::vector<Term>& terms) {
    std::vector<uint32_t> lengths(rowCount), rows;
    for (const Term& term : terms) lengths[term.row]++;
    for (uint32_t row = 0; row < rowCount; row++)
      if (lengths[row] > 0) rows.push_back(row);
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) { return lengths[a] > lengths[b]; });

    Tables tables;
    std::vector<size_t> firstOf(rowCount);
    size_t size = 0;
    for (size_t start = 0; start < rows.size(); start += lanes) {
      Group group{};
      group.start = size;
      group.length = lengths[rows[start]];
      for (size_t lane = 0; lane < lanes; lane++) {
        group.rows[lane] = start + lane < rows.size() ? rows[start + lane] : noRow;
        if (start + lane < rows.size()) firstOf[rows[start + lane]] = size + lane;
      }
      tables.groups.push_back(group);
      size += lanes * group.length;
    }
    tables.coefficients.resize(size, U256{{0, 0, 0, 0}});
    tables.columns.resize(size, 0);
    for (const Term& term : terms) {
      const size_t place = firstOf[term.row];
      firstOf[term.row] += lanes;
      // Twice over: the product with a plain integer then is an element in memory form.
      tables.coefficients[place] = Fr::fromStandard(Fr::fromStandard(term.value));
      tables.columns[place] = term.column;
    }
    return tables;
  }

  /** The tables must outlive this object. */
  SparseMatrix(const Group* groups, size_t groupCount, const U256* coefficients, const uint32_t* columns)
      : groups(groups), groupCount(groupCount), coefficients(coefficients), columns(columns) {}

  /** Whether `multiply` stays within its tables, a vector of `columnCount` and results of `rowCount`. */
  bool liesWithin(size_t rowCount, size_t columnCount, size_t tableSize) const {
    for (size_t i = 0; i < groupCount; i++) {
      const Group& group = groups[i];
      if (group.start > tableSize || group.length > (tableSize - group.start) / lanes) return false;
      for (const uint32_t row : group.rows)
        if (row != noRow && row >= rowCount) return false;
    }
    return std::all_of(columns, columns + tableSize, [=](uint32_t column) { return column < columnCount; });
  }

  /** results[row] = sum of value * vector[column], in memory form. `vector`: integers below r. Rows without terms become zero. */
  void multiply(const U256* vector, U256* results, size_t rowCount, ThreadPool& pool) const {
    std::fill(results, results + rowCount, U256{{0, 0, 0, 0}});
    const size_t tasks = 4 * pool.threads();
    pool.run(tasks, [&](size_t task) {
      for (size_t i = task; i < groupCount; i += tasks) multiplyGroup(groups[i], vector, results);
    });
  }

 private:
  static constexpr uint32_t noRow = ~uint32_t{0};

  void multiplyGroup(const Group& group, const U256* vector, U256* results) const {
    Fr sum = Fr::zero();
    for (uint32_t term = 0; term < group.length; term++) {
      const size_t start = group.start + term * lanes;
      const U256* from[lanes];
      for (size_t lane = 0; lane < lanes; lane++) from[lane] = vector + columns[start + lane];
      sum = sum + Fr::load(coefficients + start) * Fr::gather(from);
    }
    U256 sums[lanes];
    sum.store(sums);
    for (size_t lane = 0; lane < lanes; lane++)
      if (group.rows[lane] != noRow) results[group.rows[lane]] = sums[lane];
  }

  const Group* groups;
  size_t groupCount;
  const U256* coefficients;
  const uint32_t* columns;
};

}  // namespace poa
