"""Writes torch.zip: files as torch.save makes them, for the cases of PyTorch checkpoints. Python's standard library
is enough; the tests read the zip and need no Python. Versions of Python that pickle paths, partial functions or
enumerations by other names make other files: 3.11 wrote these. python3 torch.py

What torch.save writes of a tensor is written here by stand-ins of the same names: the zip container, the pickle of
data.pkl, and one entry of raw numbers for each storage.
"""
import argparse, collections, datetime, decimal, enum, functools, io, math, pathlib, pickle, struct, sys, types, uuid, zipfile


def module(name):
    m = types.ModuleType(name)
    sys.modules[name] = m
    if '.' in name:
        parent, child = name.rsplit('.', 1)
        setattr(sys.modules[parent], child, m)
    return m


torch = module('torch')
_utils, _tensor = module('torch._utils'), module('torch._tensor')


def function(module, name):
    def f(*args):
        raise RuntimeError('is only written')
    f.__module__, f.__name__, f.__qualname__ = module.__name__, name, name
    setattr(module, name, f)
    return f


rebuild_v1, rebuild_v2 = function(_utils, '_rebuild_tensor'), function(_utils, '_rebuild_tensor_v2')
rebuild_type = function(_tensor, '_rebuild_from_type_v2')


def type_of_torch(name):
    c = type(name, (), {'__module__': 'torch'})
    setattr(torch, name, c)
    return c


FloatStorage, Tensor = type_of_torch('FloatStorage'), type_of_torch('Tensor')


class FakeStorage:
    def __init__(self, values):
        self.n, self.data = len(values), struct.pack('<%df' % len(values), *values)


class FakeTensor:
    def __init__(self, shape, values, how='v2', stride=None, storage=None):
        self.shape, self.how = tuple(shape), how
        self.storage = storage or FakeStorage(values)
        if stride is None:
            stride, n = [], 1
            for d in reversed(self.shape):
                stride.insert(0, n)
                n *= d
        self.stride = tuple(stride)

    def __reduce__(self):
        v2 = (self.storage, 0, self.shape, self.stride, False, collections.OrderedDict())
        if self.how == 'v1':
            return rebuild_v1, v2[:4]
        if self.how == 'subclass':  # a tensor with attributes, or of a derived class
            return rebuild_type, (rebuild_v2, Tensor, v2, {'note': 'w.note = ...'})
        if self.how == 'metadata':  # a view with its negative bit set, PyTorch 2
            return rebuild_v2, v2 + ({'neg': False},)
        return rebuild_v2, v2


def state_dict(tensors, **how):
    return collections.OrderedDict((name, FakeTensor(shape, values, **how)) for name, (shape, values) in tensors.items())


class Pickler(pickle.Pickler):
    def __init__(self, out, protocol):
        super().__init__(out, protocol)
        self.storages = {}

    def persistent_id(self, o):
        if not isinstance(o, FakeStorage):
            return None
        key = self.storages.setdefault(id(o), (str(len(self.storages)), o))[0]
        return 'storage', FloatStorage, key, 'cpu', o.n


