// Errors, handles, the ABI's own numbers, threads, random state.
#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <atomic>
#include <cstring>
#include <string>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

bool speaks_of_memory(const std::string& words) {
  return words.find("out of memory") != std::string::npos || words.find("can't allocate memory") != std::string::npos ||
         words.find("not enough memory") != std::string::npos;
}

} // namespace

namespace sl {

int32_t remember(std::exception_ptr problem) noexcept {
  try {
    try {
      std::rethrow_exception(problem);
    } catch (const c10::OutOfMemoryError& e) {
      last_error = e.what_without_backtrace();
      return SL_OUT_OF_MEMORY;
    } catch (const c10::Error& e) {
      last_error = e.what_without_backtrace();
      return speaks_of_memory(last_error) ? SL_OUT_OF_MEMORY : SL_ERROR;
    } catch (const std::bad_alloc&) {
      last_error = "out of memory";
      return SL_OUT_OF_MEMORY;
    } catch (const std::exception& e) {
      last_error = e.what();
      return speaks_of_memory(last_error) ? SL_OUT_OF_MEMORY : SL_ERROR;
    }
  } catch (...) {
    return SL_ERROR; // Even the words could not be kept.
  }
}

Handle give(at::Tensor tensor) {
  auto handle = new at::Tensor(std::move(tensor));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

at::Scalar scalar(sl_scalar value) {
  if (value.kind == 1) {
    double number;
    std::memcpy(&number, &value.bits, sizeof number);
    return number;
  }
  return value.kind == 2 ? at::Scalar(value.bits != 0) : at::Scalar(value.bits);
}

sl_scalar unscalar(const at::Scalar& value) {
  sl_scalar result{0, 0, 0};
  if (value.isFloatingPoint()) {
    double number = value.toDouble();
    std::memcpy(&result.bits, &number, sizeof number);
    result.kind = 1;
  } else if (value.isBoolean()) {
    result.bits = value.toBool();
    result.kind = 2;
  } else {
    result.bits = value.toLong();
  }
  return result;
}

at::TensorOptions options(sl_options value) {
  at::TensorOptions result;
  if (value.dtype >= 0)
    result = result.dtype(static_cast<at::ScalarType>(value.dtype));
  if (value.device_type >= 0)
    result = result.device(at::Device(static_cast<at::DeviceType>(value.device_type), static_cast<c10::DeviceIndex>(value.device_index)));
  return result;
}

} // namespace sl

SL_API int32_t sl_abi_version() { return SL_ABI_VERSION; }
SL_API int32_t sl_size_of_scalar() { return sizeof(sl_scalar); }
SL_API int32_t sl_size_of_options() { return sizeof(sl_options); }
SL_API int32_t sl_size_of_memory() { return sizeof(sl_memory); }
SL_API const char* sl_libtorch_version() { return TORCH_VERSION; }
SL_API const char* sl_last_error() { return last_error.c_str(); }
SL_API int64_t sl_live_tensors() { return live_tensors.load(std::memory_order_relaxed); }

SL_API int32_t sl_initialize() {
  return sl::guard([] { sl::install_allocator(); });
}

SL_API void sl_free(Handle tensor) {
  if (tensor == nullptr)
    return;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  sl::guard([&] { delete tensor; });
}

SL_API int32_t sl_set_num_threads(int32_t count) {
  return sl::guard([&] {
    at::set_num_threads(count);
#ifdef _OPENMP
    omp_set_num_threads(count); // A wheel may carry an OpenMP of its own beside the one linked here.
#endif
  });
}

SL_API int32_t sl_get_num_threads() { return at::get_num_threads(); }

SL_API int32_t sl_set_num_interop_threads(int32_t count) {
  return sl::guard([&] { at::set_num_interop_threads(count); });
}

SL_API int32_t sl_set_flush_denormal(int32_t on, int32_t* supported) {
  return sl::guard([&] {
    bool ok = at::globalContext().setFlushDenormal(on != 0);
    // The flag belongs to a thread: the pool's threads need it as well as this one.
    at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) { at::globalContext().setFlushDenormal(on != 0); });
    *supported = ok;
  });
}

SL_API int32_t sl_grad_enabled() { return c10::GradMode::is_enabled(); }
SL_API void sl_set_grad_enabled(int32_t on) { c10::GradMode::set_enabled(on != 0); }

SL_API int32_t sl_manual_seed(int64_t seed) {
  return sl::guard([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

namespace {

at::Generator default_generator(int32_t device_type, int32_t device_index) {
  return at::globalContext().defaultGenerator(
      at::Device(static_cast<at::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index)));
}

} // namespace

SL_API int32_t sl_generator_default(int32_t device_type, int32_t device_index, at::Generator** out) {
  return sl::guard([&] { *out = new at::Generator(default_generator(device_type, device_index)); });
}

SL_API int32_t sl_generator_new(int64_t seed, at::Generator** out) {
  return sl::guard([&] { *out = new at::Generator(at::detail::createCPUGenerator(static_cast<uint64_t>(seed))); });
}

SL_API void sl_generator_free(at::Generator* generator) { delete generator; }

SL_API int32_t sl_generator_seed(at::Generator* generator, int64_t seed) {
  return sl::guard([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(static_cast<uint64_t>(seed));
  });
}

SL_API int32_t sl_generator_initial_seed(at::Generator* generator, int64_t* seed) {
  return sl::guard([&] { *seed = static_cast<int64_t>(generator->current_seed()); });
}

SL_API int32_t sl_generator_get_state(at::Generator* generator, Handle* out) {
  return sl::guard([&] { *out = sl::give(generator->get_state()); });
}

SL_API int32_t sl_generator_set_state(at::Generator* generator, Handle state) {
  return sl::guard([&] { generator->set_state(*state); });
}
