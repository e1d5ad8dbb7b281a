#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "../ThreadPool.h"
#include "BinaryFile.h"

namespace poa {

/** What a prepared file holds, and the codes with which a file is refused. */
struct PreparedKind {
  /** Below 16 letters. */
  const char* name;
  /** Of the sections' content; a file of another version is stale. */
  uint32_t version;
  const char* damagedCode;
  const char* staleCode;
};
/** Says which input a prepared file was made from. */
struct PreparedIdentity {
  uint8_t bytes[32];
};

/**
 * Tables in the memory form of one build, kept in a file that is mapped and used where it lies. Header, then sections that start at multiples of a
 * page, filled up with zeros. Numbers are in the machine's own order: such a file never leaves the machine.
 *
 * The checksum guards against accidents (a damaged disk, a half copied file), not against whoever can write the directory: they are trusted
 * as with the engine itself.
 */
namespace preparedFile {

constexpr size_t pageSize = 4096, mostSections = 64;

struct Header {
  uint64_t checksum;
  char kind[16], form[16];
  uint32_t version, sectionCount;
  PreparedIdentity identity;
  struct Section {
    uint64_t start, size;
  } sections[mostSections];
};
static_assert(sizeof(Header) <= pageSize, "the header fits into the first page");

constexpr uint64_t roundUp(uint64_t size) { return (size + pageSize - 1) / pageSize * pageSize; }

/** One step is a bijection of the sum and of the word: a change within one word is noticed for certain, any other but for one in 2^64. */
inline uint64_t mix(uint64_t sum, uint64_t word) {
  const uint64_t both = sum ^ word;
  return (both << 29 | both >> 35) * 0x9e3779b97f4a7c15;
}
/** Of whole pages. Eight chains at a time, since a multiplication waits for the one before it. */
inline uint64_t checksumOfPages(const uint8_t* bytes, size_t size) {
  uint64_t chains[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (size_t at = 0; at < size; at += sizeof(chains))
    for (size_t i = 0; i < 8; i++) {
      uint64_t word;
      std::memcpy(&word, bytes + at + i * sizeof(word), sizeof(word));
      chains[i] = mix(chains[i], word);
    }
  uint64_t sum = size;
  for (const uint64_t chain : chains) sum = mix(sum, chain);
  return sum;
}
/** Of a whole file but for the field that holds it. */
inline uint64_t checksum(const uint8_t* file, size_t size, ThreadPool& pool) {
  constexpr size_t chunk = 1 << 20;
  std::vector<uint64_t> sums((size - pageSize + chunk - 1) / chunk);
  pool.run(sums.size(), [&](size_t i) {
    const size_t start = pageSize + i * chunk;
    sums[i] = checksumOfPages(file + start, std::min(chunk, size - start));
  });
  std::vector<uint8_t> header(file, file + pageSize);
  std::memset(header.data() + offsetof(Header, checksum), 0, sizeof(Header::checksum));
  uint64_t sum = checksumOfPages(header.data(), pageSize);
  for (const uint64_t each : sums) sum = mix(sum, each);
  return sum;
}

/** A descriptor that is closed at the end. */
class Descriptor {
 public:
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

inline void setText(char (&to)[16], const char* text) { std::strncpy(to, text, sizeof(to) - 1); }

}  // namespace preparedFile

/** Collects the sections of a prepared file in memory and writes them at once. */
class PreparedFileWriter {
 public:
  /** Sections of these sizes, all zero. Throws std::bad_alloc. */
  PreparedFileWriter(const PreparedKind& kind, const char* form, const PreparedIdentity& identity, const std::vector<uint64_t>& sizes) {
    using namespace preparedFile;
    if (sizes.size() > mostSections) throw Error("ENGINE_FAILED", "a prepared file cannot have so many sections");
    Header header{};
    setText(header.kind, kind.name);
    setText(header.form, form);
    header.version = kind.version;
    header.sectionCount = static_cast<uint32_t>(sizes.size());
    header.identity = identity;
    size = pageSize;
    for (size_t i = 0; i < sizes.size(); i++) {
      header.sections[i] = {size, sizes[i]};
      size += roundUp(sizes[i]);
    }
    bytes.reset(static_cast<uint8_t*>(std::aligned_alloc(pageSize, size)));
    if (!bytes) throw std::bad_alloc();
    std::memset(bytes.get(), 0, size);
    std::memcpy(bytes.get(), &header, sizeof(header));
  }

  template <class Item>
  Item* section(size_t i) {
    return reinterpret_cast<Item*>(bytes.get() + header()->sections[i].start);
  }

  /**
   * Whoever opens `path` meanwhile, or after a crash at any moment, finds the old file or the whole new one. Several processes may write the same
   * file at once.
   * Throws Error FILE_UNWRITABLE.
   */
  void write(const std::string& path, ThreadPool& pool) {
    using namespace preparedFile;
    header()->checksum = checksum(bytes.get(), size, pool);
    static std::atomic<unsigned> written{0};
    const std::string temporary = path + "." + std::to_string(getpid()) + "." + std::to_string(written++) + ".tmp";
    try {
      const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
      if (file.number < 0) fail(temporary);
      for (size_t at = 0; at < size;) {
        const ssize_t count = ::write(file.number, bytes.get() + at, std::min<size_t>(size - at, 1 << 30));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) fail(temporary);
        at += static_cast<size_t>(count);
      }
      if (fsync(file.number) != 0 || rename(temporary.c_str(), path.c_str()) != 0) fail(path);
    } catch (...) {
      unlink(temporary.c_str());
      throw;
    }
    // A power cut may undo a renaming that is not synced: then the file is prepared once more, so a failure here does not matter.
    const size_t slash = path.rfind('/');
    const Descriptor directory(open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), O_RDONLY | O_CLOEXEC));
    if (directory.number >= 0) fsync(directory.number);
  }

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };

  preparedFile::Header* header() { return reinterpret_cast<preparedFile::Header*>(bytes.get()); }
  [[noreturn]] static void fail(const std::string& path) {
    throw Error("FILE_UNWRITABLE", path + " cannot be written: " + std::strerror(errno));
  }

  std::unique_ptr<uint8_t, Free> bytes;
  uint64_t size;
};

