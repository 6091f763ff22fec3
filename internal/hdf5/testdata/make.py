"""Writes h5py.zip: small HDF5 files in all the ways that the HDF5 library knows, as h5py, netCDF4 and PyTables make it write
them, and for each a .json of what these read back. The tests read the zip and need no Python: python3 make.py, with
numpy, h5py (3.16 on HDF5 2.0 wrote it), netCDF4 and tables."""
import ctypes, glob, json, os, tempfile, zipfile
import h5py
import netCDF4
import numpy as np
import tables

rng = np.random.default_rng(3)
all_files = zipfile.ZipFile('h5py.zip', 'w', zipfile.ZIP_DEFLATED, compresslevel=9)


def values(d):
    """What a dataset has: its shape, and its numbers in rows, or a list for each sequence."""
    if h5py.check_vlen_dtype(d.dtype) is not None and d.dtype.kind == 'O':
        order = h5py.check_vlen_dtype(d.dtype)  # which h5py forgets when it reads
        return dict(shape=list(d.shape), sequences=[[float(v) for v in x.view(order)] for x in d[...].ravel()])
    x = np.asarray(d[...])
    return dict(shape=list(x.shape), numbers=[float(v) if np.isfinite(v) else str(v) for v in x.ravel().astype('f8')])


def numeric(d):
    return isinstance(d, h5py.Dataset) and (d.dtype.kind in 'iufb' or d.dtype.subdtype is not None
                                            or (d.dtype.kind == 'O' and h5py.check_vlen_dtype(d.dtype) not in (None, str, bytes)))


def save(name, write, see=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.h5')
        write(path)
        want = {}
        with h5py.File(path) as f:
            def look(key, d):
                if numeric(d):
                    want[key] = values(d)
            if not name.startswith('refused'):
                f.visititems(look)
            for key in see or []:
                want[key] = values(f[key])
        all_files.write(path, name + '.h5')
        all_files.writestr(name + '.json', json.dumps(want))


def h5(name, fill, see=None, **how):
    def write(path):
        with h5py.File(path, 'w', **how) as f:
            fill(f)
    save(name, write, see)


def numbers(f):
    for t in ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8']:
        for order in '<>':
            x = rng.integers(0 if t[0] == 'u' else -100, 100, (2, 3)).astype(order + t)
            f['%s%s' % ('lb'[order == '>'], t)] = x / 8 if t[0] == 'f' else x
    f['bool'] = np.array([True, False, True])
    f['scalar'] = 7
    f['special'] = np.array([np.inf, -np.inf, np.nan, -0., 6e-8, 65504], 'f2')
    f['enum'] = np.array([1, 2, 0])
    f.create_dataset('named', data=[2, 1], dtype=h5py.enum_dtype({'a': 1, 'b': 2}, basetype='i2'))
    f.create_dataset('arrays', (3,), dtype=np.dtype(('f4', (2, 2))))[...] = np.arange(12).reshape(3, 2, 2)
    t = h5py.h5t.STD_I32LE.copy()
    t.set_precision(12)
    t.set_offset(5)
    d = h5py.h5d.create(f.id, b'odd', t, h5py.h5s.create_simple((3,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([-5, 0, 2000], 'i4'))
    b = h5py.h5t.IEEE_F32LE.copy()  # bfloat16
    b.set_fields(15, 7, 8, 0, 7)
    b.set_size(2)
    b.set_ebias(127)
    d = h5py.h5d.create(f.id, b'bfloat16', b, h5py.h5s.create_simple((4,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1.5, -3, 1e30, 0], 'f4'))
    e = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    e.set_layout(h5py.h5d.COMPACT)
    d = h5py.h5d.create(f.id, b'compact', h5py.h5t.STD_I16BE, h5py.h5s.create_simple((4,)), e)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype='>i2'))
    f.create_dataset('unwritten', (3, 2), 'f4', fillvalue=2.5)
    f.create_dataset('zeros', (2,), 'i4')
    f.create_dataset('nothing', (0, 3), 'i4')


def chunks(f):
    x = rng.integers(0, 1000, (7, 10)).astype('i4')
    def make(name, **how):
        f.create_dataset(name, data=x, **how)
    make('one', chunks=(7, 10))
    make('one_gzip', chunks=(7, 10), compression='gzip')
    make('fixed', chunks=(3, 4))
    make('fixed_gzip', chunks=(3, 4), compression='gzip', shuffle=True)
    make('endless_rows', chunks=(3, 4), maxshape=(None, 12))
    make('endless_columns', chunks=(3, 4), maxshape=(9, None), compression='lzf')
    make('endless_both', chunks=(3, 4), maxshape=(None, None), fletcher32=True)
    make('endless_both_all', chunks=(2, 2), maxshape=(None, None), fletcher32=True, shuffle=True, compression='gzip')
    make('lzf_shuffle', chunks=(7, 5), compression='lzf', shuffle=True)
    make('growable', chunks=(3, 4), maxshape=(20, 30), compression='gzip')
    d = f.create_dataset('holes', (40, 3), 'i2', chunks=(2, 2), maxshape=(None, 5), fillvalue=-7)
    d[3] = 1
    d[37, 1] = 2
    f.create_dataset('never', (5, 5), 'f8', chunks=(2, 2), fillvalue=.5)
    f.create_dataset('cube', data=rng.integers(0, 99, (3, 4, 5, 2)).astype('u1'), chunks=(2, 3, 2, 2))
    f.create_dataset('array_chunks', (5,), dtype=np.dtype(('i2', (3,))), chunks=(2,))[...] = np.arange(15).reshape(5, 3)
    e = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    e.set_chunk((3, 4))
    e.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    d = h5py.h5d.create(f.id, b'implicit', h5py.h5t.STD_I32LE, h5py.h5s.create_simple((7, 10)), e)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, x)
    noise = rng.integers(0, 256, 200).astype('u1')
    f.create_dataset('noise', data=noise, chunks=(50,), compression='lzf')
    f.create_dataset('odd', data=noise[:49], chunks=(7,), fletcher32=True)
    f.create_dataset('runs', data=np.repeat(noise[:4], 200), chunks=(300,), compression='lzf')


