#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "../errors.h"

namespace poa {

/** Bytes that somebody else owns and keeps for as long as they are read. */
struct Bytes {
  const uint8_t* begin = nullptr;
  size_t size = 0;
};

/** Reads little-endian values one after another; what would reach beyond the end throws Error with the code that it was given. */
class ByteReader {
 public:
  ByteReader(Bytes bytes, const char* errorCode, const char* what) : bytes(bytes), errorCode(errorCode), what(what) {}

  size_t left() const { return bytes.size - at; }
  uint32_t u32() { return read<uint32_t>(); }
  uint64_t u64() { return read<uint64_t>(); }

  /** The next `size` bytes, where they lie. */
  Bytes take(uint64_t size) {
    if (size > left())
      fail(std::string(what) + " ends early: " + std::to_string(size) + " bytes are needed at " + std::to_string(at) + ", there are " +
           std::to_string(left()));
    const Bytes taken{bytes.begin + at, static_cast<size_t>(size)};
    at += taken.size;
    return taken;
  }
  void expectEnd() const {
    if (left() != 0) fail(std::string(what) + " is " + std::to_string(left()) + " bytes too long");
  }
  [[noreturn]] void fail(const std::string& message) const { throw Error(errorCode, message); }

 private:
  template <class Value>
  Value read() {
    Value value;
    std::memcpy(&value, take(sizeof(Value)).begin, sizeof(Value));
    return value;
  }

  const Bytes bytes;
  size_t at = 0;
  const char* const errorCode;
  const char* const what;
};

/**
 * The container of iden3's binary files: four letters, version, number of sections; then each section as type (u32), length (u64), body. Little
 * endian. Every section lies within the file, and none occurs twice. Throws Error with the given code.
 */
class BinaryFile {
 public:
  BinaryFile(Bytes bytes, const char* letters, uint32_t lastVersion, const char* errorCode) : errorCode(errorCode) {
    ByteReader reader(bytes, errorCode, "the file");
    if (std::memcmp(reader.take(4).begin, letters, 4) != 0) reader.fail(std::string("the file does not begin with ") + letters);
    const uint32_t version = reader.u32();
    if (version < 1 || version > lastVersion) reader.fail("version " + std::to_string(version) + " is not known");
    const uint32_t count = reader.u32();
    for (uint32_t i = 0; i < count; i++) {
      const uint32_t type = reader.u32();
      const uint64_t length = reader.u64();
      if (!sections.emplace(type, reader.take(length)).second) reader.fail("section " + std::to_string(type) + " occurs twice");
    }
    reader.expectEnd();
  }

  ByteReader section(uint32_t type, const char* name) const { return ByteReader(sectionBytes(type, name), errorCode, name); }

  /** A section that must hold `count` records of `recordSize` bytes and nothing else. */
  Bytes records(uint32_t type, const char* name, uint64_t count, uint64_t recordSize) const {
    const Bytes bytes = sectionBytes(type, name);
    if (bytes.size / recordSize != count || bytes.size % recordSize != 0)
      throw Error(errorCode, std::string(name) + " has " + std::to_string(bytes.size) + " bytes, not " + std::to_string(count) + " times " +
                                 std::to_string(recordSize));
    return bytes;
  }

 private:
  Bytes sectionBytes(uint32_t type, const char* name) const {
    const auto found = sections.find(type);
    if (found == sections.end()) throw Error(errorCode, std::string("there is no section ") + std::to_string(type) + ", " + name);
    return found->second;
  }

  std::map<uint32_t, Bytes> sections;
  const char* const errorCode;
};

}  // namespace poa
