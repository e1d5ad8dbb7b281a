#pragma once

#include <charconv>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "../ThreadPool.h"
#include "SymbolTable.h"
#include "values.h"

/**
 * Code in `circuit/` says once which signals a template has and what they hold: `sink.emit(value, "name", indices...)`, in an order that the shape
 * fixes. With a LayoutSink the names count and the values do not: it notes each signal's wire. With a FillSink it is the other way round: the next
 * value goes to the next wire noted. `sink.component("name", indices...)` enters a component until its result goes out of scope, and
 * `sink.require(condition, "name")` says what a constraint demands of the signal.
 *
 * A run (LayoutRun, FillRun) cuts the circuit into parts that may be filled at the same time.
 */
namespace poa::witness {

/** Which wire gets which value, in the order of the emits. */
struct Layout {
  uint32_t wireCount = 0;
  /** SymbolTable::removed for signals without a wire. */
  std::vector<uint32_t> wires;
  /** Where in `wires` each part begins. */
  std::vector<size_t> partStarts;
};

class LayoutSink {
 public:
  LayoutSink(SymbolTable& symbols, Layout& layout) : symbols(symbols), layout(layout), path("main.") {}

  class Component {
   public:
    Component(LayoutSink& sink, size_t parentLength) : sink(sink), parentLength(parentLength) {}
    ~Component() { sink.path.resize(parentLength); }
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;

   private:
    LayoutSink& sink;
    const size_t parentLength;
  };

  template <class... Indices>
  Component component(const char* name, Indices... indices) {
    const size_t parentLength = path.size();
    append(name, indices...);
    path += '.';
    return Component(*this, parentLength);
  }
  template <class Value, class... Indices>
  void emit(const Value&, const char* name, Indices... indices) {
    const size_t parentLength = path.size();
    append(name, indices...);
    layout.wires.push_back(symbols.take(path));
    path.resize(parentLength);
  }
  void require(bool, const char*) {}

 private:
  template <class... Indices>
  void append(const char* name, Indices... indices) {
    path += name;
    (appendIndex(indices), ...);
  }
  void appendIndex(size_t index) {
    char digits[20];
    path += '[';
    path.append(digits, std::to_chars(digits, digits + sizeof(digits), index).ptr);
    path += ']';
  }

  SymbolTable& symbols;
  Layout& layout;
  std::string path;
};

class FillSink {
 public:
  /** @param witness the values of all wires, 32 bytes each, at any address */
  FillSink(const uint32_t* wires, uint8_t* witness) : next(wires), witness(witness) {}

  /** Knows its name only for error messages. */
  class Component {
   public:
    Component(FillSink& sink, const char* name, size_t depth, size_t first, size_t second)
        : sink(sink), parent(sink.innermost), name(name), depth(depth), indices{first, second} {
      sink.innermost = this;
    }
    ~Component() { sink.innermost = parent; }
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;

    std::string path() const {
      std::string result = (parent ? parent->path() : "main.") + name;
      for (size_t i = 0; i < depth; i++) result += '[' + std::to_string(indices[i]) + ']';
      return result + '.';
    }

   private:
    FillSink& sink;
    const Component* const parent;
    const char* const name;
    const size_t depth;
    const size_t indices[2];
  };

  Component component(const char* name) { return Component(*this, name, 0, 0, 0); }
  Component component(const char* name, size_t index) { return Component(*this, name, 1, index, 0); }
  Component component(const char* name, size_t first, size_t second) { return Component(*this, name, 2, first, second); }

  template <class Value, class... Indices>
  void emit(const Value& value, const char*, Indices...) {
    const uint32_t wire = *next++;
    if (wire == SymbolTable::removed) return;
    const U256 standard = standardForm(value);
    std::memcpy(witness + sizeof(U256) * wire, &standard, sizeof(U256));
  }

  /** Throws Error WITNESS_FAILED, whose message is the signal's full name. Values are private, names are not. */
  void require(bool isTrue, const char* name) const {
    if (!isTrue) throw Error("WITNESS_FAILED", (innermost ? innermost->path() : "main.") + name);
  }

 private:
  const uint32_t* next;
  uint8_t* const witness;
  const Component* innermost = nullptr;
};

/** Runs the parts one after another and notes the layout. */
class LayoutRun {
 public:
  LayoutRun(SymbolTable& symbols, Layout& layout) : symbols(symbols), layout(layout) {}

  template <class Part>
  void parts(size_t count, const Part& part) {
    for (size_t i = 0; i < count; i++) {
      layout.partStarts.push_back(layout.wires.size());
      LayoutSink sink(symbols, layout);
      part(sink, i);
    }
  }

 private:
  SymbolTable& symbols;
  Layout& layout;
};

/** Shares the parts of each call of `parts` out among threads. */
class FillRun {
 public:
  FillRun(const Layout& layout, uint8_t* witness, ThreadPool& pool) : layout(layout), witness(witness), pool(pool) {}

  /** part(sink, 0) .. part(sink, count - 1), in any order; returns when all have ended. */
  template <class Part>
  void parts(size_t count, const Part& part) {
    const size_t* const starts = layout.partStarts.data() + begun;
    begun += count;
    pool.run(count, [&](size_t i) {
      FillSink sink(layout.wires.data() + starts[i], witness);
      part(sink, i);
    });
  }

 private:
  const Layout& layout;
  uint8_t* const witness;
  ThreadPool& pool;
  size_t begun = 0;
};

}  // namespace poa::witness
