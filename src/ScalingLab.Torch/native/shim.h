// The native wall: C functions over libtorch. Nothing is thrown across; a function that can fail returns a Status
// and keeps its words for sl_last_error.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <cstdint>
#include <exception>
#include <optional>

#define SL_API extern "C" __attribute__((visibility("default")))

// Raised whenever a signature or a struct changes; the managed side refuses another number.
constexpr int32_t SL_ABI_VERSION = 7;

enum Status : int32_t { SL_OK = 0, SL_ERROR = 1, SL_OUT_OF_MEMORY = 2 };

// A number whose type the caller chose: an operation on integers must not turn into one on reals.
struct sl_scalar {
  int64_t bits;
  int32_t kind; // 0 integer, 1 double (its bits), 2 bool, 3 none
  int32_t unused;
};

// dtype and device_type are c10's numbers; -1 leaves the default.
struct sl_options {
  int32_t dtype;
  int32_t device_type;
  int32_t device_index;
  int32_t requires_grad;
};

struct sl_memory {
  int64_t current_bytes;
  int64_t peak_bytes;
  int64_t cached_bytes;
};

using Handle = at::Tensor*;

namespace sl {

// libtorch took the standard's own in 2.x.
#if TORCH_VERSION_MAJOR >= 2
template <typename T>
using Optional = std::optional<T>;
constexpr auto nothing = std::nullopt;
#else
template <typename T>
using Optional = c10::optional<T>;
constexpr auto nothing = c10::nullopt;
#endif

int32_t remember(std::exception_ptr problem) noexcept;

template <typename F>
int32_t guard(F&& body) noexcept {
  try {
    body();
    return SL_OK;
  } catch (...) {
    return remember(std::current_exception());
  }
}

// Hands a tensor to the caller, who must sl_free it; counted, so that tests can prove that nothing leaks.
Handle give(at::Tensor tensor);

inline at::IntArrayRef sizes(const int64_t* values, int32_t count) { return at::IntArrayRef(values, static_cast<size_t>(count)); }

at::Scalar scalar(sl_scalar value);
sl_scalar unscalar(const at::Scalar& value);
at::TensorOptions options(sl_options value);

inline Optional<at::ScalarType> dtype(int32_t value) {
  return value < 0 ? nothing : Optional<at::ScalarType>(static_cast<at::ScalarType>(value));
}

// Whether libtorch would multiply such matrices by loops that add up in bfloat16, where a sum of some hundred terms loses most of them: libtorch 1 does on
// processors without AVX-512, for which its oneDNN has no bfloat16. The shim then multiplies in float.
bool adds_up_in_bfloat16(const at::Tensor& x);

inline Optional<at::Tensor> maybe(Handle x) { return x == nullptr ? nothing : Optional<at::Tensor>(*x); }

inline Optional<at::Generator> generator(at::Generator* value) {
  return value == nullptr ? nothing : Optional<at::Generator>(*value);
}

void install_allocator();

} // namespace sl
