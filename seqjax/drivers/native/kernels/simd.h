// Registers of floats, the functions of gates on them, and products with packed weights.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

// LANES floats are one register; ROWS x 2 of them hold a tile of results and leave some free.
#ifdef __AVX512F__
constexpr int LANES = 16, ROWS = 12;
#else
constexpr int LANES = 8, ROWS = 6;
#endif
constexpr int PANEL = 2 * LANES;  // columns of a weight that lie together

typedef float Vec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t Whole __attribute__((vector_size(4 * LANES), aligned(4)));

// The first n of LANES floats at p; the rest are zero, or left alone.
inline Vec load(const float* p, int64_t n) {
  if (n >= LANES) return *(const Vec*)p;
  Vec v = {};
  if (n > 0) std::memcpy(&v, p, 4 * n);
  return v;
}

inline void store(float* p, Vec v, int64_t n) {
  if (n >= LANES) *(Vec*)p = v;
  else if (n > 0) std::memcpy(p, &v, 4 * n);
}

// e^x to 2e-7 of itself, for |x| <= 87, beyond which it stays: 2^n e^r with |r| <= ln(2) / 2, and
// the series of e^r up to the seventh power.
inline Vec exp(Vec x) {
  x = x < -87.0f ? Vec{} - 87.0f : x;
  x = x > 87.0f ? Vec{} + 87.0f : x;
  const float round = 12582912.0f;  // 1.5 * 2^23: what is added to it lands on a whole number
  Vec n = (x * 1.44269504f + round) - round;
  Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln(2) in two parts, the first exact
  Vec p = 1.0f / 720 + r * (1.0f / 5040);
  p = 1.0f / 120 + r * p;
  p = 1.0f / 24 + r * p;
  p = 1.0f / 6 + r * p;
  p = 0.5f + r * p;
  p = 1.0f + r * (1.0f + r * p);
  return p * (Vec)((__builtin_convertvector(n, Whole) + 127) << 23);
}

inline Vec sigmoid(Vec x) { return 1.0f / (1.0f + exp(-x)); }
inline Vec tanh(Vec x) { return 1.0f - 2.0f / (1.0f + exp(x + x)); }

// out [R, PANEL] = x [R, k] . w [k, PANEL]. With few rows several sums run side by side, since the
// next addition to a sum has to wait for the last. Eight steps are written out: where a core runs
// two programs at once, the instructions that it can take in are scarce (measured: a fifth faster).
template <int R>
void tile(const float* x, int64_t stride, const float* w, int64_t k, float* out) {
  constexpr int U = R == 1 ? 4 : R <= 3 ? 2 : 1, STEPS = 8;
  Vec sum[U][R][2] = {};
  int64_t i = 0;
  for (; i + STEPS <= k; i += STEPS)
#pragma GCC unroll 8
    for (int u = 0; u < STEPS; ++u) {
      const Vec a = *(const Vec*)(w + (i + u) * PANEL);
      const Vec b = *(const Vec*)(w + (i + u) * PANEL + LANES);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        sum[u % U][r][0] += x[r * stride + i + u] * a;
        sum[u % U][r][1] += x[r * stride + i + u] * b;
      }
    }
  for (; i < k; ++i)
    for (int r = 0; r < R; ++r)
      for (int j = 0; j < 2; ++j)
        sum[0][r][j] += x[r * stride + i] * *(const Vec*)(w + i * PANEL + j * LANES);
  for (int u = 1; u < U; ++u)
    for (int r = 0; r < R; ++r)
      for (int j = 0; j < 2; ++j) sum[0][r][j] += sum[u][r][j];
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < 2; ++j) *(Vec*)(out + r * PANEL + j * LANES) = sum[0][r][j];
}

template <int... R>
constexpr auto tiles(std::integer_sequence<int, R...>) {
  using Tile = void (*)(const float*, int64_t, const float*, int64_t, float*);
  return std::array<Tile, ROWS>{tile<R + 1>...};
}

// TILES[R - 1] is that for R rows.
constexpr auto TILES = tiles(std::make_integer_sequence<int, ROWS>());

// out [rows, PANEL] = x [rows, k] . w [k, PANEL], in blocks of rows as equal as can be.
inline void product(const float* x, int64_t stride, int64_t rows, const float* w, int64_t k,
                    float* out) {
  const int64_t n = (rows + ROWS - 1) / ROWS;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = rows * i / n, count = rows * (i + 1) / n - row;
    TILES[count - 1](x + row * stride, stride, w, k, out + row * PANEL);
  }
}
