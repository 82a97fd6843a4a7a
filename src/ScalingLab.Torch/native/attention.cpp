// Causal softmax(Q K^T / sqrt(head_dim)) V, one head at a time with everything of a head in cache, and the softmax computed again in the
// backward pass from the rows' logarithms (as in FlashAttention, Dao et al. 2022, arXiv:2205.14135, without its outer blocks). A head of keys
// and values may serve several heads of queries (Ainslie et al. 2023, arXiv:2305.13245), and each head of queries may have a slope by which a
// score falls with the distance (ALiBi, Press et al. 2022, arXiv:2108.12409).
#include "tile.h"

#include <limits>

namespace {

using namespace sl;

constexpr int64_t BLOCK = 16; // Queries whose scores are held at once.

// One head's rows as wide numbers, each row padded to whole registers.
template <typename T>
void load(const T* x, int64_t step, int64_t tokens, int64_t dim, int64_t row, Wide<T>* target) {
  for (int64_t t = 0; t < tokens; t++) {
    auto wide = read(x + t * step, target + t * row, dim);
    if (wide != target + t * row)
      std::memcpy(target + t * row, wide, static_cast<size_t>(dim) * sizeof(Wide<T>));
    for (int64_t d = dim; d < row; d++)
      target[t * row + d] = 0;
  }
}

template <typename W>
void transpose(const W* x, int64_t x_row, int64_t tokens, int64_t dim, int64_t row, W* target) {
  for (int64_t d = 0; d < dim; d++) {
    for (int64_t t = 0; t < tokens; t++)
      target[d * row + t] = x[t * x_row + d];
    for (int64_t t = tokens; t < row; t++)
      target[d * row + t] = 0;
  }
}

template <typename T>
void store(const Wide<T>* x, int64_t row, int64_t tokens, int64_t dim, T* target, int64_t step) {
  for (int64_t t = 0; t < tokens; t++)
    write(target + t * step, x + t * row, dim);
}

struct Head {
  int64_t batch, head;
  Head(int64_t item, int64_t heads) : batch(item / heads), head(item % heads) {}
  Head of_keys(int64_t group) const { return {batch, head / group, 0}; }
  Head of_queries(int64_t group, int64_t which) const { return {batch, head * group + which, 0}; }
  template <typename T>
  T* in(const at::Tensor& x) const {
    return x.data_ptr<T>() + batch * x.stride(0) + head * x.stride(1);
  }

private:
  Head(int64_t which_batch, int64_t which_head, int) : batch(which_batch), head(which_head) {}
};

// The slope of each head of queries, wide; undefined where there is none.
template <typename W>
W slope_of(const at::Tensor& slopes, int64_t head) {
  return slopes.defined() ? slopes.data_ptr<W>()[head] : W(0);
}

// Takes slope x distance off the scores of the query at `place`, n of them.
template <typename W>
void lean(W* s, int64_t n, int64_t place, W slope) {
#pragma omp simd
  for (int64_t j = 0; j < n; j++)
    s[j] -= slope * static_cast<W>(place - j);
}

// The largest of a query's n scores; those beyond, up to a whole register, become minus infinity.
template <typename W>
W largest(W* s, int64_t n) {
  const int64_t whole = padded(n, LANES<W>);
  std::fill(s + n, s + whole, -std::numeric_limits<W>::infinity());
  Lanes<W> top, next;
  std::memcpy(&top, s, sizeof top);
  for (int64_t j = LANES<W>; j < whole; j += LANES<W>) {
    std::memcpy(&next, s + j, sizeof next);
    top = next > top ? next : top;
  }
  return fold<W>(top, [](W a, W b) { return a > b ? a : b; });
}

// Turns a query's scores into e^((s - top) scale), those beyond its own place into zero up to `seen`; returns their sum.
template <typename W>
W exponentials(W* s, int64_t n, int64_t seen, W top, W scale) {
  const int64_t whole = padded(n, LANES<W>);
  Lanes<W> sum{}, terms;
  for (int64_t j = 0; j < whole; j += LANES<W>) {
#pragma omp simd
    for (int64_t lane = 0; lane < LANES<W>; lane++)
      s[j + lane] = exponential((s[j + lane] - top) * scale);
    std::memcpy(&terms, s + j, sizeof terms);
    sum += terms;
  }
  std::fill(s + n, s + seen, W(0));
  return fold<W>(sum, [](W a, W b) { return a + b; });
}

template <typename T>
void forward_heads(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes, at::Tensor& out,
                   at::Tensor& logs) {
  using W = Wide<T>;
  const int64_t heads = q.size(1), tokens = q.size(2), dim = q.size(3), group = heads / k.size(1);
  const int64_t row = padded(dim, LANES<W>), wide = padded(tokens, LANES<W>);
  const W scale = 1 / std::sqrt(static_cast<W>(dim));
  at::parallel_for(0, q.size(0) * heads, grain_of(tokens * (tokens + dim)), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(4 * tokens * row + dim * wide + BLOCK * wide));
    W* pq = scratch.data();
    W* pk = pq + tokens * row;
    W* pv = pk + tokens * row;
    W* po = pv + tokens * row;
    W* pkt = po + tokens * row;
    W* scores = pkt + dim * wide;
    for (int64_t item = begin; item < end; item++) {
      const Head at(item, heads), shared = at.of_keys(group);
      const W slope = slope_of<W>(slopes, at.head) / scale; // scores are not scaled yet
      load(at.in<T>(q), q.stride(2), tokens, dim, row, pq);
      load(shared.in<T>(k), k.stride(2), tokens, dim, row, pk);
      load(shared.in<T>(v), v.stride(2), tokens, dim, row, pv);
      transpose(pk, row, tokens, dim, wide, pkt);
      W* log_row = logs.data_ptr<W>() + item * tokens;
      for (int64_t first = 0; first < tokens; first += BLOCK) {
        const int64_t rows = std::min(BLOCK, tokens - first), seen = first + rows;
        product<W, false>(rows, padded(seen, LANES<W>), dim, pq + first * row, row, 1, pkt, wide, scores, wide);
        if (slope != 0)
          for (int64_t r = 0; r < rows; r++)
            lean(scores + r * wide, seen, first + r, slope);
        // Pass by pass over the block, not query by query: a query's passes wait for each other, different queries' do not.
        W tops[BLOCK], sums[BLOCK];
        for (int64_t r = 0; r < rows; r++)
          tops[r] = largest(scores + r * wide, first + r + 1);
        for (int64_t r = 0; r < rows; r++)
          sums[r] = exponentials(scores + r * wide, first + r + 1, seen, tops[r], scale);
        for (int64_t r = 0; r < rows; r++)
          log_row[first + r] = tops[r] * scale + std::log(sums[r]);
        product<W, false>(rows, row, seen, scores, wide, 1, pv, row, po + first * row, row);
        for (int64_t r = 0; r < rows; r++) {
          const W inverse = 1 / sums[r];
          W* o = po + (first + r) * row;
#pragma omp simd
          for (int64_t d = 0; d < row; d++)
            o[d] *= inverse;
        }
      }
      store<T>(po, row, tokens, dim, at.in<T>(out), out.stride(2));
    }
  });
}

