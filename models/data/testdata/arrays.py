"""Writes arrays.zip: one set of arrays as h5py, MATLAB 7.3 and scipy.io save them.

python arrays.py, with h5py, numpy and scipy. x[i, t, f] is 8 i + 2 t + f + .5, of 3 examples, 4 steps and 2 features.
"""
import io
import zipfile

import h5py
import numpy as np
import scipy.io

x = np.arange(24).reshape(3, 4, 2) + .5
y = np.array([3, 1, 2])
lengths = np.array([4, 1, 3])


def hdf5(fill, **how):
    b = io.BytesIO()
    with h5py.File(b, "w", **how) as f:
        fill(f)
    return b.getvalue()


def h5py_file(f):
    f.create_dataset("train/x", data=x.astype("f4"), chunks=(2, 3, 2), compression="gzip", shuffle=True)
    f.create_dataset("train/y", data=y)
    f["train/packed"] = np.arange(24).reshape(3, 4, 2)
    f["train/packed"].attrs["scale_factor"] = .1
    f["train/words"] = ["a", "b", "c"]


def matlab73(f):
    for name, a in {"x": x, "y": y[:, None].astype("f8"), "lengths": lengths[:, None].astype("f8"), "flat": x[:, :, 0]}.items():
        f[name] = a.T
        f[name].attrs["MATLAB_class"] = np.bytes_("double")


def matlab5(compressed):
    b = io.BytesIO()
    scipy.io.savemat(b, {"x": x, "y": y.astype("u1"), "lengths": lengths, "flat": x[:, :, 0]}, do_compression=compressed)
    return b.getvalue()


v73 = bytearray(hdf5(matlab73, userblock_size=512))
v73[:128] = b"MATLAB 7.3 MAT-file".ljust(116) + bytes(8) + b"\x00\x02IM"
with zipfile.ZipFile("arrays.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("h5py.h5", hdf5(h5py_file))
    z.writestr("user.h5", hdf5(h5py_file, userblock_size=1024))
    z.writestr("v73.mat", bytes(v73))
    z.writestr("v6.mat", matlab5(False))
    z.writestr("v7.mat", matlab5(True))
