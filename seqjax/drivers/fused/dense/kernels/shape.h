// The sizes of a kernel, known when it is compiled.
#pragma once

// A block owns UNITS units for all gates and TILES tiles of 16 rows. CLUSTER blocks cut the k axis
// of the product in as many slices; each has the partial sums of its slice for all of them. WARPS
// warps take PIECES k blocks of 32 each. COLUMNS is how many columns of the product a block owns.
template <int UNITS_, int COLUMNS_, int CLUSTER_, int WARPS_, int PIECES_, int TILES_>
struct Shape {
  static constexpr int UNITS = UNITS_, COLUMNS = COLUMNS_, CLUSTER = CLUSTER_, WARPS = WARPS_;
  static constexpr int PIECES = PIECES_, TILES = TILES_, THREADS = 32 * WARPS;
  static constexpr int ALL = CLUSTER * COLUMNS, EIGHTS = (ALL + 7) / 8;
  // Pairs of a row and a unit, each of which has one thread.
  static constexpr int PAIRS = TILES * 16 * UNITS, EACH = (PAIRS + THREADS - 1) / THREADS;
  // Floats in shared memory. A single buffer of partial sums costs one barrier more a step.
  static constexpr int PARTIAL = TILES * WARPS * EIGHTS * 128;
  static constexpr int RECEIVED = CLUSTER > 1 ? CLUSTER * TILES * 16 * COLUMNS : 0;
  static constexpr int BUFFERS = 2 * PARTIAL * 4 > 160 * 1024 ? 1 : 2;
  static constexpr int BYTES = (BUFFERS * PARTIAL + 2 * RECEIVED) * 4 + 16;
  static_assert(UNITS % 2 == 0, "a word has two units");
};
