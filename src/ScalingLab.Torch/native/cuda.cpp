// CUDA: what there is of it, and its memory. Built without CUDA these answer that there is none.
#include "shim.h"

#ifdef SCALINGLAB_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

SL_API int32_t sl_cuda_device_count() {
#ifdef SCALINGLAB_CUDA
  return static_cast<int32_t>(c10::cuda::device_count());
#else
  return 0;
#endif
}

SL_API int32_t sl_cuda_synchronize([[maybe_unused]] int32_t device_index) {
  return sl::guard([&] {
#ifdef SCALINGLAB_CUDA
    if (device_index >= 0)
      c10::cuda::set_device(static_cast<c10::DeviceIndex>(device_index));
    c10::cuda::device_synchronize();
#else
    TORCH_CHECK(false, "this libtorch was built without CUDA");
#endif
  });
}

SL_API int32_t sl_cuda_memory([[maybe_unused]] int32_t device_index, [[maybe_unused]] sl_memory* out) {
  return sl::guard([&] {
#ifdef SCALINGLAB_CUDA
    auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device_index));
    constexpr size_t all = 0; // StatType::AGGREGATE, whose enum moved between versions.
    const auto& allocated = stats.allocated_bytes[all];
    *out = {allocated.current, allocated.peak, stats.reserved_bytes[all].current - allocated.current};
#else
    TORCH_CHECK(false, "this libtorch was built without CUDA");
#endif
  });
}

SL_API int32_t sl_cuda_memory_reset_peak([[maybe_unused]] int32_t device_index) {
  return sl::guard([&] {
#ifdef SCALINGLAB_CUDA
    c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<c10::DeviceIndex>(device_index));
#else
    TORCH_CHECK(false, "this libtorch was built without CUDA");
#endif
  });
}
