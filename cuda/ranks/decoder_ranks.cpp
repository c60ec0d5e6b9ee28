// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ranks/decoder_ranks.hpp"

#include "cuda/decoder/statuses.hpp"
#include "runtime/base/check.hpp"

#include <utility>

namespace troupe::cuda {

decoder_ranks::decoder_ranks(std::vector<rank_model> ranks, std::unique_ptr<collective> add_up,
                             const engine::ops::kv_layout& page)
    : ranks_(ranks.size()), add_up_(std::move(add_up)), page_(page) {
  TROUPE_CHECK(!ranks.empty() && (ranks.size() == 1 || add_up_ != nullptr));
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    auto& one = ranks_[i];
    one.model = std::move(ranks[i]);
    vocab_ += one.model.shape.vocab;
    one.steps = std::make_unique<decoder>(one.model.shape, one.model.weights, *one.model.multiply);
  }
  const auto& shape = ranks_.front().model.shape;
  hidden_ = shape.hidden;
  rank_bytes_ = page_.block_elements() * ops::bytes_of(shape.kept);
  layer_bytes_ = page_.layer_elements() * ops::bytes_of(shape.kept);
}

template <class Body>
status decoder_ranks::each_rank(Body body) {
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    auto why = ranks_.size() == 1 ? success : use_device(static_cast<std::int32_t>(i));
    if (why == success) {
      why = body(ranks_[i]);
    }
    if (why != success) {
      return why;
    }
  }
  return ranks_.size() == 1 ? success : use_device(0);
}

status decoder_ranks::start(std::int32_t rows, std::int32_t wanted, std::int32_t sequences,
                            std::int32_t blocks, std::int32_t visible) {
  const auto why = each_rank([&](rank& one) {
    return first_of({one.on.make(), one.reading.make(), one.written.make(),
                     one.steps->reserve(rows, wanted, sequences, blocks, visible)});
  });
  return why != success || ranks_.size() == 1 ? why : logits_.resize(count(wanted, vocab_));
}

status decoder_ranks::allocate_pool(std::size_t slots) {
  return each_rank([&](rank& one) { return one.pool.resize(slots * rank_bytes_); });
}

status decoder_ranks::begin(const step_batch& batch, transfers& through) {
  return each_rank([&](rank& one) { return one.steps->begin(batch, through, one.on.get()); });
}

status decoder_ranks::run(const step_batch& batch, std::span<const engine::page_read> reads) {
  const auto parts = ranks_.front().steps->parts();
  auto why = success;
  for (std::int32_t part = 0; why == success && part < parts; ++part) {
    why = each_rank([&](rank& one) {
      return one.steps->run_part(part, batch, page_, one.pool.data(), one.on.get());
    });
    const bool has_written = part % 2 == 0 && part + 1 < parts;
    for (std::size_t no = 0; why == success && has_written && no < ranks_.size(); ++no) {
      why = reads.empty() ? success : read_layer(no, part / 2, reads);
    }
    if (why == success && ranks_.size() > 1 && part + 1 < parts) {
      why = sum(count(batch.rows(), hidden_));
    }
  }
  return why == success && ranks_.size() > 1 ? gather(batch) : why;
}

status decoder_ranks::read_whole(std::span<const engine::page_read> reads) {
  auto why = success;
  for (std::size_t no = 0; why == success && no < ranks_.size(); ++no) {
    std::vector<host_copy> all;
    for (const auto& read : reads) {
      if (read.is_whole) {
        all.push_back({read.to.data() + no * rank_bytes_,
                       ranks_[no].pool.data() + read.slot * rank_bytes_, rank_bytes_});
      }
    }
    why = copy_beside(no, all, false);
  }
  return why;
}

status decoder_ranks::read_layer(std::size_t no, std::int32_t layer,
                                 std::span<const engine::page_read> reads) {
  const auto& one = ranks_[no];
  const auto& w = one.model.weights.layers[static_cast<std::size_t>(layer)];
  const bool is_one_page = one.model.shape.pages == 1;
  const auto page = is_one_page ? 0U : static_cast<std::uint32_t>(w.page);
  const auto first = static_cast<std::size_t>(is_one_page ? layer : w.page_layer) * layer_bytes_;
  std::vector<host_copy> all;
  for (const auto& read : reads) {
    if (!read.is_whole && read.page == page) {
      all.push_back({read.to.data() + no * rank_bytes_ + first,
                     one.pool.data() + read.slot * rank_bytes_ + first, layer_bytes_});
    }
  }
  return copy_beside(no, all, true);
}

status decoder_ranks::copy_beside(std::size_t no, std::span<const host_copy> all, bool after_step) {
  if (all.empty()) {
    return success;
  }
  const auto& one = ranks_[no];
  auto why = ranks_.size() == 1 ? success : use_device(static_cast<std::int32_t>(no));
  if (why == success && after_step) {
    why = one.written.order(one.on.get(), one.reading.get());
  }
  if (why == success) {
    why = copy_out_later(all, one.reading.get());
  }
  return why != success || ranks_.size() == 1 ? why : use_device(0);
}

status decoder_ranks::sum(std::size_t count) {
  std::vector<rank_part> parts;
  for (const auto& one : ranks_) {
    parts.push_back({one.steps->partial(), one.on.get()});
  }
  return add_up_->sum(parts, count);
}

status decoder_ranks::gather(const step_batch& batch) {
  return each_rank([&](rank& one) {
    const auto& model = one.model;
    return copy_columns({.to = logits_.data() + model.first_token,
                         .to_stride = static_cast<std::size_t>(vocab_),
                         .from = one.steps->logits(),
                         .columns = static_cast<std::size_t>(model.shape.vocab),
                         .rows = batch.wanted.size()},
                        one.on.get());
  });
}

status decoder_ranks::wait() const {
  for (const auto& one : ranks_) {
    if (const auto why = one.on.wait(); why != success) {
      return why;
    }
  }
  return success;
}

status decoder_ranks::wait_reads() const {
  for (const auto& one : ranks_) {
    if (const auto why = one.reading.wait(); why != success) {
      return why;
    }
  }
  return success;
}

const float* decoder_ranks::logits() const {
  return ranks_.size() == 1 ? ranks_.front().steps->logits() : logits_.data();
}

std::size_t decoder_ranks::page_bytes() const {
  return ranks_.size() * rank_bytes_;
}

status decoder_ranks::read_page(std::size_t slot, std::span<std::byte> data) const {
  TROUPE_CHECK(data.size() == page_bytes());
  auto why = success;
  for (std::size_t i = 0; why == success && i < ranks_.size(); ++i) {
    why = copy_out(data.data() + i * rank_bytes_, ranks_[i].pool.data() + slot * rank_bytes_,
                   rank_bytes_);
  }
  return why;
}

status decoder_ranks::write_page(std::size_t slot, std::span<const std::byte> data) {
  TROUPE_CHECK(data.size() == page_bytes());
  auto why = success;
  for (std::size_t i = 0; why == success && i < ranks_.size(); ++i) {
    why = copy_in(ranks_[i].pool.data() + slot * rank_bytes_, data.data() + i * rank_bytes_,
                  rank_bytes_);
  }
  return why;
}

} // namespace troupe::cuda
