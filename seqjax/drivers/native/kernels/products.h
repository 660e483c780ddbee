// Products with packed weights.
#pragma once

#include <array>
#include <utility>

#include "walk.h"

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
      const Vec a = *(const Loose*)(w + (i + u) * PANEL);
      const Vec b = *(const Loose*)(w + (i + u) * PANEL + LANES);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        sum[u % U][r][0] += x[r * stride + i + u] * a;
        sum[u % U][r][1] += x[r * stride + i + u] * b;
      }
    }
  for (; i < k; ++i)
    for (int r = 0; r < R; ++r)
      for (int j = 0; j < 2; ++j)
        sum[0][r][j] += x[r * stride + i] * *(const Loose*)(w + i * PANEL + j * LANES);
  for (int u = 1; u < U; ++u)
    for (int r = 0; r < R; ++r)
      for (int j = 0; j < 2; ++j) sum[0][r][j] += sum[u][r][j];
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < 2; ++j) *(Loose*)(out + r * PANEL + j * LANES) = sum[0][r][j];
}

template <int... R>
constexpr auto tiles(std::integer_sequence<int, R...>) {
  return std::array<Tile, ROWS>{tile<R + 1>...};
}

// TILES[R - 1] is that for R rows.
constexpr auto TILES = tiles(std::make_integer_sequence<int, ROWS>());
