#pragma once

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#include <initializer_list>
#endif

namespace poa {

/** Which builds, besides `plain`, this machine can run. */
struct CpuFeatures {
  bool mulx = false;
  bool ifma = false;
};

/**
 * Asks the CPU (Intel SDM vol. 2, CPUID leaves 1 and 7) and, for AVX-512, whether the operating system keeps its registers (XCR0, vol. 1,
 * section 15.2).
 */
inline CpuFeatures readCpuFeatures() {
  CpuFeatures features;
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  const auto allOf = [](unsigned word, std::initializer_list<int> bits) {
    for (const int bit : bits)
      if (!(word >> bit & 1)) return false;
    return true;
  };
  features.mulx = allOf(b, {8 /* BMI2 */, 19 /* ADX */});
  const bool instructions = allOf(b, {16 /* F */, 17 /* DQ */, 21 /* IFMA */, 30 /* BW */, 31 /* VL */}) && allOf(c, {1 /* VBMI */});

  bool registersKept = false;
  if (__get_cpuid(1, &a, &b, &c, &d) && allOf(c, {27 /* OSXSAVE */})) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    registersKept = (low & 0xe6) == 0xe6;
  }
  features.ifma = features.mulx && instructions && registersKept;
#endif
  return features;
}

}  // namespace poa