def many_chunks(f):
    f.create_dataset('rows', data=np.arange(600, dtype='u2'), chunks=(1,), maxshape=(None,))
    f.create_dataset('grid', data=np.arange(400, dtype='u2').reshape(20, 20), chunks=(1, 1), maxshape=(None, None))


def paged(f):
    f.create_dataset('fixed', (3000,), 'u1', chunks=(1,))[1500:1505] = [1, 2, 3, 4, 5]
    f['fixed'][2999] = 9


def sequences(f, **how):
    for t in ['f2', '>f4', 'i8', 'u2', '?']:
        d = f.create_dataset('seq_' + t.strip('>?'), (2, 3), dtype=h5py.vlen_dtype(np.dtype(t)), **how)
        for i in range(2):
            for k in range(3):
                if i + k != 2:
                    d[i, k] = rng.integers(0, 50, 5 * i + k).astype(t)
    d = f.create_dataset('large', (4,), dtype=h5py.vlen_dtype(np.dtype('f4')))
    d[1], d[3] = np.full(1500, 5), np.arange(7)


def links(f):
    f['a/b/c/x'] = np.arange(3)
    f['hard'] = f['a/b/c/x']
    f['soft'] = h5py.SoftLink('/a/b/c/x')
    f['a/relative'] = h5py.SoftLink('b/./c/x')
    f['soft_group'] = h5py.SoftLink('a/b')
    f['around'] = h5py.SoftLink('/around')
    f['dangling'] = h5py.SoftLink('/nowhere')
    f['outside'] = h5py.ExternalLink('other.h5', '/x')
    f['a/b/up'] = f['/']
    f['text'] = 'a text'
    f['texts'] = ['a', 'b']
    f['pairs'] = np.zeros(2, [('p', 'i4'), ('q', 'f4')])
    f['opaque'] = np.zeros(2, 'V5')
    f['complex'] = np.zeros(2, 'c8')
    f['reference'] = np.array([f['hard'].ref], h5py.ref_dtype)
    f.attrs['text'] = 'an attribute'
    f['hard'].attrs['ten'] = 10.
    f['hard'].attrs['word'] = np.bytes_('double')
    f['type'] = np.dtype('i4')
    f.create_dataset('of_type', data=[4, 5], dtype=f['type'])
    f['vtype'] = h5py.vlen_dtype(np.dtype('u2'))
    d = f.create_dataset('of_vtype', (2,), dtype=f['vtype'])
    d[0] = [1, 2]
    f['table'] = np.arange(2)
    for k in range(20):
        f['table'].attrs['attribute %d' % k] = np.arange(k + 1, dtype='>i2')


