#include "model/kv_cache.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "base/error.h"

namespace fettle::model {
namespace {

Tensor grown(const Tensor& held, const Tensor& like, std::int64_t used, std::int64_t needed) {
  if (held.defined() && held.size(0) >= needed) return held;
  const std::int64_t capacity = std::max<std::int64_t>({needed, 2 * used, 256});
  Tensor out = at::empty({capacity, like.size(1), like.size(2)}, like.options());
  if (used > 0) out.narrow(0, 0, used).copy_(held.narrow(0, 0, used));
  return out;
}

}  // namespace

std::pair<Tensor, Tensor> KvCache::append(std::size_t layer, const Tensor& key,
                                          const Tensor& value) {
  const std::int64_t end = size_ + key.size(0);
  Pair& pair = layers_.at(layer);
  pair.key = grown(pair.key, key, size_, end);
  pair.value = grown(pair.value, value, size_, end);
  pair.key.narrow(0, size_, key.size(0)).copy_(key);
  pair.value.narrow(0, size_, value.size(0)).copy_(value);
  const std::pair<Tensor, Tensor> all = {pair.key.narrow(0, 0, end), pair.value.narrow(0, 0, end)};
  if (layer + 1 == layers_.size()) size_ = end;
  return all;
}

void KvCache::truncate(std::int64_t size) {
  if (size < 0 || size > size_) {
    throw InternalError("a cache of {} tokens cannot be cut to {}", size_, size);
  }
  size_ = size;
}

}  // namespace fettle::model
