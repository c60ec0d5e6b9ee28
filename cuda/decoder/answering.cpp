// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/answering.hpp"

#include "cuda/core/sample_row.hpp"
#include "cuda/decoder/statuses.hpp"
#include "cuda/ops/logprobs.hpp"
#include "messages/vocab/sampling_limits.hpp"

#include <algorithm>

namespace troupe::cuda {
status answering::reserve(std::int32_t tokens, std::int32_t vocab) {
  const auto rows = count(tokens, 1);
  room_ = room_for_a_row(static_cast<std::uint32_t>(vocab));
  return first_of({how_.resize(rows), tokens_.resize(rows), places_.resize(rows),
                   rules_.resize(rows), index_.resize(rows), logprob_.resize(rows),
                   ruled_.resize(count(tokens, vocab)), rule_tokens_.resize(room_.tokens),
                   edits_.resize(room_.edits), top_ids_.resize(rows * limits::top_logprobs_max),
                   top_logprobs_.resize(rows * limits::top_logprobs_max)});
}

status answering::begin(std::span<const engine::step_row> rows, std::int32_t vocab,
                        transfers& through, stream on) {
  work_ = {.vocab = vocab};
  std::vector<ops::sample_row> how;
  for (const auto& row : rows) {
    if (!row.wants_token) {
      continue;
    }
    if (row.how.logprobs) {
      work_.asked.push_back(static_cast<std::int32_t>(how.size()));
      work_.tops.push_back(std::min(row.how.top_logprobs, static_cast<std::uint32_t>(vocab)));
    }
    how.push_back(sample_row_of(row.how, row.choice, row.index));
  }
  work_.rules = rules_of(rows, static_cast<std::uint32_t>(vocab), room_);
  work_.tokens = static_cast<std::int32_t>(how.size());
  work_.top = work_.asked.empty() ? 0 : std::ranges::max(work_.tops);
  return first_of({through.write(how_, std::span<const ops::sample_row>{how}, on),
                   through.write(places_, std::span<const std::int32_t>{work_.rules.places}, on),
                   through.write(rules_, std::span<const ops::rule_row>{work_.rules.rows}, on),
                   through.write(index_, std::span<const std::int32_t>{work_.asked}, on)});
}

status answering::run(const float* logits, transfers& through, stream on) {
  if (work_.tokens == 0) {
    return success;
  }
  auto why = rule(logits, through, on);
  if (why == success) {
    why = ops::sample({.logits = logits,
                       .logits_stride = count(1, work_.vocab),
                       .rows = work_.tokens,
                       .vocab = work_.vocab,
                       .how = how_.data(),
                       .ruled = ruled_.data(),
                       .ruled_place = places_.data(),
                       .tokens = tokens_.data()},
                      on);
  }
  if (why == success) {
    why = through.read(tokens_, count(work_.tokens, 1), on, work_.drawn);
  }
  return why == success && !work_.asked.empty() ? tell(logits, through, on) : why;
}

status answering::rule(const float* logits, transfers& through, stream on) {
  const auto& all = work_.rules;
  auto why = success;
  for (const auto& pass : all.passes) {
    if (why == success) {
      const std::span tokens{all.tokens};
      const std::span edits{all.edits};
      why = first_of(
          {through.write(rule_tokens_, tokens.subspan(pass.tokens, pass.tokens_end - pass.tokens),
                         on),
           through.write(edits_, edits.subspan(pass.edits, pass.edits_end - pass.edits), on)});
    }
    if (why == success) {
      why = ops::apply_rules({.logits = logits,
                              .count = static_cast<std::int32_t>(pass.rows_end - pass.rows),
                              .vocab = work_.vocab,
                              .rows = rules_.data() + pass.rows,
                              .tokens = rule_tokens_.data(),
                              .edits = edits_.data(),
                              .out = ruled_.data() + pass.rows * count(work_.vocab, 1)},
                             on);
    }
  }
  return why;
}

status answering::tell(const float* logits, transfers& through, stream on) {
  const auto asked = work_.asked.size();
  const auto why = ops::logprobs({.logits = logits,
                                  .rows = static_cast<std::int32_t>(asked),
                                  .vocab = work_.vocab,
                                  .index = index_.data(),
                                  .tokens = tokens_.data(),
                                  .top = static_cast<std::int32_t>(work_.top),
                                  .logprob = logprob_.data(),
                                  .top_ids = top_ids_.data(),
                                  .top_logprobs = top_logprobs_.data()},
                                 on);
  return why != success
             ? why
             : first_of({through.read(logprob_, asked, on, work_.logprobs),
                         through.read(top_ids_, asked * work_.top, on, work_.top_ids),
                         through.read(top_logprobs_, asked * work_.top, on, work_.top_logprobs)});
}

void answering::finish(engine::step_output& out) const {
  const auto before = out.tokens.size();
  out.tokens.insert(out.tokens.end(), work_.drawn.begin(), work_.drawn.end());
  for (std::size_t i = 0; i < work_.asked.size(); ++i) {
    const auto at = static_cast<std::size_t>(work_.asked[i]);
    out.logprobs.resize(std::max(out.logprobs.size(), before + at + 1));
    if (work_.drawn[at] == ops::no_token) {
      continue;
    }
    auto& told = out.logprobs[before + at];
    told.logprob = work_.logprobs[i];
    for (auto n = i * work_.top; n < i * work_.top + work_.tops[i]; ++n) {
      told.top.push_back({work_.top_ids[n], work_.top_logprobs[n]});
    }
  }
}

} // namespace troupe::cuda