def many_links(f):
    g = f.create_group('many')
    for k in range(60):
        g['dataset %d' % k] = np.int8(k)
    g['a name ' + 'of many letters ' * 60] = 1
    g['a name that is larger than a heap takes ' + 'x' * 4500] = 2


for libver in ['earliest', 'v108', 'v110', 'latest']:
    if libver[0] != 'v':
        h5('numbers ' + libver, numbers, libver=libver)
    h5('chunks ' + libver, chunks, libver=libver)
    h5('links ' + libver, links, ['soft', 'a/relative', 'soft_group/c/x', 'a/b/up/a/b/c/x'], libver=libver)
for libver in ['earliest', 'latest']:
    h5('sequences ' + libver, sequences, libver=libver)
    h5('sequences in chunks ' + libver, lambda f: sequences(f, chunks=(1, 2), maxshape=(None, 3), compression='gzip', shuffle=True), libver=libver)
    h5('many chunks ' + libver, many_chunks, libver=libver)
    h5('many links ' + libver, many_links, libver=libver)
h5('paged', paged, libver='latest')
h5('ordered', lambda f: [f.require_group('g').create_dataset(str(k), data=k) for k in range(20)], libver='latest', track_order=True)
h5('user block', links, userblock_size=2048)
h5('user block latest', links, libver='latest', userblock_size=512)


def sizes(path):
    p = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    p.set_sizes(4, 4)
    with h5py.File(h5py.h5f.create(path.encode(), fcpl=p)) as f:
        links(f)
        chunks(f)
        sequences(f)


save('four bytes', sizes)


# What h5py cannot ask for, its library can.
library = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(h5py.__file__), '..', 'h5py.libs', 'libhdf5-*'))[0])


def shared(path):
    """With a heap of shared messages."""
    p = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    assert library.H5Pset_shared_mesg_nindexes(ctypes.c_int64(p.id), 1) == 0
    assert library.H5Pset_shared_mesg_index(ctypes.c_int64(p.id), 0, 0x0f, 1) == 0
    with h5py.File(h5py.h5f.create(path.encode(), fcpl=p)) as f:
        for k in range(4):
            f.create_dataset('x%d' % k, data=np.arange(3) + k, chunks=(2,), compression='gzip', fillvalue=5)


def version1(path):
    """A superblock of version 1 says how wide the B-trees of chunks are."""
    p = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    assert library.H5Pset_istore_k(ctypes.c_int64(p.id), 2) == 0
    with h5py.File(h5py.h5f.create(path.encode(), fcpl=p)) as f:
        f.create_dataset('x', data=np.arange(100).reshape(10, 10), chunks=(1, 2))


def bare(f):
    """Chunks that reach beyond the extent are not compressed."""
    for name, most in (('fixed', (7, 10)), ('endless', (None, 10)), ('both', (None, None)), ('one', (5, 5))):
        e = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        e.set_chunk((3, 4) if name != 'one' else (5, 5))
        e.set_shuffle()
        e.set_deflate(9)
        assert library.H5Pset_chunk_opts(ctypes.c_int64(e.id), 2) == 0
        s = h5py.h5s.create_simple((7, 10) if name != 'one' else (5, 5), tuple(h5py.h5s.UNLIMITED if n is None else n for n in most))
        d = h5py.h5d.create(f.id, name.encode(), h5py.h5t.STD_I32LE, s, e)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(np.prod(d.shape), dtype='i4').reshape(d.shape))


