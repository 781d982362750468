"""Writes a llama-architecture GGUF with N times the layers, the added ones zeroed so that they change nothing.

The result answers exactly as its source does and costs about N times as much a token: with the source as its draft it is a pair
for speculative decoding whose tokens agree. usage: make-padded-model.py IN.gguf OUT.gguf N   (needs PyPI's gguf)
"""
import sys

import gguf
import numpy as np


def copy_fields(reader, writer, layers):
    """All that the header says, but for the number of layers."""
    count = f"{writer.arch}.block_count"
    for field in reader.fields.values():
        if field.name == "general.architecture" or field.name.startswith("GGUF."):
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        value = layers if field.name == count else field.contents()
        writer.add_key_value(field.name, value, kind, sub_type=element)


def add_layers(reader, writer, times, layers):
    """The layers again and again, with outputs of zero: what they add to the stream is nothing."""
    blocks = [tensor for tensor in reader.tensors if tensor.name.startswith("blk.")]
    for copy in range(1, times):
        for tensor in blocks:
            _, index, rest = tensor.name.split(".", 2)
            silent = rest in ("attn_output.weight", "ffn_down.weight")
            data = np.zeros_like(tensor.data) if silent else tensor.data
            writer.add_tensor(f"blk.{int(index) + copy * layers}.{rest}", data, raw_dtype=tensor.tensor_type)


def main(source, target, times):
    reader = gguf.GGUFReader(source)
    architecture = reader.get_field("general.architecture").contents()
    layers = reader.get_field(f"{architecture}.block_count").contents()
    writer = gguf.GGUFWriter(target, architecture)
    copy_fields(reader, writer, layers * times)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    add_layers(reader, writer, times, layers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
