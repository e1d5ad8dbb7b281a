#pragma once

#include <cstdlib>
#include <memory>

#include "circuit/AttributionBatch.h"

namespace poa::witness {

/** The bytes of a .wtns file. */
struct WitnessFile {
  struct Free {
    void operator()(uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<uint8_t, Free> bytes;
  size_t size;
};

/** Fills the witnesses of one circuit: the wires of circom's own generator, computed by code that mirrors the circuit's templates. */
class WitnessFiller {
 public:
  /**
   * @param symbols the text of the circuit's .sym file; wires: how many the circuit has, with the constant; constants: see PoseidonConstants
   * Throws Error LAYOUT_MISMATCH unless the circuit's signals are those of the code here, each exactly once, and its wires are 1 .. wires - 1;
   * ARGUMENT_INVALID.
   */
  WitnessFiller(std::string_view symbols, uint32_t wires, const Shape& shape, const std::vector<U256>& constants, unsigned threads)
      : shape(shape), constants(constants), pool(threads) {
    SymbolTable table(symbols, wires);
    layout.wireCount = wires;
    const std::vector<U256> zeros(Inputs::count(shape), U256{{0, 0, 0, 0}});
    LayoutRun run(table, layout);
    attributionBatch(run, {this->constants, shape}, Inputs(zeros.data(), shape));
    table.expectAllTaken();
  }

  /**
   * @param inputs as Inputs has them
   * Throws Error WITNESS_FAILED naming a signal where they do not satisfy the circuit. May be called from several threads.
   */
  WitnessFile fill(const std::vector<U256>& inputs) {
    if (inputs.size() != Inputs::count(shape))
      throw Error("ARGUMENT_INVALID", "the shape has " + std::to_string(Inputs::count(shape)) + " inputs, not " + std::to_string(inputs.size()));
    for (const U256& input : inputs)
      if (!isLess(input, ScalarModulus::modulus)) throw Error("ARGUMENT_INVALID", "an input is not below the field's order");
    const size_t size = headerSize + sizeof(U256) * layout.wireCount;
    WitnessFile file{std::unique_ptr<uint8_t, WitnessFile::Free>(static_cast<uint8_t*>(std::malloc(size))), size};
    if (!file.bytes) throw std::bad_alloc();
    writeHeader(file.bytes.get());
    FillRun run(layout, file.bytes.get() + headerSize, pool);
    attributionBatch(run, {constants, shape}, Inputs(inputs.data(), shape));
    return file;
  }

 private:
  static constexpr size_t headerSize = 76;

  /** Sections and their lengths as circom writes them, up to the values, and the first value. */
  void writeHeader(uint8_t* to) const {
    const uint64_t valueBytes = sizeof(U256) * uint64_t{layout.wireCount};
    const uint32_t beforePrime[] = {0x736e7477 /* "wtns" */, 2, 2, 1, 40, 0, 32};
    const uint32_t afterPrime[] = {layout.wireCount, 2, static_cast<uint32_t>(valueBytes), static_cast<uint32_t>(valueBytes >> 32)};
    const U256 one{{1, 0, 0, 0}};
    std::memcpy(to, beforePrime, 28);
    std::memcpy(to + 28, &ScalarModulus::modulus, 32);
    std::memcpy(to + 60, afterPrime, 16);
    std::memcpy(to + headerSize, &one, 32);
  }

  const Shape shape;
  const PoseidonConstants constants;
  Layout layout;
  ThreadPool pool;
};

}  // namespace poa::witness
