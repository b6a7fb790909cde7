// The module's one door: a file becomes rows, a batch at a time.
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "data/collect/arrow/values.h"
#include "data/collect/table_file.h"

namespace fettle::data::collect {
namespace {

constexpr std::int64_t kBatchRows = 1024;
constexpr int kMaxThriftItems = 1'000'000;

class ArrowFile : public TableFile {
 public:
  explicit ArrowFile(const TableFileOptions& options)
      : name_(options.name),
        name_classes_(options.name_classes),
        pool_(arrow::default_memory_pool(), kMaxTableMemory) {
    if (options.parquet) {
      guard([&] { open_parquet_file(options); });
    } else {
      guard([&] { open_ipc(options); });
    }
  }

  bool next(Json& row) override {
    bool any = false;
    guard([&] { any = next_row(row); });
    return any;
  }

 private:
  // Arrow's statuses and Parquet's exceptions as DataError.
  template <class Function>
  void guard(const Function& function) {
    try {
      function();
    } catch (const parquet::ParquetException& error) {
      refuse(error.what());
    } catch (const std::bad_alloc&) {
      refuse("it asks for more memory than there is");
    }
  }

  [[noreturn]] void refuse(std::string_view why) const {
    std::string line(why.substr(0, why.find('\n')));
    throw DataError("{}: the file is damaged or cut off ({}); fetch it again", name_,
                    line.substr(0, 300));
  }
  void check(const arrow::Status& status) const {
    if (!status.ok()) refuse(status.message());
  }
  template <class T>
  T value_of(arrow::Result<T> result) const {
    check(result.status());
    return std::move(result).ValueUnsafe();
  }

  void set_schema(const arrow::Schema& schema) {
    check_depth(schema, name_);
    if (name_classes_) classes_ = class_names(schema);
    std::unordered_set<std::string> seen;
    for (const auto& field : schema.fields()) {
      if (!seen.insert(field->name()).second) {
        throw DataError("{}: has two columns \"{}\"; rename one", name_, field->name());
      }
    }
  }

  void open_parquet_file(const TableFileOptions& options) {
    parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();
    properties.set_thrift_container_size_limit(kMaxThriftItems);
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_use_threads(false);
    arrow_properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(value_of(arrow::io::ReadableFile::Open(options.path.native(), &pool_)),
                       properties));
    builder.memory_pool(&pool_)->properties(arrow_properties);
    reader_ = value_of(builder.Build());
    std::shared_ptr<arrow::Schema> schema;
    check(reader_->GetSchema(&schema));
    set_schema(*schema);
    // Whole row groups before the place are not read.
    const auto metadata = reader_->parquet_reader()->metadata();
    std::int64_t skip = options.skip;
    int group = 0;
    while (group < metadata->num_row_groups() && metadata->RowGroup(group)->num_rows() <= skip) {
      skip -= metadata->RowGroup(group++)->num_rows();
    }
    row_ = options.skip - skip;
    std::vector<int> groups(static_cast<std::size_t>(metadata->num_row_groups() - group));
    std::iota(groups.begin(), groups.end(), group);
    batches_ = value_of(reader_->GetRecordBatchReader(groups));
    pass(skip);
  }

  void open_ipc(const TableFileOptions& options) {
    file_ = value_of(arrow::io::ReadableFile::Open(options.path.native(), &pool_));
    const auto start = value_of(file_->Read(6));
    check(file_->Seek(0));
    arrow::ipc::IpcReadOptions ipc;
    ipc.memory_pool = &pool_;
    ipc.use_threads = false;
    if (start->ToString() == "ARROW1") {
      ipc_file_ = value_of(arrow::ipc::RecordBatchFileReader::Open(file_.get(), ipc));
      set_schema(*ipc_file_->schema());
    } else {
      batches_ = value_of(arrow::ipc::RecordBatchStreamReader::Open(file_.get(), ipc));
      set_schema(*batches_->schema());
    }
    pass(options.skip);
  }

  void pass(std::int64_t rows) {
    while (rows > 0) {
      if (!next_batch()) throw DataError("{}: has fewer rows than when the run began", name_);
      const std::int64_t step = std::min(rows, batch_->num_rows());
      index_ = step;
      row_ += step;
      rows -= step;
    }
  }

  bool next_batch() {
    index_ = 0;
    if (ipc_file_) {
      if (next_ipc_ >= ipc_file_->num_record_batches()) return false;
      batch_ = value_of(ipc_file_->ReadRecordBatch(next_ipc_++));
    } else {
      check(batches_->ReadNext(&batch_));
    }
    if (!batch_) return false;
    // Offsets and lengths of a stranger's file are not believed.
    check(batch_->ValidateFull());
    return true;
  }

  bool next_row(Json& row) {
    while (!batch_ || index_ == batch_->num_rows()) {
      if (!next_batch()) return false;
    }
    row = Json::object();
    Json::object_t::Container& members = row.get_ref<Json::object_t&>();
    for (int i = 0; i < batch_->num_columns(); ++i) {
      const std::string& column = batch_->schema()->field(i)->name();
      members.emplace_back(column, value_at(*batch_->column(i), index_, {name_, row_ + 1, column}));
      name_class(column, members.back().second);
    }
    ++index_;
    ++row_;
    return true;
  }

  void name_class(const std::string& column, Json& value) const {
    const auto found = classes_.find(column);
    if (found == classes_.end() || !value.is_number_integer()) return;
    const auto number = value.get<std::int64_t>();
    if (number >= 0 && number < static_cast<std::int64_t>(found->second.size())) {
      value = found->second[static_cast<std::size_t>(number)];
    }
  }

  std::string name_;
  bool name_classes_;
  arrow::CappedMemoryPool pool_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> ipc_file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  ClassNames classes_;
  std::int64_t index_ = 0;
  std::int64_t row_ = 0;
  int next_ipc_ = 0;
};

}  // namespace
}  // namespace fettle::data::collect

extern "C" __attribute__((visibility("default"))) fettle::data::collect::TableFile*
fettle_open_table(const fettle::data::collect::TableFileOptions& options) {
  return new fettle::data::collect::ArrowFile(options);
}