def entry(z, name, content, method):
    """adds a file without a time, so that the same program writes the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    z.writestr(info, content)


def saved(obj, protocol):
    out, file = io.BytesIO(), io.BytesIO()
    p = Pickler(out, protocol)
    p.dump(obj)
    with zipfile.ZipFile(file, 'w') as z:
        entry(z, 'archive/data.pkl', out.getvalue(), zipfile.ZIP_STORED)
        entry(z, 'archive/byteorder', 'little', zipfile.ZIP_STORED)
        for key, s in p.storages.values():
            entry(z, 'archive/data/' + key, s.data, zipfile.ZIP_STORED)
        entry(z, 'archive/version', '3\n', zipfile.ZIP_STORED)
    return file.getvalue()


all_files = zipfile.ZipFile('torch.zip', 'w')


def save(case, name, obj, protocol=2):
    entry(all_files, '%s/%s' % (case, name), saved(obj, protocol), zipfile.ZIP_DEFLATED)


W = {'fc.weight': ([2, 3], [1, 2, 3, 4, 5, 6])}


def case01():
    opt = {'state': {0: {'step': 7, 'exp_avg': FakeTensor([2, 3], [0] * 6)}},
           'param_groups': [{'lr': .01, 'betas': (.9, .999), 'params': [0]}]}
    # What torch.optim.lr_scheduler.MultiStepLR.state_dict() returns: its milestones are a collections.Counter.
    multistep = {'milestones': collections.Counter([10, 20]), 'gamma': .1, 'base_lrs': [.01], 'last_epoch': 7, '_step_count': 8, '_last_lr': [.01]}
    step = {'step_size': 100, 'gamma': .5, 'base_lrs': [.01], 'last_epoch': 7, '_step_count': 8, '_last_lr': [.01]}
    for name, s in (('model, optimizer, MultiStepLR', multistep), ('control: model, optimizer, StepLR', step)):
        save('01', name, {'epoch': 7, 'model_state_dict': state_dict(W), 'optimizer_state_dict': opt, 'scheduler_state_dict': s})


class Reset(enum.Enum):
    SUBTRACT = 'subtract'


def case02():
    module('snn')
    cfg = module('snn.config')
    Reset.__module__ = 'snn.config'
    cfg.Reset = Reset
    Config = collections.namedtuple('Config', 'tau beta')
    Config.__module__ = 'snn.config'
    cfg.Config = Config
    for name, value in {
        'path in argparse.Namespace': argparse.Namespace(data=pathlib.PurePosixPath('/data/shd'), lr=.01),
        'pathlib path': pathlib.Path('/data/shd'),
        'datetime': datetime.datetime(2024, 5, 1, 12, 0),
        'timedelta': datetime.timedelta(minutes=5),
        'enum': Reset.SUBTRACT,
        'Counter': collections.Counter('abca'),
        'deque (a running mean of losses)': collections.deque([1., 2.], maxlen=10),
        'functools.partial': functools.partial(int, base=2),
        'UUID': uuid.UUID(int=5),
        'Decimal': decimal.Decimal('0.1'),
        'control: namedtuple': Config(20, 1.8),
        'control: argparse.Namespace': argparse.Namespace(lr=.01),
        'control: defaultdict': collections.defaultdict(list, a=[1]),
    }.items():
        save('02', name, {'epoch': 7, 'args': value, 'state_dict': state_dict(W)})


def case03():
    # Regular numbers, so that the zip is small. The pickles have the sizes of random ones.
    for name, steps in (('losses of 1,000 steps', 1000), ('losses of 130,000 steps (400 epochs of 325)', 130000)):
        save('03', name, {'state_dict': state_dict(W), 'losses': [1 / (1 + k % 16) for k in range(steps)]})
    spikes = bytes(k % 7 == 0 for k in range(100 * 128 * 128))
    save('03', 'a raster of 100x128x128 spikes as bytes', {'state_dict': state_dict(W), 'spikes': spikes}, protocol=4)
    many = {'layer%d.weight' % i: ([1], [0.]) for i in range(7000)}
    save('03', 'a state dict of 7,001 small tensors', state_dict({**W, **many}))


def case11():
    def wave(*shape):
        n = math.prod(shape)
        return list(shape), [.3 * math.sin(1 + 7 * k * k) for k in range(n)]

    def constant(n, v):
        return [n], [v] * n
    net = {'i2h.weight': wave(36, 4), 'i2h.bias': constant(36, 0.), 'h2h.weight': wave(36, 36), 'h2h.bias': constant(36, 0.),
           'tau_m_h': constant(36, 20.), 'h2o.weight': wave(6, 36), 'h2o.bias': constant(6, 0.), 'tau_m_o': constant(6, 20.),
           'tau_adp_o': constant(6, 100.)}
    for name, prefix in (('plain', ''), ('dataparallel', 'module.'), ('lightning', 'model.'), ('compiled', '_orig_mod.'), ('swa', 'module.')):
        sd = {prefix + k: v for k, v in net.items()}
        if name == 'swa':
            sd['n_averaged'] = ([], [3.])
        save('11', name, {'state_dict': state_dict(sd)})


def case12():
    average = {'fc.weight': ([2, 3], [9, 9, 9, 9, 9, 9])}
    opt = {'state': {}, 'param_groups': [{'params': [0]}]}
    for name, o in {
        'net and its average, net_ema': {'net': state_dict(W), 'net_ema': state_dict(average), 'optimizer': opt},
        'weights, and mean and std of the input beside them': {'net': state_dict(W), 'mean': FakeTensor([1], [0.5])},
        'encoder and classifier': {'encoder': state_dict(W), 'classifier': state_dict({'out.weight': ([1], [1])})},
        'two levels deep (checkpoint[state][model])': {'state': {'model': state_dict(W), 'optimizer': opt}, 'epoch': 3},
        'a tuple (state dict, args)': (state_dict(W), {'lr': .1}),
        'a list of one state dict': [state_dict(W)],
        'control: model and optimizer': {'model': state_dict(W), 'optimizer': opt},
    }.items():
        save('12', name, o)


def case33():
    for how in ('v1', 'v2', 'subclass', 'metadata'):
        save('33', how, state_dict(W, how=how))
    base = FakeStorage([1, 4, 2, 5, 3, 6])
    save('33', 'transposed view', {'fc.weight': FakeTensor([2, 3], None, stride=(1, 2), storage=base)})
    for p in (3, 4, 5):
        save('33', 'pickle protocol %d' % p, state_dict(W), protocol=p)


for case in (case01, case02, case03, case11, case12, case33):
    case()
all_files.close()
