// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/board_round.hpp"

#include <algorithm>
#include <utility>

namespace troupe::redis {

namespace {

constexpr std::size_t name_size = 16;
constexpr std::size_t complaint_max = 200;

bool is_wrong_type(const reply& what) {
  return what.what == reply::kind::failure && what.text.starts_with("WRONGTYPE");
}

} // namespace

bool is_record_name(std::string_view name) {
  return name.size() == name_size && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string board_round::key_of(const std::string& name) const {
  return options_.prefix + "node:" + name;
}

std::vector<command> board_round::begin(const std::map<std::string, bytes>& own) {
  step_ = step::write;
  records_.clear();
  asked_.clear();
  unread_.clear();
  forget_ = {"SREM", index()};
  drop_ = {"UNLINK"};
  own_.clear();
  complaint_.clear();
  was_refused_ = false;
  std::vector<command> out;
  if (std::exchange(index_is_bad_, false)) {
    out.push_back({"UNLINK", index()});
  }
  const auto lease_ms = std::chrono::duration_cast<std::chrono::milliseconds>(options_.lease);
  command add{"SADD", index()};
  for (const auto& [name, data] : own) {
    own_.push_back(name);
    out.push_back(
        {"SET", key_of(name), std::string(as_text(data)), "PX", std::to_string(lease_ms.count())});
    add.push_back(name);
  }
  if (add.size() > 2) {
    out.push_back(std::move(add));
  }
  out.push_back({"SCARD", index()});
  return out;
}

std::vector<command> board_round::next(const std::vector<reply>& answers) {
  for (const auto& one : answers) {
    if (one.what == reply::kind::failure && !is_wrong_type(one)) {
      complaint_ = complaint_.empty() ? one.text.substr(0, complaint_max) : complaint_;
      was_refused_ = was_refused_ || step_ != step::tidy;
    }
  }
  switch (step_) {
    case step::write:
      return after_write(answers);
    case step::list:
      return after_list(answers);
    case step::read:
      return after_read(answers);
    case step::tidy:
      break;
  }
  return {};
}

// The last answer is the size of the index.
std::vector<command> board_round::after_write(const std::vector<reply>& answers) {
  step_ = step::list;
  const auto& size = answers.back();
  const bool is_too_large = size.what == reply::kind::integer
                            && size.integer > static_cast<std::int64_t>(options_.records_max);
  if (is_wrong_type(size) || is_too_large) {
    ++rejected_;
    std::vector<command> out{{"UNLINK", index()}};
    if (!own_.empty()) {
      command add{"SADD", index()};
      add.insert(add.end(), own_.begin(), own_.end());
      out.push_back(std::move(add));
    }
    out.push_back({"SMEMBERS", index()});
    return out;
  }
  return {{"SMEMBERS", index()}};
}

std::vector<command> board_round::after_list(const std::vector<reply>& answers) {
  for (const auto& item : answers.back().items) {
    if (!is_record_name(item.text)) {
      ++rejected_;
      forget_.push_back(item.text);
    } else if (known_.size() < options_.records_max) {
      known_.try_emplace(item.text, 0);
    }
  }
  for (const auto& [name, misses] : known_) {
    unread_.push_back(name);
  }
  return read_more();
}

std::vector<command> board_round::read_more() {
  if (unread_.empty()) {
    return tidy();
  }
  step_ = step::read;
  asked_.clear();
  std::vector<command> out;
  const auto last = std::to_string(options_.record_bytes_max); // One byte more shows the excess.
  while (!unread_.empty() && out.size() < batch_max) {
    out.push_back({"GETRANGE", key_of(unread_.back()), "0", last});
    asked_.push_back(std::move(unread_.back()));
    unread_.pop_back();
  }
  return out;
}

bool board_round::take(const std::string& name, const reply& answer) {
  if (answer.what != reply::kind::text || answer.text.empty()
      || answer.text.size() > options_.record_bytes_max) {
    return false;
  }
  const auto data = as_bytes_view(answer.text);
  record one{name, bytes(data.begin(), data.end())};
  if (options_.accepts && !options_.accepts(one)) {
    ++rejected_;
    return false;
  }
  records_.push_back(std::move(one));
  return true;
}

std::vector<command> board_round::after_read(const std::vector<reply>& answers) {
  for (std::size_t i = 0; i < answers.size() && i < asked_.size(); ++i) {
    const auto& name = asked_[i];
    if (take(name, answers[i])) {
      known_[name] = 0;
      continue;
    }
    if (answers[i].what == reply::kind::failure && !is_wrong_type(answers[i])) {
      continue; // It may be there.
    }
    if (is_wrong_type(answers[i]) || answers[i].text.size() > options_.record_bytes_max) {
      ++rejected_;
      drop_.push_back(key_of(name));
    }
    if (++known_[name] >= misses_max) {
      known_.erase(name);
      forget_.push_back(name);
    }
  }
  return read_more();
}

std::vector<command> board_round::tidy() {
  step_ = step::tidy;
  std::vector<command> out;
  if (forget_.size() > 2) {
    out.push_back(forget_);
  }
  if (drop_.size() > 1) {
    out.push_back(drop_);
  }
  return out;
}

void board_round::broke(bool answered_too_much) {
  // Of a list the items are as others wrote them: one may be a gigabyte.
  index_is_bad_ = answered_too_much && step_ == step::list;
}

std::vector<command> board_round::withdraw(const std::map<std::string, bytes>& own) const {
  std::vector<command> out;
  for (const auto& [name, data] : own) {
    out.push_back({"UNLINK", key_of(name)});
    out.push_back({"SREM", index(), name});
  }
  return out;
}

} // namespace troupe::redis
