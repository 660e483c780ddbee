// Registers of floats and of true or false, and their ways to and from memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// LANES floats are one register; ROWS x 2 of them hold a tile of results and leave some free.
#ifdef __AVX512F__
constexpr int LANES = 16, ROWS = 12;
#else
constexpr int LANES = 8, ROWS = 6;
#endif
constexpr int PANEL = 2 * LANES;  // columns of a weight that lie together

typedef float Vec __attribute__((vector_size(4 * LANES)));
typedef int32_t Whole __attribute__((vector_size(4 * LANES)));
typedef Whole Mask;  // -1 where it is true
typedef uint8_t Bytes __attribute__((vector_size(LANES)));
typedef float Loose __attribute__((vector_size(4 * LANES), aligned(4)));  // anywhere in memory

// The first n of LANES floats at p; the rest are zero, or left alone.
inline Vec load(const float* p, int64_t n) {
  if (n >= LANES) return *(const Loose*)p;
  Vec v = {};
  if (n > 0) std::memcpy(&v, p, 4 * n);
  return v;
}

inline void store(float* p, Vec v, int64_t n) {
  if (n >= LANES) *(Loose*)p = v;
  else if (n > 0) std::memcpy(p, &v, 4 * n);
}

inline Mask load(const bool* p, int64_t n) {
  Bytes bytes = {};
  if (n >= LANES) std::memcpy(&bytes, p, LANES);
  else if (n > 0) std::memcpy(&bytes, p, n);
  return __builtin_convertvector(bytes, Whole) != 0;
}

// The count of a whole register, known when the code is compiled.
using Full = std::integral_constant<int64_t, LANES>;
