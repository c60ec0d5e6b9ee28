// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/rng.hpp"
#include "runtime/bus/endpoint.hpp"
#include "test/integration/bus/raw_peer.hpp"
#include "test/integration/bus/zmq_node.hpp"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <netinet/in.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

/// What encryption costs and what strangers cost, in figures: one JSON object on stdout. Beside
/// what half-open connections to the node cost, what as many to another process of this host do.
///   bus_figures [ROUNDS]      median and best of ROUNDS (default 5)
/// Everything runs on this host over loopback; the attackers are processes of their own.
namespace {

using namespace troupe;
using namespace troupe::test;
using steady = std::chrono::steady_clock;

constexpr std::size_t message_bytes = 200;
constexpr std::uint64_t messages = 200'000;
constexpr std::size_t crate_bytes = std::size_t{4} << 20U;
constexpr std::uint64_t crates = 100;
constexpr int asks = 1500;                    ///< At about one in a millisecond,
constexpr std::uint64_t asks_of_traffic = 20; ///< or so many at once.

double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

template <class F, class G>
void wait_until(F done, G what) {
  for (int i = 0; i < 60'000 && !done(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!done()) {
    std::fprintf(stderr, "bus_figures: nothing moved for a minute: %s\n", what().c_str());
    std::_Exit(1);
  }
}

/// The value below which `share` of them are.
double quantile(std::vector<double> all, double share) {
  std::ranges::sort(all);
  return all[static_cast<std::size_t>(static_cast<double>(all.size()) * share)];
}

double median(const std::vector<double>& all) {
  return quantile(all, 0.5);
}

/// Of one situation: the p99 of each round, and what all rounds saw.
struct waits {
  std::vector<double> p99;
  std::vector<double> all;

  void add(const std::vector<double>& round) {
    p99.push_back(quantile(round, 0.99));
    all.insert(all.end(), round.begin(), round.end());
  }
};

/// libzmq alone: one PUSH, one PULL, as many threads as ours.
double raw_messages_per_s(bool curve) {
  void* context = zmq_ctx_new();
  zmq_ctx_set(context, ZMQ_IO_THREADS, 2);
  void* pull = zmq_socket(context, ZMQ_PULL);
  void* push = zmq_socket(context, ZMQ_PUSH);
  const auto server = keys::make_secret_key();
  const auto client = keys::make_secret_key();
  const auto server_key = keys::link_key_of(server);
  const auto client_key = keys::link_key_of(client);
  if (curve) {
    const int one = 1;
    zmq_setsockopt(pull, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(pull, ZMQ_CURVE_SECRETKEY, server.value().data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_PUBLICKEY, client_key.value.data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_SECRETKEY, client.value().data(), keys::key_bytes);
    zmq_setsockopt(push, ZMQ_CURVE_SERVERKEY, server_key.value.data(), keys::key_bytes);
  }
  zmq_bind(pull, "tcp://127.0.0.1:0");
  char address[256];
  std::size_t size = sizeof address;
  zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, address, &size);
  zmq_connect(push, address);
  char data[message_bytes] = {};
  zmq_send(push, data, sizeof data, 0);
  zmq_recv(pull, data, sizeof data, 0);
  const auto start = steady::now();
  std::thread reader([&] {
    char got[message_bytes];
    for (std::uint64_t i = 0; i < messages; ++i) {
      zmq_recv(pull, got, sizeof got, 0);
    }
  });
  for (std::uint64_t i = 0; i < messages; ++i) {
    zmq_send(push, data, sizeof data, 0);
  }
  reader.join();
  const auto took = seconds_since(start);
  zmq_close(push);
  zmq_close(pull);
  zmq_ctx_term(context);
  return static_cast<double>(messages) / took;
}

/// Two nodes and a session from a to b, with keys or without. b counts; to questions it answers.
struct two_nodes {
  explicit two_nodes(bool with_keys) {
    const auto of_a = ring.make(1, role_speaker);
    const auto of_b = ring.make(2, role_listener);
    a = with_keys ? std::make_unique<zmq_node>(1, ring, of_a) : std::make_unique<zmq_node>(1);
    b = with_keys ? std::make_unique<zmq_node>(2, ring, of_b) : std::make_unique<zmq_node>(2);
    a->on_message = [this](const delivery&) {
      ++answers;
    };
    b->on_message = [this](const delivery& what) {
      ++heard_count;
      if (what.what == delivery::kind::request) {
        b->links->send(at_b, {.to = what.from,
                              .what = delivery::kind::response,
                              .request_id = what.request_id,
                              .body = message::of(note{})});
      }
    };
    at_a = a->spawn("a");
    at_b = b->spawn("b");
    a->links->connect(b->endpoint());
    wait_for([&] { return static_cast<bool>(a->links->find(b->links->self(), "b")); });
    to_b = a->links->find(b->links->self(), "b");
  }

