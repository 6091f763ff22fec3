"""Writes the checkpoints of the tests with PyTorch; pth_test.go has their values."""
from collections import OrderedDict
import torch
from torch import nn

base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 4
views = OrderedDict(
    whole=base,
    transposed=base.t(),
    column=base[:, 1],
    corner=base[1:, 1:3],
    every_second=base[::2, ::3],
    cube=torch.arange(24, dtype=torch.float64).reshape(2, 3, 4).permute(2, 0, 1),
    expanded=torch.tensor([5.0, 6.0]).reshape(2, 1).expand(2, 3),
    scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3),
    parameter=nn.Parameter(torch.tensor([1.0, -1.0])),
    half=torch.tensor([1.5, -2.0**-24, 65504.0, float("-inf")], dtype=torch.float16),
    bfloat16=torch.tensor([1.5, -3.0, 2.0**100, 0.0], dtype=torch.bfloat16),
    double=torch.tensor([0.1, 1e300], dtype=torch.float64),
    int64=torch.tensor([-1, 2**40], dtype=torch.int64),
    int32=torch.tensor([-1, 2**30], dtype=torch.int32),
    int16=torch.tensor([-1, 300], dtype=torch.int16),
    int8=torch.tensor([-128, 127], dtype=torch.int8),
    uint8=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False]),
)
torch.save(views, "views.pth")
torch.save(views, "views_legacy.pth", _use_new_zipfile_serialization=False)

model = nn.Sequential(nn.Linear(2, 1))
nn.init.constant_(model[0].weight, 0.5)
nn.init.constant_(model[0].bias, 0.25)
training = {
    "epoch": 3,
    "accuracy": torch.tensor(0.5),
    "state_dict": model.state_dict(),
    "optimizer": torch.optim.Adam(model.parameters()).state_dict(),
}
torch.save(training, "nested.pth")
torch.save(training, "nested_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(model, "module.pth")


class Tree(nn.Module):
    """Modules within modules, a shared parameter, a strided one, buffers and plain values."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(model[0], nn.Linear(2, 1, bias=False), nn.ReLU())
        self.inner[1].weight = self.inner[0].weight
        self.transposed = nn.Parameter(base.t())
        self.register_parameter("absent", None)
        self.register_buffer("seen", torch.tensor([3, 4]))
        self.register_buffer("transient", torch.zeros(2), persistent=False)
        self.state = torch.zeros(3)
        self.device = torch.device("cpu")
        self.names = {"a", "b"}
        self.hyper = {"tau": 20.0, "shape": torch.Size([2, 1]), "dtype": torch.float32}
        self.loss = nn.functional.cross_entropy


torch.save(Tree(), "tree.pth")
torch.serialization.get_source_lines_and_file = None  # or the file holds the classes' source code
torch.save(Tree(), "tree_legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "net": Tree(), "loss": nn.MSELoss()}, "tree_protocol4.pth", pickle_protocol=4)


def odd():
    """Values of Python's that are no tensors, beside weights: objects.pth; and what other functions than
    _rebuild_tensor_v2 rebuild: rebuilt.pth. PyTorch 2.2.2, Python 3.11."""
    import argparse, collections, datetime, decimal, enum, fractions, functools, pathlib, types, uuid

    W = torch.arange(6, dtype=torch.float32).reshape(2, 3) + 1
    weights = OrderedDict({"fc.weight": W})
    Color = enum.Enum("Color", "RED", module="__main__")
    globals()["Color"] = Color
    values = dict(
        args=argparse.Namespace(path=pathlib.PurePosixPath("/x"), lr=0.1), time=datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc),
        day=datetime.date(2024, 5, 1), delta=datetime.timedelta(1), counter=collections.Counter("aab"), deque=collections.deque([1, 2], 3),
        chain=collections.ChainMap({}), partial=functools.partial(int, base=2), decimal=decimal.Decimal("0.1"), fraction=fractions.Fraction(1, 3),
        uuid=uuid.UUID(int=5), enum=Color.RED, default=collections.defaultdict(list, a=[1]), slice=slice(1, 2), range=range(3), frozen=frozenset([1]),
        bytes=b"abc", bytearray=bytearray(b"abc"), complex=1j, big=10**50, device=torch.device("cpu"), dtype=torch.float32, size=torch.Size([1, 2]),
        function=torch.relu, error=ValueError("x"), ellipsis=..., type=int, bound=[].append, space=types.SimpleNamespace(a=1), none=None,
    )
    torch.save({"state_dict": weights, **values}, "objects.pth")

    class Sub(torch.Tensor):
        pass

    globals()["Sub"] = Sub
    Sub.__module__, Sub.__qualname__ = "__main__", "Sub"
    sub, parameter = W.clone().as_subclass(Sub), nn.Parameter(W.clone())
    sub.note = parameter.note = "a note"
    torch.save({
        "sub.weight": sub, "parameter.weight": parameter, "negative": torch._neg_view(W),
        "quantized": torch.quantize_per_tensor(W, 0.5, 3, torch.qint8),
        "channels": torch.quantize_per_channel(W, torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([0, 1]), 0, torch.qint8),
        "complex": torch.complex(W, W), "sparse": W.to_sparse(), "rows": W.to_sparse_csr(), "meta": W.to("meta"),
        "nested": torch.nested.nested_tensor([torch.ones(2)]), "float8": W.to(torch.float8_e4m3fn),
    }, "rebuilt.pth")
    import pickle
    with open("plain.pkl", "wb") as f:  # without torch.save: storages are bytes
        pickle.dump({"fc.weight": W, "fc.bias": W[0, :2]}, f, protocol=2)
    torch.jit.script(nn.Sequential(nn.Linear(2, 1))).save("script.pt")


def arrays():
    """NumPy's arrays in pickles: arrays0.pkl to arrays5.pkl by protocol. NumPy 1.26."""
    import numpy as np, pickle

    W = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
    a = {"w": W, "big": W.astype(">f8"), "column": np.asfortranarray(W), "half": W.astype("f2"), "bool": W > 3, "scalar": np.float64(2.5),
         "text": np.array(["a"]), "empty": np.zeros((0, 3)), "long": np.array([-1, 2**40])}
    for protocol in range(6):
        with open(f"arrays{protocol}.pkl", "wb") as f:
            pickle.dump(a, f, protocol=protocol)


odd()
arrays()
