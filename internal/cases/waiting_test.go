package cases

// Why checks cannot hold yet.
const (
	pickles  = "PyTorch files are opened whatever their pickles name, and their limits grow with the file"
	dicts    = "a state dict can be chosen by its path, and prefixes be stripped"
	tensors  = "safetensors of PyTorch are read as weights, as .pth files are"
	images   = "files of images go by all their common names, sizes, classes and types"
	numbers  = "data files may hold any type of numbers and any version of their format"
	hdf5     = "HDF5 files are read as users re-save them"
	memory   = "a reader refuses what it cannot hold before it reads"
	step     = "LIF and ALIF have a setting that makes them independent of the time step; in the paper's own form they may stay"
	seadlif  = "SEAdLIF is independent of its time step"
	extremes = "time constants near zero give the limit in both precisions"
)

// waiting are the checks that cannot hold yet, as "case: check", and until when. Such a check must fail: once it holds,
// it leaves this list.
var waiting = map[string]string{
	"01: model, optimizer, MultiStepLR": pickles,

	"02: path in argparse.Namespace":       pickles,
	"02: pathlib path":                     pickles,
	"02: datetime":                         pickles,
	"02: timedelta":                        pickles,
	"02: enum":                             pickles,
	"02: Counter":                          pickles,
	"02: deque (a running mean of losses)": pickles,
	"02: functools.partial":                pickles,
	"02: Decimal":                          pickles,

	"03: losses of 130,000 steps (400 epochs of 325)": pickles,
	"03: a raster of 100x128x128 spikes as bytes":     pickles,

	"05: safetensors of PyTorch, F32, by models.ReadStateDict":  tensors,
	"05: safetensors of PyTorch, F16, by models.ReadStateDict":  tensors,
	"05: safetensors of PyTorch, BF16, by models.ReadStateDict": tensors,

	"09: unpacked by a file manager, and Kaggle: t10k-images.idx3-ubyte": images,
	"09: torchvision's root, with MNIST/raw in it":                       images,
	"09: each file in a folder of its name, as Kaggle's zip has it":      images,

	"10: EMNIST balanced, 47 classes": images,
	"10: EMNIST letters, 1 to 26":     images,
	"10: EMNIST by class, 62 classes": images,
	"10: images of 32×32":             images,
	"10: QMNIST-like floats":          images,

	"11: dataparallel": dicts,
	"11: lightning":    dicts,
	"11: compiled":     dicts,
	"11: swa":          dicts,

	"12: net and its average, net_ema":                       dicts,
	"12: weights, and mean and std of the input beside them": dicts,
	"12: encoder and classifier":                             dicts,
	"12: two levels deep (checkpoint[state][model])":         dicts,
	"12: a tuple (state dict, args)":                         dicts,
	"12: a list of one state dict":                           dicts,

	"16: LIF, subtract": step,
	"16: ALIF":          step,
	"16: SEAdLIF":       seadlif,

	"17: float32, tau 1e-20 ms": extremes,
	"17: float32, tau 1e-30 ms": extremes,
	"17: float32, tau 1e-44 ms": extremes,

	"20: float16, '<f2'":                          numbers,
	"20: big-endian float16, '>f2'":               numbers,
	"20: float32 in a file of version 3.0, '<f4'": numbers,

	"22: double, as MATLAB and NumPy make it": numbers,
	"22: single":                 numbers,
	"22: int64, NumPy's default": numbers,

	"23: times float32, units int64 (pandas, a script of one's own)": hdf5,
	"23: times float64, units uint16":                                hdf5,
	"23: times float16, units int32":                                 hdf5,
	"23: labels under a second name (a hard link)":                   hdf5,
	"23: a committed datatype beside them":                           hdf5,
	"23: libver latest, resizable":                                   hdf5,
	"23: libver latest, twelve datasets in a group":                  hdf5,
	"23: compressed by LZF":                                          hdf5,
	"23: padded arrays":                                              hdf5,
	"23: a user block (MATLAB v7.3, HDF5 for archives)":              hdf5,

	"29: 3 GB of bytes are read, or refused with less than 200 MB": memory,

	"33: v1":       pickles,
	"33: subclass": pickles,
	"33: metadata": pickles,
}
