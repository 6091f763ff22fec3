import numpy as np, scipy.io, scipy.sparse
x = np.arange(-12, 12).reshape(2, 3, 4)
beside = {'cplx': x + 1j, 'sparse': scipy.sparse.eye(3), 'text': 'some text', 'cell': np.array([1, 'a', x], object),
          'struct': {'a': x, 'b': {'c': 1.5}}, 'objects': np.array([(1, 'z')], [('f', 'O'), ('g', 'O')]), 'empty': np.zeros((0, 3))}
types = {t: x.astype(t) for t in 'int8 int16 int32 int64 float32 float64'.split()} | \
    {t: (x + 12).astype(t) for t in 'uint8 uint16 uint32 uint64'.split()} | {'bool': x > 0}
scipy.io.savemat('level5.mat', beside | types)
scipy.io.savemat('level5_compressed.mat', beside | types, do_compression=True)
scipy.io.savemat('level4.mat', {'text': 'some text', 'cplx': x[0] + 1j, 'sparse': scipy.sparse.eye(3)} |
    {t: v[0] for t, v in types.items() if t in 'int16 int32 float32 float64 uint8 uint16'.split()}, format='4')
