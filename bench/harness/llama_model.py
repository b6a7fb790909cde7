"""Writes a GGUF model with its weights in another type: the same values for llama.cpp.

usage: llama_model.py MODEL.gguf OUT.gguf F32|BF16
"""

import pathlib
import sys

import gguf
import numpy


def copy_fields(reader, writer, file_type):
    """All metadata but what the writer makes itself."""
    for field in reader.fields.values():
        own = field.name.startswith("GGUF.") or field.name in (gguf.Keys.General.ARCHITECTURE,
                                                               gguf.Keys.General.FILE_TYPE)
        if not own:
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)
    writer.add_file_type(file_type)


def main():
    source, target, name = sys.argv[1:]
    kind = gguf.GGMLQuantizationType[name]
    file_type = gguf.LlamaFileType.ALL_F32 if name == "F32" else gguf.LlamaFileType.MOSTLY_BF16
    reader = gguf.GGUFReader(source)
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    aside = pathlib.Path(target + ".part")
    writer = gguf.GGUFWriter(aside, architecture)
    copy_fields(reader, writer, file_type)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        # llama.cpp keeps norms in float32 whatever the products are in.
        wanted = kind if values.ndim > 1 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(tensor.name, gguf.quants.quantize(values, wanted), raw_dtype=wanted)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    aside.rename(target)


if __name__ == "__main__":
    main()
