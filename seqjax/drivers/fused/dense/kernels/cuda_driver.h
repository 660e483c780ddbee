// What is used of CUDA's driver, which is opened where it runs: neither headers nor a library are
// needed to compile this.
#pragma once

#include <dlfcn.h>

namespace cuda {

using Result = int;
using Context = void*;
using Module = void*;
using Function = void*;
using Stream = void*;
using Address = unsigned long long;

enum AttributeOfLaunch : int { COOPERATIVE = 2, CLUSTER_DIMENSION = 4 };
struct LaunchAttribute {
  AttributeOfLaunch id;
  char padding[4];
  union {
    char all[64];
    struct {
      unsigned x, y, z;
    } cluster;
    int cooperative;
  } value;
};
struct LaunchConfig {
  unsigned grid[3], block[3], memory;
  Stream stream;
  LaunchAttribute* attributes;
  unsigned count;
};
constexpr int MULTIPROCESSORS = 16;  // an attribute of a device
constexpr int DYNAMIC_MEMORY = 8;    // an attribute of a function
constexpr unsigned SHARED = 1 | 2;   // flags of memory of the host: of all contexts, mapped

struct Driver {
  Result (*cuInit)(unsigned);
  Result (*cuGetErrorString)(Result, const char**);
  Result (*cuDeviceGetAttribute)(int*, int, int);
  Result (*cuDevicePrimaryCtxRetain)(Context*, int);
  Result (*cuCtxGetCurrent)(Context*);
  Result (*cuCtxGetDevice)(int*);
  Result (*cuCtxPushCurrent_v2)(Context);
  Result (*cuCtxPopCurrent_v2)(Context*);
  Result (*cuModuleLoadData)(Module*, const void*);
  Result (*cuModuleGetFunction)(Function*, Module, const char*);
  Result (*cuFuncSetAttribute)(Function, int, int);
  Result (*cuMemHostAlloc)(void**, size_t, unsigned);
  Result (*cuMemHostGetDevicePointer_v2)(Address*, void*, unsigned);
  Result (*cuMemsetD32Async)(Address, unsigned, size_t, Stream);
  Result (*cuOccupancyMaxActiveBlocksPerMultiprocessor)(int*, Function, int, size_t);
  Result (*cuOccupancyMaxActiveClusters)(int*, Function, const LaunchConfig*);
  Result (*cuLaunchKernelEx)(const LaunchConfig*, Function, void**, void**);
  bool found = false;

  Driver() {
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (!library) return;
    found = true;
#define FIND(name) found &= (*(void**)&name = dlsym(library, #name)) != nullptr
    FIND(cuInit), FIND(cuGetErrorString), FIND(cuDeviceGetAttribute);
    FIND(cuDevicePrimaryCtxRetain), FIND(cuCtxGetCurrent), FIND(cuCtxGetDevice);
    FIND(cuCtxPushCurrent_v2), FIND(cuCtxPopCurrent_v2), FIND(cuModuleLoadData);
    FIND(cuModuleGetFunction), FIND(cuFuncSetAttribute), FIND(cuMemHostAlloc);
    FIND(cuMemHostGetDevicePointer_v2), FIND(cuMemsetD32Async);
    FIND(cuOccupancyMaxActiveBlocksPerMultiprocessor), FIND(cuOccupancyMaxActiveClusters);
    FIND(cuLaunchKernelEx);
#undef FIND
    found = found && cuInit(0) == 0;
  }
};

inline const Driver& driver() {
  static const Driver found;
  return found;
}

}  // namespace cuda
