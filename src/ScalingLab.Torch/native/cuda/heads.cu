// What becomes of queries and keys between projection and attention, and of all gradients in the backward pass, in one pass: an RMS norm of each head
// where NORM (Henry et al. 2020, arXiv:2010.04245), rotary positions (Su et al. 2021, arXiv:2104.09864; halves as in GPT-NeoX) where there are
// tables, and columns by which a score falls with the distance where SLOPES (ALiBi, Press et al. 2022, arXiv:2108.12409).
// A projection's row is HEADS queries, PAIRS keys and PAIRS values, each HEAD wide. LANES threads share a head; a thread holds pieces of it: VECTOR
// values of the first half, and those of the second that turn with them.

#define THREADS 256
#define HALF (HEAD / 2)
#if HEAD % 16 == 0
#define VECTOR 8
#else
#define VECTOR 1
#endif
#define STEPS (HALF / VECTOR) // pieces of a head
#define LANES (STEPS > 16 ? 32 : STEPS > 8 ? 16 : STEPS > 4 ? 8 : STEPS > 2 ? 4 : STEPS > 1 ? 2 : 1)
#define PIECES ((STEPS + LANES - 1) / LANES) // that one thread holds
#define GROUPS (THREADS / LANES)
#define TURNED (HEADS + PAIRS)
#define ALL (HEADS + 2 * PAIRS)
#ifdef NORM
#define HAS_NORM true
#else
#define HAS_NORM false
#endif
// Where the backward pass needs what was projected, or rows become wider, queries and keys go to memory of their own.
#ifdef SLOPES
#define WIDE ((HEAD + 6 + 7) / 8 * 8)
#define ROW (TURNED * WIDE)
#else
#define WIDE HEAD
#ifdef NORM
#define ROW (TURNED * HEAD)
#else
#define ROW (ALL * HEAD)
#endif
#endif

__device__ __forceinline__ void load(const T* at, float* v) {
#if VECTOR == 8
  load8(at, v);
#else
  v[0] = widen(at[0]);
#endif
}

__device__ __forceinline__ void store(T* at, const float* v) {
#if VECTOR == 8
  store8(at, v);
#else
  at[0] = narrow(v[0]);
#endif
}

__device__ __forceinline__ void load_table(const float* at, float* v) {
#if VECTOR == 8
  float4 a = ((const float4*)at)[0], b = ((const float4*)at)[1];
  v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
#else
  v[0] = at[0];
#endif
}

// The gain lies where the flat buffer puts it: aligned to its own size alone.
__device__ __forceinline__ void load_gain(const T* gain, int lane, float w[PIECES][2][VECTOR]) {
#pragma unroll
  for (int p = 0; p < PIECES; p++)
#pragma unroll
    for (int half = 0; half < 2; half++)
#pragma unroll
      for (int i = 0; i < VECTOR; i++) {
        int step = p * LANES + lane;
        w[p][half][i] = step < STEPS ? widen(gain[half * HALF + step * VECTOR + i]) : 0.0f;
      }
}

__device__ __forceinline__ float sum_of_head(float x) {
#pragma unroll
  for (int step = LANES / 2; step > 0; step /= 2)
    x += __shfl_xor_sync(FULL, x, step);
  return x;
}

// The pairs (a, b) by their angles, or back by them.
__device__ __forceinline__ void turn(float* a, float* b, const float* cosine, const float* sine, float direction) {
  float c[VECTOR], s[VECTOR];
  load_table(cosine, c);
  load_table(sine, s);
#pragma unroll
  for (int i = 0; i < VECTOR; i++) {
    float turned = a[i] * c[i] - direction * b[i] * s[i];
    b[i] = b[i] * c[i] + direction * a[i] * s[i];
    a[i] = turned;
  }
}

// The first eight bits of a number: what bfloat16 holds of it, and TF32, without rounding.
__device__ __forceinline__ float leading(float x) { return __uint_as_float(__float_as_uint(x) & 0xffff0000u); }

