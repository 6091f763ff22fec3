"""Writes spikes.zip: one set of spike trains in the form of the Spiking Heidelberg Digits as h5py, netCDF4 and MATLAB
save them in many ways. MATLAB's files are written as MATLAB 7.3 lays them out. The tests read the zip and need no Python:
python3 spikes.py, with numpy, h5py (3.16 on HDF5 2.0 wrote it) and netCDF4."""
import os, tempfile, zipfile
import h5py
import netCDF4
import numpy as np

T = [[.125, .25, .25], [], [.5], [0, .375]]  # s
U = [[5, 6, 699], [], [7], [0, 0]]
L, S = [3, 4, 0, 19], [0, 1, 1, 0]
out = zipfile.ZipFile('spikes.zip', 'w', zipfile.ZIP_DEFLATED)


def save(name, fill, writer=None, **how):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.h5')
        if writer:
            writer(path)
        else:
            with h5py.File(path, 'w', **how) as f:
                fill(f)
        out.write(path, name + '.h5')


def ragged(f, t='f4', u='i4', scale=1, group='spikes/', labels=L):
    for name, rows, kind in (('times', T, t), ('units', U, u)):
        d = f.create_dataset(group + name, (4,), dtype=h5py.vlen_dtype(np.dtype(kind)))
        for i, r in enumerate(rows):
            d[i] = (np.array(r) * (scale if name == 'times' else 1)).astype(kind)
    f['labels'] = labels
    f['extra/speaker'] = S
    return f['spikes/times'] if group == 'spikes/' else f[group + 'times']


def padded(f, pad_t=0, pad_u=0, kind='f4', unit='i8', order=1, width=5, counts=None, **how):
    t, u = np.full((4, width), pad_t, kind), np.full((4, width), pad_u, unit)
    for i in range(4):
        t[i, :len(T[i])], u[i, :len(U[i])] = T[i][::order], U[i][::order]
    f.create_dataset('spikes/times', data=t, **how)
    f.create_dataset('spikes/units', data=u, **how)
    f['labels'] = np.array(L)[:, None]
    if counts:
        f[counts] = [len(r) for r in T]


save('float64 and float32 units', lambda f: ragged(f, 'f8', 'f4'))
save('milliseconds by an attribute', lambda f: ragged(f, 'i2', 'u2', 1000).attrs.__setitem__('units', 'ms'))
save('microseconds by a text of fixed length', lambda f: ragged(f, 'u4', 'u2', 1e6).attrs.__setitem__('units', np.bytes_('us')))
save('at the top', lambda f: ragged(f, group=''))
save('labels in a row', lambda f: ragged(f, labels=[L]))
save('labels as booleans and bytes', lambda f: ragged(f, labels=np.array(L, 'u1')))
save('padded by zeros', padded and (lambda f: padded(f)))
save('padded by -1', lambda f: padded(f, -1, -1))
save('padded by nan', lambda f: padded(f, np.nan))
save('padded by inf', lambda f: padded(f, np.inf))
save('padded units of -1', lambda f: padded(f, 0, -1))
save('padded, with lengths', lambda f: padded(f, 0, 0, counts='spikes/lengths'))
save('padded, with n_spikes, in any order', lambda f: padded(f, 0, 0, order=-1, counts='n_spikes'))
save('padded, in chunks', lambda f: padded(f, chunks=(2, 2), compression='gzip', shuffle=True))
save('padded, no wider than needed', lambda f: padded(f, width=3))
save('padded, big-endian half', lambda f: padded(f, kind='>f2', unit='>u2'), libver='latest')


def vector(f):
    f['spikes/times'], f['spikes/units'] = sum(T, []), sum(U, [])
    f['labels'], f['lengths'] = L, [len(r) for r in T]


save('vectors of all events', vector)


def mat(write):
    """A file of MATLAB 7.3: a user block of 512 bytes with a text, arrays transposed, classes as attributes."""
    def writer(path):
        with h5py.File(path, 'w', userblock_size=512) as f:
            write(f)
        with open(path, 'r+b') as f:
            f.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(124) + b'\x00\x02IM')
    return writer


