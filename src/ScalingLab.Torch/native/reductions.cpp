// Operations over dimensions: sums, extremes, softmax, order.
#include "shim.h"

using sl::give;
using sl::guard;

SL_API int32_t sl_sum(Handle x, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->sum(sl::dtype(type))); });
}

SL_API int32_t sl_sum_dims(Handle x, const int64_t* dims, int32_t count, int32_t keepdim, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->sum(sl::sizes(dims, count), keepdim != 0, sl::dtype(type))); });
}

SL_API int32_t sl_mean(Handle x, Handle* out) {
  return guard([&] { *out = give(x->mean()); });
}

SL_API int32_t sl_mean_dims(Handle x, const int64_t* dims, int32_t count, int32_t keepdim, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->mean(sl::sizes(dims, count), keepdim != 0, sl::dtype(type))); });
}

SL_API int32_t sl_var(Handle x, const int64_t* dims, int32_t count, int32_t unbiased, int32_t keepdim, Handle* out) {
  return guard([&] {
    *out = give(count == 0 ? x->var(unbiased != 0) : x->var(sl::sizes(dims, count), unbiased != 0, keepdim != 0));
  });
}

SL_API int32_t sl_std(Handle x, const int64_t* dims, int32_t count, int32_t unbiased, int32_t keepdim, Handle* out) {
  return guard([&] {
    *out = give(count == 0 ? x->std(unbiased != 0) : x->std(sl::sizes(dims, count), unbiased != 0, keepdim != 0));
  });
}

SL_API int32_t sl_amax(Handle x, const int64_t* dims, int32_t count, int32_t keepdim, Handle* out) {
  return guard([&] { *out = give(x->amax(sl::sizes(dims, count), keepdim != 0)); });
}

SL_API int32_t sl_all_dim(Handle x, int64_t dim, int32_t keepdim, Handle* out) {
  return guard([&] { *out = give(x->all(dim, keepdim != 0)); });
}

SL_API int32_t sl_any_dim(Handle x, int64_t dim, int32_t keepdim, Handle* out) {
  return guard([&] { *out = give(x->any(dim, keepdim != 0)); });
}

SL_API int32_t sl_norm(Handle x, double p, Handle* out) {
  return guard([&] { *out = give(x->norm(at::Scalar(p))); });
}

SL_API int32_t sl_norm_dim(Handle x, int64_t dim, int32_t keepdim, double p, Handle* out) {
  return guard([&] { *out = give(x->norm(at::Scalar(p), at::IntArrayRef(&dim, 1), keepdim != 0)); });
}

SL_API int32_t sl_max_dim(Handle x, int64_t dim, int32_t keepdim, Handle* values, Handle* indices) {
  return guard([&] {
    auto result = x->max(dim, keepdim != 0);
    *values = give(std::get<0>(result));
    *indices = give(std::get<1>(result));
  });
}

SL_API int32_t sl_min_dim(Handle x, int64_t dim, int32_t keepdim, Handle* values, Handle* indices) {
  return guard([&] {
    auto result = x->min(dim, keepdim != 0);
    *values = give(std::get<0>(result));
    *indices = give(std::get<1>(result));
  });
}

SL_API int32_t sl_topk(Handle x, int64_t k, int64_t dim, int32_t largest, int32_t sorted, Handle* values, Handle* indices) {
  return guard([&] {
    auto result = x->topk(k, dim, largest != 0, sorted != 0);
    *values = give(std::get<0>(result));
    *indices = give(std::get<1>(result));
  });
}

SL_API int32_t sl_sort(Handle x, int64_t dim, int32_t descending, int32_t stable, Handle* values, Handle* indices) {
  return guard([&] {
    auto result = x->sort(sl::Optional<bool>(stable != 0), dim, descending != 0);
    *values = give(std::get<0>(result));
    *indices = give(std::get<1>(result));
  });
}

SL_API int32_t sl_argmax(Handle x, Handle* out) {
  return guard([&] { *out = give(x->argmax()); });
}

SL_API int32_t sl_argmax_dim(Handle x, int64_t dim, int32_t keepdim, Handle* out) {
  return guard([&] { *out = give(x->argmax(dim, keepdim != 0)); });
}

SL_API int32_t sl_cumsum(Handle x, int64_t dim, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->cumsum(dim, sl::dtype(type))); });
}

SL_API int32_t sl_softmax(Handle x, int64_t dim, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->softmax(dim, sl::dtype(type))); });
}

SL_API int32_t sl_log_softmax(Handle x, int64_t dim, int32_t type, Handle* out) {
  return guard([&] { *out = give(x->log_softmax(dim, sl::dtype(type))); });
}

SL_API int32_t sl_logsumexp(Handle x, int64_t dim, int32_t keepdim, Handle* out) {
  return guard([&] { *out = give(x->logsumexp(at::IntArrayRef(&dim, 1), keepdim != 0)); });
}