template <typename T>
void backward_heads(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes, const at::Tensor& out,
                    const at::Tensor& logs, const at::Tensor& dout, at::Tensor& dq, at::Tensor& dk, at::Tensor& dv) {
  using W = Wide<T>;
  const int64_t heads = q.size(1), pairs = k.size(1), tokens = q.size(2), dim = q.size(3), group = heads / pairs;
  const int64_t row = padded(dim, LANES<W>), wide = padded(tokens, LANES<W>), plane = tokens * row;
  const W scale = 1 / std::sqrt(static_cast<W>(dim));
  // One head of keys and values at a time, with every head of queries that it serves: their gradients are summed in one fixed order.
  at::parallel_for(0, q.size(0) * pairs, grain_of(group * tokens * (tokens + dim)), [&](int64_t begin, int64_t end) {
    std::vector<W> scratch(static_cast<size_t>(8 * plane + 2 * dim * wide + 2 * BLOCK * wide));
    W* pq = scratch.data();
    W *pk = pq + plane, *pv = pk + plane, *po = pv + plane, *pdo = po + plane, *pdq = pdo + plane, *pdk = pdq + plane, *pdv = pdk + plane;
    W *pkt = pdv + plane, *pvt = pkt + dim * wide, *p = pvt + dim * wide, *ds = p + BLOCK * wide;
    for (int64_t item = begin; item < end; item++) {
      const Head shared(item, pairs);
      load(shared.in<T>(k), k.stride(2), tokens, dim, row, pk);
      load(shared.in<T>(v), v.stride(2), tokens, dim, row, pv);
      transpose(pk, row, tokens, dim, wide, pkt);
      transpose(pv, row, tokens, dim, wide, pvt);
      std::fill(pdk, pdk + 2 * plane, W(0));
      for (int64_t which = 0; which < group; which++) {
        const Head at = shared.of_queries(group, which);
        const W slope = slope_of<W>(slopes, at.head) / scale;
        load(at.in<T>(q), q.stride(2), tokens, dim, row, pq);
        load(at.in<T>(out), out.stride(2), tokens, dim, row, po);
        load(at.in<T>(dout), dout.stride(2), tokens, dim, row, pdo);
        const W* log_row = logs.data_ptr<W>() + (at.batch * heads + at.head) * tokens;
        for (int64_t first = 0; first < tokens; first += BLOCK) {
          const int64_t rows = std::min(BLOCK, tokens - first), seen = first + rows, columns = padded(seen, LANES<W>);
          product<W, false>(rows, columns, dim, pq + first * row, row, 1, pkt, wide, p, wide);
          product<W, false>(rows, columns, dim, pdo + first * row, row, 1, pvt, wide, ds, wide);
          for (int64_t r = 0; r < rows; r++) {
            const int64_t i = first + r, n = i + 1, whole = padded(n, LANES<W>);
            W *pr = p + r * wide, *dr = ds + r * wide, delta = 0, log = log_row[i];
            if (slope != 0)
              lean(pr, n, i, slope);
#pragma omp simd reduction(+ : delta)
            for (int64_t d = 0; d < row; d++)
              delta += po[i * row + d] * pdo[i * row + d];
#pragma omp simd
            for (int64_t j = 0; j < whole; j++) {
              pr[j] = exponential(pr[j] * scale - log);
              dr[j] = pr[j] * (dr[j] - delta) * scale;
            }
            std::fill(pr + n, pr + seen, W(0));
            std::fill(dr + n, dr + seen, W(0));
          }
          product<W, false>(rows, row, seen, ds, wide, 1, pk, row, pdq + first * row, row);
          product<W, true>(seen, row, rows, ds, 1, wide, pq + first * row, row, pdk, row);
          product<W, true>(seen, row, rows, p, 1, wide, pdo + first * row, row, pdv, row);
        }
        store<T>(pdq, row, tokens, dim, at.in<T>(dq), dq.stride(2));
      }
      store<T>(pdk, row, tokens, dim, shared.in<T>(dk), dk.stride(2));
      store<T>(pdv, row, tokens, dim, shared.in<T>(dv), dv.stride(2));
    }
  });
}

