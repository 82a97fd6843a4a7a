// What the fused CPU loops share: rows read and written as float (or double), exp that vectorizes, fixed chunks.
// Every reduction's order depends on shapes alone, so results are the same bits for any number of threads.
#pragma once

#include "shim.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

namespace sl {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Sums and intermediate values: double for double, float for all else.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

constexpr int64_t GRAIN = 16384; // Elements below which a second thread costs more than it brings.

inline int64_t grain_of(int64_t row) { return std::max<int64_t>(1, GRAIN / std::max<int64_t>(1, row)); }

inline float widen(c10::BFloat16 x) {
  uint32_t bits = static_cast<uint32_t>(x.x) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// To the nearest, ties to even, as libtorch rounds.
inline c10::BFloat16 narrow(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return c10::BFloat16(static_cast<uint16_t>(x != x ? 0x7fc0 : rounded), c10::BFloat16::from_bits());
}

// The row itself where it is wide already, else a wide copy in scratch.
template <typename T>
inline const Wide<T>* read(const T* row, Wide<T>* scratch, int64_t n) {
  if constexpr (std::is_same_v<T, Wide<T>>) {
    return row;
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
      scratch[i] = widen(row[i]);
    return scratch;
  }
}

template <typename T>
inline void write(T* row, const Wide<T>* values, int64_t n) {
  if constexpr (std::is_same_v<T, Wide<T>>) {
    if (row != values)
      std::memcpy(row, values, static_cast<size_t>(n) * sizeof(T));
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
      row[i] = narrow(values[i]);
  }
}

// e^x by 2^n times a polynomial (degree 6, error below 2 units in the last place), in a form that the compiler vectorizes.
inline float exponential(float x) {
  x = x < -87.33f ? -87.33f : x;
  x = x > 88.72f ? 88.72f : x;
  float n = std::floor(x * 1.44269504f + 0.5f);
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return p * power;
}

inline double exponential(double x) { return std::exp(x); }

inline bool fusable(const at::Tensor& x) {
  return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble || x.scalar_type() == at::kBFloat16);
}

// A fused backward is a plain loop: autograd cannot follow it a second time, and must not pretend to.
inline void first_order_only(const char* name) {
  TORCH_CHECK(!c10::GradMode::is_enabled(), name, " has no second derivative: use its composite twin with create_graph");
}

#define SL_DISPATCH(type, name, ...) AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, type, name, __VA_ARGS__)

} // namespace sl
