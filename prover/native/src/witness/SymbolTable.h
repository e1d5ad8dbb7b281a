#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "../errors.h"

namespace poa::witness {

/**
 * A circuit's .sym file as a table from the full names of signals to their wires. A line is `label,wire,component,name`; the wire is -1 where the
 * optimiser removed the signal. Wire 0, the constant 1, has no name. Every name can be taken once.
 */
class SymbolTable {
 public:
  /** What a removed signal has instead of a wire. */
  static constexpr uint32_t removed = 0;

  /** Throws Error LAYOUT_MISMATCH when the text is not a .sym file whose wires are exactly 1 .. wires - 1. The text must outlive the table. */
  SymbolTable(std::string_view text, uint32_t wires) : text(text) {
    if (text.empty() || text.size() > UINT32_MAX) refuse("the symbol file is empty or larger than 4 GiB");
    size_t lines = 0;
    for (const char* at = text.data(); (at = find(at, '\n')) != nullptr; at++) lines++;
    size_t capacity = 16;
    while (capacity < lines + lines / 2) capacity *= 2;
    slots.resize(capacity);
    std::vector<bool> isNamed(wires);
    uint32_t named = 0;
    for (const char* line = text.data(); line != end();) {
      const char* const lineEnd = find(line, '\n');
      const char* const afterLabel = find(line, ',');
      const char* const afterWire = afterLabel ? find(afterLabel + 1, ',') : nullptr;
      const char* const afterComponent = afterWire ? find(afterWire + 1, ',') : nullptr;
      if (!lineEnd || !afterComponent || afterComponent + 1 >= lineEnd)
        refuse("line " + std::to_string(left + 1) + " of the symbol file is malformed");
      const std::string_view name(afterComponent + 1, static_cast<size_t>(lineEnd - afterComponent - 1));
      const uint32_t wire = readWire({afterLabel + 1, static_cast<size_t>(afterWire - afterLabel - 1)}, wires, name);
      if (wire != removed) {
        if (isNamed[wire]) refuse("wire " + std::to_string(wire) + " has two names, one is " + std::string(name));
        isNamed[wire] = true;
        named++;
      }
      Slot& slot = slotOf(name);
      if (slot.length != 0) refuse(std::string(name) + " occurs twice in the symbol file");
      slot = {static_cast<uint32_t>(name.data() - text.data()), static_cast<uint32_t>(name.size()), wire};
      left++;
      line = lineEnd + 1;
    }
    if (named + 1 != wires)
      refuse("the symbol file names " + std::to_string(named) + " wires, the circuit has " + std::to_string(wires) + " with the constant");
  }

  /** The signal's wire, or `removed`. Throws Error LAYOUT_MISMATCH when the circuit has no such signal or it was taken before. */
  uint32_t take(std::string_view name) {
    Slot& slot = slotOf(name);
    if (slot.length == 0) refuse("the circuit has no signal " + std::string(name));
    if (slot.wire == taken) refuse(std::string(name) + " is filled twice");
    const uint32_t wire = slot.wire;
    slot.wire = taken;
    left--;
    return wire;
  }

  /** Throws Error LAYOUT_MISMATCH naming the first signal that nobody has taken. */
  void expectAllTaken() const {
    if (left == 0) return;
    const Slot* first = nullptr;
    for (const Slot& slot : slots)
      if (slot.length != 0 && slot.wire != taken && (first == nullptr || slot.nameAt < first->nameAt)) first = &slot;
    refuse("nothing fills " + std::string(text.substr(first->nameAt, first->length)));
  }

 private:
  struct Slot {
    uint32_t nameAt = 0;
    /** 0 where the slot is free. */
    uint32_t length = 0;
    uint32_t wire = 0;
  };
  static constexpr uint32_t taken = UINT32_MAX;

  [[noreturn]] static void refuse(const std::string& message) { throw Error("LAYOUT_MISMATCH", message); }

  const char* end() const { return text.data() + text.size(); }
  const char* find(const char* from, char character) const {
    return static_cast<const char*>(std::memchr(from, character, static_cast<size_t>(end() - from)));
  }

  static uint32_t readWire(std::string_view digits, uint32_t wires, std::string_view name) {
    if (digits == "-1") return removed;
    uint64_t wire = 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '9' || wire >= wires) refuse(std::string(name) + " has no valid wire");
      wire = 10 * wire + static_cast<uint64_t>(digit - '0');
    }
    if (wire == 0 || wire >= wires) refuse(std::string(name) + " has no valid wire");
    return static_cast<uint32_t>(wire);
  }

  /** The name's slot, or the free one that it would get: linear probing. */
  Slot& slotOf(std::string_view name) {
    const size_t mask = slots.size() - 1;
    for (size_t at = hash(name) & mask;; at = (at + 1) & mask) {
      Slot& slot = slots[at];
      if (slot.length == 0 || text.substr(slot.nameAt, slot.length) == name) return slot;
    }
  }

  static size_t hash(std::string_view name) {
    uint64_t state = name.size();
    for (size_t at = 0; at < name.size(); at += 8) {
      uint64_t chunk = 0;
      std::memcpy(&chunk, name.data() + at, name.size() - at < 8 ? name.size() - at : 8);
      state = (state ^ chunk) * 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
      state ^= state >> 29;
    }
    return static_cast<size_t>(state);
  }

  const std::string_view text;
  std::vector<Slot> slots;
  size_t left = 0;
};

}  // namespace poa::witness
