// A small HTTP/1.1 server: a thread a connection, limits on everything that a client sends.
//
// Its own rather than a library's: a deadline over a whole request, bounds on heads and chunked
// bodies, and routes without std::regex are what it is for.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "serve/http.h"
#include "serve/router.h"

namespace fettle::serve {

class Server {
 public:
  // Binds and listens; port 0: a free one. host: a numeric address or localhost. Throws UsageError
  // for an address that cannot be read and IoError when it is taken. The router must outlive the
  // server.
  Server(const std::string& host, int port, const Router& router, Limits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // Serves until `stop` is true (looked at ten times a second). Requests being answered are
  // finished, then connections are closed.
  void run(const std::function<bool()>& stop);

 private:
  struct Client {
    int fd = -1;
    std::thread thread;
    bool done = false;  // guarded by mutex_
  };

  void accept_one();
  void serve(Client& client);
  // Joins threads that have ended; all: ends the others first.
  void reap(bool all);

  const Router& router_;
  Limits limits_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<Client> clients_;
};

}  // namespace fettle::serve