def refused(f):
    """What is not read, beside what is."""
    f['good'] = np.arange(4)
    f.create_dataset('offset', data=np.arange(100), chunks=(50,), scaleoffset=0)
    f.create_dataset('elsewhere', (4,), 'i4', external=[('data.bin', 0, h5py.h5f.UNLIMITED)])
    v = h5py.VirtualLayout(shape=(4,), dtype='i8')
    v[:] = h5py.VirtualSource('.', 'good', shape=(4,))
    f.create_virtual_dataset('virtual', v)
    f['text'] = 'a text'
    f['texts'] = np.array([b'a', b'b'])
    f['pairs'] = np.zeros(2, [('p', 'i4'), ('q', 'f4')])
    f['opaque'] = np.zeros(2, 'V5')
    f['complex'] = np.zeros(2, 'c8')
    f['regions'] = np.array([f['good'].regionref[1:2]], h5py.regionref_dtype)
    f['long'] = np.zeros(2, np.longdouble)
    f['none'] = h5py.Empty('f4')
    f['outside'] = h5py.ExternalLink('other.h5', '/x')
    f['dangling'] = h5py.SoftLink('/nowhere')
    f['around'] = h5py.SoftLink('/around')


def tables_file(path):
    with tables.open_file(path, 'w') as f:
        for lib in ['zlib', 'bzip2']:
            how = tables.Filters(complevel=5, complib=lib, shuffle=True, fletcher32=True)
            f.create_carray('/', lib, obj=np.arange(1000).reshape(10, 100) // 7, chunkshape=(3, 30), filters=how)
        v = f.create_vlarray('/', 'times', tables.Float16Atom(), filters=tables.Filters(complevel=5))
        for k in range(5):
            v.append(np.arange(k) / 8)
        f.create_table('/', 'table', {'x': tables.Int32Col()})


def netcdf(path):
    f = netCDF4.Dataset(path, 'w')
    f.createDimension('example', 3)
    f.createDimension('event', None)
    t = f.createVLType(np.float32, 'times_t')
    v = f.createVariable('times', t, ('example',))
    for i in range(3):
        v[i] = np.arange(i + 1, dtype='f4') / 4
    l = f.createVariable('labels', 'i4', ('example',))
    l[:] = [3, 1, 4]
    p = f.createVariable('padded', 'f8', ('example', 'event'), zlib=True, fill_value=-1.)
    p[0, :2] = [.5, .25]
    p[2, :4] = 1
    f.createVariable('default', 'f4', ('example', 'event'))[1, :2] = 3
    f.close()


save('netCDF4', netcdf)
save('PyTables', tables_file)
save('shared', shared)
save('version 1', version1)
h5('bare', bare, libver='latest')
h5('refused earliest', refused, ['good'], libver='earliest')
h5('refused latest', refused, ['good'], libver='latest')


def mixed(lengths, offsets):
    def write(path):
        p = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        p.set_sizes(offsets, lengths)
        with h5py.File(h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, p)) as f:
            f['a/b'] = np.arange(3)
            f['c'] = h5py.SoftLink('/a/b')
            f.create_dataset('chunks', data=np.arange(6).reshape(2, 3), chunks=(2, 2))
    return write


save('offsets of 8, lengths of 4', mixed(4, 8))
save('offsets of 4, lengths of 8', mixed(8, 4))


def large(f):
    f['x'] = np.arange(3)
    f['x'].attrs['large'] = np.arange(9000) * 0 + 7.
    f['x'].attrs['larger'] = np.zeros(40000)
    f['x'].attrs['units'] = 'ms'


h5('large attributes', large, libver='latest')
all_files.close()
