#pragma once

/** For the operations on eight elements: as calls they would pass them through memory. */
#define POA_INLINE __attribute__((always_inline)) inline
