#include "float8.h"

namespace sl::cuda {

namespace {

constexpr int THREADS = 512, TILE = 128; // as in float8.cu

Code code_for(const at::Tensor& x) { return {"float8.cu", type_of(x)}; }

Float8 room_for(const at::Tensor& x, at::ScalarType type) {
  const int64_t rows = x.size(0), columns = x.size(1);
  TORCH_CHECK(rows % FLOAT8_MULTIPLE == 0 && columns % FLOAT8_MULTIPLE == 0, "8-bit matrices have multiples of ", FLOAT8_MULTIPLE,
              " rows and columns, not ", x.sizes());
  return {at::empty({rows, columns}, x.options().dtype(type)), at::empty({columns, rows}, x.options().dtype(type)), at::Tensor()};
}

int64_t tiles_of(const at::Tensor& x) { return (x.size(0) + TILE - 1) / TILE * ((x.size(1) + TILE - 1) / TILE); }

} // namespace

at::Tensor largest_magnitude(const at::Tensor& x) {
  auto largest = at::zeros({1}, x.options().dtype(at::kInt));
  const int64_t pieces = (x.numel() + 8 * THREADS - 1) / (8 * THREADS);
  run(code_for(x), "largest_magnitude", std::min<int64_t>(pieces, int64_t(4) * multiprocessors()), THREADS, x.data_ptr(), largest.data_ptr(),
      x.numel());
  return largest;
}

Float8 to_e4m3(const at::Tensor& x, const at::Tensor& largest) {
  auto made = room_for(x, at::kFloat8_e4m3fn);
  made.scale = at::empty({1}, x.options().dtype(at::kFloat));
  run(code_for(x), "to_e4m3", tiles_of(x), THREADS, x.data_ptr(), largest.data_ptr(), x.size(0), x.size(1), made.straight.data_ptr(),
      made.turned.data_ptr(), made.scale.data_ptr());
  return made;
}

Float8 cross_entropy_e5m2(const at::Tensor& logits, const int64_t* targets, const float* logs, float cap, float z) {
  auto made = room_for(logits, at::kFloat8_e5m2);
  run({"float8.cu", type_of(logits) + (cap > 0 ? " CAPPED" : "")}, "cross_entropy_e5m2", tiles_of(logits), THREADS, logits.data_ptr(), targets, logs,
      logits.size(0), logits.size(1), 1 / E5M2_UNIT, cap, z, made.straight.data_ptr(), made.turned.data_ptr());
  return made;
}

} // namespace sl::cuda
