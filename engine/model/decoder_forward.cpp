// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/decoder_forward.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace troupe::engine {
namespace {

/// Rows of one tile: enough to pay for widening a panel of weights, few enough that the tile's
/// activations stay in a level 2 cache. A multiple of the kernel's 6.
constexpr std::int32_t tile_rows_max = 132;

/// Up to this many rows one tile takes all and shares its matmuls out by columns, so that every
/// weight is read once; above, tiles go to the workers.
constexpr std::int32_t shared_rows_max = 24;

std::size_t padded(std::int32_t cols) {
  return static_cast<std::size_t>(ops::round_up_to_panel(cols));
}

/// Of all that stands between two narrow rows of a layer.
std::int32_t widest_of(const model_spec& spec) {
  const auto& latent = spec.latent;
  return std::max({2 * spec.feed_forward, 2 * spec.experts.feed_forward,
                   2 * spec.experts.shared_feed_forward, spec.experts.count,
                   spec.heads * (latent.plain_dim + latent.rope_dim),
                   spec.heads * latent.value_dim + ops::panel_width});
}

} // namespace

float score_scale_of(const model_spec& spec) {
  return 1.0F
         / std::sqrt(spec.query_scalar > 0 ? spec.query_scalar : static_cast<float>(spec.head_dim));
}

float embed_scale_of(const decoder_weights& weights) {
  const auto scale = weights.spec.embed_scale;
  return weights.embedding_type == ops::dtype::bf16 ? ops::bf16_to_f32(ops::f32_to_bf16(scale))
                                                    : scale;
}

decoder_forward::decoder_forward(const decoder_weights& weights, kv_pages pages,
                                 const cpu::cpu_ops& ops, cpu::parallel& workers)
    : weights_(weights),
      pages_(std::move(pages)),
      ops_(ops),
      workers_(workers),
      rope_(weights.spec.rope, weights.spec.rotary_dim),
      local_rope_(weights.spec.local_rope, weights.spec.rotary_dim),
      scale_(score_scale_of(weights.spec)),
      embed_scale_(embed_scale_of(weights)),
      hidden_stride_(padded(weights.spec.hidden)),
      q_stride_(padded(weights.spec.q_cols() + 2 * weights.spec.kv_cols())),
      attention_stride_(padded(weights.spec.heads * pages_.layout.value_dim())),
      wide_stride_(padded(widest_of(weights.spec))),
      low_stride_(padded(std::max(weights.spec.latent.query_rank,
                                  weights.spec.latent.kv_rank + weights.spec.latent.rope_dim))),
      logits_stride_(padded(weights.spec.vocab)),
      tables_(pages_.groups.pages()),
      scratch_(workers.threads()) {
}

std::span<const float> decoder_forward::logits(std::size_t i) const {
  TROUPE_CHECK(i < sampled_);
  return std::span{logits_}.subspan(i * logits_stride_,
                                    static_cast<std::size_t>(weights_.spec.vocab));
}

void decoder_forward::run(std::span<const step_row> rows, float* pool, const score_sink& scores) {
  flatten(rows);
  reserve();
  const auto last = weights_.spec.layers - 1;
  for (std::int32_t layer = 0; layer <= last; ++layer) {
    for_tiles(static_cast<std::int32_t>(ids_.size()), [&](const tile& t) {
      if (layer == 0) {
        embed(t);
      } else {
        finish_layer(t, layer - 1);
      }
      begin_layer(t, layer, pool);
    });
    attend(layer, pool, layer == last);
  }
  for (const auto& s : segments_) {
    pool_hidden(s);
  }
  keep_wanted();
  finish_wanted(scores);
}

/// The last layer and norm of a row's pooled tokens, then their sum in order: the same whatever the
/// tiles and the chunks are.
void decoder_forward::pool_hidden(const segment& s) {
  const auto first = s.first + static_cast<std::int32_t>(s.row->pool_from);
  const auto count = s.first + static_cast<std::int32_t>(s.row->pool_to) - first;
  const auto state_at = [&](std::int32_t row) {
    return x_.begin()
           + static_cast<std::ptrdiff_t>(row) * static_cast<std::ptrdiff_t>(hidden_stride_);
  };
  for_tiles(count, [&](const tile& of) {
    auto t = of;
    t.first += first;
    finish_layer(t, weights_.spec.layers - 1);
    norm(t, weights_.final_norm);
    std::copy_n(t.memory->narrow.begin(), static_cast<std::size_t>(t.rows) * hidden_stride_,
                state_at(t.first));
  });
  for (auto row = first; row < first + count; ++row) {
    std::ranges::transform(s.row->pooled, std::span{state_at(row), s.row->pooled.size()},
                           s.row->pooled.begin(), std::plus<>{});
  }
}

