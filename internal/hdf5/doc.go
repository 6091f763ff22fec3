// Package hdf5 reads numbers from HDF5 files, as the HDF5 File Format Specification (The HDF Group, versions
// 1.0 to 4.0) describes them: what h5py, PyTables, netCDF-4 and MATLAB 7.3 write. Nothing is read before it is
// asked for, and what has nothing to do with that is not looked at: an attribute, a string, a link or a filter
// that this package does not know is an error only of the dataset that is asked for. Whatever the bytes, a
// call takes memory for what it returns, one chunk of at most 16 MiB (or of as many bytes as the file or the
// request has) and an index of the heaps that is smaller than the file; trees and links that run in circles
// end.
//
// Read are: superblocks 0 to 3 after a user block; object headers 1 and 2; groups of either kind; hard and soft
// links; integers of 1 to 8 bytes, bit fields, enumerations (booleans), floats of at most 8 bytes, arrays and
// variable-length sequences of these, object references; compact, contiguous and chunked data with every
// chunk index; deflate, bzip2, LZF, shuffle and Fletcher-32. Refused by name are virtual and external data, external
// links, other filters and other types. Fletcher-32 sums of data are verified, sums of metadata are not.
package hdf5
