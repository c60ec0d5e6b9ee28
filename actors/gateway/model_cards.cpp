// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/model_cards.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

model_cards::model_cards(const gateway_config& config, text_registry& texts, card_reader& reader)
    : config_(config), texts_(texts), reader_(reader) {
}

bool model_cards::have(const std::string& name, const model_digest& digest) const {
  const auto text = texts_.find(name);
  return text != nullptr && text->digest() == digest;
}

void model_cards::update(const cluster_view& view, context& cx) {
  auto served = view.models();
  std::erase_if(models_, [&](const auto& item) { return !served.contains(item.first); });
  for (auto& [name, source] : served) {
    if (!models_.contains(name) && models_.size() >= config_.models_max) {
      continue;
    }
    auto& which = models_[name];
    const bool changed = which.source.digest != source.digest;
    which.source = std::move(source);
    if (changed) {
      which.asked = 0;
      which.reading = 0;
      which.tries = 0;
    }
    if (which.asked == 0 && which.reading == 0 && (changed || which.retry_at == time_point::max())
        && !have(name, which.source.digest)) {
      ask(name, which, cx);
    }
  }
}

void model_cards::ask(const std::string& name, model& which, context& cx) {
  const auto& workers = which.source.workers;
  const auto& worker = workers[which.tries % workers.size()];
  const auto known = texts_.find(name);
  ++which.tries;
  which.retry_at = time_point::max();
  which.asked =
      cx.out.request(worker, model_card_query{.have = known ? known->digest() : model_digest{}},
                     cx.now + config_.card_timeout);
}

void model_cards::retry_later(model& which, time_point now) const {
  const auto doublings = std::min<std::uint32_t>(which.tries, 10);
  which.retry_at =
      now + std::min<duration>(config_.card_retry_min * (1U << doublings), config_.card_retry_max);
}

bool model_cards::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto asked =
      std::ranges::find_if(models_, [&](const auto& item) { return item.second.asked == request; });
  if (asked == models_.end()) {
    return false;
  }
  auto& which = asked->second;
  which.asked = 0;
  const auto* card = answer.body.as<model_card>();
  if (card == nullptr || card->digest != which.source.digest) {
    retry_later(which, cx.now);
    return true;
  }
  which.reading = ++last_read_;
  if (!reader_.try_submit({which.reading, *card})) {
    which.reading = 0;
    retry_later(which, cx.now);
  }
  return true;
}

void model_cards::on_read(const card_read& what, context& cx) {
  const auto found = std::ranges::find_if(
      models_, [&](const auto& item) { return item.second.reading == what.number; });
  if (found == models_.end()) {
    return; // another digest is served meanwhile, or nobody serves it
  }
  auto& [name, which] = *found;
  which.reading = 0;
  if (what.text) {
    keep(name, *what.text);
  } else {
    retry_later(which, cx.now);
  }
}

void model_cards::keep(const std::string& name, std::shared_ptr<const model_text> text) {
  auto next = *texts_.current();
  next.insert_or_assign(name, std::move(text));
  for (auto item = next.begin(); item != next.end() && next.size() > config_.models_max;) {
    item = models_.contains(item->first) ? std::next(item) : next.erase(item);
  }
  texts_.publish(std::move(next));
}

void model_cards::tick(context& cx) {
  for (auto& [name, which] : models_) {
    if (which.retry_at <= cx.now) {
      ask(name, which, cx);
    }
  }
}

std::optional<time_point> model_cards::next_wake() const {
  auto soonest = time_point::max();
  for (const auto& [name, which] : models_) {
    soonest = std::min(soonest, which.retry_at);
  }
  return soonest == time_point::max() ? std::nullopt : std::optional{soonest};
}

} // namespace troupe
