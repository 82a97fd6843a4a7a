// RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467), or LayerNorm (Ba et al. 2016, arXiv:1607.06450) where LAYER, with a bias where
// BIAS, over rows of WIDTH values; LANES threads share a row.

#if WIDTH % 8 == 0
#define VECTOR 8
#else
#define VECTOR 1
#endif
#if WIDTH <= 1024
#define LANES 32
#else
#define LANES 256
#endif
#ifdef LAYER
#define IS_LAYER true
#else
#define IS_LAYER false
#endif
#ifdef BIAS
#define HAS_BIAS true
#else
#define HAS_BIAS false
#endif
#define THREADS 256
#define PIECES ((WIDTH + LANES * VECTOR - 1) / (LANES * VECTOR)) // of VECTOR values, that one thread holds

__device__ __forceinline__ float sum_of_row(float x) { return LANES == WARP ? sum_of_warp(x) : sum_of_block(x); }

// What one load brings: kept as it came, since its values take half the registers in bfloat16.
#if VECTOR == 8 && defined(BF16)
typedef uint4 Piece;
__device__ __forceinline__ Piece load(const T* at) { return *(const uint4*)at; }
__device__ __forceinline__ void unpack(Piece piece, float* v) { unpack8(piece, v); }
#else
struct Piece {
  float values[VECTOR];
};
__device__ __forceinline__ Piece load(const T* at) {
  Piece piece;
#if VECTOR == 8
  load8(at, piece.values);
#else
  piece.values[0] = widen(at[0]);
#endif
  return piece;
}
__device__ __forceinline__ void unpack(Piece piece, float* v) {
#pragma unroll
  for (int i = 0; i < VECTOR; i++)
    v[i] = piece.values[i];
}
#endif

__device__ __forceinline__ void store(T* at, const float* v) {
#if VECTOR == 8
  store8(at, v);
#else
  at[0] = narrow(v[0]);
#endif
}

// The weights lie where the flat buffer puts them: aligned to their own size alone.
__device__ __forceinline__ void load_weights(const T* weight, int lane, float w[PIECES][VECTOR]) {
#pragma unroll
  for (int p = 0; p < PIECES; p++)
#pragma unroll
    for (int i = 0; i < VECTOR; i++) {
      int column = (p * LANES + lane) * VECTOR + i;
      w[p][i] = column < WIDTH ? widen(weight[column]) : 0.0f;
    }
}

// total [WIDTH] = the sum of the block's groups of lanes, one after the other, so that it has one order.
__device__ __forceinline__ void sum_of_groups(const float part[PIECES][VECTOR], float* total) {
  __shared__ float sums[WIDTH];
  const int lane = threadIdx.x % LANES, group = threadIdx.x / LANES;
  for (int turn = 0; turn < THREADS / LANES; turn++) {
    __syncthreads();
    if (group == turn) {
#pragma unroll
      for (int p = 0; p < PIECES; p++)
#pragma unroll
        for (int i = 0; i < VECTOR; i++) {
          int column = (p * LANES + lane) * VECTOR + i;
          if (column < WIDTH)
            sums[column] = (turn == 0 ? 0.0f : sums[column]) + part[p][i];
        }
    }
  }
  __syncthreads();
  for (int column = threadIdx.x; column < WIDTH; column += THREADS)
    total[column] = sums[column];
}

// y = (x - mean) scale gain + bias, scale = 1 / sqrt(mean((x - mean)^2) + eps); without LAYER the mean counts as 0.
// statistics: the rows' scales for the backward pass and, where LAYER, then their means, [2, rows].
extern "C" __global__ void __launch_bounds__(THREADS)
    norm_forward(const T* x, const T* gain, const T* bias, T* y, float* statistics, i64 rows, float eps) {
  const int lane = threadIdx.x % LANES;
  const i64 stride = (i64)gridDim.x * (THREADS / LANES);
  float w[PIECES][VECTOR], b[PIECES][VECTOR] = {};
  load_weights(gain, lane, w);
  if (HAS_BIAS)
    load_weights(bias, lane, b);
  for (i64 row = (i64)blockIdx.x * (THREADS / LANES) + threadIdx.x / LANES; row < rows; row += stride) {
    float v[PIECES][VECTOR], sum = 0.0f, squares = 0.0f;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      int column = (p * LANES + lane) * VECTOR;
      if (column < WIDTH) {
        unpack(load(x + row * WIDTH + column), v[p]);
#pragma unroll
        for (int i = 0; i < VECTOR; i++)
          sum += v[p][i];
      }
    }
    const float mean = IS_LAYER ? sum_of_row(sum) / WIDTH : 0.0f;
#pragma unroll
    for (int p = 0; p < PIECES; p++)
      if ((p * LANES + lane) * VECTOR < WIDTH) {
#pragma unroll
        for (int i = 0; i < VECTOR; i++) {
          v[p][i] -= mean;
          squares += v[p][i] * v[p][i];
        }
      }
    const float r = rsqrtf(sum_of_row(squares) / WIDTH + eps);
    if (lane == 0) {
      statistics[row] = r;
      if (IS_LAYER)
        statistics[rows + row] = mean;
    }
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      int column = (p * LANES + lane) * VECTOR;
      if (column < WIDTH) {
#pragma unroll
        for (int i = 0; i < VECTOR; i++)
          v[p][i] = v[p][i] * (r * w[p][i]) + b[p][i];
        store(y + row * WIDTH + column, v[p]);
      }
    }
  }
}

