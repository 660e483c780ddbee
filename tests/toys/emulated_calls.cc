// The driver's kernels as calls for XLA on a CPU: what calls.cc does with a GPU.
#include <map>

namespace {
using Kernel = void (*)(const Arguments);
using Run = void (*)(Kernel, const Arguments&, const int*);
std::map<std::string, std::pair<Run, Kernel>> kernels;
int report = 0;

xla::ffi::Error run(xla::ffi::RemainingArgs args, xla::ffi::RemainingRets results,
                    std::string_view kernel, xla::ffi::Span<const int64_t> sizes,
                    xla::ffi::Span<const int64_t> places) {
  if (report) {
    const int fault = report;
    report = 0;
    return error_of(fault);
  }
  Call call = call_of(args, results, kernel, sizes, places);
  call.arguments.report = &report;
  memset(call.ring, 0xff, 4 * call.ring_words);
  *call.fault = 0;
  const auto [run, entry] = kernels.at(call.kernel);
  const int launch[] = {call.columns, call.groups, call.threads, call.memory, call.cluster};
  run(entry, call.arguments, launch);
  return xla::ffi::Error::Success();
}
}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(emulated_call, run,
                              xla::ffi::Ffi::Bind().RemainingArgs().RemainingRets()
                                  .Attr<std::string_view>("kernel")
                                  .Attr<xla::ffi::Span<const int64_t>>("sizes")
                                  .Attr<xla::ffi::Span<const int64_t>>("places"));

extern "C" void add_kernel(const char* name, Run run, Kernel kernel) {
  kernels[name] = {run, kernel};
}

extern "C" void take_fault() { report = 0; }
