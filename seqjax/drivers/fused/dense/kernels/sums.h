// Partial sums of a product, in shared memory: those of the warps of a block, added up by the owner
// of a column, who may be another block of the cluster.
#pragma once

#include "patience.h"
#include "shape.h"

template <class S>
struct Sums {
  float *partial, *received;
  unsigned long long* barrier;
  int rank;

  DEVICE explicit Sums(unsigned char* memory) {
    partial = (float*)memory;
    received = partial + S::BUFFERS * S::PARTIAL;
    barrier = (unsigned long long*)(received + 2 * S::RECEIVED);
    rank = S::CLUSTER > 1 ? cluster_rank() : 0;
    if (S::CLUSTER == 1) return;
    if (thread_index() == 0) barrier_begin(barrier), barrier_begin(barrier + 1);
    cluster_sync();
  }

  // Of step s, of the warps of this block.
  DEVICE float* of_step(int s) const {
    return partial + (S::BUFFERS > 1 ? s & 1 : 0) * S::PARTIAL;
  }

  // What a thread has of a tile after its multiplications.
  DEVICE void put(int s, int tile, const float (&sum)[S::EIGHTS][4]) const {
    const int lane = thread_index() & 31, warp = thread_index() >> 5;
    float* to = of_step(s) + (tile * S::WARPS + warp) * S::EIGHTS * 128;
    to += (lane >> 2) * 8 + 2 * (lane & 3);
#pragma unroll
    for (int e = 0; e < S::EIGHTS; ++e) {
      to[e * 128] = sum[e][0], to[e * 128 + 1] = sum[e][1];
      to[e * 128 + 64] = sum[e][2], to[e * 128 + 65] = sum[e][3];
    }
  }

  DEVICE float over_warps(int s, int tile, int row, int n) const {
    const float* p = of_step(s) + tile * S::WARPS * S::EIGHTS * 128;
    p += (n >> 3) * 128 + row * 8 + (n & 7);
    float x = 0;
#pragma unroll
    for (int q = 0; q < S::WARPS; ++q) x += p[q * S::EIGHTS * 128];
    return x;
  }

  // Where those lie that block ``from`` of the cluster has sent for step s.
  DEVICE float* from_block(int s, int from, int tile, int row) const {
    return received + (s & 1) * S::RECEIVED + ((from * S::TILES + tile) * 16 + row) * S::COLUMNS;
  }

  // Sends what others own, and waits for what this block owns.
  DEVICE void exchange(int s, Patience& patience) const {
    constexpr int TWOS = S::COLUMNS / 2, COUNT = S::CLUSTER * S::TILES * 16 * TWOS;
    unsigned long long* counter = barrier + (s & 1);
#pragma unroll 1
    for (int i = thread_index(); i < COUNT; i += S::THREADS) {
      const int column = 2 * (i % TWOS), row = i / TWOS % 16, tile = i / TWOS / 16 % S::TILES;
      const int owner = i / TWOS / 16 / S::TILES, n = owner * S::COLUMNS + column;
      const float x = over_warps(s, tile, row, n), y = over_warps(s, tile, row, n + 1);
      const float* to = from_block(s, rank, tile, row) + column;
      send(remote(to, owner), x, y, remote(counter, owner));
    }
    if (thread_index() == 0) barrier_expect(counter, S::RECEIVED * 4);
    for (int waited = 0; !barrier_is_through(counter, s >> 1 & 1);)
      if (patience.is_over(++waited, 10 * PATIENCE, NO_SUMS)) return;
  }

  // Column n of this block in a row of a tile, of step s.
  DEVICE float get(int s, int tile, int row, int n) const {
    if (S::CLUSTER == 1) return over_warps(s, tile, row, n);
    float x = 0;
#pragma unroll
    for (int q = 0; q < S::CLUSTER; ++q) x += from_block(s, q, tile, row)[n];
    return x;
  }
};