void decoder_forward::finish_wanted(const score_sink& scores) {
  const auto count = static_cast<std::int32_t>(wanted_.size());
  if (wanted_.size() == sampled_) {
    make_logits(0, count, logits_.data());
    return;
  }
  std::size_t sampled = 0;
  for (std::int32_t first = 0; first < count; first += shared_rows_max) {
    const auto some = std::min(shared_rows_max, count - first);
    make_logits(first, some, score_logits_.data());
    const auto logits_at = [&](std::uint32_t i) {
      return std::span<const float>{score_logits_}.subspan(
          i * logits_stride_, static_cast<std::size_t>(weights_.spec.vocab));
    };
    workers_.run(static_cast<std::uint32_t>(some), [&](std::uint32_t i, std::uint32_t) {
      const auto& one = wanted_[static_cast<std::size_t>(first) + i];
      if (one.score >= 0) {
        scores(static_cast<std::size_t>(one.score),
               *segments_[static_cast<std::size_t>(one.segment)].row,
               static_cast<std::uint32_t>(one.at), logits_at(i));
      }
    });
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(some); ++i) {
      if (wanted_[static_cast<std::size_t>(first) + i].score < 0) {
        std::ranges::copy(logits_at(i),
                          logits_.begin() + static_cast<std::ptrdiff_t>(sampled * logits_stride_));
        ++sampled;
      }
    }
  }
}

/// The last layer, norm and head of the wanted rows from `first` on.
void decoder_forward::make_logits(std::int32_t first, std::int32_t count, float* out) {
  for_tiles(count, [&](const tile& of) {
    auto t = of;
    t.first += first;
    finish_layer(t, weights_.spec.layers - 1);
    norm(t, weights_.final_norm);
    auto* const logits = out + static_cast<std::size_t>(of.first) * logits_stride_;
    multiply(t, weights_.head, t.memory->narrow.data(), hidden_stride_, logits, logits_stride_);
    if (weights_.spec.logit_softcap > 0) {
      ops_.softcap({.x = logits,
                    .x_stride = logits_stride_,
                    .rows = t.rows,
                    .cols = weights_.spec.vocab,
                    .cap = weights_.spec.logit_softcap});
    }
  });
}

void decoder_forward::flatten(std::span<const step_row> rows) {
  ids_.clear();
  positions_.clear();
  segments_.clear();
  std::ranges::for_each(tables_, [](auto& table) { table.clear(); });
  wanted_.clear();
  sampled_ = 0;
  std::int32_t scored = 0;
  for (const auto& row : rows) {
    TROUPE_CHECK(!row.tokens.empty());
    TROUPE_CHECK(row.first_position + row.tokens.size() <= weights_.spec.context_tokens_max);
    TROUPE_CHECK(row.score_from <= row.score_to && row.score_to <= row.tokens.size());
    TROUPE_CHECK(row.pool_from <= row.pool_to && row.pool_to <= row.tokens.size());
    TROUPE_CHECK(row.pool_to == 0
                 || (row.pooled.size() == static_cast<std::size_t>(weights_.spec.hidden)
                     && !row.wants_token && row.score_to == 0));
    const auto index = static_cast<std::int32_t>(segments_.size());
    const auto last = static_cast<std::int32_t>(row.tokens.size()) - 1;
    for (auto at = row.score_from; at < row.score_to; ++at) {
      wanted_.push_back({index, static_cast<std::int32_t>(at), scored++});
    }
    if (row.wants_token) {
      TROUPE_CHECK(row.score_to < row.tokens.size() || row.score_from == row.score_to);
      wanted_.push_back({index, last, -1});
      ++sampled_;
    }
    segments_.push_back({&row, static_cast<std::int32_t>(ids_.size()),
                         static_cast<std::int32_t>(row.tokens.size()), tables_.front().size()});
    add_table(row);
    for (const auto id : row.tokens) {
      TROUPE_CHECK(id < static_cast<token_id>(weights_.spec.vocab));
      positions_.push_back(row.first_position + static_cast<std::uint32_t>(ids_.size())
                           - static_cast<std::uint32_t>(segments_.back().first));
      ids_.push_back(id);
    }
  }
}

