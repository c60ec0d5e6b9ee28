// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/server.hpp"

#include "runtime/http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <vector>

namespace troupe::http {

namespace {

using boost::system::error_code;
using tcp = boost::asio::ip::tcp;

error listen_error(const error_code& why, const server_options& options) {
  const auto where = options.address + ":" + std::to_string(options.port);
  if (why == boost::asio::error::address_in_use) {
    return {errc::port_in_use,
            where + " is in use by another process; stop it or choose another port (0 for any)",
            where};
  }
  return {errc::io_failed, "cannot listen on " + where + ": " + why.message(), where};
}

} // namespace

class server::impl {
public:
  impl(server_options options, handler serve)
      : options_(std::move(options)), serve_(std::move(serve)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      threads_.push_back(std::make_unique<io_thread>(options_.bounds, serve_, connections_));
    }
    acceptor_ = std::make_unique<tcp::acceptor>(threads_[0]->context());
    retry_ = std::make_unique<boost::asio::steady_timer>(threads_[0]->context());
  }

  result<void> listen() {
    auto why = error_code{};
    const auto* name = options_.address == "localhost" ? "127.0.0.1" : options_.address.c_str();
    const auto address = boost::asio::ip::make_address(name, why);
    if (why) {
      return error{errc::invalid_value,
                   "'" + options_.address + "' is not an IP address; give one, such as 127.0.0.1",
                   "address"};
    }
    const auto endpoint = tcp::endpoint{address, options_.port};
    acceptor_->open(endpoint.protocol(), why);
    if (!why) {
      acceptor_->set_option(tcp::acceptor::reuse_address{true}, why);
    }
    if (!why) {
      acceptor_->bind(endpoint, why);
    }
    if (!why) {
      acceptor_->listen(boost::asio::socket_base::max_listen_connections, why);
    }
    if (why) {
      return listen_error(why, options_);
    }
    port_ = acceptor_->local_endpoint(why).port();
    boost::asio::post(threads_[0]->context(), [this] { accept(); });
    for (const auto& thread : threads_) {
      thread->run();
    }
    running_ = true;
    return {};
  }

  std::uint16_t port() const { return port_; }
  std::size_t connection_count() const { return connections_.load(); }

  void stop(duration drain_timeout) {
    if (!running_) {
      return;
    }
    running_ = false;
    boost::asio::post(threads_[0]->context(), [this] {
      auto ignored = error_code{};
      closing_ = true;
      acceptor_->close(ignored);
      retry_->cancel();
    });
    for (const auto& thread : threads_) {
      thread->drain();
    }
    const auto deadline = machine_clock().now() + drain_timeout;
    while (connections_.load() > 0 && machine_clock().now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    while (connections_.load() > 0) {
      for (const auto& thread : threads_) {
        thread->abort();
      }
      std::this_thread::sleep_for(1ms);
    }
    for (const auto& thread : threads_) {
      thread->join();
    }
  }

private:
  void accept() {
    auto& thread = *threads_[next_++ % threads_.size()];
    acceptor_->async_accept(thread.context(), [this, &thread](error_code why, tcp::socket socket) {
      if (closing_ || why == boost::asio::error::operation_aborted) {
        return;
      }
      if (why) {
        // Most likely out of descriptors: accepting at once would spin.
        retry_->expires_after(std::chrono::milliseconds{50});
        retry_->async_wait([this](error_code stopped) {
          if (!stopped && !closing_) {
            accept();
          }
        });
        return;
      }
      adopt(thread, std::move(socket));
      accept();
    });
  }

  void adopt(io_thread& thread, tcp::socket socket) {
    if (connections_.fetch_add(1) >= options_.bounds.connections_max) {
      --connections_;
      return;
    }
    boost::asio::post(thread.context(), [&thread, moved = std::move(socket)]() mutable {
      thread.adopt(std::move(moved));
    });
  }

  server_options options_;
  handler serve_;
  std::atomic<std::size_t> connections_{0};
  std::vector<std::unique_ptr<io_thread>> threads_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<boost::asio::steady_timer> retry_;
  std::size_t next_ = 0;
  std::uint16_t port_ = 0;
  bool closing_ = false;
  bool running_ = false;
};

server::server(std::unique_ptr<impl> made) : impl_(std::move(made)) {
}

server::~server() {
  stop(0s);
}

result<std::unique_ptr<server>> server::start(server_options options, handler serve) {
  auto made = std::make_unique<impl>(std::move(options), std::move(serve));
  if (auto listening = made->listen(); !listening) {
    return std::move(listening).err();
  }
  return std::unique_ptr<server>{new server{std::move(made)}};
}

std::uint16_t server::port() const {
  return impl_->port();
}

std::size_t server::connection_count() const {
  return impl_->connection_count();
}

void server::stop(duration drain_timeout) {
  impl_->stop(drain_timeout);
}

} // namespace troupe::http
