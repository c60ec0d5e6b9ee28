// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/other_hosts.hpp"

#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/hosts/host_runner.hpp"
#include "apps/troupe/hosts/ssh_command.hpp"
#include "apps/troupe/key_options.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/run_program.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <future>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

constexpr duration quiet_max = 3s; ///< What lasts longer is told of.

std::string memory_of(const std::string& run_dir) {
  return run_dir + "/hosts.yaml";
}

/// Where the agent here is or will be joined.
std::string join_here(const command_context& cx, const cluster_file& file) {
  if (const auto agent = find_agent(cx)) {
    return agent->bus_endpoint;
  }
  auto out = "tcp://" + file.listen;
  if (!cx.config.keys.empty()) {
    const auto mine =
        keys::load_node_keys(keys_of_node(cx, agent_name(file.name, {})), wall_seconds());
    out += mine ? "#" + keys::to_text(mine->me.link_key) : "";
  }
  return out;
}

json::value texts(const std::vector<std::string>& all) {
  json::value list{json::value::array{}};
  for (const auto& one : all) {
    list.push_back(one);
  }
  return list;
}

} // namespace

std::string keys_of_node(const command_context& cx, const std::string& node) {
  return (std::filesystem::absolute(cx.config.keys) / "nodes" / node).string();
}

other_hosts::other_hosts(const command_context& cx, const cluster_file& file)
    : cx_(cx), file_(file) {
  for (const auto& host : file.hosts) {
    plans_.emplace_back(file, host, process::executable_path());
  }
}

result<void> other_hosts::prepare() {
  if (auto fine = check_links(file_, !cx_.config.keys.empty()); !fine) {
    return fine;
  }
  for (const auto& plan : plans_) {
    host_bundle bundle{.cluster_file = slice_of(file_, plan.host())};
    for (const auto& node : plan.node_names()) {
      if (cx_.config.keys.empty()) {
        break;
      }
      auto some = pack_keys(keys_of_node(cx_, node), node);
      if (!some) {
        return some.err();
      }
      std::ranges::move(*some, std::back_inserter(bundle.keys));
    }
    bundles_.push_back(std::move(bundle));
  }
  return {};
}

int other_hosts::print_commands(const std::vector<std::string>& agent) const {
  json::value all{json::value::array{}};
  all.push_back(json::object_of({{"host", ""}, {"argv", texts(agent)}}));
  std::string for_people = "# this host\n" + quote_words(agent) + "\n";
  const auto join = join_here(cx_, file_);
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const auto& host = plans_[i].host();
    const auto look = ssh_command(cx_.config.ssh, host, plans_[i].ask_version());
    const auto start = ssh_command(cx_.config.ssh, host, plans_[i].start(join));
    std::vector<std::string> files;
    for (const auto& key : bundles_[i].keys) {
      files.push_back(key.node + "/" + key.file);
    }
    all.push_back(json::object_of({{"host", host.name}, {"argv", texts(look)}}));
    all.push_back(json::object_of({{"host", host.name},
                                   {"argv", texts(start)},
                                   {"cluster_file", bundles_[i].cluster_file},
                                   {"keys", texts(files)}}));
    for_people += "# host " + host.name + "\n" + quote_words(look) + "\n" + quote_words(start)
                  + " # reads " + std::to_string(files.size())
                  + " files of keys and this cluster file:\n";
    for (std::size_t at = 0; at < bundles_[i].cluster_file.size();) {
      const auto end = bundles_[i].cluster_file.find('\n', at);
      for_people += "#   " + bundles_[i].cluster_file.substr(at, end - at) + "\n";
      at = end + 1;
    }
  }
  std::fputs((cx_.wants_json() ? json::write(json::object_of({{"commands", std::move(all)}})) + "\n"
                               : for_people)
                 .c_str(),
             stdout);
  return 0;
}

result<void> other_hosts::remember(const std::string& run_dir) const {
  if (file_.hosts.empty()) {
    return {};
  }
  auto all = file_;
  add_remembered_hosts(run_dir, all);
  return process::write_file_atomic(memory_of(run_dir), write_hosts(all));
}

std::vector<result<void>> other_hosts::start(const std::string& join) const {
  return with_runner([&](host_runner& runner) { return runner.start(plans_, bundles_, join); });
}

std::vector<result<void>> other_hosts::stop() const {
  return with_runner([&](host_runner& runner) { return runner.stop(plans_); });
}

std::vector<result<void>> other_hosts::with_runner(const host_work& work) const {
  if (plans_.empty()) {
    return {};
  }
  const auto program = process::find_program(cx_.config.ssh, cx_.environment);
  if (!program) {
    return {program.err()};
  }
  host_runner runner(*program, cx_.environment);
  auto done = std::async(std::launch::async, [&] { return work(runner); });
  while (done.wait_for(quiet_max) != std::future_status::ready) {
    std::string names;
    for (const auto& one : runner.pending()) {
      names += (names.empty() ? "" : ", ") + one;
    }
    std::fprintf(stderr, "waiting for ssh to %s\n", names.c_str());
  }
  return done.get();
}

void add_remembered_hosts(const std::string& run_dir, cluster_file& file) {
  const auto before = read_cluster_file(memory_of(run_dir));
  if (!before || before->name != file.name) {
    return;
  }
  for (const auto& host : before->hosts) {
    if (std::ranges::find(file.hosts, host.name, &cluster_host::name) == file.hosts.end()) {
      file.hosts.push_back(host);
    }
  }
}

void forget_hosts(const std::string& run_dir) {
  ::unlink(memory_of(run_dir).c_str());
}

} // namespace troupe
