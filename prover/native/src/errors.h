#pragma once

#include <stdexcept>
#include <string>

namespace poa {

/** What every refusal of the engine is thrown as. `code` is a stable name in capitals, for programs; the message is for people. */
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code(std::move(code)) {}

  const std::string code;
};

}  // namespace poa
