// The norm of the gradient and the updates over flat float buffers. What changes from step to step is read from device memory, so that a
// captured graph can be replayed: control holds the learning rate, 1 / (1 - beta1^t) and 1 / (1 - beta2^t). A gradient longer than clip (0:
// any) is scaled down to it; where its norm is no number nothing is touched. copy, where there is one, gets the new weights as T.

#define THREADS 256

// partial[block] = sum of squares of that block's share.
extern "C" __global__ void __launch_bounds__(THREADS) squares(const float* x, float* partial, i64 n) {
  float sum = 0.0f;
  const i64 whole = n / 4, stride = (i64)gridDim.x * THREADS;
  for (i64 i = (i64)blockIdx.x * THREADS + threadIdx.x; i < whole; i += stride) {
    float4 v = ((const float4*)x)[i];
    sum += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
  }
  if (blockIdx.x == 0 && threadIdx.x < n % 4)
    sum += x[whole * 4 + threadIdx.x] * x[whole * 4 + threadIdx.x];
  sum = sum_of_block(sum);
  if (threadIdx.x == 0)
    partial[blockIdx.x] = sum;
}

// norm = sqrt(sum of partial), one block.
extern "C" __global__ void __launch_bounds__(THREADS) root_of_sum(const float* partial, float* norm, int n) {
  float sum = 0.0f;
  for (int i = threadIdx.x; i < n; i += THREADS)
    sum += partial[i];
  sum = sum_of_block(sum);
  if (threadIdx.x == 0)
    *norm = sqrtf(sum);
}

__device__ __forceinline__ bool is_number(float norm) { return norm < INFINITE; }

__device__ __forceinline__ float scale_of(float norm, float clip) { return clip > 0.0f && norm > clip ? clip / norm : 1.0f; }

__device__ __forceinline__ void update(float* p, float g, float* m, float* v, float rate, float correction1, float correction2, float beta1,
                                       float beta2, float eps, float decay) {
  *m = beta1 * *m + (1.0f - beta1) * g;
  *v = beta2 * *v + (1.0f - beta2) * g * g;
  *p -= rate * (*m * correction1 / (sqrtf(*v * correction2) + eps) + decay * *p);
}

// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2). aligned: every buffer begins on 16 bytes.
extern "C" __global__ void __launch_bounds__(THREADS)
    adamw(float* p, const float* g, float* m, float* v, T* copy, const float* control, const float* norm, i64 n, float clip, float beta1,
          float beta2, float eps, float decay, int aligned) {
  if (!is_number(*norm))
    return;
  const float scale = scale_of(*norm, clip);
  const float rate = control[0], c1 = control[1], c2 = control[2];
  const i64 index = (i64)blockIdx.x * THREADS + threadIdx.x, stride = (i64)gridDim.x * THREADS;
  const i64 whole = aligned ? n / 4 : 0;
  for (i64 i = index; i < whole; i += stride) {
    float4 pp = ((float4*)p)[i], gg = ((const float4*)g)[i], mm = ((float4*)m)[i], vv = ((float4*)v)[i];
    update(&pp.x, gg.x * scale, &mm.x, &vv.x, rate, c1, c2, beta1, beta2, eps, decay);
    update(&pp.y, gg.y * scale, &mm.y, &vv.y, rate, c1, c2, beta1, beta2, eps, decay);
    update(&pp.z, gg.z * scale, &mm.z, &vv.z, rate, c1, c2, beta1, beta2, eps, decay);
    update(&pp.w, gg.w * scale, &mm.w, &vv.w, rate, c1, c2, beta1, beta2, eps, decay);
    ((float4*)p)[i] = pp;
    ((float4*)m)[i] = mm;
    ((float4*)v)[i] = vv;
    if (copy != 0) {
#ifdef BF16
      ((uint2*)copy)[i] = make_uint2(narrow2(pp.y, pp.x), narrow2(pp.w, pp.z));
#else
      ((float4*)copy)[i] = pp;
#endif
    }
  }
  for (i64 i = whole * 4 + index; i < n; i += stride) {
    update(p + i, g[i] * scale, m + i, v + i, rate, c1, c2, beta1, beta2, eps, decay);
    if (copy != 0)
      copy[i] = narrow(p[i]);
  }
}

// One moment a value: m and p change by rule(p, scaled gradient, m).
template <typename Rule>
__device__ __forceinline__ void with_one_moment(float* p, const float* g, float* m, T* copy, float scale, i64 n, Rule rule) {
  const i64 stride = (i64)gridDim.x * THREADS;
  for (i64 i = (i64)blockIdx.x * THREADS + threadIdx.x; i < n; i += stride) {
    float weight = p[i], moment = m[i];
    rule(weight, g[i] * scale, moment);
    p[i] = weight;
    m[i] = moment;
    if (copy != 0)
      copy[i] = narrow(weight);
  }
}

struct Lion {
  float rate, shrink, beta1, rest1, beta2, rest2;
  __device__ __forceinline__ void operator()(float& p, float g, float& m) const {
    float direction = beta1 * m + rest1 * g;
    m = beta2 * m + rest2 * g;
    p = p - shrink * p - rate * ((direction > 0.0f ? 1.0f : 0.0f) - (direction < 0.0f ? 1.0f : 0.0f));
  }
};

// Chen et al. 2023 (arXiv:2302.06675), algorithm 2; rest1 = 1 - beta1, rest2 = 1 - beta2.
extern "C" __global__ void __launch_bounds__(THREADS)
    lion(float* p, const float* g, float* m, T* copy, const float* control, const float* norm, i64 n, float clip, float beta1, float rest1,
         float beta2, float rest2, float decay) {
  if (is_number(*norm))
    with_one_moment(p, g, m, copy, scale_of(*norm, clip), n, Lion{control[0], control[0] * decay, beta1, rest1, beta2, rest2});
}

