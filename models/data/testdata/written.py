"""Writes written.zip: files of h5py and numpy that the tests of package data read. Python is needed for
nothing else: python3 written.py"""
import json, os, tempfile, zipfile
import h5py
import numpy as np


def good(folder, variant):
    path = os.path.join(folder, variant + '.h5')
    rng = np.random.default_rng(7)
    n = 40
    with h5py.File(path, 'w', **(dict(libver='latest') if variant == 'latest' else {})) as f:
        how = {}
        if variant in ('chunked', 'compressed'):
            how = dict(chunks=(3,), maxshape=(None,))
        if variant == 'compressed':
            how.update(compression='gzip')
        g = f.create_group('spikes')
        t = g.create_dataset('times', (n,), dtype=h5py.vlen_dtype(np.float16), **how)
        u = g.create_dataset('units', (n,), dtype=h5py.vlen_dtype(np.uint16), **how)
        for i in range(n):
            k = int(rng.integers(0, 120)) if i % 5 else 0
            bits = np.sort(rng.integers(0, 0x3c00 + 1, k)).astype(np.uint16)
            t[i], u[i] = bits.view(np.float16), rng.integers(0, 700, k).astype(np.uint16)
        f['labels'] = rng.integers(0, 20, n).astype(np.uint16)
        e = f.create_group('extra')
        e['speaker'] = rng.integers(0, 12, n).astype(np.uint16)
        e['keys'] = np.array([b'zero', b'one'])
        e.create_group('meta_info')['age'] = np.arange(12)
        f.attrs['text'] = 'an attribute'
    with h5py.File(path) as f:
        json.dump(dict(
            times=[[float(v) for v in x] for x in f['spikes/times'][:]],
            units=[[int(v) for v in x] for x in f['spikes/units'][:]],
            labels=f['labels'][:].tolist(), speakers=f['extra/speaker'][:].tolist()), open(os.path.join(folder, variant + '.json'), 'w'))


def wrong(folder, case):
    path = os.path.join(folder, case + '.h5')
    times, units, labels, speaker = np.float16, np.uint16, [3, 4], [0, 1]
    t, u = [[.1, .2], [.3]], [[5, 6], [7]]
    if case == 'times are float32': times = np.float32
    if case == 'times are big-endian': times = np.dtype('>f2')
    if case == 'times are integers': times = np.uint16
    if case == 'units are int16': units = np.int16
    if case == 'units are uint32': units = np.uint32
    if case == 'unit 700': u[1] = [700]
    if case == 'negative time': t[0] = [-.1, .2]
    if case == 'time is infinite': t[1] = [np.inf]
    if case == 'times and units differ': u[1] = [1, 2]
    if case == 'label 20': labels = [3, 20]
    if case == 'three labels': labels = [1, 2, 3]
    if case == 'labels are floats': labels = [1., 2.]
    if case == 'labels in two dimensions': labels = [[1, 2]]
    if case == 'one speaker': speaker = [1]
    with h5py.File(path, 'w') as f:
        if case != 'no times':
            d = f.create_dataset('spikes/times', (2,), dtype=h5py.vlen_dtype(times))
            for i in range(2): d[i] = np.array(t[i]).astype(times)
        if case == 'units are not sequences':
            f['spikes/units'] = np.arange(2).astype(np.uint16)
        elif case == 'units in two dimensions':
            f.create_dataset('spikes/units', (2, 1), dtype=h5py.vlen_dtype(units))
        elif case == 'units are strings':
            f['spikes/units'] = ['a', 'b']
        else:
            d = f.create_dataset('spikes/units', (2,), dtype=h5py.vlen_dtype(units))
            for i in range(2): d[i] = np.array(u[i]).astype(units)
        f['labels'] = np.array(labels)
        f['extra/speaker'] = np.array(speaker)
        if case == 'a circle of groups': f['extra/again'] = f['/']
        if case == 'many links':
            f.close(); f = h5py.File(path, 'a', libver='latest'); g = f.create_group('more')
            for k in range(20): g.create_group('g%d' % k)
        if case in ('compressed by LZF', 'shuffled'):
            del f['spikes/times']
            f.create_dataset('spikes/times', (2,), dtype=h5py.vlen_dtype(times), chunks=(2,), **(dict(shuffle=True) if case == 'shuffled' else dict(compression='lzf')))[:] = np.array([np.array([.1, .2], times), np.array([.3], times)], object)
        f.close()


WRONG = ['times are float32',
         'times are big-endian',
         'times are integers',
         'units are int16',
         'units are uint32',
         'units are not sequences',
         'units are strings',
         'units in two dimensions',
         'unit 700',
         'negative time',
         'time is infinite',
         'times and units differ',
         'label 20',
         'three labels',
         'labels are floats',
         'labels in two dimensions',
         'one speaker',
         'no times',
         'a circle of groups',
         'many links',
         'compressed by LZF',
         'shuffled']

with tempfile.TemporaryDirectory() as folder:
    for variant in ['default', 'latest', 'chunked', 'compressed']:
        good(folder, variant)
    for case in WRONG:
        wrong(folder, case)
    x = np.arange(24).reshape(2, 3, 4) / 8
    np.savez_compressed(os.path.join(folder, 'xy.npz'), x=np.asfortranarray(x), y=np.array([[0, 1, 2], [2, -1, 0]], '>i4'))
    with zipfile.ZipFile(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'written.zip'), 'w', zipfile.ZIP_DEFLATED) as z:
        for name in sorted(os.listdir(folder)):
            z.write(os.path.join(folder, name), name)
