// Rounding to 8 bits, e4m3 and e5m2 (Micikevicius et al. 2022, arXiv 2209.05433). A product of the tensor cores reads both 8-bit factors
// along the dimension that is summed, so a matrix that is a factor twice is written as it lies and turned. Numbers are multiplied with a
// power of two before they are rounded: that costs no digits, and what was rounded fits bfloat16.

typedef unsigned char u8;

#define TILE 128
#define THREADS 512
#define LARGEST_E4M3 448.0f

// Two values to the nearest, ties to even; beyond the largest, the largest; what is no number stays none.
struct E4m3 {
  static __device__ __forceinline__ u32 of(float high, float low) {
    u16 packed;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
    return packed;
  }
};

struct E5m2 {
  static __device__ __forceinline__ u32 of(float high, float low) {
    u16 packed;
    asm("cvt.rn.satfinite.e5m2x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
    return packed;
  }
};

// largest = max |x| as its bits, which is to begin as 0; any that is no number is larger than all that are.
extern "C" __global__ void __launch_bounds__(THREADS) largest_magnitude(const T* x, u32* largest, i64 n) {
  u32 most = 0;
  for (i64 at = ((i64)blockIdx.x * THREADS + threadIdx.x) * 8; at < n; at += (i64)gridDim.x * THREADS * 8) {
    float v[8];
    load8(x + at, v);
#pragma unroll
    for (int i = 0; i < 8; i++)
      most = max(most, __float_as_uint(v[i]) & 0x7fffffffu);
  }
  most = __reduce_max_sync(FULL, most);
  if (threadIdx.x % WARP == 0)
    atomicMax(largest, most);
}

// The largest power of two that keeps all within e4m3; 1 for a matrix of zeros.
__device__ __forceinline__ float e4m3_scale(u32 largest) {
  if (largest == 0)
    return 1.0f;
  return __uint_as_float(__float_as_uint(fminf(LARGEST_E4M3 / __uint_as_float(largest), 1.0e30f)) & 0x7f800000u);
}

// Turns 4 rows of 4 bytes.
__device__ __forceinline__ void turn4(u32 a, u32 b, u32 c, u32 d, u32* columns) {
  const u32 ab01 = __byte_perm(a, b, 0x5140), ab23 = __byte_perm(a, b, 0x7362);
  const u32 cd01 = __byte_perm(c, d, 0x5140), cd23 = __byte_perm(c, d, 0x7362);
  columns[0] = __byte_perm(ab01, cd01, 0x5410);
  columns[1] = __byte_perm(ab01, cd01, 0x7632);
  columns[2] = __byte_perm(ab23, cd23, 0x5410);
  columns[3] = __byte_perm(ab23, cd23, 0x7632);
}

// straight [rows, columns] and turned [columns, rows] of values(row, column, v), eight numbers of a row at a time; a block has a tile, a thread
// 4 rows of 8 columns of it. Rows and columns are multiples of 16.
template <typename Format, typename Values>
__device__ __forceinline__ void write_both(i64 rows, i64 columns, u8* straight, u8* turned, Values values) {
  __shared__ u32 bytes[TILE][TILE / 4 + 1]; // [column][row / 4]
  const i64 across = (columns + TILE - 1) / TILE;
  const i64 first_row = blockIdx.x / across * TILE, first_column = blockIdx.x % across * TILE;
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
  const int row = warp / 4 * 32 + lane / 4 * 4, column = warp % 4 * 32 + lane % 4 * 8;
  uint2 packed[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const i64 at_row = first_row + row + i, at_column = first_column + column;
    packed[i] = make_uint2(0, 0);
    if (at_row >= rows || at_column >= columns)
      continue;
    float v[8];
    values(at_row, at_column, v);
    packed[i].x = Format::of(v[1], v[0]) | Format::of(v[3], v[2]) << 16;
    packed[i].y = Format::of(v[5], v[4]) | Format::of(v[7], v[6]) << 16;
    *(uint2*)(straight + at_row * columns + at_column) = packed[i];
  }
  u32 turns[8];
  turn4(packed[0].x, packed[1].x, packed[2].x, packed[3].x, turns);
  turn4(packed[0].y, packed[1].y, packed[2].y, packed[3].y, turns + 4);
#pragma unroll
  for (int i = 0; i < 8; i++)
    bytes[column + i][row / 4] = turns[i];
  __syncthreads();
  for (int each = warp; each < TILE; each += THREADS / WARP)
    if (first_column + each < columns && first_row + lane * 4 < rows)
      *(u32*)(turned + (first_column + each) * rows + first_row + lane * 4) = bytes[each][lane];
}

// x [rows, columns] in e4m3, scaled so that the largest of all that belongs to it fits; inverse: what the values are to be multiplied with.
extern "C" __global__ void __launch_bounds__(THREADS)
    to_e4m3(const T* x, const u32* largest, i64 rows, i64 columns, u8* straight, u8* turned, float* inverse) {
  const float scale = e4m3_scale(*largest);
  if (blockIdx.x == 0 && threadIdx.x == 0)
    *inverse = 1.0f / scale;
  write_both<E4m3>(rows, columns, straight, turned, [=](i64 row, i64 column, float* v) {
    load8(x + row * columns + column, v);
#pragma unroll
    for (int i = 0; i < 8; i++)
      v[i] *= scale;
  });
}

// (softmax - target) * scale of logits [rows, classes] in e5m2, with the z-loss's gradient and the soft cap's as in loss.cu; logs: log2 of each row's sum of
// e^logit.
extern "C" __global__ void __launch_bounds__(THREADS)
    cross_entropy_e5m2(const T* logits, const i64* targets, const float* logs, i64 rows, i64 classes, float scale, float cap,
                       float z, u8* straight, u8* turned) {
  const float unit = IS_CAPPED ? 1.0f / cap : 0.0f;
  write_both<E5m2>(rows, classes, straight, turned, [=](i64 row, i64 column, float* v) {
    const float log = logs[row], whole = 1.0f + 2.0f * z * (log / LOG2_E), share = targets[row] == IGNORED ? 0.0f : scale;
    const i64 target = targets[row] - column;
    load8(logits + row * classes + column, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] = IS_CAPPED ? capped(v[i], cap) : v[i];
      const float slope = IS_CAPPED ? 1.0f - v[i] * unit * (v[i] * unit) : 1.0f;
      v[i] = (power_of_two(v[i] * LOG2_E - log) * whole - (i == target ? 1.0f : 0.0f)) * slope * share;
    }
  });
}