def array(f, name, x, kind='double', **how):
    x = np.atleast_2d(np.asarray(x, {'double': 'f8', 'single': 'f4', 'uint16': 'u2'}[kind]))
    if x.size == 0:
        d = f.create_dataset(name, data=np.array(x.shape, 'u8'))
        d.attrs['MATLAB_empty'] = np.uint8(1)
    else:
        d = f.create_dataset(name, data=x.T, **how)
    d.attrs['MATLAB_class'] = np.bytes_(kind)
    return d


def cells(f, kind='double'):
    f.create_group('spikes').attrs['MATLAB_class'] = np.bytes_('struct')
    for name, rows in (('times', T), ('units', U)):
        refs = [array(f, '#refs#/%s%d' % (name, i), np.zeros((0, 0)) if not r else [r] if i % 2 else np.array([r]).T, kind if name == 'times' else 'uint16').ref
                for i, r in enumerate(rows)]
        d = f.create_dataset('spikes/' + name, data=np.array([refs], h5py.ref_dtype).T, dtype=h5py.ref_dtype)
        d.attrs['MATLAB_class'] = np.bytes_('cell')
    array(f, 'labels', np.array([L]).T)
    array(f, 'speaker', [S])


def matrix(f, width=5, **how):
    t, u = np.zeros((4, width)), np.zeros((4, width))
    for i in range(4):
        t[i, :len(T[i])], u[i, :len(U[i])] = T[i], U[i]
    array(f, 'times', t, **how)
    array(f, 'units', u, 'uint16', **how)
    array(f, 'labels', L)


save('MATLAB cells', None, mat(cells))
save('MATLAB cells of single', None, mat(lambda f: cells(f, 'single')))
save('MATLAB matrix', None, mat(matrix))
save('MATLAB matrix, compressed', None, mat(lambda f: matrix(f, compression='gzip', chunks=(2, 2))))
def from_1(f):
    """As MATLAB counts: units from 1, and 0 for none, in any order."""
    t, u = np.zeros((4, 3)), np.zeros((4, 3))
    for i in range(4):
        t[i, :len(T[i])], u[i, :len(U[i])] = T[i][::-1], np.array(U[i])[::-1] + 1
    array(f, 'times', t)
    array(f, 'units', u, 'uint16')
    array(f, 'labels', np.array(L) + 1)


save('! MATLAB from 1, in any order', None, mat(from_1))
save('MATLAB square matrix', None, mat(lambda f: matrix(f, 4)))


def netcdf(fill):
    def writer(path):
        f = netCDF4.Dataset(path, 'w')
        f.createDimension('example', 4)
        f.createDimension('event', None)
        f.createVariable('labels', 'i4', ('example',))[:] = L
        f.createVariable('speaker', 'i4', ('example',))[:] = S
        fill(f)
        f.close()
    return writer


def netcdf_ragged(f):
    for name, rows, kind in (('times', T, np.float32), ('units', U, np.uint16)):
        v = f.createVariable(name, f.createVLType(kind, name + '_t'), ('example',))
        for i, r in enumerate(rows):
            v[i] = np.array(r, kind)
    f['times'].units = 's'


def netcdf_padded(f, how=({}, {})):
    for name, rows, kind, h in (('times', T, 'f4', how[0]), ('units', U, 'u2', how[1])):
        v = f.createVariable(name, kind, ('example', 'event'), zlib=True, **h)
        for i, r in enumerate(rows):
            v[i, :len(r)] = r


save('netCDF sequences', None, netcdf(netcdf_ragged))
save('netCDF padded', None, netcdf(netcdf_padded))
save('netCDF padded by a value of its own', None, netcdf(lambda f: netcdf_padded(f, (dict(fill_value=999.), dict(fill_value=55)))))

# What is refused unless a setting says how it is meant.
save('! milliseconds', lambda f: ragged(f, 'f4', 'u2', 1000))
save('! seconds by an attribute, but not', lambda f: ragged(f, 'f4', 'u2', 1000).attrs.__setitem__('units', 'fortnights'))
save('! padded by zeros, in any order', lambda f: padded(f, order=-1))
save('! packed', lambda f: ragged(f).attrs.__setitem__('scale_factor', .5))
save('! labels from 1', lambda f: ragged(f, labels=[l + 1 for l in L]))
out.close()
