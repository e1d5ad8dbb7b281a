#pragma once

#include "../field/moduli.h"
#include "BinaryFile.h"

namespace poa {

/** Reads the next field's description, its element size and its order, and refuses any but the one with this order. Throws the reader's error. */
inline void requireField(ByteReader& header, const U256& order, const char* name) {
  U256 found;
  if (header.u32() != sizeof(found)) header.fail(std::string(name) + " does not have 32 bytes");
  std::memcpy(&found, header.take(sizeof(found)).begin, sizeof(found));
  if (!isEqual(found, order)) header.fail(std::string(name) + " is not that of BN254");
}

}  // namespace poa