/// The row's slots page by page, up to its last position.
void decoder_forward::add_table(const step_row& row) {
  const auto size = static_cast<std::size_t>(pages_.layout.block_size);
  const auto pages = tables_.size();
  const auto blocks = (row.first_position + row.tokens.size() + size - 1) / size;
  TROUPE_CHECK(blocks * pages <= row.blocks.size());
  for (std::size_t at = 0; at < blocks * pages; ++at) {
    tables_[at % pages].push_back(row.blocks[at]);
  }
}

const slot_id* decoder_forward::table_of(const segment& s, const kv_pages::place& where) const {
  return tables_[static_cast<std::size_t>(where.page)].data() + s.table;
}

void decoder_forward::reserve() {
  const auto grow = [](std::vector<float>& buffer, std::size_t count) {
    if (buffer.size() < count) {
      buffer.resize(count);
    }
  };
  const auto tokens = ids_.size();
  grow(x_, tokens * hidden_stride_);
  grow(qkv_, tokens * q_stride_);
  grow(attention_, tokens * attention_stride_);
  grow(logits_, sampled_ * logits_stride_);
  if (wanted_.size() > sampled_) {
    grow(score_logits_, static_cast<std::size_t>(shared_rows_max) * logits_stride_);
  }
  const auto rows = std::min(tokens, static_cast<std::size_t>(tile_rows_max));
  for (auto& memory : scratch_) {
    grow(memory.narrow, rows * hidden_stride_);
    grow(memory.wide, rows * wide_stride_);
    grow(memory.low, rows * low_stride_);
    if (weights_.spec.experts.count > 0) {
      grow(memory.gathered, rows * hidden_stride_);
      grow(memory.mixed, rows * hidden_stride_);
      memory.ids.resize(rows * static_cast<std::size_t>(weights_.spec.experts.chosen));
      memory.shares.resize(memory.ids.size());
    }
  }
  if (!positions_.empty()) {
    const auto end = *std::ranges::max_element(positions_) + 1;
    rope_.cover(end);
    if (std::ranges::any_of(weights_.spec.each_layer, &layer_spec::is_local)) {
      local_rope_.cover(end);
    }
  }
}

template <class Body>
void decoder_forward::for_tiles(std::int32_t rows, const Body& body) {
  const auto threads = static_cast<std::int32_t>(workers_.threads());
  if (rows <= shared_rows_max || (threads == 1 && rows <= tile_rows_max)) {
    if (rows > 0) {
      body(tile{0, rows, true, &scratch_[0]});
    }
    return;
  }
  const auto rounds = (rows + threads * tile_rows_max - 1) / (threads * tile_rows_max);
  const auto even = (rows + threads * rounds - 1) / (threads * rounds);
  const auto step = std::min((even + 5) / 6 * 6, tile_rows_max);
  workers_.run(static_cast<std::uint32_t>((rows + step - 1) / step),
               [&](std::uint32_t task, std::uint32_t worker) {
                 const auto first = static_cast<std::int32_t>(task) * step;
                 body(tile{first, std::min(step, rows - first), false, &scratch_[worker]});
               });
}

/// Moves the rows whose logits are asked for to the front; each moves down or stays.
void decoder_forward::keep_wanted() {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const auto& s = segments_[static_cast<std::size_t>(wanted_[i].segment)];
    const auto row = static_cast<std::size_t>(s.first + wanted_[i].at);
    if (row != i) {
      std::copy_n(x_.begin() + static_cast<std::ptrdiff_t>(row * hidden_stride_), hidden_stride_,
                  x_.begin() + static_cast<std::ptrdiff_t>(i * hidden_stride_));
      std::copy_n(attention_.begin() + static_cast<std::ptrdiff_t>(row * attention_stride_),
                  attention_stride_,
                  attention_.begin() + static_cast<std::ptrdiff_t>(i * attention_stride_));
    }
  }
}

} // namespace troupe::engine
