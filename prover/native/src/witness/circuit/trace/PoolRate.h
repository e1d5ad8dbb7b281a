#pragma once

#include "../circomlib/IsZero.h"
#include "../range/UnsignedRange.h"

namespace poa::witness {

struct Division {
  U256 quotient;
  UnsignedWide remainder;
};

/** dividend / divisor, for a divisor in [1, 2^96). */
inline Division divide(const U256& dividend, UnsignedWide divisor) {
  Division result{{{0, 0, 0, 0}}, 0};
  // 32 bits at a time: the remainder so far, below 2^96, and 32 bits more fit.
  for (unsigned i = 8; i-- > 0;) {
    const unsigned shift = 32 * (i % 2);
    const UnsignedWide part = result.remainder << 32 | static_cast<uint32_t>(dividend.words[i / 2] >> shift);
    result.quotient.words[i / 2] |= static_cast<uint64_t>(part / divisor) << shift;
    result.remainder = part % divisor;
  }
  return result;
}

/** Requires pool < 2^96, and 0 <= total < 2^totalBits. Returns the rate. */
template <class Sink>
U256 poolRate(Sink& sink, unsigned totalBits, const U256& pool, Wide total) {
  sink.emit(pool, "pool");
  sink.emit(total, "total");
  sink.require(total >= 0 && fitsUnsigned(total, totalBits), "total");
  {
    const auto poolRange = sink.component("poolRange");
    unsignedRange(sink, 96, pool);
  }
  const bool totalIsZero = [&] {
    const auto component = sink.component("totalIsZero");
    return isZeroSignal(sink, total);
  }();
  const UnsignedWide divisor = static_cast<UnsignedWide>(total) + totalIsZero;
  const U256 dividend = totalIsZero ? U256{{0, 0, 0, 0}} : U256{{0, pool.words[0], pool.words[1], 0}};
  const auto [rate, remainder] = divide(dividend, divisor);
  uint64_t ignored;
  sink.emit(divisor, "divisor");
  sink.emit(dividend, "dividend");
  sink.emit(rate, "rate");
  sink.emit(remainder, "remainder");
  sink.emit(subtract(dividend, standardForm(remainder), ignored), "product");
  {
    const auto rateRange = sink.component("rateRange");
    unsignedRange(sink, 160, rate);
  }
  {
    const auto remainderRange = sink.component("remainderRange");
    unsignedRange(sink, totalBits, remainder);
  }
  const auto slackRange = sink.component("slackRange");
  unsignedRange(sink, totalBits, divisor - 1 - remainder);
  return rate;
}

}  // namespace poa::witness