/** A prepared file, mapped for reading. It must not be changed in place while it is mapped: PreparedFileWriter replaces it instead. */
class PreparedFile {
 public:
  /**
   * Maps the file and verifies its checksum before anything in it is believed.
   * Throws Error FILE_UNREADABLE, or the kind's codes: damaged (length, checksum), stale (another kind, version, form or identity).
   */
  PreparedFile(const std::string& path, const PreparedKind& kind, const char* form, const PreparedIdentity& identity, ThreadPool& pool)
      : path(path), kind(kind) {
    using namespace preparedFile;
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (file.number < 0 || fstat(file.number, &status) != 0 || !S_ISREG(status.st_mode))
      throw Error("FILE_UNREADABLE", path + " cannot be read: " + (file.number < 0 ? std::strerror(errno) : "it is no file"));
    if (status.st_size < static_cast<off_t>(pageSize) || status.st_size % static_cast<off_t>(pageSize) != 0)
      fail("it has " + std::to_string(status.st_size) + " bytes");
    size = static_cast<size_t>(status.st_size);
    void* const mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number, 0);
    if (mapped == MAP_FAILED) throw Error("FILE_UNREADABLE", path + " cannot be mapped: " + std::strerror(errno));
    bytes = std::unique_ptr<const uint8_t, Unmap>(static_cast<const uint8_t*>(mapped), Unmap{size});

    std::memcpy(&header, bytes.get(), sizeof(header));
    if (checksum(bytes.get(), size, pool) != header.checksum) fail("its checksum is wrong");
    Header expected{};
    setText(expected.kind, kind.name);
    setText(expected.form, form);
    if (std::memcmp(header.kind, expected.kind, sizeof(header.kind)) != 0 || header.version != kind.version ||
        std::memcmp(header.form, expected.form, sizeof(header.form)) != 0)
      throw Error(kind.staleCode, path + " is of another kind, version or build");
    if (std::memcmp(&header.identity, &identity, sizeof(identity)) != 0) throw Error(kind.staleCode, path + " was made from something else");
    if (header.sectionCount > mostSections) fail("it has " + std::to_string(header.sectionCount) + " sections");
  }

  template <class Item>
  struct Items {
    const Item* begin;
    size_t count;
  };
  /** A section of any number of items. Throws Error with the kind's code for damage. */
  template <class Item>
  Items<Item> section(size_t i) const {
    if (i >= header.sectionCount) fail("section " + std::to_string(i) + " is missing");
    const auto [start, length] = header.sections[i];
    if (start % preparedFile::pageSize != 0 || start > size || length > size - start || length % sizeof(Item) != 0)
      fail("section " + std::to_string(i) + " is out of bounds");
    return {reinterpret_cast<const Item*>(bytes.get() + start), static_cast<size_t>(length / sizeof(Item))};
  }
  /** A section of `count` items. */
  template <class Item>
  const Item* section(size_t i, size_t count) const {
    const Items<Item> items = section<Item>(i);
    if (items.count != count) fail("section " + std::to_string(i) + " has " + std::to_string(items.count) + " items, not " + std::to_string(count));
    return items.begin;
  }

  /** For who reads the sections and finds what cannot be. */
  [[noreturn]] void fail(const std::string& what) const { throw Error(kind.damagedCode, path + " is damaged: " + what); }

 private:
  struct Unmap {
    size_t size;
    void operator()(const uint8_t* mapped) const { munmap(const_cast<uint8_t*>(mapped), size); }
  };

  const std::string path;
  const PreparedKind kind;
  size_t size = 0;
  std::unique_ptr<const uint8_t, Unmap> bytes{nullptr, Unmap{0}};
  preparedFile::Header header;
};

}  // namespace poa
