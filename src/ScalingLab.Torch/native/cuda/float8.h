// Matrices in 8 bits, as factors of products.
#pragma once

#include "compiler.h"
#include "gemm.h"

namespace sl::cuda {

// A matrix [rows, columns] rounded to 8 bits, as it lies and turned, [columns, rows]; scale, float [1] on the device, is what its values are
// to be multiplied with, undefined where a product's alpha has it.
struct Float8 {
  at::Tensor straight, turned, scale;

  // The two ways in which it is a factor: a of a b^T, and b of it.
  Factor left() const { return {straight, false, scale_pointer()}; }
  Factor left_turned() const { return {turned, false, scale_pointer()}; }
  Factor right() const { return transposed(straight, scale_pointer()); }
  Factor right_turned() const { return transposed(turned, scale_pointer()); }

private:
  const float* scale_pointer() const { return scale.defined() ? scale.data_ptr<float>() : nullptr; }
};

// Both dimensions are multiples of this.
constexpr int64_t FLOAT8_MULTIPLE = 16;

// max |x| over all of x, on the device, for to_e4m3.
at::Tensor largest_magnitude(const at::Tensor& x);

// x, or rows of it, in e4m3, scaled by the power of two under which the largest of the whole still fits.
Float8 to_e4m3(const at::Tensor& x, const at::Tensor& largest);

// (softmax - target) of logits [rows, classes] in e5m2, times 1 / E5M2_UNIT; logs: log2 of each row's sum of e^logit. cap: the logits' soft cap, 0 for
// none; z: the weight of the z-loss.
Float8 cross_entropy_e5m2(const at::Tensor& logits, const int64_t* targets, const float* logs, float cap, float z);

constexpr float E5M2_UNIT = 1.0f / 32768; // the gradient lies between -1 and 1, and e5m2 ends at 57,344

} // namespace sl::cuda
