// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/redis_store.hpp"

#include "actors/directory/store_record.hpp"

#include <utility>

namespace troupe {

redis_store::redis_store(options what, const clock& time)
    : secret_(what.cluster_secret), log_(std::move(what.log)) {
  redis::record_board_options how{.to = what.to,
                                  .board = {.prefix = "troupe:" + what.cluster + ":"}};
  how.board.records_max = limits::members_max;
  how.board.accepts = [secret = secret_](const redis::record& one) {
    return read_store_record(one.name, one.data, secret).has_value();
  };
  const auto where = redis::format_address(what.to);
  board_ = std::make_unique<redis::record_board>(
      std::move(how), time,
      redis::record_board::events{.records = [this](const std::vector<redis::record>& records,
                                                    bool in_time) { take(records, in_time); },
                                  .trouble =
                                      [log = log_, where](const error& why) {
                                        if (why.code == errc::none) {
                                          log.info("store_recovered", {{"store", where}});
                                        } else {
                                          log.warn("store_failed",
                                                   {{"store", where}, {"why", why.text}});
                                        }
                                      }});
}

void redis_store::listen(sink to) {
  const std::lock_guard lock(mutex_);
  sink_ = std::move(to);
}

void redis_store::take(const std::vector<redis::record>& records, bool in_time) {
  std::vector<join> out;
  for (const auto& one : records) {
    if (auto what = read_store_record(one.name, one.data, secret_)) {
      out.push_back(*std::move(what));
    }
  }
  const std::lock_guard lock(mutex_);
  if (sink_) {
    sink_(std::move(out), in_time);
  }
}

void redis_store::post(const join& what) {
  if (!board_->post(store_record_name(what.me.node.node), write_store_record(what, secret_))) {
    log_.warn("record_not_kept", {{"node", what.me.name}, {"why", "it is too long, or too many"}});
  }
}

void redis_store::withdraw(const node_ref& who) {
  board_->withdraw(store_record_name(who.node));
}

} // namespace troupe