// Queries and keys of packed [rows, ALL, HEAD], normed and turned, to out, which is packed itself or [rows, TURNED, WIDE]; gains [HEAD]; cosine and
// sine [tokens, HALF], 0 where nothing turns; row = sequence * tokens + token.
// With slopes [HEADS], query i's score of key j must fall by slope (i - j). What depends on i alone the softmax does not see, so that + slope j is
// as good, and that is a product of six more columns: the slope times sqrt(HEAD), by which scores are divided, in three parts of eight bits, and the
// place in two; each product is exact, and their sum is one in float.
extern "C" __global__ void __launch_bounds__(THREADS)
    heads_forward(const T* packed, T* out, const T* query_gain, const T* key_gain, const float* cosine, const float* sine, const float* slopes, u32 rows,
                  u32 tokens, float eps) {
  const int lane = threadIdx.x % LANES;
  const u32 group = blockIdx.x * GROUPS + threadIdx.x / LANES, head = group % TURNED, first = group / TURNED;
  const u32 at_once = gridDim.x * GROUPS / TURNED; // a group keeps its head, and so its gain
  float w[PIECES][2][VECTOR];
  if (HAS_NORM)
    load_gain(head < HEADS ? query_gain : key_gain, lane, w);
  for (u32 begin = 0; begin < rows; begin += at_once) { // the same number of turns for all threads, which sum together
    const u32 row = begin + first, token = row % tokens;
    const bool mine = first < at_once && row < rows;
    const T* from = packed + ((i64)row * ALL + head) * HEAD;
    T* to = out + (i64)row * ROW + head * WIDE;
    float v[PIECES][2][VECTOR], scale = 1.0f;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      const int step = p * LANES + lane;
      if (mine && step < STEPS) {
        load(from + step * VECTOR, v[p][0]);
        load(from + HALF + step * VECTOR, v[p][1]);
      }
    }
    if (HAS_NORM) {
      float squares = 0.0f;
#pragma unroll
      for (int p = 0; p < PIECES; p++)
        if (mine && p * LANES + lane < STEPS) {
#pragma unroll
          for (int i = 0; i < VECTOR; i++)
            squares += v[p][0][i] * v[p][0][i] + v[p][1][i] * v[p][1][i];
        }
      scale = rsqrtf(sum_of_head(squares) / HEAD + eps);
    }
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      const int step = p * LANES + lane;
      if (mine && step < STEPS) {
        if (HAS_NORM) {
#pragma unroll
          for (int i = 0; i < VECTOR; i++) {
            v[p][0][i] *= scale * w[p][0][i];
            v[p][1][i] *= scale * w[p][1][i];
          }
        }
        if (cosine != 0)
          turn(v[p][0], v[p][1], cosine + token * HALF + step * VECTOR, sine + token * HALF + step * VECTOR, 1.0f);
        store(to + step * VECTOR, v[p][0]);
        store(to + HALF + step * VECTOR, v[p][1]);
      }
    }
#ifdef SLOPES
    if (mine) {
      const float slope = head < HEADS ? slopes[head] * sqrtf((float)HEAD) : 0.0f, high = leading(slope), middle = leading(slope - high);
      const float parts[3] = {high, middle, slope - high - middle}, place[2] = {(float)(token & ~255u), (float)(token & 255u)};
#pragma unroll
      for (int i = 0; i < WIDE - HEAD; i++)
        if (i % LANES == lane)
          to[HEAD + i] = narrow(i >= 6 ? 0.0f : head < HEADS ? parts[i / 2] : place[i % 2]);
    }
#endif
  }
}

