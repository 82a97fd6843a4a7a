// CUDA: what there is of it, and its memory. Counting and waiting go through ATen's hooks, which every libtorch has; only the
// allocator's statistics need CUDA's own headers, and answer with an error where the shim was built without them.
#include "shim.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#ifdef SCALINGLAB_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace {

void need_cuda() { TORCH_CHECK(at::getNumGPUs() > 0, "there is no CUDA device, or this libtorch was built without CUDA"); }

} // namespace

SL_API int32_t sl_cuda_device_count(int32_t* out) {
  return sl::guard([&] { *out = static_cast<int32_t>(at::getNumGPUs()); });
}

// Ten times the device's compute capability (89 for 8.9) where the fused blocks of cuda/ are here; 0 without them or without the device.
SL_API int32_t sl_cuda_capability([[maybe_unused]] int32_t device_index, int32_t* out) {
  return sl::guard([&] {
    *out = 0;
#ifdef SCALINGLAB_CUDA
    if (device_index < at::getNumGPUs()) {
      const auto* properties = at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(device_index));
      *out = properties->major * 10 + properties->minor;
    }
#endif
  });
}

SL_API int32_t sl_cuda_synchronize(int32_t device_index) {
  return sl::guard([&] {
    need_cuda();
    auto current = c10::impl::getDeviceGuardImpl(at::DeviceType::CUDA)->getDevice().index();
    at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(device_index < 0 ? current : device_index));
  });
}

SL_API int32_t sl_cuda_memory([[maybe_unused]] int32_t device_index, [[maybe_unused]] sl_memory* out) {
  return sl::guard([&] {
    need_cuda();
#ifdef SCALINGLAB_CUDA
    auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device_index));
    constexpr size_t all = 0; // StatType::AGGREGATE, whose enum moved between versions.
    const auto& allocated = stats.allocated_bytes[all];
    *out = {allocated.current, allocated.peak, stats.reserved_bytes[all].current - allocated.current};
#else
    TORCH_CHECK(false, "the shim was built without CUDA's headers: it cannot read the allocator's statistics");
#endif
  });
}

SL_API int32_t sl_cuda_memory_reset_peak([[maybe_unused]] int32_t device_index) {
  return sl::guard([&] {
    need_cuda();
#ifdef SCALINGLAB_CUDA
    c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<c10::DeviceIndex>(device_index));
#else
    TORCH_CHECK(false, "the shim was built without CUDA's headers: it cannot read the allocator's statistics");
#endif
  });
}

SL_API int32_t sl_cuda_limit_memory([[maybe_unused]] int32_t device_index, [[maybe_unused]] int64_t bytes) {
  return sl::guard([&] {
    need_cuda();
#ifdef SCALINGLAB_CUDA
    auto device = static_cast<c10::DeviceIndex>(device_index);
    at::empty({1}, at::TensorOptions().device(at::kCUDA, device)); // the allocator knows no devices before it was asked for something
    auto total = static_cast<double>(at::cuda::getDeviceProperties(device)->totalGlobalMem);
    c10::cuda::CUDACachingAllocator::setMemoryFraction(std::min(1.0, static_cast<double>(bytes) / total), device);
#else
    TORCH_CHECK(false, "the shim was built without CUDA's headers: it cannot limit the allocator");
#endif
  });
}
