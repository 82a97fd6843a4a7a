// Matrix products through cuBLASLt, the fastest of its candidates chosen by trying them where a shape is first met.
#pragma once

#include "../shim.h"

namespace sl::cuda {

// A matrix as it lies in memory, [rows, columns] in order, and whether it is meant transposed.
struct Factor {
  const at::Tensor& matrix;
  bool transposed = false;
};

inline Factor transposed(const at::Tensor& matrix) { return {matrix, true}; }

// out = a b, plus addend where there is one (which may be out itself: the product is then added to what stands there).
// Sums in float; a and b are both bfloat16 or both float, out and addend one type: theirs or float. bias, where there is one, is added
// to every row: one number a column of out, of its type.
void multiply(const at::Tensor& out, Factor a, Factor b, const at::Tensor& addend = {}, const at::Tensor& bias = {});

} // namespace sl::cuda
