// What a kernel is told, in types that the host and the device lay out alike.
#pragma once

// An array: numbers or marks [T, B, H], whose strides are 0 where steps or rows share them; null
// where there is none.
struct Place {
  void* data;
  long long step, row;
};

constexpr int PLACES = 96;

struct Arguments {
  int steps, batch, units, reverse;
  int* report;  // memory of the host, where a fault is written for the next call
  Place place[PLACES];

#ifdef __CUDACC__
  __device__ __forceinline__
#endif
  int time(int s) const { return reverse ? steps - 1 - s : s; }
};
