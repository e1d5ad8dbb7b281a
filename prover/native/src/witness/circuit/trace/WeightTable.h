#pragma once

#include <array>
#include <cmath>

#include "../../sinks.h"

namespace poa::witness {

/** round(255 exp(-i / 32)) for i = 0 .. 255. */
inline const std::array<int64_t, 256>& weightTable() {
  static const std::array<int64_t, 256> table = [] {
    std::array<int64_t, 256> values{};
    for (size_t i = 0; i < values.size(); i++) values[i] = std::lround(255 * std::exp(-static_cast<double>(i) / 32));
    return values;
  }();
  return table;
}

/** Looks the entry at `index` up. Each signal of the selection is an entry of the table as well: of some row, in the column of the low four bits. */
template <class Sink>
int64_t weightTableEntry(Sink& sink, unsigned index) {
  const auto& table = weightTable();
  const unsigned low = index & 15, high = index >> 4;
  for (unsigned i = 0; i < 8; i++) sink.emit(bitOf(index, i), "bits", i);
  for (unsigned m = 0; m < 16; m++) sink.emit((m & low) == m, "monomial", m);
  const char* const levels[] = {"level0", "level1", "level2", "level3"};
  for (unsigned level = 0; level < 4; level++) {
    const unsigned chosen = high & ((1u << level) - 1);
    for (unsigned i = 0; i < 16u >> level; i++) sink.emit(table[16 * ((i << level) + chosen) + low], levels[level], i);
  }
  sink.emit(table[index], "weight");
  return table[index];
}

}  // namespace poa::witness