struct Sgd {
  float rate, shrink, momentum;
  __device__ __forceinline__ void operator()(float& p, float g, float& v) const {
    v = momentum * v + g;
    p = p - shrink * p - rate * v;
  }
};

// Polyak's heavy ball; decay apart from the gradient.
extern "C" __global__ void __launch_bounds__(THREADS)
    sgd(float* p, const float* g, float* v, T* copy, const float* control, const float* norm, i64 n, float clip, float momentum, float decay) {
  if (is_number(*norm))
    with_one_moment(p, g, v, copy, scale_of(*norm, clip), n, Sgd{control[0], control[0] * decay, momentum});
}

// LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2) in three passes over the tensors that lie one after another: moments and each
// chunk's share of both norms, each tensor's ratio of them, the update. chunks [.., 3]: first value, number of values, tensor; a block each.
struct Adam {
  float c1, c2, eps, decay;
  __device__ __forceinline__ float direction(float p, float m, float v) const { return m * c1 / (sqrtf(v * c2) + eps) + decay * p; }
};

// partial [chunks, 2]: sums of squares of weights and of directions.
extern "C" __global__ void __launch_bounds__(THREADS)
    lamb_moments(const float* p, const float* g, float* m, float* v, const i64* chunks, const float* decays, float* partial,
                 const float* control, const float* norm, float clip, float beta1, float rest1, float beta2, float rest2, float eps) {
  if (!is_number(*norm))
    return;
  const i64* chunk = chunks + (i64)blockIdx.x * 3;
  const i64 first = chunk[0], end = first + chunk[1];
  const Adam adam{control[1], control[2], eps, decays[chunk[2]]};
  const float scale = scale_of(*norm, clip);
  float weights = 0.0f, directions = 0.0f;
  for (i64 i = first + threadIdx.x; i < end; i += THREADS) {
    float gradient = g[i] * scale, mean = beta1 * m[i] + rest1 * gradient, square = beta2 * v[i] + rest2 * gradient * gradient;
    float weight = p[i], u = adam.direction(weight, mean, square);
    m[i] = mean;
    v[i] = square;
    weights += weight * weight;
    directions += u * u;
  }
  weights = sum_of_block(weights);
  directions = sum_of_block(directions);
  if (threadIdx.x == 0) {
    partial[blockIdx.x * 2] = weights;
    partial[blockIdx.x * 2 + 1] = directions;
  }
}

// ratios [tensors]: norm of the weights over that of the direction, 1 where either is zero. tensors [.., 2]: first chunk, number of chunks.
extern "C" __global__ void __launch_bounds__(THREADS) lamb_ratios(const float* partial, const i64* tensors, float* ratios) {
  const i64 first = tensors[blockIdx.x * 2], end = first + tensors[blockIdx.x * 2 + 1];
  float weights = 0.0f, directions = 0.0f;
  for (i64 i = first + threadIdx.x; i < end; i += THREADS) {
    weights += partial[i * 2];
    directions += partial[i * 2 + 1];
  }
  weights = sum_of_block(weights);
  directions = sum_of_block(directions);
  if (threadIdx.x == 0)
    ratios[blockIdx.x] = weights > 0.0f && directions > 0.0f ? sqrtf(weights / directions) : 1.0f;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    lamb_apply(float* p, const float* m, const float* v, T* copy, const i64* chunks, const float* decays, const float* ratios,
               const float* control, const float* norm, float eps) {
  if (!is_number(*norm))
    return;
  const i64* chunk = chunks + (i64)blockIdx.x * 3;
  const i64 first = chunk[0], end = first + chunk[1];
  const Adam adam{control[1], control[2], eps, decays[chunk[2]]};
  const float rate = control[0] * ratios[chunk[2]];
  for (i64 i = first + threadIdx.x; i < end; i += THREADS) {
    float weight = p[i] - rate * adam.direction(p[i], m[i], v[i]);
    p[i] = weight;
    if (copy != 0)
      copy[i] = narrow(weight);
  }
}

// Nesterov's momentum as Muon has it (Jordan et al. 2024): momentum = mu momentum + g; direction = g + mu momentum, as T.
extern "C" __global__ void __launch_bounds__(THREADS)
    nesterov(const float* g, float* momentum, T* direction, const float* norm, i64 n, float clip, float mu) {
  if (!is_number(*norm))
    return;
  const float scale = scale_of(*norm, clip);
  const i64 stride = (i64)gridDim.x * THREADS;
  for (i64 i = (i64)blockIdx.x * THREADS + threadIdx.x; i < n; i += stride) {
    float gradient = g[i] * scale, speed = mu * momentum[i] + gradient;
    momentum[i] = speed;
    direction[i] = narrow(gradient + mu * speed);
  }
}

// Muon's step: p = p - rate (factor direction + decay p), the direction made orthogonal before.
extern "C" __global__ void __launch_bounds__(THREADS)
    muon_apply(float* p, const T* direction, T* copy, const float* control, const float* norm, i64 n, float factor, float decay) {
  if (!is_number(*norm))
    return;
  const float rate = control[0];
  const i64 stride = (i64)gridDim.x * THREADS;
  for (i64 i = (i64)blockIdx.x * THREADS + threadIdx.x; i < n; i += stride) {
    float weight = p[i] - rate * (factor * widen(direction[i]) + decay * p[i]);
    p[i] = weight;
    if (copy != 0)
      copy[i] = narrow(weight);
  }
}
