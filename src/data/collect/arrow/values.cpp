#include "data/collect/arrow/values.h"

#include <arrow/util/decimal.h>

#include <cmath>

#include "base/error.h"

namespace fettle::data::collect {
namespace {

constexpr int kMaxDepth = 48;

void check_type(const arrow::DataType& type, int depth, const std::string& name) {
  if (depth > kMaxDepth) {
    throw DataError("{}: a column nests more than {} types; flatten it", name, kMaxDepth);
  }
  for (const auto& child : type.fields()) check_type(*child->type(), depth + 1, name);
}

template <class ArrayType>
Json number(const arrow::Array& array, std::int64_t index) {
  return Json(static_cast<const ArrayType&>(array).Value(index));
}

// JSON has no NaN and no infinity.
template <class ArrayType>
Json real(const arrow::Array& array, std::int64_t index) {
  const double value = static_cast<double>(static_cast<const ArrayType&>(array).Value(index));
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

template <class ArrayType>
Json words(const arrow::Array& array, std::int64_t index) {
  return Json(std::string(static_cast<const ArrayType&>(array).GetView(index)));
}

template <class ArrayType>
Json bytes(const arrow::Array& array, std::int64_t index, const Cell& cell) {
  return Json{{"file", cell.file},
              {"row", cell.row},
              {"column", cell.column},
              {"bytes", static_cast<const ArrayType&>(array).GetView(index).size()}};
}

template <class ArrayType>
Json list(const arrow::Array& array, std::int64_t index, const Cell& cell) {
  const auto& items = static_cast<const ArrayType&>(array);
  Json out = Json::array();
  const std::int64_t begin = items.value_offset(index);
  for (std::int64_t i = 0; i < items.value_length(index); ++i) {
    out.push_back(value_at(*items.values(), begin + i, cell));
  }
  return out;
}

Json structure(const arrow::Array& array, std::int64_t index, const Cell& cell) {
  const auto& items = static_cast<const arrow::StructArray&>(array);
  Json out = Json::object();
  Json::object_t::Container& members = out.get_ref<Json::object_t&>();
  for (int i = 0; i < items.num_fields(); ++i) {
    const std::string& name = items.type()->field(i)->name();
    members.emplace_back(
        name, value_at(*items.field(i), index, {cell.file, cell.row, cell.column + "." + name}));
  }
  return out;
}

Json other(const arrow::Array& array, std::int64_t index) {
  const auto scalar = array.GetScalar(index);
  return scalar.ok() ? Json((*scalar)->ToString()) : Json(nullptr);
}

Json nested_at(const arrow::Array& array, std::int64_t index, const Cell& cell) {
  switch (array.type_id()) {
    case arrow::Type::BINARY:
      return bytes<arrow::BinaryArray>(array, index, cell);
    case arrow::Type::LARGE_BINARY:
      return bytes<arrow::LargeBinaryArray>(array, index, cell);
    case arrow::Type::FIXED_SIZE_BINARY:
      return bytes<arrow::FixedSizeBinaryArray>(array, index, cell);
    case arrow::Type::BINARY_VIEW:
      return bytes<arrow::BinaryViewArray>(array, index, cell);
    case arrow::Type::LIST:
      return list<arrow::ListArray>(array, index, cell);
    case arrow::Type::MAP:
      return list<arrow::MapArray>(array, index, cell);
    case arrow::Type::LARGE_LIST:
      return list<arrow::LargeListArray>(array, index, cell);
    case arrow::Type::FIXED_SIZE_LIST:
      return list<arrow::FixedSizeListArray>(array, index, cell);
    case arrow::Type::STRUCT:
      return structure(array, index, cell);
    case arrow::Type::DICTIONARY: {
      const auto& items = static_cast<const arrow::DictionaryArray&>(array);
      return value_at(*items.dictionary(), items.GetValueIndex(index), cell);
    }
    case arrow::Type::EXTENSION:
      return value_at(*static_cast<const arrow::ExtensionArray&>(array).storage(), index, cell);
    default:
      return other(array, index);
  }
}

}  // namespace

Json value_at(const arrow::Array& array, std::int64_t index, const Cell& cell) {
  if (array.IsNull(index)) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::NA:
      return nullptr;
    case arrow::Type::BOOL:
      return number<arrow::BooleanArray>(array, index);
    case arrow::Type::INT8:
      return number<arrow::Int8Array>(array, index);
    case arrow::Type::INT16:
      return number<arrow::Int16Array>(array, index);
    case arrow::Type::INT32:
      return number<arrow::Int32Array>(array, index);
    case arrow::Type::INT64:
      return number<arrow::Int64Array>(array, index);
    case arrow::Type::UINT8:
      return number<arrow::UInt8Array>(array, index);
    case arrow::Type::UINT16:
      return number<arrow::UInt16Array>(array, index);
    case arrow::Type::UINT32:
      return number<arrow::UInt32Array>(array, index);
    case arrow::Type::UINT64:
      return number<arrow::UInt64Array>(array, index);
    case arrow::Type::FLOAT:
      return real<arrow::FloatArray>(array, index);
    case arrow::Type::DOUBLE:
      return real<arrow::DoubleArray>(array, index);
    case arrow::Type::STRING:
      return words<arrow::StringArray>(array, index);
    case arrow::Type::LARGE_STRING:
      return words<arrow::LargeStringArray>(array, index);
    case arrow::Type::STRING_VIEW:
      return words<arrow::StringViewArray>(array, index);
    default:
      return nested_at(array, index, cell);
  }
}

void check_depth(const arrow::Schema& schema, const std::string& name) {
  for (const auto& field : schema.fields()) check_type(*field->type(), 1, name);
}

ClassNames class_names(const arrow::Schema& schema) {
  ClassNames names;
  if (!schema.HasMetadata()) return names;
  const auto stored = schema.metadata()->Get("huggingface");
  if (!stored.ok()) return names;
  const Result<Json> json = parse_json(*stored, "huggingface");
  if (!json) return names;
  const Json* const info = find(*json, "info");
  const Json* const features = info == nullptr ? nullptr : find(*info, "features");
  if (features == nullptr || !features->is_object()) return names;
  for (const auto& [column, feature] : features->items()) {
    const Json* const list = find(feature, "names");
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& one : *list) {
      names[column].push_back(one.is_string() ? one.get<std::string>() : to_text(one));
    }
  }
  return names;
}

}  // namespace fettle::data::collect
