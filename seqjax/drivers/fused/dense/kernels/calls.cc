// The kernels of all gates as one call for XLA, which names the one that it wants.
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

namespace {

namespace ffi = xla::ffi;
using cuda::driver;

// One block on each multiprocessor: more than half of its shared memory is asked for.
constexpr int ALONE = 116 << 10;

struct Loaded {
  cuda::Function function = nullptr;
  int room = 0;  // how many blocks run at once
};
std::mutex mutex;
std::map<std::string, std::string> cubins;                            // by source
std::map<std::pair<cuda::Context, std::string>, Loaded> functions;    // by kernel
bool cooperative = true;
int* report = nullptr;  // of a fault, in memory that the device writes, too

int check(const char* what, cuda::Result result, std::string& error) {
  if (!result || !error.empty()) return result;
  const char* text = "unknown";
  driver().cuGetErrorString(result, &text);
  error = std::string("driver: fused: ") + what + " says " + text + "; use hoisted";
  return result;
}

cuda::LaunchConfig config_of(const Call& call, cuda::Stream stream, cuda::LaunchAttribute* two) {
  cuda::LaunchConfig config{{unsigned(call.columns), unsigned(call.groups), 1},
                            {unsigned(call.threads), 1, 1},
                            unsigned(std::max(call.memory, ALONE)), stream, two, 0};
  std::memset(two, 0, 2 * sizeof *two);
  if (call.cluster > 1) {
    two[config.count].id = cuda::CLUSTER_DIMENSION;
    two[config.count++].value.cluster = {unsigned(call.cluster), 1, 1};
  }
  return config;
}

// The function in the current context, loaded once, and how many of its blocks run at once.
Loaded load(const Call& call, std::string& error) {
  cuda::Context context = nullptr;
  check("cuCtxGetCurrent", driver().cuCtxGetCurrent(&context), error);
  Loaded& loaded = functions[{context, call.kernel}];
  if (loaded.function || !error.empty()) return loaded;
  const size_t colon = call.kernel.find(':');
  const auto cubin = cubins.find(call.kernel.substr(0, colon));
  if (cubin == cubins.end()) {
    error = "driver: fused: no kernel " + call.kernel + " was compiled in this process";
    return loaded;
  }
  cuda::Module module = nullptr;
  cuda::Function function = nullptr;
  cuda::LaunchAttribute two[2];
  const cuda::LaunchConfig config = config_of(call, nullptr, two);
  check("cuModuleLoadData", driver().cuModuleLoadData(&module, cubin->second.data()), error);
  if (error.empty())
    check("cuModuleGetFunction",
          driver().cuModuleGetFunction(&function, module, call.kernel.c_str() + colon + 1), error);
  if (error.empty())
    check("cuFuncSetAttribute",
          driver().cuFuncSetAttribute(function, cuda::DYNAMIC_MEMORY, config.memory), error);
  int count = 0, device = 0, multiprocessors = 0;
  if (error.empty() && call.cluster > 1) {
    check("cuOccupancyMaxActiveClusters",
          driver().cuOccupancyMaxActiveClusters(&count, function, &config), error);
    loaded.room = count * call.cluster;
  } else if (error.empty()) {
    check("cuOccupancyMaxActiveBlocksPerMultiprocessor",
          driver().cuOccupancyMaxActiveBlocksPerMultiprocessor(&count, function, call.threads,
                                                               config.memory), error);
    driver().cuCtxGetDevice(&device);
    driver().cuDeviceGetAttribute(&multiprocessors, cuda::MULTIPROCESSORS, device);
    loaded.room = count * multiprocessors;
  }
  if (error.empty()) loaded.function = function;
  return loaded;
}

ffi::Error run(cuda::Stream stream, ffi::RemainingArgs args, ffi::RemainingRets results,
               std::string_view kernel, ffi::Span<const int64_t> sizes,
               ffi::Span<const int64_t> places) {
  const auto failed = [](const std::string& why) {
    return ffi::Error(ffi::ErrorCode::kInternal, why);
  };
  if (!driver().found) return failed("driver: fused wants libcuda.so.1; use hoisted");
  std::lock_guard<std::mutex> lock(mutex);
  std::string error;
  if (!report) {
    void* memory = nullptr;
    check("cuMemHostAlloc", driver().cuMemHostAlloc(&memory, sizeof(int), cuda::SHARED), error);
    if (!error.empty()) return failed(error);
    report = (int*)memory, *report = 0;
  }
  if (const int fault = __atomic_exchange_n(report, 0, __ATOMIC_RELAXED)) return error_of(fault);
  Call call = call_of(args, results, kernel, sizes, places);
  const Loaded loaded = load(call, error);
  if (!error.empty()) return failed(error);
  const int blocks = call.columns * call.groups;
  if (loaded.room < blocks)
    return failed("driver: fused: " + std::to_string(blocks) +
                  " blocks would have to run at once, of which " + std::to_string(loaded.room) +
                  " can; use hoisted");
  cuda::Address address = 0;
  driver().cuMemHostGetDevicePointer_v2(&address, report, 0);
  call.arguments.report = (int*)address;
  const auto fill = [&](void* p, unsigned word, size_t count) {
    check("cuMemsetD32Async",
          driver().cuMemsetD32Async((cuda::Address)p, word, count, stream), error);
  };
  fill(call.ring, 0xffffffffu, call.ring_words);
  fill(call.fault, 0, 1);
  cuda::LaunchAttribute two[2];
  cuda::LaunchConfig config = config_of(call, stream, two);
  void* parameters[] = {&call.arguments};
  if (cooperative && error.empty()) {  // then blocks wait for room together, not some for others
    two[config.count].id = cuda::COOPERATIVE;
    two[config.count++].value.cooperative = 1;
    cooperative = driver().cuLaunchKernelEx(&config, loaded.function, parameters, nullptr) == 0;
    if (cooperative) return ffi::Error::Success();
    --config.count;
  }
  if (error.empty())
    check("cuLaunchKernelEx",
          driver().cuLaunchKernelEx(&config, loaded.function, parameters, nullptr), error);
  return error.empty() ? ffi::Error::Success() : failed(error);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(call_of_kernel, run,
                              ffi::Ffi::Bind().Ctx<ffi::PlatformStream<cuda::Stream>>()
                                  .RemainingArgs().RemainingRets()
                                  .Attr<std::string_view>("kernel")
                                  .Attr<ffi::Span<const int64_t>>("sizes")
                                  .Attr<ffi::Span<const int64_t>>("places"));

extern "C" void add_cubin(const char* name, const char* data, size_t size) {
  std::lock_guard<std::mutex> lock(mutex);
  cubins[name].assign(data, size);
}

// The fault of a walk that has ended, 0 if there was none; it is forgotten.
extern "C" int take_fault() {
  std::lock_guard<std::mutex> lock(mutex);
  return report ? __atomic_exchange_n(report, 0, __ATOMIC_RELAXED) : 0;
}

// How many blocks of a kernel run at once on a device; where it cannot be said, -1 and the error.
extern "C" int room(int device, const char* kernel, int threads, int memory, int cluster, char* why,
                    size_t size) {
  std::string error = driver().found ? "" : "driver: fused wants libcuda.so.1; use hoisted";
  cuda::Context context = nullptr;
  Loaded loaded;
  if (error.empty())
    check("cuDevicePrimaryCtxRetain", driver().cuDevicePrimaryCtxRetain(&context, device), error);
  if (error.empty()) {
    std::lock_guard<std::mutex> lock(mutex);
    driver().cuCtxPushCurrent_v2(context);
    Call call{};
    call.kernel = kernel, call.threads = threads, call.memory = memory, call.cluster = cluster;
    call.columns = cluster, call.groups = 1;
    loaded = load(call, error);
    driver().cuCtxPopCurrent_v2(&context);
  }
  std::strncpy(why, error.c_str(), size - 1);
  return error.empty() ? loaded.room : -1;
}
