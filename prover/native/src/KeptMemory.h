#pragma once

#include <cstddef>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace poa {

/**
 * Large blocks of memory that one proof leaves to the next: the system would unmap them, and map and clear every page again (a quarter of the time of
 * making scalars ready, in a profile). Shared by all threads, never given back: holds as much as was in use at once.
 */
class KeptMemory {
 public:
  /** Blocks below this size are left to the standard library. */
  static constexpr size_t smallest = 64 * 1024;

  static void* take(size_t bytes) {
    const size_t size = rounded(bytes);
    {
      const std::lock_guard<std::mutex> lock(mutex());
      const auto found = free().lower_bound(size);
      if (found != free().end() && found->first <= 2 * size) {
        void* const block = found->second;
        used()[block] = found->first;
        free().erase(found);
        return block;
      }
    }
    void* const block = std::aligned_alloc(size >= hugePage ? hugePage : 4096, size);
    if (block == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (size >= hugePage) madvise(block, size, MADV_HUGEPAGE);
#endif
    const std::lock_guard<std::mutex> lock(mutex());
    used()[block] = size;
    return block;
  }

  static void give(void* block) {
    const std::lock_guard<std::mutex> lock(mutex());
    const auto found = used().find(block);
    free().emplace(found->second, block);
    used().erase(found);
  }

 private:
  static constexpr size_t hugePage = 2 * 1024 * 1024;

  static size_t rounded(size_t bytes) {
    const size_t unit = bytes >= hugePage ? hugePage : smallest;
    return (bytes + unit - 1) / unit * unit;
  }
  // Never destroyed: a thread that is joined late may still give something back.
  static std::mutex& mutex() {
    static auto& only = *new std::mutex;
    return only;
  }
  static std::multimap<size_t, void*>& free() {
    static auto& only = *new std::multimap<size_t, void*>;
    return only;
  }
  static std::map<void*, size_t>& used() {
    static auto& only = *new std::map<void*, size_t>;
    return only;
  }
};

/** An allocator of kept memory. `resize` leaves new elements as they are: they are about to be written. */
template <class T>
struct KeptAllocator {
  using value_type = T;

  KeptAllocator() = default;
  template <class Other>
  KeptAllocator(const KeptAllocator<Other>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    return static_cast<T*>(isKept(bytes) ? KeptMemory::take(bytes) : ::operator new(bytes, std::align_val_t{64}));
  }
  void deallocate(T* block, size_t count) {
    if (isKept(count * sizeof(T))) KeptMemory::give(block);
    else ::operator delete(block, std::align_val_t{64});
  }
  template <class Other>
  void construct(Other* place) {
    ::new (static_cast<void*>(place)) Other;
  }
  template <class Other, class... Arguments>
  void construct(Other* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) Other(std::forward<Arguments>(arguments)...);
  }
  friend bool operator==(const KeptAllocator&, const KeptAllocator&) { return true; }
  friend bool operator!=(const KeptAllocator&, const KeptAllocator&) { return false; }

 private:
  static bool isKept([[maybe_unused]] size_t bytes) {
#if defined(POA_KEEP_NO_MEMORY)
    // Kept blocks are rounded up and used again: an address sanitizer would not notice who reads past the end of one, or after it was given back.
    return false;
#else
    return bytes >= KeptMemory::smallest;
#endif
  }
};

/** Working memory of a proof. New elements have no value until they are written. */
template <class T>
using WorkVector = std::vector<T, KeptAllocator<T>>;

}  // namespace poa
