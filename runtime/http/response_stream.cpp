// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/response_stream.hpp"

#include "runtime/http/stream_core.hpp"

namespace troupe::http {

struct response_stream::owner {
  explicit owner(std::shared_ptr<stream_core> of) : core(std::move(of)) {}
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() { core->abandon(); }

  std::shared_ptr<stream_core> core;
};

response_stream::response_stream(std::shared_ptr<stream_core> core)
    : owner_(std::make_shared<owner>(std::move(core))) {
}

result<void> response_stream::send(int status, const header_list& headers, std::string body) const {
  return owner_->core->send(status, headers, std::move(body));
}

result<void> response_stream::start(int status, const header_list& headers) const {
  return owner_->core->start(status, headers);
}

result<void> response_stream::write(std::string_view data) const {
  return owner_->core->write(data);
}

result<void> response_stream::finish() const {
  return owner_->core->finish();
}

std::size_t response_stream::queued_bytes() const {
  return owner_->core->queued_bytes();
}

void response_stream::on_closed(std::function<void()> gone) const {
  owner_->core->on_closed(std::move(gone));
}

} // namespace troupe::http