// Gradients of queries, keys and values, each [sequences, heads, tokens, at least HEAD] by its strides, turned back, taken through the norm and packed
// [rows, ALL, HEAD]. With u = x scale, x being what was projected: dx = scale (g gain - u mean(g gain u)). partial [2, blocks, HEAD]: each block's share of
// the gradients of both gains.
extern "C" __global__ void __launch_bounds__(THREADS, HAS_NORM ? 2 : 1)
    heads_backward(const T* dq, const T* dk, const T* dv, i64 q0, i64 q1, i64 q2, i64 k0, i64 k1, i64 k2, i64 v0, i64 v1, i64 v2, const T* packed,
                   const T* query_gain, const T* key_gain, T* dpacked, const float* cosine, const float* sine, float* partial, u32 rows, u32 tokens,
                   float eps) {
  const int lane = threadIdx.x % LANES;
  const u32 group = blockIdx.x * GROUPS + threadIdx.x / LANES, head = group % ALL, first = group / ALL, at_once = gridDim.x * GROUPS / ALL;
  const int kind = head < HEADS ? 0 : head < TURNED ? 1 : 2;
  const T* source = kind == 0 ? dq + head * q1 : kind == 1 ? dk + (head - HEADS) * k1 : dv + (head - TURNED) * v1;
  const i64 by_sequence = kind == 0 ? q0 : kind == 1 ? k0 : v0, by_token = kind == 0 ? q2 : kind == 1 ? k2 : v2;
  float w[PIECES][2][VECTOR] = {}, dw[PIECES][2][VECTOR] = {};
  if (HAS_NORM && kind < 2)
    load_gain(kind == 0 ? query_gain : key_gain, lane, w);
  for (u32 begin = 0; begin < rows; begin += at_once) {
    const u32 row = begin + first, sequence = row / tokens, token = row % tokens;
    const bool mine = first < at_once && row < rows;
    const T* from = source + sequence * by_sequence + token * by_token;
    const i64 place = ((i64)row * ALL + head) * HEAD;
    float g[PIECES][2][VECTOR] = {}, x[PIECES][2][VECTOR] = {};
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      const int step = p * LANES + lane;
      if (mine && step < STEPS) {
        load(from + step * VECTOR, g[p][0]);
        load(from + HALF + step * VECTOR, g[p][1]);
        if (HAS_NORM && kind < 2) {
          load(packed + place + step * VECTOR, x[p][0]);
          load(packed + place + HALF + step * VECTOR, x[p][1]);
        }
        if (cosine != 0 && kind < 2)
          turn(g[p][0], g[p][1], cosine + token * HALF + step * VECTOR, sine + token * HALF + step * VECTOR, -1.0f);
      }
    }
    if (HAS_NORM) {
      float squares = 0.0f, dot = 0.0f;
#pragma unroll
      for (int p = 0; p < PIECES; p++)
#pragma unroll
        for (int half = 0; half < 2; half++)
#pragma unroll
          for (int i = 0; i < VECTOR; i++) {
            squares += x[p][half][i] * x[p][half][i];
            dot += g[p][half][i] * w[p][half][i] * x[p][half][i];
          }
      const float r = rsqrtf(sum_of_head(squares) / HEAD + eps), back = r * r * sum_of_head(dot) / HEAD;
      if (mine && kind < 2) {
#pragma unroll
        for (int p = 0; p < PIECES; p++)
#pragma unroll
          for (int half = 0; half < 2; half++)
#pragma unroll
            for (int i = 0; i < VECTOR; i++) {
              dw[p][half][i] += g[p][half][i] * x[p][half][i] * r;
              g[p][half][i] = r * (g[p][half][i] * w[p][half][i] - back * x[p][half][i]);
            }
      }
    }
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      const int step = p * LANES + lane;
      if (mine && step < STEPS) {
        store(dpacked + place + step * VECTOR, g[p][0]);
        store(dpacked + place + HALF + step * VECTOR, g[p][1]);
      }
    }
  }
#ifdef NORM
  // One group of lanes after the other, so that the sum has one order.
  __shared__ float sums[2][HEAD];
  for (int column = threadIdx.x; column < 2 * HEAD; column += THREADS)
    sums[column / HEAD][column % HEAD] = 0.0f;
  for (int next = 0; next < GROUPS; next++) {
    __syncthreads();
    if (threadIdx.x / LANES == next && kind < 2) {
#pragma unroll
      for (int p = 0; p < PIECES; p++)
#pragma unroll
        for (int half = 0; half < 2; half++)
#pragma unroll
          for (int i = 0; i < VECTOR; i++)
            if (p * LANES + lane < STEPS)
              sums[kind][half * HALF + (p * LANES + lane) * VECTOR + i] += dw[p][half][i];
    }
  }
  __syncthreads();
  for (int column = threadIdx.x; column < 2 * HEAD; column += THREADS)
    partial[((i64)(column / HEAD) * gridDim.x + blockIdx.x) * HEAD + column % HEAD] = sums[column / HEAD][column % HEAD];
#endif
}