  double messages_per_s() {
    const auto before = heard_count.load();
    const auto start = steady::now();
    for (std::uint64_t i = 0; i < messages; ++i) {
      a->links->send(at_a,
                     {.to = to_b, .body = message::of(note{.padding = bytes(message_bytes)})});
      if (i % 64 == 0) { // Within the window of ordered messages.
        wait_for([&] { return heard_count.load() - before + 16'384 > i; });
      }
    }
    wait_for([&] { return heard_count.load() - before == messages; });
    return static_cast<double>(messages) / seconds_since(start);
  }

  double bulk_bytes_per_s() {
    const blob data{bytes(crate_bytes)};
    const auto before = heard_count.load();
    const auto start = steady::now();
    for (std::uint64_t i = 0; i < crates; ++i) {
      a->links->send(at_a, {.to = to_b, .body = message::of(crate{.attachment = data})});
      wait_for([&] { return heard_count.load() - before + 8 > i; });
    }
    wait_for([&] { return heard_count.load() - before == crates; });
    return static_cast<double>(crates * crate_bytes) / seconds_since(start);
  }

  /// How long each answer takes from when the first question of its millisecond is asked; they come
  /// in order.
  std::vector<double> ask_us(std::uint64_t at_once = 1) {
    std::vector<double> all;
    for (int i = 0; i < asks; ++i) {
      const auto before = answers.load();
      const auto start = steady::now();
      for (std::uint64_t n = 0; n < at_once; ++n) {
        a->links->send(at_a, {.to = to_b,
                              .what = delivery::kind::request,
                              .request_id = ++last_request,
                              .body = message::of(question{.padding = bytes(message_bytes)})});
      }
      for (std::uint64_t got = 0; got < at_once;) {
        const auto come = answers.load() - before;
        if (come > got) {
          all.insert(all.end(), come - got, seconds_since(start) * 1e6);
          got = come;
        } else {
          std::this_thread::yield();
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return all;
  }

  template <class F>
  void wait_for(F done) const {
    wait_until(done, [&] {
      std::string text;
      for (const auto* each : {a.get(), b.get()}) {
        const auto now = each->links->count();
        for (const auto value : {now.sessions, now.waiting_messages, now.unreturned_bytes,
                                 now.frames_in, now.frames_out, now.messages_in, now.messages_out,
                                 now.dropped, now.refused.peers, now.refused.frames}) {
          text += std::to_string(value) + " ";
        }
        text += "| ";
      }
      return text + std::to_string(heard_count.load());
    });
  }

  key_ring ring;
  std::unique_ptr<zmq_node> a;
  std::unique_ptr<zmq_node> b;
  actor_ref at_a;
  actor_ref at_b;
  actor_ref to_b;
  std::uint64_t last_request = 0;
  std::atomic<std::uint64_t> heard_count{0};
  std::atomic<std::uint64_t> answers{0};
};

/// Attacks `port` with 1,000 connections a second until it is killed; never returns.
[[noreturn]] void attack(std::string_view how, int port) {
  rng draw(3);
  bytes junk(1024);
  for (auto& each : junk) {
    each = static_cast<std::byte>(draw.below(256));
  }
  const auto first = how == "junk" ? bytes_view(junk) : bytes_view{};
  std::deque<std::unique_ptr<half_open>> held;
  while (true) {
    held.push_back(std::make_unique<half_open>(port, 1, first));
    // 10,000 are open at once here; the server has closed the oldest long ago.
    if (held.size() > 10'000) {
      held.pop_front();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// A process of its own while it lives.
class attacker {
public:
  attacker(const char* program, const char* how, int port, std::chrono::milliseconds before) {
    const auto number = std::to_string(port);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      (void)::nice(19); // It stands for another machine, and shall not take the time of ours.
      ::execl(program, program, "attack", how, number.c_str(), nullptr);
      ::_exit(127);
    }
    std::this_thread::sleep_for(before);
  }
  attacker(const attacker&) = delete;
  attacker& operator=(const attacker&) = delete;
  ~attacker() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

private:
  pid_t child_ = 0;
};

/// A process that takes connections and ends each after two seconds, as a node does with silent
/// ones, and nothing more: attacking it costs this host what cannot be blamed on a node.
class bystander {
public:
  bystander() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (::bind(listener_, address, size) != 0 || ::listen(listener_, 1024) != 0
        || ::getsockname(listener_, address, &size) != 0) {
      std::perror("bus_figures: a listener");
      std::_Exit(1);
    }
    port_ = ntohs(at.sin_port);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      take_all();
    }
  }
  bystander(const bystander&) = delete;
  bystander& operator=(const bystander&) = delete;
  ~bystander() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    ::close(listener_);
  }

  [[nodiscard]] int port() const { return port_; }

private:
  [[noreturn]] void take_all() const {
    std::deque<std::pair<steady::time_point, int>> held;
    while (true) {
      const auto taken = ::accept(listener_, nullptr, nullptr);
      const auto now = steady::now();
      held.emplace_back(now, taken);
      while (now - held.front().first > 2s) {
        ::close(held.front().second);
        held.pop_front();
      }
    }
  }

  int listener_ = -1;
  int port_ = 0;
  pid_t child_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (argc == 4 && std::string_view(argv[1]) == "attack") {
    attack(argv[2], std::atoi(argv[3]));
  }
  const int rounds = argc == 2 ? std::max(1, std::atoi(argv[1])) : 5;
  std::vector<double> raw, raw_curve, plain, curve, bulk, sealed, plain50, quiet50;
  waits quiet, junk, half, elsewhere, traffic, traffic_junk, traffic_half;
  for (int i = 0; i < rounds; ++i) {
    raw.push_back(raw_messages_per_s(false));
    raw_curve.push_back(raw_messages_per_s(true));
    two_nodes without(false);
    plain.push_back(without.messages_per_s());
    bulk.push_back(without.bulk_bytes_per_s());
    plain50.push_back(median(without.ask_us()));
    two_nodes with(true);
    curve.push_back(with.messages_per_s());
    sealed.push_back(with.bulk_bytes_per_s());
    const auto port = port_of(with.b->endpoint());
    const auto alone = with.ask_us();
    quiet50.push_back(median(alone));
    quiet.add(alone);
    traffic.add(with.ask_us(asks_of_traffic));
    {
      const attacker noise(argv[0], "junk", port, 500ms);
      junk.add(with.ask_us());
      traffic_junk.add(with.ask_us(asks_of_traffic));
    }
    {
      // Long enough for 10,000 of them.
      const attacker silence(argv[0], "half_open", port, 10s);
      half.add(with.ask_us());
      traffic_half.add(with.ask_us(asks_of_traffic));
    }
    {
      const bystander other;
      const attacker silence(argv[0], "half_open", other.port(), 10s);
      elsewhere.add(with.ask_us());
    }
    const auto refused = with.b->links->count();
    if (refused.refused.peers + refused.refused.frames + refused.dropped != 0
        || refused.sessions != 1) {
      std::fputs("bus_figures: an attacker's bytes were handled\n", stderr);
      return 1;
    }
  }
  const auto say = [](const char* name, const std::vector<double>& all, bool more_is_better) {
    const auto best = more_is_better ? std::ranges::max(all) : std::ranges::min(all);
    std::printf("  \"%s\": {\"median\": %.0f, \"best\": %.0f}", name, median(all), best);
  };
  const char* separator = "{\n";
  const auto row = [&](const char* name, const std::vector<double>& all, bool more_is_better) {
    std::fputs(separator, stdout);
    separator = ",\n";
    say(name, all, more_is_better);
  };
  row("raw_msgs_per_s_200b", raw, true);
  row("raw_curve_msgs_per_s_200b", raw_curve, true);
  row("msgs_per_s_200b", plain, true);
  row("curve_msgs_per_s_200b", curve, true);
  row("bytes_per_s_4m", bulk, true);
  row("sealed_bytes_per_s_4m", sealed, true);
  row("ask_p50_us", plain50, false);
  row("curve_ask_p50_us", quiet50, false);
  row("curve_ask_p99_us", quiet.p99, false);
  row("curve_ask_p99_us_beside_junk", junk.p99, false);
  row("curve_ask_p99_us_beside_half_open", half.p99, false);
  row("curve_ask_p99_us_beside_half_open_elsewhere", elsewhere.p99, false);
  row("curve_traffic_p99_us", traffic.p99, false);
  row("curve_traffic_p99_us_beside_junk", traffic_junk.p99, false);
  row("curve_traffic_p99_us_beside_half_open", traffic_half.p99, false);
  // Of the rounds, and of all answers of all rounds, whose p99 is less a matter of chance.
  const auto ratio = [&](const char* name, const waits& of, const waits& to) {
    std::vector<double> each(of.p99.size());
    std::ranges::transform(of.p99, to.p99, each.begin(), std::divides{});
    std::printf(",\n  \"%s\": {\"median\": %.2f, \"best\": %.2f, \"of_all\": %.2f}", name,
                median(each), std::ranges::min(each),
                quantile(of.all, 0.99) / quantile(to.all, 0.99));
  };
  ratio("p99_beside_junk_of_quiet", junk, quiet);
  ratio("p99_beside_half_open_of_quiet", half, quiet);
  ratio("p99_beside_half_open_elsewhere_of_quiet", elsewhere, quiet);
  ratio("traffic_p99_beside_junk_of_quiet", traffic_junk, traffic);
  ratio("traffic_p99_beside_half_open_of_quiet", traffic_half, traffic);
  std::puts("\n}");
  return 0;
}
