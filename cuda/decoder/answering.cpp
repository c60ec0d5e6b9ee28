// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/answering.hpp"

#include "cuda/core/sample_row.hpp"
#include "cuda/decoder/statuses.hpp"
#include "cuda/ops/logprobs.hpp"

#include <algorithm>
#include <bit>

namespace troupe::cuda {
namespace {

/// Room for `count`, by powers of two.
template <class T>
status grow(device_buffer<T>& buffer, std::size_t count) {
  return buffer.size() >= count ? success : buffer.resize(std::bit_ceil(count));
}

template <class T>
status write(device_buffer<T>& buffer, const std::vector<T>& from) {
  const auto why = grow(buffer, from.size());
  return why == success && !from.empty() ? buffer.write(from) : why;
}

template <class T>
status read(const device_buffer<T>& buffer, std::vector<T>& to) {
  return to.empty() ? success : copy_out(to.data(), buffer.data(), to.size() * sizeof(T));
}

} // namespace

status answering::reserve(std::size_t tokens) {
  return first_of({how_.resize(tokens), tokens_.resize(tokens), places_.resize(tokens)});
}

status answering::run(std::span<const engine::step_row> rows, const float* logits,
                      std::int32_t vocab, const owned_stream& on, engine::step_output& out) {
  std::vector<ops::sample_row> how;
  for (const auto& row : rows) {
    if (row.wants_token) {
      how.push_back(sample_row_of(row.how, row.choice, row.index));
    }
  }
  if (how.empty()) {
    return success;
  }
  const auto rules = rules_of(rows, static_cast<std::uint32_t>(vocab));
  auto why = rules.rows.empty() ? success : rule(rules, logits, vocab, on.get());
  if (why == success) {
    why = draw(rules, how, logits, vocab, on.get());
  }
  return why == success ? tell(rows, logits, vocab, on, out) : why;
}

status answering::rule(const rule_batch& rules, const float* logits, std::int32_t vocab,
                       stream on) {
  const auto why = first_of({write(rules_, rules.rows), write(rule_tokens_, rules.tokens),
                             write(edits_, rules.edits),
                             grow(ruled_, rules.rows.size() * static_cast<std::size_t>(vocab))});
  return why != success ? why
                        : ops::apply_rules({.logits = logits,
                                            .count = static_cast<std::int32_t>(rules.rows.size()),
                                            .vocab = vocab,
                                            .rows = rules_.data(),
                                            .tokens = rule_tokens_.data(),
                                            .edits = edits_.data(),
                                            .out = ruled_.data()},
                                           on);
}

status answering::draw(const rule_batch& rules, const std::vector<ops::sample_row>& how,
                       const float* logits, std::int32_t vocab, stream on) {
  const auto why = first_of({how_.write(how), places_.write(rules.places)});
  return why != success ? why
                        : ops::sample({.logits = logits,
                                       .logits_stride = static_cast<std::size_t>(vocab),
                                       .rows = static_cast<std::int32_t>(how.size()),
                                       .vocab = vocab,
                                       .how = how_.data(),
                                       .ruled = ruled_.data(),
                                       .ruled_place = places_.data(),
                                       .tokens = tokens_.data()},
                                      on);
}

status answering::tell(std::span<const engine::step_row> rows, const float* logits,
                       std::int32_t vocab, const owned_stream& on, engine::step_output& out) {
  std::vector<std::int32_t> asked; // Rows of logits.
  std::vector<std::uint32_t> tops;
  std::int32_t number = 0;
  for (const auto& row : rows) {
    if (row.wants_token && row.how.logprobs) {
      asked.push_back(number);
      tops.push_back(std::min(row.how.top_logprobs, static_cast<std::uint32_t>(vocab)));
    }
    number += row.wants_token ? 1 : 0;
  }
  const auto top = asked.empty() ? std::size_t{0} : std::size_t{std::ranges::max(tops)};
  const auto all_tops = asked.size() * top;
  std::vector<float> logprobs(asked.size());
  std::vector<std::uint32_t> ids(all_tops);
  std::vector<float> top_logprobs(all_tops);
  auto why = success;
  if (!asked.empty()) {
    why = first_of({write(index_, asked), grow(logprob_, asked.size()), grow(top_ids_, all_tops),
                    grow(top_logprobs_, all_tops)});
    if (why == success) {
      why = ops::logprobs({.logits = logits,
                           .rows = static_cast<std::int32_t>(asked.size()),
                           .vocab = vocab,
                           .index = index_.data(),
                           .tokens = tokens_.data(),
                           .top = static_cast<std::int32_t>(top),
                           .logprob = logprob_.data(),
                           .top_ids = top_ids_.data(),
                           .top_logprobs = top_logprobs_.data()},
                          on.get());
    }
  }
  std::vector<std::uint32_t> tokens(static_cast<std::size_t>(number));
  if (why == success) {
    why = on.wait();
  }
  if (why == success) {
    why = first_of({read(tokens_, tokens), read(logprob_, logprobs), read(top_ids_, ids),
                    read(top_logprobs_, top_logprobs)});
  }
  if (why != success) {
    return why;
  }
  const auto before = out.tokens.size();
  out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto at = static_cast<std::size_t>(asked[i]);
    out.logprobs.resize(std::max(out.logprobs.size(), before + at + 1));
    if (tokens[at] == ops::no_token) {
      continue;
    }
    auto& told = out.logprobs[before + at];
    told.logprob = logprobs[i];
    for (std::size_t n = 0; n < tops[i]; ++n) {
      told.top.push_back({ids[i * top + n], top_logprobs[i * top + n]});
    }
  }
  return success;
}

} // namespace troupe::cuda