at::Tensor rows_in_order(const at::Tensor& x) { return x.stride(-1) == 1 ? x : x.contiguous(); }

// [batch, heads, tokens, head_dim] laid out with a token's heads side by side (as projections read and write them), or head by head.
at::Tensor empty_as(const at::Tensor& x, bool token_major) {
  return token_major ? at::empty({x.size(0), x.size(2), x.size(1), x.size(3)}, x.options()).transpose(1, 2)
                     : at::empty(x.sizes(), x.options());
}

bool token_major(const at::Tensor& x) { return x.stride(1) < x.stride(2); }

// No tensor to autograd, which would ask an absent one for its device.
struct Slopes {
  at::Tensor values; // [heads of queries]; undefined where there are none
};

struct CausalAttention : torch::autograd::Function<CausalAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const Slopes& given) {
    auto q = rows_in_order(query), k = rows_in_order(key), v = rows_in_order(value);
    auto out = empty_as(q, true);
    auto type = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    auto slopes = given.values.defined() ? given.values.to(type).contiguous() : at::Tensor();
    auto logs = at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(type));
    SL_DISPATCH(q.scalar_type(), "causal_attention", [&] { forward_heads<scalar_t>(q, k, v, slopes, out, logs); });
    context->save_for_backward({q, k, v, out, logs});
    context->saved_data["slopes"] = slopes;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    first_order_only("causal_attention");
    auto saved = context->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2];
    auto slopes = context->saved_data.at("slopes").toTensor();
    auto dout = rows_in_order(grads[0]);
    auto dq = empty_as(q, token_major(q)), dk = empty_as(k, token_major(k)), dv = empty_as(v, token_major(v));
    SL_DISPATCH(q.scalar_type(), "causal_attention",
                [&] { backward_heads<scalar_t>(q, k, v, slopes, saved[3], saved[4], dout, dq, dk, dv); });
    return {dq, dk, dv, at::Tensor()};
  }
};

} // namespace

SL_API int32_t sl_causal_attention(Handle query, Handle key, Handle value, Handle slopes, Handle* out) {
  return guard([&] {
    TORCH_CHECK(fusable(*query) && query->dim() == 4 && query->numel() > 0, "causal_attention: query is ", query->sizes(),
                "; expected [batch, heads, tokens, head_dim] of float, double or bfloat16 on the CPU");
    for (auto other : {key, value})
      TORCH_CHECK(other->dim() == 4 && other->size(0) == query->size(0) && other->size(2) == query->size(2) &&
                      other->size(3) == query->size(3) && other->size(1) == key->size(1) && other->size(1) > 0 &&
                      query->size(1) % other->size(1) == 0 && other->scalar_type() == query->scalar_type(),
                  "causal_attention: query, key and value are of one type and shape, but that key and value may have fewer heads, a divisor of "
                  "the query's; found ",
                  query->sizes(), " and ", other->sizes());
    TORCH_CHECK(slopes == nullptr || (slopes->dim() == 1 && slopes->size(0) == query->size(1)), "causal_attention: one slope a head of queries");
    *out = give(CausalAttention::apply(*query, *key, *value, Slopes{slopes == nullptr ? at::Tensor() : *slopes}));
  });
}
