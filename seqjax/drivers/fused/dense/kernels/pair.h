// A row and a unit, which one thread walks through all steps.
#pragma once

#include "arguments.h"
#include "product.h"

// Flags of a gate as bits: device code cannot index its arrays.
template <int N>
DEVICE constexpr unsigned long long bits(const bool (&flags)[N]) {
  unsigned long long all = 0;
  for (int i = 0; i < N; ++i) all |= (unsigned long long)flags[i] << i;
  return all;
}

// Where it is. ``rounded``: units, filled up to whole k blocks. With ``there`` it is one of the
// network, else it only fills up; ``word`` is that of the ring which holds it, and may hold the next
// unit, too.
template <class S>
struct Pair {
  int index, tile, line, unit_of_block, row, unit, word;
  bool there, writes, fills;

  DEVICE Pair(int i, int batch, int units, int blocks) {
    index = thread_index() + i * S::THREADS;
    unit_of_block = index % S::UNITS, tile = index / S::UNITS / 16, line = index / S::UNITS % 16;
    row = (group_index() * S::TILES + tile) * 16 + line;
    unit = block_index() * S::UNITS + unit_of_block;
    const bool mine = index < S::PAIRS, begins = unit % S::NUMBERS == 0;
    const int rounded = (units + S::DEPTH - 1) / S::DEPTH * S::DEPTH;
    there = mine && row < batch && unit < units;
    writes = there && begins;
    fills = mine && begins && unit < rounded && !there;
    word = (tile * blocks + unit / S::DEPTH) * BLOCK_WORDS;
    word += word_of(line, unit % S::DEPTH / S::NUMBERS);
  }
  DEVICE size_t at(size_t t, int batch, int width) const {
    return (t * batch + row) * width + unit;
  }
};

template <class S>
DEVICE float number(const Place& place, int t, const Pair<S>& pair) {
  return load_once((const float*)place.data + t * place.step + pair.row * place.row + pair.unit);
}
template <class S>
DEVICE bool mark(const Place& place, int t, const Pair<S>& pair) {
  return ((const bool*)place.data)[t * place.step + pair.row * place.row + pair.unit];
}
DEVICE bool row_mark(const Place& place, int t, int batch, int row, bool otherwise) {
  return place.data ? ((const bool*)place.data)[(size_t)t * batch + row] : otherwise;
}

// One number of each of P arrays [B, H], from place ``from`` on.
template <int P, class S>
DEVICE void load_rows(const Arguments& a, const Pair<S>& pair, int from, float (&numbers)[P]) {
#pragma unroll
  for (int i = 0; i < P; ++i)
    numbers[i] = ((const float*)a.place[from + i].data)[pair.at(0, a.batch, a.units)];
}

constexpr int SOON = 7;  // steps before it is read that a number is asked for from memory

// The number of this unit as a factor; where a word has two, of an even unit, with that of the next.
template <class Factor, class S>
DEVICE Word word_of_factors(float x) {
  if (S::NUMBERS == 1) return Factor::pack(x, 0);
  const float next = of_neighbour(x);
  return Factor::pack(x, next);
}
