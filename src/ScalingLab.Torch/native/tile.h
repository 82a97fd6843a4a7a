// A small matrix product for the products inside one attention head, too small for a BLAS call each.
#pragma once

#include "kernels.h"

namespace sl {

// One register, and how many of them beside one another a tile of four rows may sum in: AVX-512 has 32 registers of 64
// bytes, AVX2 16 of 32. Sums that do not stay in registers took twice the time.
#ifdef __AVX512F__
constexpr int REGISTER_BYTES = 64, TILE_VECTORS = 4;
#else
constexpr int REGISTER_BYTES = 32, TILE_VECTORS = 2;
#endif

template <typename T>
using Lanes [[gnu::vector_size(REGISTER_BYTES)]] = T;

template <typename T>
constexpr int64_t LANES = REGISTER_BYTES / static_cast<int64_t>(sizeof(T));

constexpr int64_t padded(int64_t n, int64_t lanes) { return (n + lanes - 1) / lanes * lanes; }

// Lanes folded in halves: log2 of them steps, not as many as there are.
template <typename T, typename F>
inline T fold(Lanes<T> lanes, F combine) {
  T values[LANES<T>];
  std::memcpy(values, &lanes, sizeof values);
#pragma GCC unroll 4
  for (int64_t half = LANES<T> / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int64_t lane = 0; lane < half; lane++)
      values[lane] = combine(values[lane], values[lane + half]);
  return values[0];
}

// ROWS x (VECTORS * lanes) of C = A B (or C += A B); a is read at a[row * row_step + k * k_step].
template <typename T, int ROWS, int VECTORS, bool ADD>
inline void tile(int64_t depth, const T* a, int64_t row_step, int64_t k_step, const T* b, int64_t b_row, T* c, int64_t c_row) {
  using V = Lanes<T>;
  V sum[ROWS][VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
      if constexpr (ADD)
        std::memcpy(&sum[r][v], c + r * c_row + v * LANES<T>, sizeof(V));
      else
        sum[r][v] = V{};
    }
  for (int64_t k = 0; k < depth; k++) {
    V column[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++)
      std::memcpy(&column[v], b + k * b_row + v * LANES<T>, sizeof(V));
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
      T factor = a[r * row_step + k * k_step];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++)
        sum[r][v] += factor * column[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++)
      std::memcpy(c + r * c_row + v * LANES<T>, &sum[r][v], sizeof(V));
}

template <typename T, int ROWS, bool ADD>
inline void strip(int64_t columns, int64_t depth, const T* a, int64_t row_step, int64_t k_step, const T* b, int64_t b_row, T* c,
                  int64_t c_row) {
  int64_t j = 0;
  if constexpr (TILE_VECTORS == 4)
    for (; j + 4 * LANES<T> <= columns; j += 4 * LANES<T>)
      tile<T, ROWS, 4, ADD>(depth, a, row_step, k_step, b + j, b_row, c + j, c_row);
  for (; j + 2 * LANES<T> <= columns; j += 2 * LANES<T>)
    tile<T, ROWS, 2, ADD>(depth, a, row_step, k_step, b + j, b_row, c + j, c_row);
  for (; j < columns; j += LANES<T>)
    tile<T, ROWS, 1, ADD>(depth, a, row_step, k_step, b + j, b_row, c + j, c_row);
}

// C [rows x columns] = or += A [rows x depth] B [depth x columns]. Rows of B and C are padded to whole registers.
template <typename T, bool ADD>
inline void product(int64_t rows, int64_t columns, int64_t depth, const T* a, int64_t row_step, int64_t k_step, const T* b, int64_t b_row,
                    T* c, int64_t c_row) {
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4)
    strip<T, 4, ADD>(columns, depth, a + i * row_step, row_step, k_step, b, b_row, c + i * c_row, c_row);
  for (; i < rows; i++)
    strip<T, 1, ADD>(columns, depth, a + i * row_step, row_step, k_step, b, b_row, c + i * c_row, c_row);
}

} // namespace sl
