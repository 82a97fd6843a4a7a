// Operations that move or choose elements without computing on them.
#include "shim.h"

using sl::give;
using sl::guard;

#define SL_SIZES(name)                                                                                                 \
  SL_API int32_t sl_##name(Handle x, const int64_t* values, int32_t count, Handle* out) {                              \
    return guard([&] { *out = give(x->name(sl::sizes(values, count))); });                                             \
  }
SL_SIZES(view)
SL_SIZES(reshape)
SL_SIZES(permute)
SL_SIZES(expand)
SL_SIZES(repeat)

SL_API int32_t sl_transpose(Handle x, int64_t dim0, int64_t dim1, Handle* out) {
  return guard([&] { *out = give(x->transpose(dim0, dim1)); });
}

SL_API int32_t sl_flatten(Handle x, int64_t start, int64_t end, Handle* out) {
  return guard([&] { *out = give(x->flatten(start, end)); });
}

SL_API int32_t sl_unsqueeze(Handle x, int64_t dim, Handle* out) {
  return guard([&] { *out = give(x->unsqueeze(dim)); });
}

SL_API int32_t sl_squeeze(Handle x, Handle* out) {
  return guard([&] { *out = give(x->squeeze()); });
}

SL_API int32_t sl_squeeze_dim(Handle x, int64_t dim, Handle* out) {
  return guard([&] { *out = give(x->squeeze(dim)); });
}

SL_API int32_t sl_narrow(Handle x, int64_t dim, int64_t start, int64_t length, Handle* out) {
  return guard([&] { *out = give(x->narrow(dim, start, length)); });
}

SL_API int32_t sl_slice(Handle x, int64_t dim, int64_t start, int64_t finish, int64_t step, Handle* out) {
  return guard([&] { *out = give(x->slice(dim, start, finish, step)); });
}

SL_API int32_t sl_select(Handle x, int64_t dim, int64_t index, Handle* out) {
  return guard([&] { *out = give(x->select(dim, index)); });
}

SL_API int32_t sl_index_select(Handle x, int64_t dim, Handle index, Handle* out) {
  return guard([&] { *out = give(x->index_select(dim, *index)); });
}

SL_API int32_t sl_gather(Handle x, int64_t dim, Handle index, Handle* out) {
  return guard([&] { *out = give(x->gather(dim, *index)); });
}

SL_API int32_t sl_scatter_(Handle x, int64_t dim, Handle index, Handle source) {
  return guard([&] { x->scatter_(dim, *index, *source); });
}

SL_API int32_t sl_index_copy_(Handle x, int64_t dim, Handle index, Handle source) {
  return guard([&] { x->index_copy_(dim, *index, *source); });
}

namespace {

// Fills the caller's array, which holds `capacity` handles; more pieces than that is an error, so that none is lost.
void give_all(const std::vector<at::Tensor>& pieces, Handle* out, int32_t capacity, int32_t* count) {
  TORCH_CHECK(static_cast<int64_t>(pieces.size()) <= capacity, pieces.size(), " pieces do not fit the ", capacity, " expected");
  for (size_t i = 0; i < pieces.size(); i++)
    out[i] = give(pieces[i]);
  *count = static_cast<int32_t>(pieces.size());
}

std::vector<at::Tensor> list(Handle const* handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; i++)
    tensors.push_back(*handles[i]);
  return tensors;
}

} // namespace

SL_API int32_t sl_chunk(Handle x, int64_t chunks, int64_t dim, Handle* out, int32_t capacity, int32_t* count) {
  return guard([&] { give_all(x->chunk(chunks, dim), out, capacity, count); });
}

SL_API int32_t sl_split(Handle x, int64_t size, int64_t dim, Handle* out, int32_t capacity, int32_t* count) {
  return guard([&] { give_all(x->split(size, dim), out, capacity, count); });
}

SL_API int32_t sl_split_sizes(Handle x, const int64_t* values, int32_t pieces, int64_t dim, Handle* out, int32_t capacity,
                              int32_t* count) {
  return guard([&] { give_all(x->split_with_sizes(sl::sizes(values, pieces), dim), out, capacity, count); });
}

SL_API int32_t sl_cat(Handle const* handles, int32_t count, int64_t dim, Handle* out) {
  return guard([&] { *out = give(at::cat(list(handles, count), dim)); });
}

SL_API int32_t sl_stack(Handle const* handles, int32_t count, int64_t dim, Handle* out) {
  return guard([&] { *out = give(at::stack(list(handles, count), dim)); });
}
