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
