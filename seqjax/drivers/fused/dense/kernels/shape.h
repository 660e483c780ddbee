// The sizes of a kernel, known when it is compiled.
#pragma once

#include "ring.h"

// A block owns UNITS units for all gates and TILES tiles of 16 rows. CLUSTER blocks cut the k axis
// of the product in as many slices; each has the partial sums of its slice for all of them. WARPS
// warps take PIECES k blocks of DEPTH each. COLUMNS is how many columns of the product a block owns.
// A word of 32 bits holds NUMBERS factors.
template <int UNITS_, int COLUMNS_, int CLUSTER_, int WARPS_, int PIECES_, int TILES_, int NUMBERS_>
struct Shape {
  static constexpr int UNITS = UNITS_, COLUMNS = COLUMNS_, CLUSTER = CLUSTER_, WARPS = WARPS_;
  static constexpr int PIECES = PIECES_, TILES = TILES_, THREADS = 32 * WARPS;
  static constexpr int NUMBERS = NUMBERS_, DEPTH = ROW_WORDS * NUMBERS;
  static constexpr int ALL = CLUSTER * COLUMNS, EIGHTS = (ALL + 7) / 8;
  // Pairs of a row and a unit, each of which has one thread.
  static constexpr int PAIRS = TILES * 16 * UNITS, EACH = (PAIRS + THREADS - 1) / THREADS;
  // Floats in shared memory. A single buffer of partial sums costs one barrier more a step.
  static constexpr int PARTIAL = TILES * WARPS * EIGHTS * 128;
  static constexpr int RECEIVED = CLUSTER > 1 ? CLUSTER * TILES * 16 * COLUMNS : 0;
  static constexpr int BUFFERS = 2 * PARTIAL * 4 > 160 * 1024 ? 1 : 2;
  static constexpr int BYTES = (BUFFERS * PARTIAL + 2 * RECEIVED) * 4 + 16;
  static_assert(UNITS % 2 == 0, "a word may have two units, and sums are sent by twos");
};
