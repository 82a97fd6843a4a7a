// Matrix products through cuBLASLt, the fastest of its candidates chosen by trying them where a shape is first met
// on a machine.
#pragma once

#include "../shim.h"

namespace sl::cuda {

// A matrix as it lies in memory, [rows, columns] in order, and whether it is meant transposed. Of 8-bit values there is a number beside
// them on the device that each is multiplied with; none means 1.
struct Factor {
  const at::Tensor& matrix;
  bool transposed = false;
  const float* scale = nullptr;
};

inline Factor transposed(const at::Tensor& matrix, const float* scale = nullptr) { return {matrix, true, scale}; }

// out = alpha a b, plus addend where there is one (which may be out itself: the product is then added to what stands there).
// Sums in float; a and b are both bfloat16, both float or of 8 bits each (then a lies as it is meant and b transposed, and all three
// dimensions are multiples of 16); out and addend have one type: bfloat16 or float. bias, where there is one, is added to every row: one
// number a column of out, of its type.
void multiply(const at::Tensor& out, Factor a, Factor b, const at::Tensor& addend = {}, const at::Tensor& bias = {}, float alpha = 1);

} // namespace sl::cuda
