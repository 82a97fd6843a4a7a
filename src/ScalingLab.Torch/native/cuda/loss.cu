// Softmax cross-entropy of rows of logits, one block a row, capped before where CAPPED. A row is read twice; the second time it comes from the L2 cache.

#define THREADS 1024

__device__ __forceinline__ float logit(T x, float cap) { return IS_CAPPED ? capped(widen(x), cap) : widen(x); }

__device__ __forceinline__ void load_part(const T* row, i64 column, i64 classes, bool whole, float cap, float* v) {
  if (whole) {
    load8(row + column, v);
    if (IS_CAPPED) {
#pragma unroll
      for (int i = 0; i < 8; i++)
        v[i] = capped(v[i], cap);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < 8; i++)
    v[i] = column + i < classes ? logit(row[column + i], cap) : -INFINITE;
}

__device__ __forceinline__ void store_part(T* row, i64 column, i64 classes, bool whole, const float* v) {
  if (whole)
    return store8(row + column, v);
#pragma unroll
  for (int i = 0; i < 8; i++)
    if (column + i < classes)
      row[column + i] = narrow(v[i]);
}

// losses[row] = log sum e^logits - logits[target], no number for a target out of bounds; logs[row], where wanted, is the sum's logarithm to
// the base 2. Where GRADIENT, what stands there becomes its gradient of factor (losses[row] + z (log sum e^logits)^2): z-loss (Chowdhery et al. 2022,
// arXiv:2204.02311, section 5) is trained on, not reported.
template <bool GRADIENT>
__device__ __forceinline__ void cross_entropy(T* logits, const i64* targets, float* losses, float* logs, i64 classes, float factor, float cap,
                                              float z) {
  T* row = logits + (i64)blockIdx.x * classes;
  const bool whole = classes % 8 == 0; // then each row begins on 16 bytes and ends with a whole piece
  const i64 target = targets[blockIdx.x], begin = threadIdx.x * 8, step = THREADS * 8;
  // The sum so far is of 2^(logit * LOG2_E - origin), origin the largest so far.
  float v[8], origin = -INFINITE, sum = 0.0f;
#pragma unroll 4
  for (i64 column = begin; column < classes; column += step) {
    load_part(row, column, classes, whole, cap, v);
    float largest = v[0];
#pragma unroll
    for (int i = 1; i < 8; i++)
      largest = fmaxf(largest, v[i]);
    largest *= LOG2_E;
    if (largest > origin) {
      sum *= power_of_two(origin - largest);
      origin = largest;
    }
#pragma unroll
    for (int i = 0; i < 8; i++)
      sum += power_of_two(v[i] * LOG2_E - origin);
  }
  const float common = max_of_block(origin);
  sum = sum_of_block(origin == -INFINITE ? 0.0f : sum * power_of_two(origin - common));
  if (threadIdx.x == 0 && logs != nullptr)
    logs[blockIdx.x] = common + log2f(sum);
  const float log = logf(sum) + common / LOG2_E;
  if (threadIdx.x == 0)
    losses[blockIdx.x] = target >= 0 && target < classes ? log - logit(row[target], cap) : target == IGNORED ? 0.0f : NOT_A_NUMBER;
  if (!GRADIENT)
    return;
  __syncthreads(); // the target's logit is read before it is overwritten
  const float share = target == IGNORED ? 0.0f : factor, scale = share * (1.0f + 2.0f * z * log) / sum, unit = IS_CAPPED ? 1.0f / cap : 0.0f;
#pragma unroll 4
  for (i64 column = begin; column < classes; column += step) {
    load_part(row, column, classes, whole, cap, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const float slope = IS_CAPPED ? 1.0f - v[i] * unit * (v[i] * unit) : 1.0f;
      v[i] = (power_of_two(v[i] * LOG2_E - common) * scale - (column + i == target ? share : 0.0f)) * slope;
    }
    store_part(row, column, classes, whole, v);
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    cross_entropy_gradient(T* logits, const i64* targets, float* losses, i64 classes, float factor, float cap, float z) {
  cross_entropy<true>(logits, targets, losses, nullptr, classes, factor, cap, z);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    cross_entropy_loss(T* logits, const i64* targets, float* losses, float* logs, i64 classes, float cap) {
  cross_entropy<false>(logits, targets, losses, logs, classes, 0.0f, cap, 0.0f);
}

// total = factor * sum(values), one block.
extern "C" __global__ void __launch_bounds__(THREADS) scaled_sum(const float* values, float* total, i64 n, float factor) {
  float sum = 0.0f;
  for (i64 i = threadIdx.x; i < n; i += THREADS)
    sum += values[i];
  sum = sum_of_block(sum);
  if (threadIdx.x == 0)
    *total = sum * factor;
}

// x becomes no numbers unless upstream is 1: it was made for that.
extern "C" __global__ void __launch_bounds__(THREADS) only_for_one(T* x, i64 n, const float* upstream) {
  if (*upstream == 1.0f)
    return;
  for (i64 i = (i64)blockIdx.x * THREADS + threadIdx.x; i < n; i += (i64)gridDim.x * THREADS)
    x[i] = narrow(NOT_A_NUMBER);
}
