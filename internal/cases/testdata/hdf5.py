"""Writes hdf5.zip: spike trains in the form of the Spiking Heidelberg Digits as h5py writes them without more ado, for
case 23. The tests read the zip and need no Python: python3 hdf5.py, with numpy and h5py (3.16 on HDF5 2.0 wrote it).
"""
import os, tempfile, zipfile
import h5py
import numpy as np

T, U, L = [[.1, .2], [.3]], [[5, 6], [7]], [3, 4]
all_files = zipfile.ZipFile('hdf5.zip', 'w')


def write(name, times='f2', units='u2', how=None, after=None, **file):
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, 'a.h5')
        with h5py.File(path, 'w', **file) as f:
            fill(f, times, units, how)
            if after:
                after(f)
        with open(path, 'rb') as content:
            info = zipfile.ZipInfo('23/' + name)
            info.compress_type = zipfile.ZIP_DEFLATED
            all_files.writestr(info, content.read())


def fill(f, times, units, how):
    for key, dtype, rows in (('times', times, T), ('units', units, U)):
        if how == 'padded':
            f['spikes/' + key] = np.array([r + [0] * (2 - len(r)) for r in rows], dtype)
            continue
        opts = {}
        if how == 'chunked':
            opts = dict(chunks=(1,), maxshape=(None,))
        if how == 'lzf':
            opts = dict(chunks=(2,), compression='lzf')
        s = f.create_dataset('spikes/' + key, (2,), dtype=h5py.vlen_dtype(np.dtype(dtype)), **opts)
        for i, r in enumerate(rows):
            s[i] = np.array(r, dtype)
    f['labels'] = np.array(L, 'u2')
    f['extra/speaker'] = np.array([0, 1], 'u2')


def committed(f):
    f['string_type'] = h5py.string_dtype()
    f.create_dataset('extra/note', (1,), dtype=f['string_type'])


def many(f):
    for k in range(12):
        f['extra/meta_info/m%d' % k] = k


write('control: as published')
write("times float32, units int64 (pandas, a script of one's own)", 'f4', 'i8')
write('times float64, units uint16', 'f8', 'u2')
write('times float16, units int32', 'f2', 'i4')
write('labels under a second name (a hard link)', after=lambda f: f.__setitem__('targets', f['labels']))
write('a soft link', after=lambda f: f.__setitem__('targets', h5py.SoftLink('/labels')))
write('a committed datatype beside them', after=committed)
write('libver latest, resizable', how='chunked', libver='latest')
write('libver latest, twelve datasets in a group', after=many, libver='latest')
write('compressed by LZF', how='lzf')
write('padded arrays', how='padded')
write('a user block (MATLAB v7.3, HDF5 for archives)', userblock_size=512)
all_files.close()
