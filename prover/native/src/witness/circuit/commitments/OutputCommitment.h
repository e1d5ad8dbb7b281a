#pragma once

#include "../hashing/TaggedHash.h"

namespace poa::witness {

template <class Sink>
Scalar outputCommitment(Sink& sink, const Hashing& hashing, const U256& label, const U256& salt) {
  sink.emit(label, "label");
  sink.emit(salt, "salt");
  const Scalar out = [&] {
    const auto hash = sink.component("hash");
    return taggedHash(sink, hashing, HashTag::output, {label, salt});
  }();
  sink.emit(out, "commitment");
  return out;
}

}  // namespace poa::witness
