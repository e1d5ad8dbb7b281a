#pragma once

#include "../../sinks.h"

namespace poa::witness {

/** Requires 0 <= label < classes and returns it. */
template <class Sink>
size_t oneHotLabel(Sink& sink, size_t classes, const U256& label) {
  sink.require(fitsUnsigned(label, 64) && label.words[0] < classes, "label");
  sink.emit(label, "label");
  const size_t position = static_cast<size_t>(label.words[0]);
  for (size_t k = 0; k < classes; k++) sink.emit(k == position, "isLabel", k);
  return position;
}

}  // namespace poa::witness
