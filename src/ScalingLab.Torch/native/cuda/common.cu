// What every kernel shares. Compiled at run time by NVRTC, so nothing is included. T is the type of activations and
// weights: bfloat16 (held as its 16 bits) where BF16 is defined, else float. Arithmetic is float throughout.

typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;

#define WARP 32
#define FULL 0xffffffffu
#define NOT_A_NUMBER __int_as_float(0x7fffffff)
#define INFINITE __int_as_float(0x7f800000)
#define LOG2_E 1.44269504f

// 2^x to 2 units in the last place, in one instruction.
__device__ __forceinline__ float power_of_two(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 1 / x to one unit in the last place, in one instruction; 0 for infinity.
__device__ __forceinline__ float reciprocal(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

#ifdef BF16
typedef u16 T;
__device__ __forceinline__ float widen(T x) { return __uint_as_float((u32)x << 16); }
// Both to the nearest, ties to even; the first argument lands in the upper half.
__device__ __forceinline__ u32 narrow2(float high, float low) {
  u32 packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
__device__ __forceinline__ T narrow(float x) { return (T)narrow2(0.0f, x); }
#else
typedef float T;
__device__ __forceinline__ float widen(T x) { return x; }
__device__ __forceinline__ T narrow(float x) { return x; }
#endif

#ifdef CAPPED
#define IS_CAPPED true
#else
#define IS_CAPPED false
#endif

// Logits with a soft cap (Gemma Team 2024, arXiv:2408.00118, section 2): cap tanh(x / cap). In bfloat16 tanh comes by two fast instructions, 1e-7 from the
// exact one; the derivative at a value y is 1 - (y / cap)^2.
__device__ __forceinline__ float capped(float x, float cap) {
#ifdef BF16
  return cap * (1.0f - 2.0f * reciprocal(1.0f + power_of_two(x * (2.0f * LOG2_E / cap))));
#else
  return cap * tanhf(x / cap);
#endif
}

// A row with this target counts for nothing: its loss and its gradient are 0.
#define IGNORED (-100)

#ifdef BF16
__device__ __forceinline__ void unpack8(uint4 raw, float* v) {
  u32 words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    v[2 * i] = __uint_as_float(words[i] << 16);
    v[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
  }
}
#endif

// Eight values, 16 bytes of bfloat16 or 32 of float; the address is aligned to 16 bytes.
__device__ __forceinline__ void load8(const T* at, float* v) {
#ifdef BF16
  unpack8(*(const uint4*)at, v);
#else
  float4 a = ((const float4*)at)[0], b = ((const float4*)at)[1];
  v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
#endif
}

__device__ __forceinline__ void store8(T* at, const float* v) {
#ifdef BF16
  *(uint4*)at = make_uint4(narrow2(v[1], v[0]), narrow2(v[3], v[2]), narrow2(v[5], v[4]), narrow2(v[7], v[6]));
#else
  ((float4*)at)[0] = make_float4(v[0], v[1], v[2], v[3]);
  ((float4*)at)[1] = make_float4(v[4], v[5], v[6], v[7]);
#endif
}

__device__ __forceinline__ float sum_of_warp(float x) {
#pragma unroll
  for (int step = WARP / 2; step > 0; step /= 2)
    x += __shfl_xor_sync(FULL, x, step);
  return x;
}

__device__ __forceinline__ float max_of_warp(float x) {
#pragma unroll
  for (int step = WARP / 2; step > 0; step /= 2)
    x = fmaxf(x, __shfl_xor_sync(FULL, x, step));
  return x;
}

// Every thread of the block gets the sum, added in the same order on every run; the block is whole warps.
__device__ __forceinline__ float sum_of_block(float x) {
  __shared__ float sums[WARP];
  x = sum_of_warp(x);
  __syncthreads();
  if (threadIdx.x % WARP == 0)
    sums[threadIdx.x / WARP] = x;
  __syncthreads();
  return sum_of_warp(threadIdx.x % WARP < blockDim.x / WARP ? sums[threadIdx.x % WARP] : 0.0f);
}

__device__ __forceinline__ float max_of_block(float x) {
  __shared__ float largest[WARP];
  x = max_of_warp(x);
  __syncthreads();
  if (threadIdx.x % WARP == 0)
    largest[threadIdx.x / WARP] = x;
  __syncthreads();
  return max_of_warp(threadIdx.x % WARP < blockDim.x / WARP ? largest[threadIdx.x % WARP] : -INFINITE);
}