// With u = (x - mean) scale: dx = scale (dy gain - mean(dy gain) - u mean(dy gain u)) + residual, the first mean being 0 without LAYER, all times
// upstream where there is one: a loss whose gradient was made for 1 becomes no number for any other. y_again, where it is wanted, becomes the norm
// again, which the weight gradient of the next product needs; it may be dy itself. partial [blocks, WIDTH]: each block's share of the gain's gradient;
// where BIAS the bias's follow, [2, blocks, WIDTH] in all.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
    norm_backward(const T* x, const T* gain, const T* bias, const float* statistics, const T* dy, T* y_again, const T* residual, T* dx,
                  float* partial, i64 rows, const float* upstream) {
  const int lane = threadIdx.x % LANES;
  const i64 stride = (i64)gridDim.x * (THREADS / LANES);
  const float factor = upstream == 0 || *upstream == 1.0f ? 1.0f : NOT_A_NUMBER;
  const bool residual_early = residual != 0 && !HAS_BIAS; // with the other loads, but biases take the registers for that
  float w[PIECES][VECTOR], b[PIECES][VECTOR] = {}, dw[PIECES][VECTOR] = {}, db[PIECES][VECTOR] = {};
  load_weights(gain, lane, w);
  if (HAS_BIAS)
    load_weights(bias, lane, b);
  for (i64 row = (i64)blockIdx.x * (THREADS / LANES) + threadIdx.x / LANES; row < rows; row += stride) {
    Piece xs[PIECES], gs[PIECES], rs[PIECES];
    float v[VECTOR], g[VECTOR], sum = 0.0f, dot = 0.0f;
    const float r = statistics[row], mean = IS_LAYER ? statistics[rows + row] : 0.0f;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      int column = (p * LANES + lane) * VECTOR;
      if (column < WIDTH) {
        xs[p] = load(x + row * WIDTH + column);
        gs[p] = load(dy + row * WIDTH + column);
        if (residual_early)
          rs[p] = load(residual + row * WIDTH + column);
        unpack(xs[p], v);
        unpack(gs[p], g);
#pragma unroll
        for (int i = 0; i < VECTOR; i++) {
          sum += g[i] * w[p][i];
          dot += g[i] * w[p][i] * (v[i] - mean);
        }
      }
    }
    const float shift = IS_LAYER ? sum_of_row(sum) / WIDTH : 0.0f, back = r * r * sum_of_row(dot) / WIDTH;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      int column = (p * LANES + lane) * VECTOR;
      if (column < WIDTH) {
        float rest[VECTOR], d[VECTOR], y[VECTOR];
        unpack(xs[p], v);
        unpack(gs[p], g);
        if (residual != 0)
          unpack(residual_early ? rs[p] : load(residual + row * WIDTH + column), rest);
#pragma unroll
        for (int i = 0; i < VECTOR; i++) {
          float centred = v[i] - mean;
          d[i] = factor * r * (g[i] * w[p][i] - shift - back * centred) + (residual != 0 ? rest[i] : 0.0f);
          y[i] = centred * (r * w[p][i]) + b[p][i];
          dw[p][i] += g[i] * centred * r;
          db[p][i] += g[i];
        }
        store(dx + row * WIDTH + column, d);
        if (y_again != 0)
          store(y_again + row * WIDTH + column, y);
      }
    }
  }
  sum_of_groups(dw, partial + (i64)blockIdx.x * WIDTH);
  if (HAS_BIAS)
    sum_of_groups(db, partial + ((i64)gridDim.x + blockIdx.x) * WIDTH);
}
