// Rows of a query on a PostgreSQL server, read through a cursor in a read-only transaction.
#pragma once

#include <memory>
#include <string_view>

#include "data/collect/reader.h"

namespace fettle::data::collect {

[[nodiscard]] bool is_postgres(std::string_view path);  // postgresql:// or postgres://

// `config.path` names user, host, port and database; the password comes from PGPASSWORD or
// ~/.pgpass and never from the recipe. The server writes each row as JSON (row_to_json). Throws
// UsageError for a query without ORDER BY, whose rows would come in any order, and for an address
// with a password; DataError, with the server's reason, where it refuses.
[[nodiscard]] std::unique_ptr<PartReader> open_postgres(const SourceConfig& config,
                                                        const Place& from);

}  // namespace fettle::data::collect
